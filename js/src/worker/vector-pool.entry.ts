/** One helper thread of the vector service's pool; started by the vector worker. */
import { host } from '../host/index.js';
import { ARTIFACTS } from '../loader/artifacts.gen.js';
import { serveSeat } from './pool-seat.js';

serveSeat(host.parentPort(), ARTIFACTS['vector']!['simd-threads']!);
