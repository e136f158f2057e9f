//! wasm-bindgen surface of the vector index: convert, call, convert.

use wasm_bindgen::prelude::*;

/// Number of the interface between this artifact and its JavaScript; equals `abi` in variants.json.
#[wasm_bindgen(js_name = abiVersion)]
pub fn abi_version() -> u32 {
    1
}

/// The target features this artifact was compiled with, comma separated.
#[wasm_bindgen(js_name = buildFeatures)]
pub fn build_features() -> String {
    bindings_common::build_features().into()
}
