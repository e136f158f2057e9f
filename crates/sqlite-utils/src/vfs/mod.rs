//! SQLite's view of storage: one virtual file system per database, over an [`Arena`] or over files of the caller's.
//!
//! One connection per database, so locks are no-ops here; whoever hands in files keeps other processes and tabs away. Temporary files are
//! SQLite's own business: it is compiled to keep them in memory.

pub mod arena;

use arena::Arena;
use rsqlite_vfs::ffi::{SQLITE_NOTFOUND, SQLITE_OK, sqlite3_file};
use rsqlite_vfs::{
    AccessMode, DeviceCharacteristics, LockLevel, OpenOptions, OpenRequest, OpenedFile, OsCallback, SQLiteIoMethods, SQLiteVfs,
    SQLiteVfsFile, SyncOptions, VfsError, VfsErrorCode, VfsFile, VfsRegistration, VfsResult, VfsStore, register_vfs,
};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The name of every database file inside its own file system; journals add their endings.
pub const DATABASE: &str = "db";

const SQLITE_FCNTL_MMAP_SIZE: i32 = 18;

/// Files of the caller's. Failures are SQLite result codes; what they mean in words stays with the caller.
pub trait Files {
    /// A handle, or None when the file is not there and is not to be made.
    fn open(&self, name: &str, create: bool) -> Result<Option<u32>, i32>;
    fn read(&self, handle: u32, out: &mut [u8], at: u64) -> Result<usize, i32>;
    fn write(&self, handle: u32, data: &[u8], at: u64) -> Result<(), i32>;
    fn truncate(&self, handle: u32, size: u64) -> Result<(), i32>;
    fn sync(&self, handle: u32) -> Result<(), i32>;
    fn size(&self, handle: u32) -> Result<u64, i32>;
    fn close(&self, handle: u32);
    fn delete(&self, name: &str) -> Result<(), i32>;
    fn exists(&self, name: &str) -> Result<bool, i32>;
}

/// Where a database lies.
#[derive(Clone)]
pub enum Storage {
    Memory(Rc<Arena>),
    Files(Rc<dyn Files>),
}

pub struct AppData {
    storage: Storage,
    os: Os,
}

pub enum File {
    Memory { arena: Rc<Arena>, file: usize },
    Foreign { files: Rc<dyn Files>, handle: u32 },
}

fn failure(code: i32) -> VfsError {
    VfsError::new(VfsErrorCode::from_raw(code).unwrap_or(VfsErrorCode::Io), "the storage failed".into())
}

fn no_memory(_: crate::NoMemory) -> VfsError {
    VfsError::new(VfsErrorCode::NoMemory, "no room for file data".into())
}

impl VfsFile for File {
    fn device_characteristics(&self) -> DeviceCharacteristics {
        match self {
            // Memory is never torn: no journal needs a sync, and a page of zeroes is never seen after a crash.
            Self::Memory { .. } => DeviceCharacteristics::SAFE_APPEND.union(DeviceCharacteristics::SEQUENTIAL),
            Self::Foreign { .. } => DeviceCharacteristics::POWERSAFE_OVERWRITE,
        }
    }

    fn read(&mut self, out: &mut [u8], offset: u64) -> VfsResult<usize> {
        match self {
            Self::Memory { arena, file } => Ok(arena.read(*file, out, offset)),
            Self::Foreign { files, handle } => files.read(*handle, out, offset).map_err(failure),
        }
    }

    fn write(&mut self, data: &[u8], offset: u64) -> VfsResult<()> {
        match self {
            Self::Memory { arena, file } => arena.write(*file, data, offset).map_err(no_memory),
            Self::Foreign { files, handle } => files.write(*handle, data, offset).map_err(failure),
        }
    }

    fn truncate(&mut self, size: u64) -> VfsResult<()> {
        match self {
            Self::Memory { arena, file } => arena.truncate(*file, size),
            Self::Foreign { files, handle } => files.truncate(*handle, size).map_err(failure)?,
        }
        Ok(())
    }

    fn sync(&mut self, _options: SyncOptions) -> VfsResult<()> {
        match self {
            Self::Memory { .. } => Ok(()),
            Self::Foreign { files, handle } => files.sync(*handle).map_err(failure),
        }
    }

    fn size(&self) -> VfsResult<u64> {
        match self {
            Self::Memory { arena, file } => Ok(arena.size(*file)),
            Self::Foreign { files, handle } => files.size(*handle).map_err(failure),
        }
    }

    fn lock(&mut self, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn unlock(&mut self, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn check_reserved_lock(&self) -> VfsResult<bool> {
        Ok(false)
    }
}

struct Store;

impl VfsStore for Store {
    type File = File;
    type AppData = AppData;

    fn open_file(data: &AppData, request: OpenRequest<'_>) -> VfsResult<OpenedFile<File>> {
        let missing = || VfsError::new(VfsErrorCode::CantOpen, "there is no such file".into());
        let name = request.filename.ok_or_else(missing)?.path();
        let create = request.options.create();
        let file = match &data.storage {
            Storage::Memory(arena) => File::Memory { arena: Rc::clone(arena), file: arena.open(name, create).ok_or_else(missing)? },
            Storage::Files(files) => {
                let handle = files.open(name, create).map_err(failure)?.ok_or_else(missing)?;
                File::Foreign { files: Rc::clone(files), handle }
            }
        };
        Ok(OpenedFile { file, access: request.options.access() })
    }

    fn close_file(data: &AppData, name: Option<&str>, file: File, options: OpenOptions) -> VfsResult<()> {
        if let File::Foreign { files, handle } = file {
            files.close(handle);
        }
        match name {
            Some(name) if options.delete_on_close() => Self::delete_file(data, name, false),
            _ => Ok(()),
        }
    }

    fn access(data: &AppData, name: &str, _mode: AccessMode) -> VfsResult<bool> {
        match &data.storage {
            Storage::Memory(arena) => Ok(arena.exists(name)),
            Storage::Files(files) => files.exists(name).map_err(failure),
        }
    }

    fn full_pathname(_data: &AppData, name: &str) -> VfsResult<String> {
        Ok(name.into())
    }

    fn delete_file(data: &AppData, name: &str, _sync_dir: bool) -> VfsResult<()> {
        match &data.storage {
            Storage::Memory(arena) => arena.delete(name),
            Storage::Files(files) => files.delete(name).map_err(failure)?,
        }
        Ok(())
    }
}

struct Methods;

#[allow(non_snake_case, reason = "names of SQLite's interface")]
impl SQLiteIoMethods for Methods {
    type Store = Store;
    /// With memory mapping.
    const VERSION: i32 = 3;

    unsafe extern "C" fn xFileControl(file: *mut sqlite3_file, op: i32, _argument: *mut core::ffi::c_void) -> i32 {
        // SAFETY: SQLite calls with a file that this file system opened.
        unsafe {
            let file = &mut *SQLiteVfsFile::from_file(file);
            match (op, file.handle::<File>()) {
                // As much as SQLite asks for: nothing has to be mapped.
                (SQLITE_FCNTL_MMAP_SIZE, File::Memory { .. }) => SQLITE_OK,
                _ => SQLITE_NOTFOUND,
            }
        }
    }

    /// Pages of an arena are read where they lie.
    unsafe extern "C" fn xFetch(file: *mut sqlite3_file, offset: i64, amount: i32, out: *mut *mut core::ffi::c_void) -> i32 {
        // SAFETY: SQLite calls with a file that this file system opened and a place for the address. Blocks do not move while the file
        // is open, and SQLite unmaps before it truncates.
        unsafe {
            *out = match (&*SQLiteVfsFile::from_file(file)).handle::<File>() {
                File::Memory { arena, file } => {
                    arena.address(*file, offset as u64, amount as usize).map_or(core::ptr::null_mut(), |address| address.cast())
                }
                File::Foreign { .. } => core::ptr::null_mut(),
            };
        }
        SQLITE_OK
    }
}

struct Vfs;

impl SQLiteVfs<Methods> for Vfs {
    type Os = Os;

    fn os(data: &AppData) -> &Os {
        &data.os
    }
}

/// A registered file system of one database's own.
pub struct Mounted {
    registration: Option<VfsRegistration<AppData>>,
    pub name: String,
}

impl Mounted {
    /// # Errors
    /// SQLite's result code when it refuses another file system.
    pub fn new(storage: Storage) -> Result<Self, i32> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wasm-services-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let data = AppData { storage, os: Os::default() };
        // SAFETY: the methods above keep SQLite's contract, and the registration lives until the connection is closed.
        let registration = unsafe { register_vfs::<Methods, Vfs>(&name, data, false) }.map_err(|_| rusqlite::ffi::SQLITE_NOMEM)?;
        Ok(Self { registration: Some(registration), name })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(registration) = self.registration.take() {
            // SAFETY: dropped after the connection, so no file is open any more. A refusal leaves it registered, which is a leak and no more.
            let _ = unsafe { registration.unregister() };
        }
    }
}

#[cfg(target_family = "wasm")]
type Os = sqlite_wasm_rs::WasmOsCallback;

#[cfg(not(target_family = "wasm"))]
#[derive(Default)]
pub struct Os {}

/// For native tests.
#[cfg(not(target_family = "wasm"))]
impl OsCallback for Os {
    fn sleep(&self, duration: core::time::Duration) {
        std::thread::sleep(duration);
    }

    fn random(&self, out: &mut [u8]) -> usize {
        // Names of temporary tables and rowids; tests want them the same each time.
        out.iter_mut().enumerate().for_each(|(i, byte)| *byte = (i * 31 + 7) as u8);
        out.len()
    }

    fn epoch_timestamp_in_ms(&self) -> VfsResult<i64> {
        Ok(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64))
    }
}
