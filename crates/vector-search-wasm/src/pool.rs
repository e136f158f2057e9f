//! Threads of an index: seats are made, workers take them, and then they are relied on (crates/thread-team/src/seats.rs).

use crate::VectorIndex;
use bindings_common::js_error;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl VectorIndex {
    /// Makes seats for `helpers` workers.
    #[wasm_bindgen(js_name = openPool)]
    pub fn open_pool(&mut self, helpers: usize) -> Result<(), JsValue> {
        // Its only errors are those of spawning.
        self.index.team_mut().open(helpers).map_err(|_| js_error(error_code::Error::out_of_memory()))
    }

    /// From now on work is shared with the workers.
    #[wasm_bindgen(js_name = usePool)]
    pub fn use_pool(&mut self) {
        self.index.team_mut().rely();
    }

    /// Lets the workers go; one thread answers.
    #[wasm_bindgen(js_name = closePool)]
    pub fn close_pool(&mut self) {
        self.index.team_mut().close();
    }
}
