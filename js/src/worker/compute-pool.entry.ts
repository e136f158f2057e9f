/** One helper thread of the compute engine's pool; started by the compute worker. */
import { host } from '../host/index.js';
import type { Glue } from '../loader/artifact.js';
import { createGlue } from '../loader/glue/compute.simd-threads.js';
import { serveSeat } from './pool-seat.js';

/** An object pointer beyond the memory. */
const trap = (glue: Glue): void => { (glue['Engine'] as { prototype: { bytes(): number } }).prototype.bytes.call({ __wbg_ptr: 0xfffffff0 }); };

serveSeat(host.parentPort(), createGlue, undefined, trap);
