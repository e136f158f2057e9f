/** One helper thread of the vector service's pool; started by the vector worker. */
import { host } from '../host/index.js';
import { createGlue } from '../loader/glue/vector.simd-threads.js';
import { serveSeat } from './pool-seat.js';

serveSeat(host.parentPort(), createGlue);
