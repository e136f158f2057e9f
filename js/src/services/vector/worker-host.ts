/** The worker's side: the same core as inline, behind the messages of worker-methods.ts. */
import { Call } from '../../calls/call.js';
import type { ServiceContext } from '../../context.js';
import { Moved } from '../../worker/protocol.js';
import type { CallContext, Served, ServerContext } from '../../worker/server.js';
import { VectorCore } from './core.js';
import type { VectorMethods, VectorWorkerConfig, VectorWorkerState } from './worker-methods.js';

/** Makes the service for `serve`. */
export async function serveVector({ config, selection, module, pinned, replacement, budget }: VectorWorkerConfig, server: ServerContext): Promise<Served<VectorMethods>> {
  const context: ServiceContext = {
    sink: { call: () => undefined, event: (event) => server.event(event) },
    attach: () => undefined, budget,
  };
  const core = new VectorCore({ ...config, embed: undefined, wasm: undefined }, context, { selection, pinned, ...(module && { module }) }, replacement);
  let last = '';
  /** The state as it is now, told if it is news. Memory is told along, but is no news by itself. */
  const tell = (): void => {
    const { size, dimensions, info } = core;
    const news = JSON.stringify([size, dimensions, info]);
    if (news === last) return;
    last = news;
    server.publish({ size, dimensions, info, memory: core.memory() } satisfies VectorWorkerState);
  };
  const after = async <T>(work: T | Promise<T>): Promise<T> => {
    try { return await work; } finally { tell(); }
  };
  const callOf = ({ signal, onProgress }: CallContext): Call => Call.from('vector', { signal, ...(onProgress && { onProgress }) });
  core.onBackground = tell;
  tell();
  return {
    methods: {
      ready: () => after(core.ready()),
      add: (context, documents) => after(core.add(documents, callOf(context))),
      search: (context, query, request) => after(core.search(query, request, callOf(context))),
      searchBatch: (context, queries, request) => after(core.searchBatch(queries, request, callOf(context))),
      searchText: (context, query, request) => after(core.searchText(query, request, callOf(context))),
      findSimilar: (context, id, request) => after(core.findSimilar(id, request, callOf(context))),
      get: (_, id) => after(core.get(id)),
      list: (context, request) => after(core.list(request, callOf(context))),
      count: (_, filter) => after(core.count(filter)),
      updateMetadata: (_, id, metadata) => after(core.updateMetadata(id, metadata)),
      remove: (_, ids) => after(core.remove(ids)),
      removeWhere: (_, filter) => after(core.removeWhereIds(filter)),
      clear: () => after(core.clear()),
      compact: () => after(core.compact()),
      save: async () => {
        const bytes = await core.save();
        return new Moved(bytes, [bytes.buffer as ArrayBuffer]);
      },
      load: (_, bytes) => after(core.load(bytes)),
      selfCheck: () => after(core.selfCheck()),
      suspend: () => after(core.suspend()),
      resume: () => after(core.resume()),
    },
    dispose: () => core.dispose(),
  };
}
