//! Threads of an instance: seats are made, workers take them, and then they are relied on (crates/thread-team/src/seats.rs).

use columnar::Error;
use wasm_bindgen::prelude::*;

use crate::{JsResult, Tables, js};

#[wasm_bindgen]
impl Tables {
    /// Makes seats for `helpers` workers.
    #[wasm_bindgen(js_name = openPool)]
    pub fn open_pool(&mut self, helpers: usize) -> JsResult<()> {
        // Its only errors are those of spawning.
        self.team.open(helpers).map_err(|_| js(Error::out_of_memory()))
    }

    /// From now on work is shared with the workers.
    #[wasm_bindgen(js_name = usePool)]
    pub fn use_pool(&mut self) {
        self.team.rely();
    }

    /// Lets the workers go; one thread answers.
    #[wasm_bindgen(js_name = closePool)]
    pub fn close_pool(&mut self) {
        self.team.close();
    }
}
