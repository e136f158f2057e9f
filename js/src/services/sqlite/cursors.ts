/** Results that are read in portions. Each holds a statement of its own, and nothing else waits for it. */
import type { Connection } from './connection.js';
import type { Cursor, RowSet } from './engine.js';
import { isPoisoned, sqliteServiceError } from './errors.js';
import type { Held } from './statements.js';
import type { SQLParams } from './types.js';

interface Open { held: Held; cursor: Cursor }

export class Cursors {
  readonly #open = new Map<number, Open>();
  #next = 1;

  get size(): number { return this.#open.size; }
  has(id: number): boolean { return this.#open.has(id); }

  open(connection: Connection, sql: string, params: SQLParams | undefined): number {
    const held = connection.statements.take(sql);
    try {
      if (!held.statement.readonly) throw sqliteServiceError('INVALID_ARGUMENT', 'a stream takes a query that only reads: run this statement with executeQuery', { detail: { field: 'sql' } });
      this.#open.set(this.#next, { held, cursor: held.statement.open(params) });
      return this.#next++;
    } catch (error) {
      connection.statements.put(held);
      throw error;
    }
  }

  /** Undefined at the end; the cursor is closed then. */
  next<T>(connection: Connection, id: number, rows: number, take: (rows: RowSet) => T): T | undefined {
    const open = this.#open.get(id);
    if (!open) throw sqliteServiceError('ABORTED', 'the rows that were still to come are gone: the database was replaced, or its instance trapped. Start again');
    try {
      const next = open.cursor.next(rows);
      if (next) return take(next);
    } catch (error) {
      if (!isPoisoned(error)) this.close(connection, id);
      throw error;
    }
    this.close(connection, id);
    return undefined;
  }

  close(connection: Connection, id: number): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    open.cursor.close();
    connection.statements.put(open.held);
  }

  closeAll(connection: Connection): void {
    for (const id of [...this.#open.keys()]) this.close(connection, id);
  }

  /** Their engine is gone. */
  forget(): void { this.#open.clear(); }
}
