/** The same without promises, for hosts that may block. A call acts at once, so it is refused while calls made before it have not ended. */
import { isPromise } from '../../calls/maybe-promise.js';
import type { Connection } from './connection.js';
import type { SqlCore } from './core.js';
import { sqliteServiceError } from './errors.js';
import { OwnStatement } from './own-statement.js';
import { checkSql } from './requests.js';
import type { RowShape } from './results.js';
import { atomically } from './steps.js';
import type { RunResult, SQLParams, SQLValue, SyncPreparedStatement, SyncSQLite } from './types.js';

const OBJECTS: RowShape = { mode: 'objects', bigint: false };

/** Rows per look at the engine while iterating. */
const PORTION = 64;

export class SyncDatabase implements SyncSQLite {
  readonly #core: SqlCore;
  /** Inside `transaction`, whose calls go on where it stands. */
  #inside: Connection | undefined;

  constructor(core: SqlCore) {
    this.#core = core;
  }

  /** @internal */
  now<T>(work: (connection: Connection) => T): T {
    const core = this.#core;
    if (this.#inside) {
      if (core.connection !== this.#inside) throw sqliteServiceError('INSTANCE_POISONED', 'the instance trapped: this transaction was undone, run it again');
      return work(this.#inside);
    }
    if (!core.immediate) throw core.busy();
    return core.now(work);
  }

  prepare(sql: string): SyncPreparedStatement {
    const statement = new OwnStatement(checkSql(sql));
    this.now((connection) => statement.on(connection));
    return new SyncStatement(this, this.#core, statement);
  }

  exec(sql: string): void {
    checkSql(sql);
    this.now((connection) => connection.exec(sql));
  }

  transaction<T>(fn: () => T): T {
    const before = this.#inside;
    return this.now((connection) => {
      this.#inside = connection;
      try {
        return atomically(connection, () => {
          const result = fn();
          if (isPromise(result as unknown as Promise<T>)) throw sqliteServiceError('INVALID_ARGUMENT', 'sync.transaction takes a function that returns no promise: use transaction() for asynchronous work');
          return result;
        }) as T;
      } finally {
        this.#inside = before;
      }
    });
  }
}

class SyncStatement implements SyncPreparedStatement {
  readonly #database: SyncDatabase;
  readonly #core: SqlCore;
  readonly #statement: OwnStatement;

  constructor(database: SyncDatabase, core: SqlCore, statement: OwnStatement) {
    this.#database = database;
    this.#core = core;
    this.#statement = statement;
  }

  run(params?: SQLParams): RunResult {
    return this.#database.now((connection) => connection.run(this.#statement.on(connection), params));
  }

  get<Row = Record<string, SQLValue>>(params?: SQLParams): Row | undefined {
    return this.#database.now((connection) => connection.get(this.#statement.on(connection), params, { bigint: false })) as Row | undefined;
  }

  all<Row = Record<string, SQLValue>>(params?: SQLParams): Row[] {
    return this.#database.now((connection) => connection.all(this.#statement.on(connection), params, OBJECTS)) as Row[];
  }

  *iterate<Row = Record<string, SQLValue>>(params?: SQLParams): IterableIterator<Row> {
    const core = this.#core;
    const id = this.#database.now((connection) => core.openNow(connection, this.#statement.sql, params));
    try {
      for (;;) {
        const rows = this.#database.now((connection) => core.nextNow(connection, id, PORTION, (set) => set.objects({ bigint: false })));
        if (!rows) return;
        yield* rows as Row[];
      }
    } finally {
      core.closeNow(id);
    }
  }

  finalize(): void { this.#statement.finalize(this.#core.connection); }
}
