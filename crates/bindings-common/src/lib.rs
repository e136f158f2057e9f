//! What every wasm binding shares. The only crate besides the `*-wasm` ones that may name wasm-bindgen.

#[cfg(feature = "threads")]
pub mod pool;

use wasm_bindgen::JsValue;

/// A core error as a JavaScript `Error` with a `code` property.
///
/// ```js
/// try { index.appendStaged(rows); } catch (e) { e.code === 'OUT_OF_MEMORY' }
/// ```
pub fn js_error(error: error_code::Error) -> JsValue {
    coded_error(error.code, error.message)
}

/// The same of a message that was made for the case.
pub fn coded_error(code: error_code::ErrorCode, message: &str) -> JsValue {
    let js = js_sys::Error::new(message);
    // Setting a property of a fresh plain object cannot fail.
    let _ = js_sys::Reflect::set(&js, &JsValue::from_str("code"), &JsValue::from_str(code.as_str()));
    js.into()
}

/// The target features this artifact was compiled with, comma separated.
pub fn build_features() -> &'static str {
    if cfg!(all(target_feature = "simd128", target_feature = "atomics")) {
        "simd,threads"
    } else if cfg!(target_feature = "simd128") {
        "simd"
    } else {
        "scalar"
    }
}
