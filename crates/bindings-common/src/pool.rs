//! What a helper's worker calls in the variant simd-threads (js/src/worker/pool-seat.ts); a binding takes it over by `pub use`.

use wasm_bindgen::prelude::*;

/// Called by a worker: serves the pool until it is closed.
#[wasm_bindgen(js_name = joinPool)]
pub fn join_pool() {
    thread_team::seats::join();
}

/// Address of the word that says that a worker trapped.
#[wasm_bindgen(js_name = poolAlarm)]
pub fn pool_alarm() -> *const u32 {
    thread_team::seats::alarm().as_ptr()
}
