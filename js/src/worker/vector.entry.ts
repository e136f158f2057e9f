/** The vector worker's script. Bundlers find it through scripts.ts; everything it needs is imported statically but the glue of its variant. */
import { host } from '../host/index.js';
import { serveVector } from '../services/vector/worker-host.js';
import type { VectorMethods, VectorWorkerConfig } from '../services/vector/worker-methods.js';
import { serve } from './server.js';

serve<VectorMethods, VectorWorkerConfig>('vector', host.parentPort(), serveVector);
