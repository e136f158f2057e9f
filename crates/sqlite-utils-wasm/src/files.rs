//! The caller's files: calls go through to JavaScript (js/src/services/sqlite/wasm/files.ts), which reads and writes this memory directly.

use sqlite_utils::vfs::Files;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Negative results are SQLite's result codes, negated.
    pub type JsFiles;
    #[wasm_bindgen(method)]
    fn open(this: &JsFiles, name: &str, create: bool) -> i32;
    #[wasm_bindgen(method)]
    fn read(this: &JsFiles, handle: u32, address: usize, length: usize, at: f64) -> i32;
    #[wasm_bindgen(method)]
    fn write(this: &JsFiles, handle: u32, address: usize, length: usize, at: f64) -> i32;
    #[wasm_bindgen(method)]
    fn truncate(this: &JsFiles, handle: u32, size: f64) -> i32;
    #[wasm_bindgen(method)]
    fn sync(this: &JsFiles, handle: u32) -> i32;
    #[wasm_bindgen(method)]
    fn size(this: &JsFiles, handle: u32) -> f64;
    #[wasm_bindgen(method)]
    fn close(this: &JsFiles, handle: u32);
    #[wasm_bindgen(method, js_name = "delete")]
    fn remove(this: &JsFiles, name: &str) -> i32;
    #[wasm_bindgen(method)]
    fn exists(this: &JsFiles, name: &str) -> i32;
}

/// `open` says so where there is no such file: SQLITE_CANTOPEN, negated.
const NOT_THERE: i32 = -14;

pub struct Forwarded(pub JsFiles);

fn done(code: i32) -> Result<i32, i32> {
    if code < 0 { Err(-code) } else { Ok(code) }
}

impl Files for Forwarded {
    fn open(&self, name: &str, create: bool) -> Result<Option<u32>, i32> {
        match self.0.open(name, create) {
            NOT_THERE => Ok(None),
            code => done(code).map(|handle| Some(handle as u32)),
        }
    }

    fn read(&self, handle: u32, out: &mut [u8], at: u64) -> Result<usize, i32> {
        done(self.0.read(handle, out.as_mut_ptr() as usize, out.len(), at as f64)).map(|length| length as usize)
    }

    fn write(&self, handle: u32, data: &[u8], at: u64) -> Result<(), i32> {
        done(self.0.write(handle, data.as_ptr() as usize, data.len(), at as f64)).map(|_| ())
    }

    fn truncate(&self, handle: u32, size: u64) -> Result<(), i32> {
        done(self.0.truncate(handle, size as f64)).map(|_| ())
    }

    fn sync(&self, handle: u32) -> Result<(), i32> {
        done(self.0.sync(handle)).map(|_| ())
    }

    fn size(&self, handle: u32) -> Result<u64, i32> {
        let size = self.0.size(handle);
        if size < 0.0 { Err(-size as i32) } else { Ok(size as u64) }
    }

    fn close(&self, handle: u32) {
        self.0.close(handle);
    }

    fn delete(&self, name: &str) -> Result<(), i32> {
        done(self.0.remove(name)).map(|_| ())
    }

    fn exists(&self, name: &str) -> Result<bool, i32> {
        done(self.0.exists(name)).map(|there| there != 0)
    }
}
