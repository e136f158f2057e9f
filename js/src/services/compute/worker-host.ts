/** The worker's side: the same core as inline, behind the messages of worker-methods.ts. */
import { Call } from '../../calls/call.js';
import type { ServiceContext } from '../../context.js';
import { Moved } from '../../worker/protocol.js';
import type { CallContext, Served, ServerContext } from '../../worker/server.js';
import { ComputeCore } from './core.js';
import { buffersOf } from './operands.js';
import type { ComputeMethods, ComputeWorkerConfig, ComputeWorkerState } from './worker-methods.js';

/** Makes the service for `serve`. */
export async function serveCompute({ config, selection, module, pinned, dispatch, budget }: ComputeWorkerConfig, server: ServerContext): Promise<Served<ComputeMethods>> {
  const context: ServiceContext = { sink: { call: () => undefined, event: (event) => server.event(event) }, attach: () => undefined, budget };
  const core = new ComputeCore({ ...config, wasm: undefined }, context, { selection, pinned, dispatch, ...(module && { module }) });
  let last = '';
  /** The state as it is now, told if it is news. */
  const tell = (): void => {
    const state: ComputeWorkerState = { info: core.info, memoryBytes: core.memoryBytes() };
    const news = JSON.stringify(state);
    if (news === last) return;
    last = news;
    server.publish(state);
  };
  const after = async <T>(work: T | Promise<T>): Promise<T> => {
    try { return await work; } finally { tell(); }
  };
  const callOf = ({ signal, onProgress }: CallContext): Call => Call.from('compute', { signal, ...(onProgress && { onProgress }) });
  tell();
  return {
    methods: {
      ready: () => after(core.ready()),
      run: async (context, operation, plan, keep) => {
        const outcome = await after(core.run(operation, plan, { keep }, callOf(context)));
        return new Moved(outcome, buffersOf(outcome));
      },
      free: (_, id) => { core.free(id); },
      selfCheck: () => after(core.selfCheck()),
    },
    dispose: () => core.dispose(),
  };
}
