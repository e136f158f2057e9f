//! The threads of the variant simd-threads: workers that JavaScript starts on this instance's module and memory.
//!
//! `openPool` makes seats, each worker takes one by `joinPool` and serves until `closePool`. Work is shared only after `usePool`, which
//! JavaScript calls when every worker has said that it runs: a worker that never starts leaves one thread, not a caller that waits.
//! A worker whose instance traps stores 1 at `poolAlarm` (from JavaScript, since its instance is not to be called again); the caller
//! that waits for it then traps too, and the collection is brought over to a fresh instance.

use crate::VectorIndex;
use bindings_common::js_error;
use rayon_core::{ThreadBuilder, ThreadPoolBuilder};
use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasm_bindgen::prelude::*;

/// Seats that no worker has taken. Static, because a worker shares the memory with the index but holds no reference to it.
static SEATS: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static ALARM: AtomicU32 = AtomicU32::new(0);

fn seats() -> MutexGuard<'static, Vec<ThreadBuilder>> {
    SEATS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Called by a worker: serves the pool until it is closed.
#[wasm_bindgen(js_name = joinPool)]
pub fn join_pool() {
    let seat = seats().pop();
    if let Some(seat) = seat {
        seat.run();
    }
}

/// Address of the word that says that a worker trapped.
#[wasm_bindgen(js_name = poolAlarm)]
pub fn pool_alarm() -> *const u32 {
    ALARM.as_ptr()
}

#[wasm_bindgen]
impl VectorIndex {
    /// Makes seats for `helpers` workers.
    #[wasm_bindgen(js_name = openPool)]
    pub fn open_pool(&mut self, helpers: usize) -> Result<(), JsValue> {
        let spawn = |seat| {
            seats().push(seat);
            Ok(())
        };
        let pool = ThreadPoolBuilder::new().num_threads(helpers).spawn_handler(spawn).build();
        // Its only errors are those of spawning.
        self.pool = Some(pool.map_err(|_| js_error(error_code::Error::out_of_memory()))?);
        Ok(())
    }

    /// From now on work is shared with the workers.
    #[wasm_bindgen(js_name = usePool)]
    pub fn use_pool(&mut self) {
        if let Some(pool) = self.pool.take() {
            self.index.team_mut().hire(pool, &ALARM);
        }
    }

    /// Lets the workers go; one thread answers.
    #[wasm_bindgen(js_name = closePool)]
    pub fn close_pool(&mut self) {
        self.pool = None;
        self.index.team_mut().dismiss();
        seats().clear();
    }
}
