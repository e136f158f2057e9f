// A helper thread whose instance really traps when it is to join.
import { host } from '../../../js/dist/host/index.js';
import { createGlue } from '../../../js/dist/loader/glue/vector.simd-threads.js';
import { serveSeat } from '../../../js/dist/worker/pool-seat.js';

serveSeat(host.parentPort(), createGlue, (glue) => glue.VectorIndex.prototype.pending.call({ __wbg_ptr: 0xfffffff0 }));
