/** The compute worker's script. Bundlers find it through scripts.ts; everything it needs is imported statically but the glue of its variant. */
import { host } from '../host/index.js';
import { serveCompute } from '../services/compute/worker-host.js';
import type { ComputeMethods, ComputeWorkerConfig } from '../services/compute/worker-methods.js';
import { serve } from './server.js';

serve<ComputeMethods, ComputeWorkerConfig>('compute', host.parentPort(), serveCompute);
