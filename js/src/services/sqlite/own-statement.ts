/** Statements that callers keep of a database in this thread: they stand on the engine's own. */
import type { MaybePromise } from '../../calls/maybe-promise.js';
import { Call } from './call.js';
import type { Connection } from './connection.js';
import type { SqlCore } from './core.js';
import { isPoisoned, isWriteLost, sqliteServiceError } from './errors.js';
import type { Caller } from './prepared.js';
import { paramsOf } from './requests.js';
import { shapeOf, type RowShape } from './results.js';
import type { Held } from './statements.js';
import type { PreparedStatement, QueryOptions, RunResult, SQLParams, SQLValue } from './types.js';

const NUMBERS = { bigint: false };
const OBJECTS: RowShape = { mode: 'objects', bigint: false };

/** A statement of this thread, prepared anew when the engine behind the service is another one. */
export class OwnStatement {
  readonly sql: string;
  #held: Held | undefined;
  #of: Connection | undefined;
  #finalized = false;

  constructor(sql: string) {
    this.sql = sql;
  }

  on(connection: Connection): Held {
    if (this.#held !== undefined && this.#of === connection) return this.#held;
    if (this.#finalized) throw sqliteServiceError('DISPOSED', 'this statement was finalized: prepare it again');
    this.#held = connection.statements.make(this.sql);
    this.#of = connection;
    return this.#held;
  }

  finalize(current: Connection | undefined): void {
    if (this.#finalized) return;
    this.#finalized = true;
    const held = this.#held;
    this.#held = undefined;
    if (held && this.#of === current) held.statement.finalize();
  }
}

export class InlineStatement implements PreparedStatement {
  readonly #core: SqlCore;
  readonly #call: Caller;
  /** Nobody counts calls: then one that acts at once needs no more than the engine does. */
  readonly #quiet: boolean;
  readonly #statement: OwnStatement;

  constructor(core: SqlCore, call: Caller, quiet: boolean, sql: string) {
    this.#core = core;
    this.#call = call;
    this.#quiet = quiet;
    this.#statement = new OwnStatement(sql);
  }

  run(params?: SQLParams): Promise<RunResult> {
    const core = this.#core;
    if (this.#quiet && core.immediate) {
      try { return Promise.resolve(core.now((connection) => connection.run(this.#statement.on(connection), params))); } catch (error) { return Promise.reject(error as Error); }
    }
    return this.#call('run', () => {
      const own = paramsOf(params, core.immediate);
      return () => core.kept('write', (connection) => connection.run(this.#statement.on(connection), own));
    });
  }

  /** A read on the spot; undefined where it must take the way of every call: something waits, calls are counted, or the instance trapped and the read is to be repeated. */
  #read<T>(work: (connection: Connection) => T): Promise<T> | undefined {
    const core = this.#core;
    if (!this.#quiet || !core.immediate) return undefined;
    try {
      return Promise.resolve(core.now(work));
    } catch (error) {
      return isPoisoned(error) && !isWriteLost(error) ? undefined : Promise.reject(error as Error);
    }
  }

  get<Row = Record<string, SQLValue>>(params?: SQLParams): Promise<Row | undefined> {
    const core = this.#core;
    return this.#read((connection) => connection.get(this.#statement.on(connection), params, NUMBERS)) as Promise<Row | undefined> | undefined ?? this.#call('get', () => {
      const own = paramsOf(params, core.immediate);
      return () => core.kept('read', (connection) => connection.get(this.#statement.on(connection), own, { bigint: false })) as MaybePromise<Row | undefined>;
    });
  }

  all<Row = Record<string, SQLValue>>(params?: SQLParams, options?: QueryOptions): Promise<Row[]> {
    const core = this.#core;
    const read = options === undefined ? this.#read((connection) => connection.all(this.#statement.on(connection), params, OBJECTS)) : undefined;
    return read as Promise<Row[]> | undefined ?? this.#call('all', () => {
      const shape = shapeOf(options);
      const call = Call.from(options);
      const own = paramsOf(params, core.immediate);
      return () => core.kept('read', (connection) => connection.all(this.#statement.on(connection), own, shape), call) as MaybePromise<Row[]>;
    });
  }

  finalize(): void {
    this.#statement.finalize(this.#core.connection);
  }
}
