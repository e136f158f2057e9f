/** The data processor worker's script. Bundlers find it through scripts.ts; everything it needs is imported statically but the glue of its variant. */
import { host } from '../host/index.js';
import { serveData } from '../services/data/worker-host.js';
import type { DataMethods, DataWorkerConfig } from '../services/data/worker-methods.js';
import { serve } from './server.js';

serve<DataMethods, DataWorkerConfig>('data', host.parentPort(), serveData);
