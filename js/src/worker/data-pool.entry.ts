/** One helper thread of the data processor's pool; started by the data worker. */
import { host } from '../host/index.js';
import { ARTIFACTS } from '../loader/artifacts.gen.js';
import { serveSeat } from './pool-seat.js';

serveSeat(host.parentPort(), ARTIFACTS['data']!['simd-threads']!);
