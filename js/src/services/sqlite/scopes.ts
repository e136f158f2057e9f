/**
 * Open transactions. Each holds its turn in the queue of the scope that it was opened in and has a queue of its own, so that calls inside see
 * each other's writes in order and calls outside wait.
 */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import { DATABASE, type Scope } from './backend.js';
import type { Call } from './call.js';
import { sqliteServiceError } from './errors.js';
import { SerialQueue } from './queue.js';

/** What a transaction needs of the database. */
export interface TransactionEngine {
  readonly inTransaction: boolean;
  exec(sql: string): void;
}

export interface OpenScope {
  readonly id: Scope;
  readonly parent: OpenScope | undefined;
  readonly queue: SerialQueue;
  /** Of its SAVEPOINT; undefined: it is a BEGIN. */
  readonly savepoint: string | undefined;
  /** Set when SQLite, or the end of its instance, undid it: nothing more may run in it. */
  lost: ServiceError | undefined;
  /** Gives the turn back. */
  release(): void;
}

/** After this long with calls waiting and nothing done inside, somebody has likely called the service inside its own transaction. */
const STUCK_AFTER_MS = 5000;

export class Scopes {
  readonly root = new SerialQueue();
  readonly #open = new Map<Scope, OpenScope>();
  readonly #onStuck: (waiting: number) => void;
  #next = 1;

  constructor(onStuck: (waiting: number) => void) {
    this.#onStuck = onStuck;
  }

  /** The queue that a call of this scope waits in. @throws ServiceError when the transaction is over. */
  queue(scope: Scope): SerialQueue {
    return scope === DATABASE ? this.root : this.#get(scope).queue;
  }

  #get(scope: Scope): OpenScope {
    const open = this.#open.get(scope);
    if (!open) throw sqliteServiceError('INVALID_ARGUMENT', 'this transaction is over: calls on its `tx` must be awaited before its function ends');
    return open;
  }

  /** Throws what became of a transaction that did not end by itself. */
  check(scope: Scope): void {
    const lost = scope === DATABASE ? undefined : this.#get(scope).lost;
    if (lost) throw lost;
  }

  get innermost(): OpenScope | undefined { return [...this.#open.values()].at(-1); }

  /** Every open transaction is gone. */
  lose(error: ServiceError): void {
    for (const scope of this.#open.values()) scope.lost ??= error;
  }

  /**
   * Begins when its turn has come.
   * @param engine asked when the turn has come; waits for loading
   */
  begin(parent: Scope, call: Call, engine: () => MaybePromise<TransactionEngine>): MaybePromise<Scope> {
    const queue = this.queue(parent);
    return new Promise<Scope>((resolve, reject) => {
      const turn = queue.run(async () => {
        let scope: OpenScope;
        try {
          const ready = engine();
          scope = this.#opened(parent, isPromise(ready) ? await ready : ready);
        } catch (error) {
          reject(error as Error);
          return;
        }
        const released = new Promise<void>((release) => { scope.release = release; });
        resolve(scope.id);
        await released;
      }, call);
      Promise.resolve(turn).catch(reject); // cancelled, or closed, while it waited
    });
  }

  #opened(parent: Scope, engine: TransactionEngine): OpenScope {
    this.check(parent);
    const id = this.#next++;
    // Inside another transaction, also one that the caller began by SQL, it is a savepoint.
    const savepoint = engine.inTransaction ? `wasm_services_${id}` : undefined;
    engine.exec(savepoint === undefined ? 'BEGIN' : `SAVEPOINT ${savepoint}`);
    const scope: OpenScope = { id, parent: this.#open.get(parent), queue: new SerialQueue(), savepoint, lost: undefined, release: () => undefined };
    this.#open.set(id, scope);
    if (parent === DATABASE) this.#watch(scope);
    return scope;
  }

  /** Ends it when the calls made inside have ended. */
  async end(scope: Scope, commit: boolean, engine: () => TransactionEngine, settle: (committed: boolean) => MaybePromise<void>): Promise<void> {
    const open = this.#get(scope);
    // Nested ones that were never awaited would hold the queue for ever.
    await open.queue.close(sqliteServiceError('INVALID_ARGUMENT', 'this transaction is over: calls on its `tx` must be awaited before its function ends'));
    try {
      if (open.lost) { if (commit) throw open.lost; return; }
      const database = engine();
      if (!database.inTransaction) throw sqliteServiceError('SQL', 'the transaction was ended by SQL inside it: leave COMMIT and ROLLBACK to the function that opened it');
      const { savepoint } = open;
      if (commit) database.exec(savepoint === undefined ? 'COMMIT' : `RELEASE ${savepoint}`);
      else for (const sql of savepoint === undefined ? ['ROLLBACK'] : [`ROLLBACK TO ${savepoint}`, `RELEASE ${savepoint}`]) database.exec(sql);
      await settle(commit);
    } catch (error) {
      if (commit && !open.lost) rollBackQuietly(engine, open.savepoint);
      throw error;
    } finally {
      this.#open.delete(scope);
      open.release();
    }
  }

  /** Ends them all without a word to SQLite, which undoes them when it is closed. */
  dispose(error: ServiceError): void {
    this.lose(error);
    for (const scope of this.#open.values()) {
      void scope.queue.close(error);
      scope.release();
    }
  }

  /** One that waits for a call that waits for it would hang without a word. */
  #watch(scope: OpenScope): void {
    let quietSince = host.now();
    const timer = setInterval(() => {
      if (!this.#open.has(scope.id)) { clearInterval(timer); return; }
      const inner = this.innermost!;
      let waiting = this.root.waiting;
      for (const { queue } of this.#open.values()) waiting += queue.waiting;
      if (!inner.queue.idle || waiting === 0) quietSince = host.now();
      else if (host.now() - quietSince > STUCK_AFTER_MS) {
        clearInterval(timer);
        this.#onStuck(waiting);
      }
    }, 1000);
    (timer as unknown as { unref?(): void }).unref?.();
  }
}

function rollBackQuietly(engine: () => TransactionEngine, savepoint: string | undefined): void {
  try {
    const database = engine();
    if (!database.inTransaction) return;
    database.exec(savepoint === undefined ? 'ROLLBACK' : `ROLLBACK TO ${savepoint}`);
    if (savepoint !== undefined) database.exec(`RELEASE ${savepoint}`);
  } catch { /* the failure of the commit is the one to tell */ }
}
