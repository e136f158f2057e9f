/**
 * The page's side of a data processor that runs in a worker: the same backend, every request a message. Tables live in the worker; when it
 * dies the next one makes those that are asked for again, from what was loaded and done (lineage.ts). Beyond its limit they are gone, and
 * calls on them say so (WORKER_LOST). Where workers can not be started, or keep dying, tables live in this thread.
 */
import { Call } from '../../calls/call.js';
import { QUEUE_LIMIT } from '../../calls/limits.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import { fetchCode } from '../../loader/code.js';
import { isPinned, loadBest, pinOf, planVariant } from '../../loader/index.js';
import { DATA } from '../../loader/data.gen.js';
import { degradedBy } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { Lineage, LINEAGE_LIMIT, type Kept } from '../../worker/lineage.js';
import { WorkerLives } from '../../worker/lives.js';
import type { ArgsOf, ResultOf } from '../../worker/protocol.js';
import { DATA_WORKER } from '../../worker/scripts/data.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { DataBackend, TableState, TableStep, TextFormat } from './backend.js';
import type { TableData } from './columns.js';
import type { ResolvedConfig } from './config.js';
import type { DataCore } from './core.js';
import type { ReadOptions } from './engine.js';
import { loadRequest } from './load-request.js';
import { dataError, disposed, freed } from './errors.js';
import type { DataMethods, DataWorkerConfig, DataWorkerState } from './worker-methods.js';

type Method = keyof DataMethods;

/** How a table came to be. */
type Origin =
  | { kind: 'open'; table: TableData }
  | { kind: 'read'; format: TextFormat; options: ReadOptions; pieces: readonly Uint8Array[] }
  | { kind: 'run'; steps: readonly TableStep[] };

/** A text that is being read. */
interface Reading {
  format: TextFormat;
  options: ReadOptions;
  /** What was read so far; undefined: too much to be kept. */
  pieces: Uint8Array[] | undefined;
  bytes: number;
  id: number;
  life: number;
}

/** What a call is about: tables, or a text that is being read. */
type Owner = readonly Kept<Origin>[] | Reading;

export class DataWorkerProxy implements DataBackend {
  readonly immediate = false;
  readonly #config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #lives: WorkerLives<DataMethods, DataWorkerState, DataCore>;
  readonly #lineage = new Lineage<Origin>();
  readonly #readers = new Map<number, Reading>();
  #lastReader = 0;
  #bringing: Promise<void> = Promise.resolve();

  constructor(config: ResolvedConfig, context: ServiceContext) {
    this.#config = config;
    this.#context = context;
    this.#lives = new WorkerLives({
      service: 'data', context, script: DATA_WORKER, holds: 'tables', maxInFlight: QUEUE_LIMIT, disposed,
      canMove: () => this.#lineage.isWhole && [...this.#readers.values()].every(({ pieces }) => pieces !== undefined),
      prepare: (life) => this.#prepare(life),
      inline: async (crashed) => new (await fetchCode('what keeps tables in this thread', 'data', () => import('./core.js'))).DataCore({ ...config, ...(crashed && pinOf(config, context) === undefined && { implementation: 'js' as const }) }, context),
    });
  }

  get variant(): Variant { return this.info.variant; }

  get info(): ServiceInfo {
    const { inline, inlineWhy, known } = this.#lives;
    if (inline) {
      const { reason, ...info } = inline.info;
      return { ...info, reason: `${reason}; on the calling thread: ${inlineWhy}`, ...degradedBy(this.#lives.degraded ?? info.degraded) };
    }
    if (known) return { ...known.info, host: 'worker' };
    const { variant, reason, rejected } = planVariant(DATA, loadRequest(this.#config, this.#context, 'worker'));
    return { service: 'data', variant, loaded: false, host: 'worker', threads: threadsOf(variant), reason, rejected };
  }

  memoryBytes(): number { return (this.#lives.inline?.memoryBytes() ?? this.#lives.known?.memoryBytes ?? 0) + this.#lineage.bytes; }

  // ── the calls ──

  async ready(): Promise<void> { await this.#call('ready', () => [], Call.plain); }

  async open(table: TableData, call: Call, brief = false): Promise<TableState> {
    const bytes = brief ? 0 : bytesOf(table);
    const copy = !brief && this.#lineage.hasRoom(bytes) ? structuredClone(table) : undefined;
    const state = await this.#made('open', () => [copy ?? table], call);
    return this.#keep(state, copy && { kind: 'open', table: copy }, [], bytes);
  }

  async run(table: number, steps: readonly TableStep[], call: Call): Promise<TableState> {
    const from = [table, ...steps.flatMap((step) => (step.op === 'join' ? [step.other] : []))].map((number) => this.#table(number));
    const state = await this.#made('run', () => [from[0].id, withOthers(steps, from)], call, from);
    return this.#keep(state, { kind: 'run', steps }, from, 0);
  }

  async export(table: number, columns: readonly number[] | undefined, call: Call): Promise<TableData> {
    const kept = this.#table(table);
    return this.#call('export', () => [kept.id, columns], call, [kept]);
  }

  async readerOpen(format: TextFormat, options: ReadOptions, call: Call): Promise<number> {
    const { value: id, life } = await this.#made('readerOpen', () => [format, options], call);
    this.#readers.set(++this.#lastReader, { format, options, pieces: [], bytes: 0, id, life });
    return this.#lastReader;
  }

  async readerPush(reader: number, bytes: Uint8Array, call: Call): Promise<number> {
    const open = this.#reader(reader);
    // A copy, since the bytes are their owner's again when this resolves.
    const piece = open.pieces && this.#lineage.hasRoom(open.bytes + bytes.length) ? bytes.slice() : undefined;
    const rows = await this.#call('readerPush', () => [open.id, piece ?? ownBytes(bytes)], call, open);
    if (piece) {
      open.pieces!.push(piece);
      open.bytes += piece.length;
    } else open.pieces = undefined;
    return rows;
  }

  async readerFinish(reader: number, call: Call): Promise<TableState> {
    const open = this.#reader(reader);
    const state = await this.#made('readerFinish', () => [open.id], call, open);
    this.#readers.delete(reader);
    const { format, options, pieces, bytes } = open;
    return this.#keep(state, pieces && { kind: 'read', format, options, pieces }, [], bytes);
  }

  readerCancel(reader: number): void {
    const open = this.#readers.get(reader);
    this.#readers.delete(reader);
    if (open?.life === this.#lives.life) this.#quietly('readerCancel', open.id);
  }

  free(table: number): void {
    const kept = this.#lineage.free(table);
    if (kept?.life === this.#lives.life) this.#quietly('free', kept.id);
  }

  compact(call: Call): Promise<void> { return this.#call('compact', () => [], call); }
  selfCheck(): Promise<void> { return this.#call('selfCheck', () => [], Call.plain); }

  // ── tables and readers from life to life ──

  #keep({ value, life }: { value: TableState; life: number }, origin: Origin | undefined, from: readonly Kept<Origin>[], bytes: number): TableState {
    return { ...value, id: this.#lineage.add(origin, from, bytes, life, value.id) };
  }

  #table(number: number): Kept<Origin> {
    const kept = this.#lineage.get(number);
    if (!kept) throw freed();
    return kept;
  }

  #reader(number: number): Reading {
    const open = this.#readers.get(number);
    if (!open) throw dataError('WORKER_LOST', 'this text is not being read any more: load it again');
    return open;
  }

  #lost(): ServiceError {
    return dataError('WORKER_LOST', `the worker that held this table has ended, and the table with it (copies are kept up to ${LINEAGE_LIMIT >> 20} MiB): load it again`);
  }

  /** @throws WORKER_LOST of what can not be made again */
  async #bring(owner: Owner): Promise<void> {
    const { life } = this.#lives;
    if (!('length' in owner)) {
      if (owner.life === life) return;
      if (!owner.pieces) throw this.#lost();
      owner.id = await this.#read(owner.format, owner.options, owner.pieces);
      owner.life = life;
      return;
    }
    for (const kept of owner) {
      if (kept.life === life) continue;
      if (!kept.lasting) throw this.#lost();
      await this.#lineage.bring(kept, life, (one) => this.#make(one), (id) => this.#quietly('free', id));
    }
  }

  async #make({ origin, from }: Kept<Origin>): Promise<number> {
    switch (origin!.kind) {
      case 'open': return (await this.#send('open', [origin!.table], Call.plain)).id;
      case 'run': return (await this.#send('run', [from[0].id, withOthers(origin!.steps, from)], Call.plain)).id;
      case 'read': {
        const { format, options, pieces } = origin!;
        return (await this.#send('readerFinish', [await this.#read(format, options, pieces)], Call.plain)).id;
      }
    }
  }

  /** A reader that has read these pieces. */
  async #read(format: TextFormat, options: ReadOptions, pieces: readonly Uint8Array[]): Promise<number> {
    const reader = await this.#send('readerOpen', [format, options], Call.plain);
    for (const piece of pieces) await this.#send('readerPush', [reader, piece], Call.plain);
    return reader;
  }

  // ── how they run ──

  /**
   * A worker that dies is followed by one more try.
   * @param args asked when what the call is about is in the worker
   * @param owner what it is about
   */
  async #call<K extends Method>(method: K, args: () => ArgsOf<DataMethods[K]>, call: Call, owner: Owner = []): Promise<ResultOf<DataMethods[K]>> {
    return (await this.#made(method, args, call, owner)).value;
  }

  /** The same, with the life in which it was made. */
  async #made<K extends Method>(method: K, args: () => ArgsOf<DataMethods[K]>, call: Call, owner: Owner = []): Promise<{ value: ResultOf<DataMethods[K]>; life: number }> {
    const lives = this.#lives;
    for (let attempt = 0; ; attempt++) {
      try {
        if (lives.ended) throw disposed();
        if (!lives.isUp) {
          await call.race(lives.up());
          call.check();
        }
        if (!isThere(owner, lives.life)) {
          // One after the other: two calls may be about the same table.
          const turn = this.#bringing.then(() => this.#bring(owner));
          this.#bringing = turn.catch(() => undefined);
          await call.race(turn);
        }
        const { life } = lives;
        return { value: await this.#send(method, args(), call), life };
      } catch (error) {
        if (lives.ended) throw disposed();
        if (!(error instanceof ServiceError && error.code === 'WORKER_LOST') || attempt > 0) throw error;
      }
    }
  }

  async #send<K extends Method>(method: K, args: ArgsOf<DataMethods[K]>, call: Call): Promise<ResultOf<DataMethods[K]>> {
    const { inline: core, client } = this.#lives;
    if (core) {
      const work = core[method] as unknown as (...rest: unknown[]) => ResultOf<DataMethods[K]>;
      return await work.call(core, ...(args as unknown[]), call);
    }
    if (!client) throw this.#lost();
    const drop = (name: 'free' | 'readerCancel', id: number): void => { client.call(name, [id]).catch(() => { /* it goes with its worker */ }); };
    const onLate = (value: unknown): void => {
      if (method === 'readerOpen') drop('readerCancel', value as number);
      else if (method === 'open' || method === 'run' || method === 'readerFinish') drop('free', (value as TableState).id);
    };
    return await client.call(method, args, { signal: call.signal, timeoutMs: call.remainingMs, onLate });
  }

  /** @param id in the worker of this life */
  #quietly(method: 'free' | 'readerCancel', id: number): void {
    const { inline, client, ended } = this.#lives;
    if (ended) return;
    if (inline) inline[method](id);
    else client?.call(method, [id]).catch(() => { /* it goes with its worker */ });
  }

  /** What the worker is told at its start. */
  async #prepare(life: AbortSignal): Promise<DataWorkerConfig> {
    const { wasm: _wasm, ...config } = this.#config;
    const { loaded, ...selection } = await loadBest(DATA, { ...loadRequest(this.#config, this.#context, 'worker'), signal: life, prove: false });
    const pinned = isPinned(this.#config, this.#context, selection.variant);
    return { config, selection, pinned, budget: this.#context.budget, ...(loaded && { module: loaded.module }) };
  }

  dispose(): Promise<void> {
    this.#lineage.clear();
    this.#readers.clear();
    return this.#lives.dispose();
  }
}

/** Joins with the other tables' numbers of this life. */
function withOthers(steps: readonly TableStep[], from: readonly Kept<Origin>[]): TableStep[] {
  let place = 1;
  return steps.map((step) => (step.op === 'join' ? { ...step, other: from[place++].id } : step));
}

const isThere = (owner: Owner, life: number): boolean => ('length' in owner ? owner.every((kept) => kept.life === life) : owner.life === life);

/** Of buffers and strings, about. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const of of Array.isArray(value) ? value : Object.values(value)) sum += bytesOf(of);
  return sum;
}

/** A view would drag its whole buffer along. */
const ownBytes = (bytes: Uint8Array): Uint8Array => (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice());
