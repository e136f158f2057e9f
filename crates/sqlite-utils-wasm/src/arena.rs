//! The database in memory as bytes: loaded from outside, and read from outside.

use crate::Database;
use sqlite_utils::Failure;
use sqlite_utils::vfs::Storage;
use sqlite_utils::vfs::arena::DIRTY_BLOCK;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Database {
    /// Room for `length` bytes that the next call reads. Null where there is none: arguments of this size would trap instead.
    pub fn room(&mut self, length: usize) -> *const u8 {
        self.bytes = Vec::new();
        if self.bytes.try_reserve_exact(length).is_err() {
            self.fail(Failure::no_memory());
            return core::ptr::null();
        }
        self.bytes.resize(length, 0);
        self.bytes.as_ptr()
    }

    /// A piece of a file of the memory storage as another instance left it, from the room; before `open`.
    pub fn load(&mut self, name: &str, at: f64) -> i32 {
        let bytes = core::mem::take(&mut self.bytes);
        let Storage::Memory(arena) = &self.storage else { return self.fail(Failure::misuse("the storage is not in memory")) };
        let written = arena.open(name, true).map_or(Ok(()), |file| arena.write(file, &bytes, at as u64));
        written.map_or_else(|refused| self.fail(refused.into()), |()| 0)
    }

    /// Address of the table of the memory storage's files: where a dead instance's database is read from. 0 for other storages.
    #[wasm_bindgen(js_name = arenaRoot)]
    pub fn arena_root(&self) -> *const u8 {
        match &self.storage {
            Storage::Memory(arena) => arena.root().cast(),
            Storage::Files(_) => core::ptr::null(),
        }
    }

    /// Whether written places of the database file are logged for `takeDirty`.
    #[wasm_bindgen(js_name = logWrites)]
    pub fn log_writes(&self, on: bool) {
        if let Storage::Memory(arena) = &self.storage {
            arena.log(on);
        }
    }

    /// Numbers of the 4096-byte blocks of the database file written since the last call.
    #[wasm_bindgen(js_name = takeDirty)]
    pub fn take_dirty(&mut self) -> Result<Vec<u32>, JsValue> {
        let taken = match &self.storage {
            Storage::Memory(arena) => arena.take_dirty(sqlite_utils::vfs::DATABASE),
            Storage::Files(_) => Ok(Vec::new()),
        };
        taken.map_err(|refused| {
            self.failure = refused.into();
            JsValue::NULL
        })
    }

    /// A block of the database file; shorter at its end.
    #[wasm_bindgen(js_name = readBlock)]
    pub fn read_block(&mut self, block: u32) -> Vec<u8> {
        let Storage::Memory(arena) = &self.storage else { return Vec::new() };
        let Some(file) = arena.open(sqlite_utils::vfs::DATABASE, false) else { return Vec::new() };
        self.bytes.resize(DIRTY_BLOCK, 0);
        let length = arena.read(file, &mut self.bytes, u64::from(block) * DIRTY_BLOCK as u64);
        self.bytes[..length].to_vec()
    }

    /// Bytes of the memory storage's database file.
    #[wasm_bindgen(js_name = fileSize)]
    pub fn file_size(&self) -> f64 {
        match &self.storage {
            Storage::Memory(arena) => arena.open(sqlite_utils::vfs::DATABASE, false).map_or(0.0, |file| arena.size(file) as f64),
            Storage::Files(_) => 0.0,
        }
    }
}
