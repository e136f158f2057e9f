/** A statement of a host's own SQLite, with what the host does not tell found by reading its SQL and its program. */
import type { Cursor, EngineStatement, RowOptions, RowSet, StatementAccess } from '../engine.js';
import { sqliteServiceError } from '../errors.js';
import { isWord, type SqlText } from '../sql-text.js';
import type { RunResult, SQLParams, SQLValue } from '../types.js';
import { ValueRows } from '../value-rows.js';
import { bindInOrder, type BoundValue } from '../values.js';
import type { HostRow, HostStatement } from './database.js';
import type { HostEngine } from './host-engine.js';
import { NO_ACCESS, UNKNOWN_ACCESS } from './program.js';

const READS = new Set(['SELECT', 'VALUES', 'EXPLAIN', 'BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE']);
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'CREATE', 'DROP', 'ALTER', 'REINDEX', 'ANALYZE', 'VACUUM']);
const CONTROLS = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE']);

/** SQLite empties a table at once where there is no WHERE, and an update hook hears nothing of it. */
function rowByRow({ keyword, sql, tokens }: SqlText): string {
  const plain = keyword === 'DELETE' && !tokens.some((token) => ['WHERE', 'RETURNING', 'ORDER', 'LIMIT'].some((word) => isWord(token, word)));
  return plain ? `${sql} WHERE 1` : sql;
}

export class HostEngineStatement implements EngineStatement {
  readonly sql: string;
  readonly #engine: HostEngine;
  readonly #text: SqlText;
  #statement: HostStatement | undefined;
  #generation = -1;
  #access: (StatementAccess & { readonly: boolean }) | undefined;
  #readonly: boolean | undefined;
  /** A cursor reads from the statement itself: nothing else may run it meanwhile. */
  #open: Iterator<HostRow> | undefined;
  #finalized = false;

  constructor(engine: HostEngine, sql: string, text: SqlText) {
    this.#engine = engine;
    this.sql = sql;
    this.#text = text;
    this.#prepared();
  }

  /** Prepared again when the database behind the engine is another one. */
  #prepared(): HostStatement {
    if (this.#finalized) throw sqliteServiceError('DISPOSED', 'this statement was finalized: prepare it again');
    if (this.#statement && this.#generation === this.#engine.generation) return this.#statement;
    this.#generation = this.#engine.generation;
    this.#access = undefined;
    this.#open = undefined;
    return (this.#statement = this.#engine.guard(this.sql, () => this.#engine.database.prepare(this.#engine.database.onUpdate ? rowByRow(this.#text) : this.#text.sql, this.#text.parameters)));
  }

  get columns(): readonly string[] { const statement = this.#prepared(); return this.#engine.guard(this.sql, () => statement.columns()); }
  get parameterCount(): number { return this.#text.parameters.length; }

  get readonly(): boolean {
    const { keyword } = this.#text;
    return this.#readonly ??= READS.has(keyword) || (!WRITES.has(keyword) && this.#lookUp().readonly);
  }

  get access(): StatementAccess { return this.#lookUp(); }

  #lookUp(): StatementAccess & { readonly: boolean } {
    return this.#access ??= this.#findAccess();
  }

  #findAccess(): StatementAccess & { readonly: boolean } {
    const { keyword } = this.#text;
    if (CONTROLS.has(keyword)) return { ...NO_ACCESS, deterministic: false, readonly: true };
    if (keyword === 'EXPLAIN') return { ...NO_ACCESS, reads: undefined, deterministic: false, readonly: true };
    if (WRITES.has(keyword) && !/^(?:INSERT|UPDATE|DELETE|REPLACE)$/.test(keyword)) return { ...UNKNOWN_ACCESS, readonly: false };
    const access = this.#engine.access(this.#text);
    // A pragma may set something that results depend on, with nothing to see in its program.
    return keyword === 'PRAGMA' ? { ...access, reads: undefined, schema: !isQuietPragma(this.#text), deterministic: false } : access;
  }

  run(params: SQLParams | undefined): RunResult {
    this.#execute(params, (statement, values) => statement.run(values));
    return this.#result();
  }

  #execute<T>(params: SQLParams | undefined, work: (statement: HostStatement, values: BoundValue[]) => T, row?: number): T {
    const engine = this.#engine;
    const statement = this.#prepared();
    if (this.#open) throw sqliteServiceError('BUSY', 'a result of this statement is still being read: read it to its end, or leave its loop');
    const values = bindInOrder(params, this.#text.parameters, row);
    if (engine.watchesTime) engine.checkTime(this.sql);
    return engine.tracked(this.#text, () => engine.guard(this.sql, () => work(statement, values), row));
  }

  /** changes() keeps its last count over statements that are no INSERT, UPDATE or DELETE. */
  get #changesRows(): boolean { return !this.readonly && /^(?:INSERT|UPDATE|DELETE|REPLACE|WITH)$/.test(this.#text.keyword); }

  #result(): RunResult {
    const [changes, last] = this.#engine.counters();
    return { changes: this.#changesRows ? Number(changes) : 0, lastInsertRowid: rowid(last) };
  }

  get(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue> | undefined {
    const first = this.#execute(params, (statement, values) => {
      if (!this.readonly) return statement.all(values)[0];
      const rows = statement.iterate(values);
      const { done, value } = rows.next();
      if (!done) rows.return?.();
      return done ? undefined : value as HostRow;
    });
    return first && new ValueRows(this.columns, [first]).objects(options)[0];
  }

  objects(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue>[] { return this.all(params).objects(options); }

  arrays(params: SQLParams | undefined, options: RowOptions): SQLValue[][] { return this.all(params).arrays(options); }

  columnData(params: SQLParams | undefined, options: RowOptions): { count: number; data: Record<string, ArrayLike<SQLValue>> } {
    const rows = this.all(params);
    return { count: rows.count, data: rows.columnData(options) };
  }

  all(params: SQLParams | undefined): RowSet {
    const rows = this.#execute(params, (statement, values) => (this.#engine.watchesTime && this.readonly ? this.#allInTime(statement, values) : statement.all(values)));
    return new ValueRows(this.columns, rows);
  }

  #allInTime(statement: HostStatement, values: BoundValue[]): HostRow[] {
    const rows: HostRow[] = [];
    const source = statement.iterate(values);
    try {
      for (let next = source.next(); !next.done; next = source.next()) {
        rows.push(next.value);
        if ((rows.length & 63) === 0) this.#engine.checkTime(this.sql);
      }
    } catch (error) {
      source.return?.();
      throw error;
    }
    return rows;
  }

  /** A statement that writes runs to its end first, as SQLite itself does with RETURNING. */
  open(params: SQLParams | undefined): Cursor {
    const columns = this.columns;
    const source = this.#execute(params, (statement, values) => (this.readonly ? statement.iterate(values) : statement.all(values)[Symbol.iterator]()));
    if (this.readonly) this.#open = source;
    const close = (): void => {
      if (this.#open === source) {
        this.#open = undefined;
        if (this.#generation === this.#engine.generation && !this.#finalized) source.return?.();
      }
    };
    return {
      next: (count) => {
        if (this.readonly && this.#open !== source) return undefined;
        const rows: HostRow[] = [];
        this.#engine.guard(this.sql, () => {
          while (rows.length < count) {
            const next = source.next();
            if (next.done) { if (this.#open === source) this.#open = undefined; break; }
            rows.push(next.value);
            if ((rows.length & 63) === 0) this.#engine.checkTime(this.sql);
          }
        });
        return rows.length === 0 ? undefined : new ValueRows(columns, rows);
      },
      close,
    };
  }

  runMany(rows: readonly SQLValue[][], from: number, to: number): number {
    let changes = 0;
    const counts = this.#changesRows;
    for (let row = from; row < to; row++) {
      this.#execute(rows[row], (statement, values) => statement.run(values), row);
      if (counts) changes += Number(this.#engine.counters()[0]);
    }
    return changes;
  }

  finalize(): void {
    if (this.#finalized) return;
    const statement = this.#statement;
    const current = this.#generation === this.#engine.generation;
    this.#open = undefined;
    this.#finalized = true;
    if (current) statement?.finalize();
  }
}

/** A pragma that only tells something. */
function isQuietPragma({ tokens }: SqlText): boolean {
  if (tokens.some(({ text }) => text === '=')) return false;
  const name = tokens[tokens[2]?.text === '.' ? 3 : 1]?.text.toLowerCase() ?? '';
  return tokens.every(({ text }) => text !== '(') || /^(?:table_(?:x?info|list)|index_(?:x?info|list)|foreign_key_(?:list|check)|integrity_check|quick_check)$/.test(name);
}

function rowid(value: SQLValue): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value as bigint;
}
