/** What the database holds, read through SQLite's own catalogue and pragmas: tables with their columns, indexes and statistics, on demand. */
import type { SqlEngine } from '../engine.js';
import type { SQLValue } from '../types.js';
import { closings, render, tokenize } from './tokenizer.js';

export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  /** The table that an index or trigger belongs to. */
  readonly table: string;
  /** Null for indexes that a PRIMARY KEY or UNIQUE made. */
  readonly sql: string | null;
  readonly temporary: boolean;
}

export interface ColumnInfo {
  readonly name: string;
  /** As declared; '' where none was. */
  readonly type: string;
  readonly notNull: boolean;
  /** 1-based place in the primary key; 0: not in it. */
  readonly primaryKey: number;
  readonly generated: boolean;
  /** Of a virtual table: named in conditions, left out of `*`. */
  readonly hidden: boolean;
}

/** One column of an index: of the table, an expression (its SQL), or the rowid (neither). */
export interface IndexColumn { readonly name: string | undefined; readonly expression: string | undefined; readonly descending: boolean; readonly collation: string }

export interface IndexInfo {
  readonly name: string;
  readonly unique: boolean;
  readonly partial: boolean;
  readonly primaryKey: boolean;
  /** The key columns, in order. */
  readonly columns: readonly IndexColumn[];
}

export interface TableInfo {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly temporary: boolean;
  readonly sql: string;
  readonly withoutRowid: boolean;
  /** Without hidden ones. */
  readonly columns: readonly ColumnInfo[];
  /** The column that is the rowid (INTEGER PRIMARY KEY). */
  readonly rowidColumn: string | undefined;
  /** Of any case; hidden ones too. */
  column(name: string): ColumnInfo | undefined;
  readonly indexes: readonly IndexInfo[];
}

export class Schema {
  readonly objects: readonly SchemaObject[];
  readonly #tables = new Map<string, TableInfo | undefined>();
  readonly #byName = new Map<string, SchemaObject>();

  constructor(readonly engine: SqlEngine) {
    const read = (catalogue: string, temporary: boolean): SchemaObject[] =>
      rows(engine, `SELECT type, name, tbl_name, sql FROM ${catalogue}`).map(([type, name, table, sql]) =>
        ({ type: type as SchemaObject['type'], name: String(name), table: String(table), sql: sql === null ? null : String(sql), temporary }));
    this.objects = [...read('main.sqlite_master', false), ...read('sqlite_temp_master', true)];
    // Temporary objects hide those of main.
    for (const object of this.objects) if (object.type === 'table' || object.type === 'view') this.#byName.set(object.name.toLowerCase(), object);
  }

  /** Of any case; undefined where the database has no such table or view. */
  table(name: string): TableInfo | undefined {
    const key = name.toLowerCase();
    if (!this.#tables.has(key)) {
      const object = this.#byName.get(key);
      this.#tables.set(key, object && new LazyTable(this.engine, object));
    }
    return this.#tables.get(key);
  }

  /** Rows of sqlite_stat1, none where ANALYZE was never run. */
  get statistics(): readonly Stat1[] {
    this.#statistics ??= this.#byName.has('sqlite_stat1')
      ? rows(this.engine, 'SELECT tbl, idx, stat FROM main.sqlite_stat1').map(([table, index, stat]) => ({ table: String(table), index: index === null ? null : String(index), stat: String(stat) }))
      : [];
    return this.#statistics;
  }
  #statistics: readonly Stat1[] | undefined;

  has(name: string): boolean { return this.#byName.has(name.toLowerCase()); }

  /** Whether a table or index may not be called so. */
  taken(name: string): boolean {
    const key = name.toLowerCase();
    return this.objects.some((object) => object.name.toLowerCase() === key);
  }
}

/** `stat`: rows of the index, then the average number of rows for one value of its first column, of its first two … */
export interface Stat1 { readonly table: string; readonly index: string | null; readonly stat: string }

class LazyTable implements TableInfo {
  readonly name: string;
  readonly kind: TableInfo['kind'];
  readonly temporary: boolean;
  readonly sql: string;
  readonly withoutRowid: boolean;
  #columns: readonly ColumnInfo[] | undefined;
  #visible: readonly ColumnInfo[] | undefined;
  #byName: Map<string, ColumnInfo> | undefined;
  #indexes: IndexInfo[] | undefined;

  constructor(readonly engine: SqlEngine, object: SchemaObject) {
    this.name = object.name;
    this.temporary = object.temporary;
    this.sql = object.sql ?? '';
    const words = tokenize(this.sql);
    this.kind = object.type === 'view' ? 'view' : words[1]?.key === 'VIRTUAL' ? 'virtual' : 'table';
    const options = words.slice(words.findLastIndex((t) => t.key === ')'));
    this.withoutRowid = this.kind === 'table' && options.some((t, i) => t.key === 'WITHOUT' && options[i + 1]?.value.toLowerCase() === 'rowid');
  }

  get columns(): readonly ColumnInfo[] {
    this.#visible ??= this.#all.filter((c) => !c.hidden);
    return this.#visible;
  }

  get #all(): readonly ColumnInfo[] {
    // A view on something that is gone, or a virtual table whose module is missing, has no columns to tell.
    this.#columns ??= attempt(() => rows(this.engine, `PRAGMA ${this.#database}.table_xinfo(${quoteAlways(this.name)})`), [])
      .map(([, name, type, notNull, , primaryKey, hidden]) => ({ name: String(name), type: String(type ?? ''), notNull: Number(notNull) !== 0, primaryKey: Number(primaryKey), generated: Number(hidden) > 1, hidden: Number(hidden) === 1 }));
    return this.#columns;
  }

  column(name: string): ColumnInfo | undefined {
    this.#byName ??= new Map(this.#all.map((c) => [c.name.toLowerCase(), c]));
    return this.#byName.get(name.toLowerCase());
  }

  get rowidColumn(): string | undefined {
    if (this.withoutRowid || this.kind !== 'table') return undefined;
    const key = this.columns.filter((c) => c.primaryKey > 0);
    return key.length === 1 && key[0]!.type.toUpperCase() === 'INTEGER' ? key[0]!.name : undefined;
  }

  get indexes(): readonly IndexInfo[] {
    this.#indexes ??= this.kind !== 'table' ? [] : rows(this.engine, `PRAGMA ${this.#database}.index_list(${quoteAlways(this.name)})`).map(([, name, unique, origin, partial]) => ({
      name: String(name), unique: Number(unique) !== 0, partial: Number(partial) !== 0, primaryKey: origin === 'pk',
      columns: rows(this.engine, `PRAGMA ${this.#database}.index_xinfo(${quoteAlways(String(name))})`).filter(([, , , , , key]) => Number(key) === 1)
        .map(([place, cid, column, descending, collation]) => ({ name: column === null ? undefined : String(column), expression: Number(cid) === -2 ? keyTexts(this.#sqlOf(String(name)))[Number(place)] ?? '?' : undefined, descending: Number(descending) !== 0, collation: String(collation) })),
    }));
    return this.#indexes;
  }

  #sqlOf(index: string): string {
    return String(rows(this.engine, `SELECT sql FROM ${this.temporary ? 'sqlite_temp_master' : 'main.sqlite_master'} WHERE type = 'index' AND name = ?`, [index])[0]?.[0] ?? '');
  }

  get #database(): string { return this.temporary ? 'temp' : 'main'; }
}

/** The keys of a CREATE INDEX, without COLLATE, ASC and DESC. */
function keyTexts(sql: string): string[] {
  const tokens = tokenize(sql), open = tokens.findIndex((t) => t.key === '(');
  const close = closings(tokens)[open] ?? 0;
  const texts: string[] = [];
  let depth = 0, from = open + 1;
  for (let i = from; i <= close; i++) {
    const key = tokens[i]?.key;
    if (i === close || (key === ',' && depth === 0)) {
      let to = i;
      if (['ASC', 'DESC'].includes(tokens[to - 1]!.key)) to--;
      if (tokens[to - 2]?.key === 'COLLATE') to -= 2;
      texts.push(render(tokens.slice(from, to)));
      from = i + 1;
    } else if (key === '(') depth++;
    else if (key === ')') depth--;
  }
  return texts;
}

/** The key of an index as the statement's model has it. */
export const keyOfIndex = ({ name, expression }: IndexColumn): { column: string } | { expression: string } => (name === undefined ? { expression: expression ?? 'rowid' } : { column: name });

/** As quoteName, but always in quotes: what a pragma takes. */
export const quoteAlways = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** All rows of a reading statement; `bigint`: every INTEGER as one, so that none is out of range. */
export function rows(engine: SqlEngine, sql: string, params?: SQLValue[], bigint = false): SQLValue[][] {
  const statement = engine.prepare(sql);
  try {
    return statement.all(params).arrays({ bigint });
  } finally {
    statement.finalize();
  }
}

/** For what may fail without harm: an object of the user's that no longer works must not stop the analysis of another. */
export function attempt<T>(fn: () => T, otherwise: T): T {
  try { return fn(); } catch (error) {
    if (isFatal(error)) throw error;
    return otherwise;
  }
}

/** The engine is gone, or was told to stop: nothing may go on as if it were a mere SQL error. */
export function isFatal(error: unknown): boolean {
  return ['INSTANCE_POISONED', 'TIMEOUT', 'ABORTED', 'OUT_OF_MEMORY', 'DISPOSED', 'CORRUPT'].includes((error as { code?: string } | null)?.code ?? '');
}
