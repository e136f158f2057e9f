/** The worker's side: the same core as inline, behind the messages of worker-methods.ts. */
import { Call } from '../../calls/call.js';
import type { ServiceContext } from '../../context.js';
import { Moved } from '../../worker/protocol.js';
import type { CallContext, Served, ServerContext } from '../../worker/server.js';
import type { ColumnData, StringList, TableData } from './columns.js';
import { DataCore } from './core.js';
import type { DataMethods, DataWorkerConfig, DataWorkerState } from './worker-methods.js';

/** Makes the service for `serve`. */
export async function serveData({ config, selection, module, pinned, budget }: DataWorkerConfig, server: ServerContext): Promise<Served<DataMethods>> {
  const context: ServiceContext = { sink: { call: () => undefined, event: (event) => server.event(event) }, attach: () => undefined, budget };
  const core = new DataCore({ ...config, wasm: undefined }, context, { selection, pinned, ...(module && { module }) });
  let last = '';
  /** The state as it is now, told if it is news. */
  const tell = (): void => {
    const state: DataWorkerState = { info: core.info, memoryBytes: core.memoryBytes() };
    const news = JSON.stringify(state);
    if (news === last) return;
    last = news;
    server.publish(state);
  };
  const after = async <T>(work: T | Promise<T>): Promise<T> => {
    try { return await work; } finally { tell(); }
  };
  const callOf = ({ signal }: CallContext): Call => Call.from('data', { signal });
  tell();
  return {
    methods: {
      ready: () => after(core.ready()),
      open: (context, table) => after(core.open(table, callOf(context))),
      run: (context, table, steps) => after(core.run(table, steps, callOf(context))),
      export: async (context, table, columns) => {
        const data = await after(core.export(table, columns, callOf(context)));
        return new Moved(data, buffersOf(data));
      },
      readerOpen: (context, format, options) => after(core.readerOpen(format, options, callOf(context))),
      readerPush: (context, reader, bytes) => after(core.readerPush(reader, bytes, callOf(context))),
      readerFinish: (context, reader) => after(core.readerFinish(reader, callOf(context))),
      readerCancel: (_, reader) => { core.readerCancel(reader); },
      free: (_, table) => { core.free(table); },
      compact: (context) => after(core.compact(callOf(context))),
      selfCheck: () => after(core.selfCheck()),
    },
    dispose: () => core.dispose(),
  };
}

/** The buffers that go along without a copy: those that are a column's own. */
export function buffersOf(table: TableData): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (view: ArrayBufferView | undefined): void => {
    if (view && view.byteLength === view.buffer.byteLength && view.buffer instanceof ArrayBuffer && view.byteLength > 0) buffers.add(view.buffer);
  };
  const strings = (list: StringList): void => {
    if (!('offsets' in list)) return;
    add(list.offsets);
    add(list.bytes);
  };
  const column = ({ values, validity }: ColumnData): void => {
    add(validity);
    switch (values.kind) {
      case 'bool': add(values.bits); break;
      case 'strings': strings(values.strings); break;
      case 'dictionary': add(values.codes); strings(values.dictionary); break;
      default: add(values.values);
    }
  };
  table.columns.forEach(column);
  return [...buffers];
}
