/** One helper thread of the data processor's pool; started by the data worker. */
import { host } from '../host/index.js';
import { createGlue } from '../loader/glue/data.simd-threads.js';
import { serveSeat } from './pool-seat.js';

serveSeat(host.parentPort(), createGlue);
