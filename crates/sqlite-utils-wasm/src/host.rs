//! Interrupts and the user's functions: calls go through to JavaScript (js/src/services/sqlite/wasm/host.ts).

use sqlite_utils::cells::Cell;
use sqlite_utils::{Call, Failure, Host, Step};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    pub type JsHost;
    #[wasm_bindgen(method)]
    fn interrupted(this: &JsHost) -> bool;
    /// `table`: seven words, addresses and lengths of the arguments' cells, texts and blobs, and the address of the result's cell. Gives the
    /// number of bytes that the result needs, 0 when its cell is all; they are asked for by `result`. -1: it threw, and the message is
    /// what `result` gives.
    #[wasm_bindgen(method)]
    fn call(this: &JsHost, function: u32, step: u8, aggregate: u32, table: *const u32) -> i32;
    #[wasm_bindgen(method)]
    fn numbers(this: &JsHost, function: u32, count: u32, a: f64, b: f64, c: f64) -> f64;
    /// Writes the bytes announced by `call`.
    #[wasm_bindgen(method)]
    fn result(this: &JsHost, address: usize);
    #[wasm_bindgen(method)]
    fn message(this: &JsHost) -> String;
}

const SQLITE_ERROR: i32 = 1;

pub struct Forwarded {
    host: JsHost,
    table: RefCell<[u32; 7]>,
}

impl Forwarded {
    pub fn new(host: JsHost) -> Self {
        Self { host, table: RefCell::default() }
    }
}

impl Host for Forwarded {
    fn interrupted(&self) -> bool {
        self.host.interrupted()
    }

    fn numbers(&self, function: u32, count: u32, [a, b, c]: [f64; 3]) -> f64 {
        self.host.numbers(function, count, a, b, c)
    }

    fn call(&self, call: &mut Call) -> sqlite_utils::Result<()> {
        let step = match call.step {
            Step::Scalar => 0,
            Step::Row => 1,
            Step::Result => 2,
            Step::Pending => 3,
        };
        let mut table = self.table.borrow_mut();
        let arguments = call.arguments;
        let result: *const Cell = call.result.cells.as_ptr();
        *table = [
            arguments.cells.as_ptr() as usize as u32,
            arguments.cells.len() as u32,
            arguments.text.as_ptr() as usize as u32,
            arguments.text.len() as u32,
            arguments.blobs.as_ptr() as usize as u32,
            arguments.blobs.len() as u32,
            result as usize as u32,
        ];
        let bytes = self.host.call(call.function, step, call.aggregate, table.as_ptr());
        if bytes < 0 {
            return Err(Failure::new(SQLITE_ERROR, self.host.message()));
        }
        if bytes > 0 {
            call.result.reserve(1, bytes as usize)?;
            self.host.result(call.result.bytes.as_ptr() as usize);
        }
        Ok(())
    }
}
