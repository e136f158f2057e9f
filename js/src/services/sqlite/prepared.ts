/** Statements that callers keep of a database elsewhere: they stand on their SQL, which the worker has in its cache. In this thread: own-statement.ts. */
import type { SqlBackend } from './backend.js';
import { DATABASE } from './backend.js';
import { Call } from './call.js';
import { sqliteServiceError } from './errors.js';
import { paramsOf } from './requests.js';
import { rowsOf, shapeOf } from './results.js';
import type { PreparedStatement, QueryOptions, RunResult, SQLParams, SQLValue } from './types.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';

/** Runs a call of the service: counts it, orders it, and gives its outcome as a promise. */
export type Caller = <T>(operation: string, prepare: () => () => MaybePromise<T>) => Promise<T>;

export class RemoteStatement implements PreparedStatement {
  readonly #backend: SqlBackend;
  readonly #call: Caller;
  readonly #sql: string;
  #finalized = false;

  constructor(backend: SqlBackend, call: Caller, sql: string) {
    this.#backend = backend;
    this.#call = call;
    this.#sql = sql;
  }

  run(params?: SQLParams): Promise<RunResult> {
    return this.#made('run', params, (own) => this.#backend.run(DATABASE, this.#sql, own, Call.plain));
  }

  get<Row = Record<string, SQLValue>>(params?: SQLParams): Promise<Row | undefined> {
    return this.#made('get', params, (own) => this.#backend.get(DATABASE, this.#sql, own, false, Call.plain) as MaybePromise<Row | undefined>);
  }

  all<Row = Record<string, SQLValue>>(params?: SQLParams, options?: QueryOptions): Promise<Row[]> {
    const shape = shapeOf(options);
    const call = Call.from(options);
    return this.#made('all', params, (own) => this.#backend.query(DATABASE, { sql: this.#sql, params: own, useCache: options?.useCache === true, explain: false }, call, ({ rows }) => rowsOf<Row>(rows, shape)));
  }

  #made<T>(operation: string, params: SQLParams | undefined, start: (params: SQLParams | undefined) => MaybePromise<T>): Promise<T> {
    return this.#call(operation, () => {
      if (this.#finalized) throw sqliteServiceError('DISPOSED', 'this statement was finalized: prepare it again');
      const own = paramsOf(params, false);
      return () => start(own);
    });
  }

  finalize(): void { this.#finalized = true; }
}
