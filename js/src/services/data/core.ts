/**
 * Tables in this thread: one engine, calls in order, a fresh engine with every table after a trap. The numbers it gives out for tables
 * stay true when the engine is replaced.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { SerialQueue } from '../../calls/queue.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { drive, type Steps } from '../../calls/steps.js';
import type { ServiceContext } from '../../context.js';
import { ServiceError } from '../../errors.js';
import type { Chosen, EngineSource } from '../../loader/engine-source.js';
import { degradedBy, type Verdict } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { DataBackend, TableState, TableStep, TextFormat } from './backend.js';
import type { TableData } from './columns.js';
import type { ResolvedConfig } from './config.js';
import type { DataEngine, ReadOptions, TableId, TableReader } from './engine.js';
import { engineSource } from './engine-source.js';
import { checkName, dataError, disposed, freed } from './errors.js';
import { moveTables } from './move.js';
import { selfCheck } from './self-check.js';

/** Memory that lies free in an instance before `compact` moves the tables to a new one. */
const WORTH_MOVING = 4 << 20;
/** From here on threads are started (crates/data-processor/src/aggregate/shared.rs shares from as many rows); work does not wait for them. */
const THREADED_ROWS = 100_000;

export class DataCore implements DataBackend {
  readonly #source: EngineSource<DataEngine>;
  readonly #context: ServiceContext;
  readonly #queue = new SerialQueue('data');
  readonly #life = new Life();
  #engine: DataEngine | undefined;
  /** Our number → the engine's. */
  #tables = new Map<number, TableId>();
  /** Tables that an instance took with it. */
  readonly #gone = new Set<number>();
  #readers = new Map<number, TableReader>();
  #next = 1;
  #disposal: Promise<void> | undefined;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen) {
    this.#source = engineSource(config, context, chosen);
    this.#context = context;
  }

  /** Has nothing to do. */
  get idle(): boolean { return this.#queue.idle; }
  get immediate(): boolean { return this.#source.loaded && this.#queue.idle && !this.#disposal; }
  get variant(): Variant { return this.#source.selection.variant; }

  get info(): ServiceInfo {
    const { variant, reason, rejected } = this.#source.selection;
    const { threads = threadsOf(variant), threadsNote } = this.#engine ?? {};
    return { service: 'data', variant, loaded: this.#source.loaded, host: 'inline', threads, reason: threadsNote === undefined ? reason : `${reason}; ${threadsNote}`, rejected, ...degradedBy(this.#source.degraded) };
  }

  memoryBytes(): number { return this.#engine?.memoryBytes() ?? 0; }

  ready(): MaybePromise<void> { return this.#run(function* () { /* loading was all */ }); }

  // ── tables ──

  open(table: TableData, call: Call): MaybePromise<TableState> {
    return this.#run(function* (engine) {
      for (const { name } of table.columns) checkName(name, 'a column');
      return engine.open(table);
    }, call, (id) => this.#keep(id));
  }

  run(table: number, steps: readonly TableStep[], call: Call): MaybePromise<TableState> {
    const { apply } = this;
    const at = (id: number): TableId => this.#known(id);
    return this.#run(function* (engine) {
      const first = at(table);
      let now = first;
      if (engine.rows(first) >= THREADED_ROWS) void engine.startThreads?.();
      for (const step of steps) {
        let made: TableId;
        try { made = apply(engine, now, step, at); } finally { if (now !== first) engine.free(now); }
        now = made;
        if (step !== steps[steps.length - 1]) {
          try { yield; } catch (error) { engine.free(now); throw error; }
        }
      }
      return now === first ? engine.slice(first, 0, engine.rows(first)) : now;
    }, call, (id) => this.#keep(id));
  }

  private apply(this: void, engine: DataEngine, table: TableId, step: TableStep, at: (id: number) => TableId): TableId {
    switch (step.op) {
      case 'filter': return engine.filter(table, step.expression);
      case 'aggregate': return engine.aggregate(table, step.plan);
      case 'transform': return engine.transform(table, step.step);
      case 'sort': return engine.sort(table, step.keys);
      case 'top': return engine.top(table, step.plan);
      case 'join': return engine.join(table, at(step.other), step.plan);
      case 'slice': {
        const rows = engine.rows(table);
        return engine.slice(table, Math.min(step.start, rows), Math.min(step.end, rows));
      }
      case 'select': return engine.select(table, step.columns);
    }
  }

  export(table: number, columns: readonly number[] | undefined, call: Call): MaybePromise<TableData> {
    const at = (id: number): TableId => this.#known(id);
    return this.#run(function* (engine): Steps<TableData> {
      const id = at(table);
      const data: TableData = { rows: engine.rows(id), columns: [] };
      for (const place of columns ?? engine.schema(id).map((_, i) => i)) {
        data.columns.push(engine.export(id, place));
        yield;
      }
      return data;
    }, call);
  }

  /** Effective in its turn, behind the calls made before it. */
  free(table: number): void {
    if (this.#disposal) return;
    this.#later(() => {
      const id = this.#tables.get(table);
      this.#tables.delete(table);
      this.#gone.delete(table);
      if (id !== undefined) this.#engine?.free(id);
    });
  }

  compact(call: Call): MaybePromise<void> {
    return this.#run(() => this.#move(), call);
  }

  selfCheck(): MaybePromise<void> {
    return this.#run(function* (engine) { selfCheck(engine); });
  }

  // ── reading ──

  readerOpen(format: TextFormat, options: ReadOptions, call: Call): MaybePromise<number> {
    return this.#run(function* (engine) { return engine.reader(format, options); }, call, (reader) => {
      this.#readers.set(this.#next, reader);
      return this.#next++;
    });
  }

  readerPush(reader: number, bytes: Uint8Array, call: Call): MaybePromise<number> {
    const open = (): TableReader => this.#reader(reader);
    return this.#run(function* () {
      const { push } = open();
      // Pieces short enough to look at the signal and the clock between them.
      for (let at = 0; at < bytes.length; at += PIECE) {
        push(bytes.subarray(at, at + PIECE));
        yield;
      }
      return open().rows;
    }, call, undefined, false);
  }

  readerFinish(reader: number, call: Call): MaybePromise<TableState> {
    const open = (): TableReader => this.#reader(reader);
    return this.#run(function* () { return open().finish(); }, call, (id) => {
      this.#readers.delete(reader);
      return this.#keep(id);
    }, false);
  }

  readerCancel(reader: number): void {
    if (this.#disposal) return;
    this.#later(() => {
      this.#readers.get(reader)?.cancel();
      this.#readers.delete(reader);
    });
  }

  // ── how calls run ──

  /**
   * One call in its turn, on a loaded engine. After a trap it is made once more on a fresh engine: every call is pure.
   * @param done runs in the same turn, with what the call gave
   * @param again false: what it worked on is gone with the instance
   */
  #run<T>(work: (engine: DataEngine) => Steps<T>, call?: Call, done?: undefined, again?: boolean): MaybePromise<T>;
  #run<T, R>(work: (engine: DataEngine) => Steps<T>, call: Call | undefined, done: (value: T) => R, again?: boolean): MaybePromise<R>;
  #run<T, R>(work: (engine: DataEngine) => Steps<T>, call?: Call, done?: (value: T) => R, again = true): MaybePromise<T | R> {
    if (this.#disposal) throw disposed();
    const failure = (): ServiceError | undefined => (this.#life.ended ? disposed() : call?.failure());
    const attempt = (repeats: number): MaybePromise<T | R> => {
      const finish = (value: T): T | R => (done ? done(value) : value);
      const failed = (error: unknown): MaybePromise<T | R> => {
        if (!isTrap(error)) throw error;
        const onwards = (retry: boolean): MaybePromise<T | R> => {
          if (!retry || !again) throw error;
          return attempt(repeats + 1);
        };
        const recovered = this.#recover(error, repeats);
        return isPromise(recovered) ? recovered.then(onwards) : onwards(recovered);
      };
      let result: MaybePromise<T>;
      try {
        result = drive(work(this.#engine ??= this.#source.create()), failure);
        if (!isPromise(result)) return finish(result);
      } catch (error) {
        return failed(error);
      }
      return result.then(finish).catch(failed);
    };
    return this.#queue.run(() => {
      const over = failure();
      if (over) throw over;
      if (this.#source.probeDue) this.#returnToBest();
      if (this.#source.loaded) return attempt(0);
      const loading = this.#source.load(this.#life.signal);
      return (call ? call.race(loading) : loading).then(() => attempt(0));
    }, call ?? Call.plain);
  }

  /** Something short that nobody waits for. */
  #later(work: () => void): void {
    const failed = (error: unknown): void => {
      if (!(error instanceof ServiceError && error.code === 'DISPOSED')) this.#context.sink.event({ type: 'error', service: 'data', message: `data: ${(error as Error).message}` });
    };
    try {
      const outcome = this.#queue.run(() => {
        try { work(); } catch (error) {
          if (!isTrap(error)) throw error;
          return this.#recover(error, 0);
        }
      }, Call.plain);
      if (isPromise(outcome)) outcome.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  // ── tables and engines ──

  #keep(id: TableId): TableState {
    const engine = this.#engine!;
    this.#tables.set(this.#next, id);
    return { id: this.#next++, rows: engine.rows(id), schema: engine.schema(id) };
  }

  #known(table: number): TableId {
    const id = this.#tables.get(table);
    if (id === undefined) throw this.#gone.has(table) ? dataError('INSTANCE_POISONED', 'this table went with an instance that failed, and could not be read out of it: load it again') : freed();
    return id;
  }

  #reader(reader: number): TableReader {
    const open = this.#readers.get(reader);
    if (!open) throw dataError('INSTANCE_POISONED', 'what was read so far went with an instance that failed: load again');
    return open;
  }

  /** A fresh engine with every table of the dead one; whether the call that trapped is to be made again. */
  #recover(error: ServiceError, repeats: number): MaybePromise<boolean> {
    const replace = ({ retry }: Verdict): boolean => {
      const dead = this.#engine!;
      this.#readers.clear();
      let lost = this.#moveFrom(dead);
      for (let tries = 1; lost === 'broken'; tries++) {
        // Its replacement traps as well while it takes tables. A pinned variant is what it is: two more tries, then the tables that can be had.
        if (!this.#source.giveUp('its replacement trapped too') && tries === MOST_TRIES) throw error;
        lost = this.#moveFrom(dead);
      }
      this.#context.sink.event({ type: 'recovery', service: 'data', message: `data: a new instance answers, with ${this.#tables.size} tables${lost > 0 ? `; ${lost} could not be read out of the old one` : ''}`, data: { lost } });
      return retry;
    };
    const verdict = this.#source.trapped(error, repeats);
    return isPromise(verdict) ? verdict.then(replace) : replace(verdict);
  }

  /** The breaker is half open: the first choice gets every table, or nothing changes. What is read half stays where it is. */
  #returnToBest(): void {
    if (this.#readers.size > 0) return;
    this.#source.returnToBest(() => {
      const lost = this.#moveFrom(this.#engine!, true);
      if (lost !== 0) throw dataError('OUT_OF_MEMORY', `${lost === 'broken' ? 'its instance trapped' : `${lost} tables found no room`}`);
    });
  }

  /** Gives memory back: to a new instance, one table after the other. */
  *#move(): Steps<void> {
    const engine = this.#engine!;
    if (engine.variant === 'js' || this.#readers.size > 0) return;
    if (engine.memoryBytes() - engine.tableBytes(this.#tables.values()) < WORTH_MOVING) return;
    const lost = this.#moveFrom(engine, true);
    if (lost !== 0) throw dataError('OUT_OF_MEMORY', 'there is no memory for the copies of all tables, so they stay where they are: free() some first');
  }

  /**
   * Gives how many tables were lost, or 'broken': the new engine trapped, and nothing has changed.
   * @param all nothing is done unless every table can be moved
   */
  #moveFrom(old: DataEngine, all = false): number | 'broken' {
    const next = this.#source.create(all);
    const { tables, lost } = moveTables(old, next, this.#tables);
    const broken = lost > 0 && isBroken(next);
    if (broken || (all && lost > 0)) {
      next.dispose();
      return broken ? 'broken' : lost;
    }
    for (const number of this.#tables.keys()) if (!tables.has(number)) this.#gone.add(number);
    this.#tables = tables;
    this.#engine = next;
    old.dispose();
    return lost;
  }

  dispose(): Promise<void> {
    return this.#disposal ??= (async () => {
      this.#life.abort(disposed());
      await this.#queue.close(disposed());
      this.#engine?.dispose();
      this.#engine = undefined;
      this.#tables.clear();
      this.#readers.clear();
    })();
  }
}

/** Bytes read between two looks at signal and clock: a few milliseconds. */
const PIECE = 256 << 10;
/** Replacements of a pinned variant that trap while they take tables. */
const MOST_TRIES = 3;

const isTrap = (error: unknown): error is ServiceError => error instanceof ServiceError && error.code === 'INSTANCE_POISONED' && error.variant !== undefined;

/** Whether an engine has trapped: one that has refuses everything. */
function isBroken(engine: DataEngine): boolean {
  try { engine.free(engine.open({ rows: 0, columns: [] })); return false; } catch (error) { return isTrap(error); }
}
