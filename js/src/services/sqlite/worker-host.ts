/** The worker's side: the same core as inline, behind the messages of worker-methods.ts. */
import type { ServiceContext } from '../../context.js';
import { serializeError } from '../../worker/errors.js';
import { Moved } from '../../worker/protocol.js';
import type { CallContext, Served, ServerContext } from '../../worker/server.js';
import type { Answer } from './backend.js';
import { Call } from './call.js';
import { SqlCore } from './core.js';
import type { RowSet } from './engine.js';
import { MirrorFeed } from './mirror.js';
import { copyBytes } from './values.js';
import { CANCEL_SLOTS, type CallMessage, type PackedAnswer, type PackedOutcome, type SqliteMethods, type SqliteNews, type SqliteWorkerConfig } from './worker-methods.js';

/** Makes the service for `serve`. */
export async function serveSqlite({ config, selection, module, pinned, cancelled, initial }: SqliteWorkerConfig, server: ServerContext): Promise<Served<SqliteMethods>> {
  const context: ServiceContext = { sink: { call: () => undefined, event: (event) => server.event(event) }, attach: () => undefined };
  const mirror = config.storage === 'memory' ? new MirrorFeed((news, transfer) => server.publish(news satisfies SqliteNews, transfer)) : undefined;
  const core = new SqlCore({ ...config, wasm: undefined }, context, { selection, pinned, ...(module && { module }), ...(initial && { initial }), ...(mirror && { mirror }) });
  const publish = (news: SqliteNews): void => server.publish(news);
  let last = '';
  /** The state as it is now, told if it is news. Memory is told along, but is no news by itself. */
  const tell = (): void => {
    const { info } = core;
    const news = JSON.stringify(info);
    if (news === last) return;
    last = news;
    publish({ kind: 'state', info, memoryBytes: core.memoryBytes() });
  };
  core.onNotice = (notice) => publish({ kind: 'commit', notice });
  const after = async <T>(work: T | Promise<T>): Promise<T> => {
    try { return await work; } finally { tell(); }
  };
  const callOf = ({ signal, onProgress }: CallContext, { token, timeoutMs }: CallMessage): Call => {
    const call = Call.from({ signal, ...(timeoutMs !== undefined && { timeoutMs }), ...(onProgress && { onProgress }) });
    if (cancelled && token > 0) call.poll = () => Atomics.load(cancelled, token % CANCEL_SLOTS) === token;
    return call;
  };
  tell();
  return {
    methods: {
      ready: () => after(core.ready()),
      query: (context, scope, request, call) => after(core.query(scope, request, callOf(context, call), packedAnswer)),
      batch: async (context, scope, request, call) => {
        const transfer: Transferable[] = [];
        const outcomes = await after(core.batch<PackedOutcome>(scope, request, callOf(context, call), (answer) => {
          const moved = packedAnswer(answer);
          transfer.push(...moved.transfer);
          return { answer: moved.value };
        }, (error) => ({ error: serializeError(error) })));
        return new Moved(outcomes, transfer);
      },
      many: (context, scope, sql, rows, transaction, call) => after(core.many(scope, sql, rows, transaction, callOf(context, call))),
      run: (context, scope, sql, params, call) => after(core.run(scope, sql, params, callOf(context, call))),
      get: (context, scope, sql, params, bigint, call) => after(core.get(scope, sql, params, bigint, callOf(context, call))),
      exec: (context, scope, sql, call) => after(core.exec(scope, sql, callOf(context, call))),
      prepare: (_, sql) => after(core.prepare(sql)),
      open: (context, sql, params, call) => after(core.open(sql, params, callOf(context, call))),
      next: (context, cursor, rows, call) => after(core.next(cursor, rows, callOf(context, call), packedRows) as Moved<ReturnType<RowSet['pack']>['message']>),
      close: (_, cursor) => after(core.close(cursor)),
      begin: (context, scope, call) => after(core.begin(scope, callOf(context, call))),
      end: (_, scope, commit) => after(core.end(scope, commit)),
      createFunction: (_, name, fn, options) => after(core.createFunction(name, fn, options)),
      startSession: (_, tables) => after(core.startSession(tables)),
      endSession: async () => moved(await after(core.endSession())),
      applyChangeset: (_, bytes, onConflict) => after(core.applyChangeset(bytes, onConflict)),
      plan: (_, sql, params) => after(core.plan(sql, params)),
      analyze: (_, sql, params) => after(core.analyze(sql, params)),
      optimize: () => after(core.optimize()),
      serialize: async () => moved(await after(core.serialize())),
      deserialize: (_, bytes) => after(core.deserialize(bytes)),
      watch: (_, commits, changes) => after(core.watch(commits, changes)),
      selfCheck: () => after(core.selfCheck()),
      suspend: () => after(core.suspend()),
      resume: () => after(core.resume()),
    },
    dispose: () => core.dispose(),
  };
}

function packedAnswer({ rows, ...rest }: Answer): Moved<PackedAnswer> {
  const { message, transfer } = rows.pack();
  return new Moved({ ...rest, rows: message }, transfer);
}

function packedRows(rows: RowSet): Moved<ReturnType<RowSet['pack']>['message']> {
  const { message, transfer } = rows.pack();
  return new Moved(message, transfer);
}

/** Bytes of an engine's own buffer go without a copy; a view of a larger one is copied, since its buffer has other owners. */
function moved(bytes: Uint8Array): Moved<Uint8Array> {
  const own = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer ? bytes : copyBytes(bytes);
  return new Moved(own, [own.buffer as ArrayBuffer]);
}
