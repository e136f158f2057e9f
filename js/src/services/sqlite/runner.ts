/**
 * How calls run in this thread: one engine, one queue. On the spot where nothing waits, in order where something does, and again on a fresh engine
 * when an instance traps. What the calls do stands in core.ts.
 */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { Life } from '../../calls/life.js';
import type { ServiceContext } from '../../context.js';
import type { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { degradedBy, NO_CALL, type FaultedCall } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { DATABASE, type Scope } from './backend.js';
import { Call } from './call.js';
import type { ResolvedConfig } from './config.js';
import { Connection, type Notice } from './connection.js';
import { Cursors } from './cursors.js';
import { EngineSource, type Chosen } from './engine-source.js';
import { disposed, isPoisoned, isWriteLost, sqliteServiceError } from './errors.js';
import { Functions } from './functions.js';
import { Scopes } from './scopes.js';

export abstract class Runner {
  readonly config: ResolvedConfig;
  readonly #context: ServiceContext;
  readonly #source: EngineSource;
  protected readonly scopes: Scopes;
  protected readonly functions = new Functions();
  protected readonly cursors = new Cursors();
  readonly #life = new Life();
  protected current: Connection | undefined;
  #watch = { commits: false, changes: false };
  /** Set when an instance trapped and its database could not be brought over. */
  protected lost: ServiceError | undefined;
  /** Traps came too often: JavaScript takes over before the next call. */
  #giveUp: ServiceError | undefined;
  /** Between startSession and endSession. */
  protected recordsSession = false;
  protected disposal: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Settings made by SQL, for the next connection too. */
  readonly #pragmas = new Map<string, string>();
  onNotice: (notice: Notice) => void = () => undefined;

  /** @param initial the file that a database in memory begins with */
  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen, initial = chosen?.initial) {
    this.config = config;
    this.#context = context;
    this.#source = new EngineSource(config, context, chosen, () => { void this.#lend(); }, initial);
    this.scopes = new Scopes((waiting) => {
      const message = `sqlite: a transaction has been open and quiet for seconds while ${waiting} calls wait for it. If its function awaits a call on the service itself, it waits for ever: call the methods of the \`tx\` it is given`;
      context.sink.event({ type: 'slow-call', service: 'sqlite', message, data: { waiting } });
      console.warn(`wasm-services: ${message}`);
    });
  }

  get variant(): Variant { return this.#source.selection.variant; }
  get waiting(): number { return this.scopes.root.waiting; }
  get immediate(): boolean { return this.current !== undefined && this.scopes.root.idle && this.#giveUp === undefined && !this.#source.stored; }
  /** Whether calls may act at once at all: not where a commit must be waited for. */
  get blocking(): boolean { return this.current !== undefined && !this.#source.stored; }
  /** For what acts at once; only while `immediate`. */
  get connection(): Connection | undefined { return this.current; }

  get info(): ServiceInfo {
    const { variant, reason, rejected } = this.#source.selection;
    const { name, version, options } = this.current?.engine ?? {};
    const { journalMode } = this.#source;
    return {
      service: 'sqlite', variant, loaded: this.current !== undefined, host: 'inline', threads: 1, reason, rejected: [...rejected], ...degradedBy(this.#source.degraded),
      ...(name !== undefined && { engine: name }), ...(version !== undefined && { version }), ...(journalMode !== undefined && { journalMode }),
      ...(options !== undefined && { options: [...options] }),
    };
  }

  memoryBytes(): number {
    const connection = this.current;
    if (!connection) return 0;
    try { return connection.engine.memoryBytes + connection.results.bytes; } catch { return 0; } // nothing may be asked of an instance that trapped
  }

  // ── how calls run ──

  async ready(): Promise<void> { await this.task(DATABASE, Call.plain, 'read', () => undefined); }

  protected task<T>(scope: Scope, call: Call, kind: 'read' | 'write', work: (connection: Connection) => MaybePromise<T>): MaybePromise<T> {
    return this.scopes.queue(scope).run(() => {
      const ready = this.ensure(call);
      return ready ? ready.then(() => this.#attempt(scope, call, kind, work, 0)) : this.#attempt(scope, call, kind, work, 0);
    }, call);
  }

  /** A promise while something must be loaded first. */
  protected ensure(call: Call): Promise<void> | undefined {
    if (this.lost) throw this.lost;
    if (this.current && !this.#giveUp) {
      if (this.#source.returnDue) this.#returnToWasm(this.current);
      return undefined;
    }
    return call.race(this.#load());
  }

  /** The breaker is half open. What can not come along, an open transaction, cursors, a session, is waited for. */
  #returnToWasm({ engine }: Connection): void {
    if (engine.inTransaction || this.cursors.size > 0 || this.recordsSession) return;
    const next = this.#source.takeBack(engine);
    if (next !== engine) this.#connect(next);
  }

  async #load(): Promise<void> {
    try {
      if (this.current) {
        const why = this.#giveUp!;
        this.#giveUp = undefined;
        const { engine } = this.current;
        const next = await this.#source.giveUp(engine, why);
        if (next !== engine) this.#connect(next);
        return;
      }
      await this.#source.load(this.#life.signal);
      if (this.disposal) throw disposed();
      const engine = this.#source.open();
      this.#connect(engine);
      this.#context.sink.event({ type: 'ready', service: 'sqlite', message: `sqlite: ${engine.name} ${engine.version} answers (${this.#source.selection.reason})`, data: { variant: this.variant, engine: engine.name } });
    } catch (error) {
      throw this.disposal ? disposed() : error;
    }
  }

  #connect(engine: Connection['engine']): void {
    this.functions.registerAll(engine);
    this.current = new Connection(engine, this.config, this.#source.shared, this.#pragmas);
    this.#applyWatch();
  }

  #attempt<T>(scope: Scope, call: Call, kind: 'read' | 'write', work: (connection: Connection) => MaybePromise<T>, repeats: number): MaybePromise<T> {
    this.scopes.check(scope);
    const connection = this.current!;
    const timed = this.#arm(connection, call);
    const failed = (error: unknown): MaybePromise<T> => {
      if (timed) disarm(connection);
      const repeatable = kind === 'read' && isPoisoned(error) && !isWriteLost(error);
      const again = this.failed(error, connection, { repeatable, repeats });
      if (this.lost && isPoisoned(error)) throw this.lost;
      if (!again) throw error;
      // Where JavaScript takes over it is loaded first.
      const ready = this.ensure(call);
      return ready ? ready.then(() => this.#attempt(scope, call, kind, work, repeats + 1)) : this.#attempt(scope, call, kind, work, repeats + 1);
    };
    let result: MaybePromise<T>;
    try { result = work(connection); } catch (error) { return failed(error); }
    const done = (value: T): MaybePromise<T> => {
      if (timed) disarm(connection);
      const stored = connection.wrote ? this.settled() : undefined;
      return stored ? stored.then(() => value) : value;
    };
    return isPromise(result) ? result.then(done, failed) : done(result);
  }

  /**
   * Work that acts at once and ends before it returns; only while `immediate`. What must not cost a promise turn goes this way.
   * @throws what the work throws, after a trapped engine was replaced
   */
  now<T>(work: (connection: Connection) => T): T {
    const connection = this.current!;
    const { root } = this.scopes;
    root.enter();
    const timed = this.config.timeoutMs !== undefined && this.#arm(connection, Call.plain);
    try {
      const result = work(connection);
      if (connection.wrote) this.settle();
      return result;
    } catch (error) {
      this.failed(error, connection);
      throw error;
    } finally {
      if (timed) disarm(connection);
      root.leave();
    }
  }

  /** Deadline and cancellation, told to the engine; whether there are any. */
  #arm(connection: Connection, call: Call): boolean {
    const { timeoutMs } = this.config;
    if (call.deadline === Infinity && timeoutMs === undefined && call.poll === undefined) return false;
    const own = timeoutMs === undefined ? Infinity : host.now() + timeoutMs;
    const deadline = Math.min(own, call.deadline);
    connection.engine.setDeadline(deadline === Infinity ? undefined : deadline);
    connection.engine.setCancel(call.poll);
    return true;
  }

  /** After a failure: a trapped engine is replaced, and transactions that are gone are told so. Whether the call is to be made again. */
  failed(error: unknown, connection: Connection, call: FaultedCall = NO_CALL): boolean {
    if (isPoisoned(error)) return connection === this.current && this.#replace(error, call);
    try {
      if (this.scopes.innermost && !connection.engine.inTransaction) {
        this.scopes.lose(sqliteServiceError('SQL', `SQLite rolled the transaction back: ${(error as Error).message}`, { cause: error }));
        connection.rolledBack();
      }
      if (connection.wrote) this.settle();
    } catch { /* the first failure is the one to tell */ }
    return false;
  }

  /** After a call that wrote: what was committed is stored first, where that takes a promise, and then told. */
  protected settled(): Promise<void> | undefined {
    const connection = this.current;
    if (!connection || !this.#source.stored || connection.engine.inTransaction) { this.settle(); return undefined; }
    return this.#source.acknowledge(connection.engine).then(() => this.settle(), (error) => {
      // Memory is ahead of the storage: the next call reads what is stored.
      this.#closeConnection();
      throw error;
    });
  }

  /** Tells what was committed. */
  settle(): void {
    if (this.current) this.#source.mirror(this.current.engine);
    const notice = this.current?.settled();
    if (notice) this.onNotice(notice);
  }

  /** A fresh engine with what the trapped one held; what was not committed is rolled back by SQLite. */
  #replace(error: ServiceError, call: FaultedCall): boolean {
    const dead = this.current!;
    this.current = undefined;
    this.scopes.lose(sqliteServiceError('INSTANCE_POISONED', 'the WebAssembly instance trapped: this transaction was undone, run it again', { cause: error }));
    this.cursors.forget();
    try {
      const inMemory = this.#source.storage?.files === undefined;
      const salvaged = inMemory ? dead.engine.salvage?.() : undefined;
      if (inMemory && !salvaged) throw sqliteServiceError('INSTANCE_POISONED', 'its memory could not be read');
      const { lowered, retry } = this.#source.trapped(call.repeatable, call.repeats);
      if (lowered) this.#giveUp = error;
      this.#connect(this.#source.open(salvaged));
      this.#source.mirrorAgain(this.current!.engine);
      this.#context.sink.event({ type: 'recovery', service: 'sqlite', message: `sqlite: an instance trapped (${error.message}); a fresh one answers, with everything committed`, data: { variant: this.variant } });
      return retry;
    } catch (failure) {
      this.lost = sqliteServiceError('INSTANCE_POISONED', `an instance ended and its database could not be brought over (${(failure as Error).message}): make a new service, and take a durable storage or keep serialize()'s bytes`, { cause: failure });
      this.#context.sink.event({ type: 'error', service: 'sqlite', message: `sqlite: ${this.lost.message}` });
      return false;
    }
  }

  // ── the rest of a life ──

  watch(commits: boolean, changes: boolean): MaybePromise<void> {
    return this.task(DATABASE, Call.plain, 'read', (connection) => {
      const before = this.#watch;
      this.#watch = { commits, changes };
      try {
        if (connection === this.current) this.#applyWatch();
      } catch (error) {
        this.#watch = before;
        throw error;
      }
    });
  }

  #applyWatch(): void {
    const connection = this.current!;
    const { commits, changes } = this.#watch;
    if (changes !== connection.recording) connection.engine.recordChanges(changes);
    connection.recording = changes;
    connection.watched = commits || changes;
  }

  /** Another tab wants the storage: it gets it after the calls under way. */
  async #lend(): Promise<void> {
    await this.suspend();
    await this.resume();
  }

  suspend(): Promise<void> {
    if (!this.#source.storage || this.#source.storage.kind === 'memory' || this.disposal || this.#wake) return Promise.resolve();
    const awake = new Promise<void>((resolve) => { this.#wake = resolve; });
    return new Promise((closed, failed) => {
      const asleep = this.scopes.root.run(async () => {
        try {
          this.#closeConnection();
          await this.#source.storage!.suspend();
          closed();
        } catch (error) {
          failed(error as Error);
        }
        await awake;
      }, Call.plain);
      Promise.resolve(asleep).catch(failed); // disposed of before its turn came
    });
  }

  async resume(): Promise<void> {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.(); // the next call opens the storage again
  }

  #closeConnection(): void {
    const connection = this.current;
    this.current = undefined;
    this.cursors.forget();
    try { connection?.close(); } catch { /* a poisoned instance may refuse even this */ }
  }

  dispose(): Promise<void> {
    return this.disposal ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    const gone = disposed();
    this.#life.abort(gone);
    const settled = this.scopes.root.close(gone);
    this.scopes.dispose(gone);
    this.#wake?.();
    await settled;
    this.#closeConnection();
    await this.#source.close();
  }
}

function disarm({ engine }: Connection): void {
  engine.setDeadline(undefined);
  engine.setCancel(undefined);
}
