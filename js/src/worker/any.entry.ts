/**
 * Entry 'wasm-services/worker': one script that serves whichever service asks for it, for bundlers that need the worker as an input of its own
 * (esbuild, Rollup) and for pages whose policy wants it at a certain URL:
 *
 * ```js
 * await wasmServices.initialize({ worker: () => new Worker('/assets/worker.js', { type: 'module' }) });
 * ```
 *
 * Outside a worker importing it does nothing.
 */
import { ServiceError } from '../errors.js';
import { host } from '../host/index.js';
import type { HostPort } from '../host/types.js';
import type { ServiceName } from '../types.js';
import { PROTOCOL_VERSION, type Request } from './protocol.js';
import { serve } from './server.js';

/** Each service's code is fetched when it is asked for, where the bundler splits. */
const START: Partial<Record<ServiceName, (port: HostPort) => Promise<void>>> = {
  vector: async (port) => { const { serveVector } = await import('../services/vector/worker-host.js'); serve('vector', port, serveVector); },
  sqlite: async (port) => { const { serveSqlite } = await import('../services/sqlite/worker-host.js'); serve('sqlite', port, serveSqlite); },
  compute: async (port) => { const { serveCompute } = await import('../services/compute/worker-host.js'); serve('compute', port, serveCompute); },
  data: async (port) => { const { serveData } = await import('../services/data/worker-host.js'); serve('data', port, serveData); },
};

/** Messages that come before the service is there are kept and handed over in their order. */
function serveAny(port: HostPort): void {
  const early: unknown[] = [];
  let listener: ((message: unknown) => void) | undefined;
  port.onMessage((message) => {
    if (listener) { listener(message); return; }
    early.push(message);
    const { t, service } = message as Extract<Request, { t: 'init' }>;
    if (t !== 'init') return;
    const start = START[service];
    // Thrown where the page hears of it: as the failure of this worker.
    const failed = (why: string): void => { setTimeout(() => { throw new ServiceError('WORKER_START', why, { service }); }); };
    if (!start) { failed(`this release has no service '${service}'`); return; }
    start({ ...port, onMessage: (handle) => { listener = handle; for (const kept of early.splice(0)) handle(kept); } })
      .catch((error: Error) => failed(`the code of ${service} could not be loaded: ${error.message}`));
  });
  port.post({ t: 'hello', version: PROTOCOL_VERSION });
}

const insideWorker = (): boolean => {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  return threads ? !threads.isMainThread : typeof (globalThis as { DedicatedWorkerGlobalScope?: unknown }).DedicatedWorkerGlobalScope === 'function';
};

if (insideWorker()) serveAny(host.parentPort());
