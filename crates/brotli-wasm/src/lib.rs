//! wasm-bindgen surface of brotli, apart from the other codecs for its dictionary of 120 KiB: bytes are staged, a call works on them, the result is read from where it lies.

use bindings_common::coded_error;
use columnar::{Error, alloc};
use wasm_bindgen::prelude::*;

type JsResult<T> = Result<T, JsValue>;

fn js(error: Error) -> JsValue {
    coded_error(error.code, error.text())
}

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen]
pub fn abi() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}

/// One compression or decompression.
#[wasm_bindgen]
#[derive(Default)]
pub struct Job {
    input: Vec<u8>,
    output: Vec<u8>,
}

#[wasm_bindgen]
impl Job {
    /// Room for `bytes` bytes of input.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: usize) -> JsResult<Job> {
        Ok(Self { input: alloc::filled(bytes, 0).map_err(js)?, output: Vec::new() })
    }

    #[wasm_bindgen(js_name = inputPtr)]
    pub fn input_ptr(&self) -> usize {
        self.input.as_ptr() as usize
    }

    #[wasm_bindgen(js_name = outputPtr)]
    pub fn output_ptr(&self) -> usize {
        self.output.as_ptr() as usize
    }

    /// Gives the bytes that came out. There is one algorithm, 0.
    pub fn compress(&mut self, _algorithm: u8, level: i32) -> JsResult<usize> {
        self.output = codecs::brotli::compress(&self.input, level).map_err(js)?;
        Ok(self.output.len())
    }

    /// Gives the bytes that came out, at most `limit`.
    pub fn decompress(&mut self, _algorithm: u8, limit: usize) -> JsResult<usize> {
        self.output = codecs::brotli::decompress(&self.input, limit).map_err(js)?;
        Ok(self.output.len())
    }
}
