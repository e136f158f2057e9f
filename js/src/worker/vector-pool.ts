/** Pool threads of the vector service; imported by the glue of its threaded artifact. */
import { poolStarter } from './pool.js';
import { VECTOR_POOL } from './scripts.js';

export const startWorkers = poolStarter(VECTOR_POOL);
