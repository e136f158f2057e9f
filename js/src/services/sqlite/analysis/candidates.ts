/** Indexes worth trying, from what the statement compares and sorts. Too many is fine: the planner decides. */
import { keyName, termsOf, type KeyPart, type OrderPart, type Source, type Statement, type Term } from './model.js';
import type { SchemaObject, TableInfo } from './schema.js';
import { keyOfIndex, quoteAlways, rows } from './schema.js';
import { quoteName } from './tokenizer.js';

export interface Candidate { readonly table: TableInfo; readonly parts: readonly OrderPart[] }

/** Wider keys cost every write more than they save. */
export const MAX_KEY_COLUMNS = 5;

/** An index on a table of the user's own, in main. */
export const advisable = (table: TableInfo | undefined): table is TableInfo => table?.kind === 'table' && !table.temporary && !/^sqlite_/i.test(table.name);

const part = (key: KeyPart): OrderPart => ({ ...key, descending: false });

/**
 * Per occurrence of a table: the columns compared for equality (with constants; with each joined table; with all), then one range column, or the
 * columns of ORDER BY, GROUP BY, DISTINCT; and each column alone.
 */
export function candidatesOf(statement: Statement): Candidate[] {
  const found = new Map<string, Candidate>();
  const add = (table: TableInfo, parts: readonly OrderPart[]): void => {
    const candidate = { table, parts: unique(parts).slice(0, MAX_KEY_COLUMNS) };
    if (candidate.parts.length === 0 || served(candidate)) return;
    const key = identity(candidate);
    if (!found.has(key)) found.set(key, candidate);
  };
  const singles: [TableInfo, OrderPart][] = [];
  for (const source of statement.sources) {
    const { table } = source;
    if (!advisable(table) || source.fixed) continue;
    for (const branch of [undefined, ...source.branches.keys()]) {
      const terms = termsOf(source, branch);
      const ranges = terms.filter((t) => t.kind !== 'equal').map(keyOf);
      for (const equal of equalities(terms)) {
        for (const { parts } of source.orders) add(table, [...equal, ...forward(parts.filter((p) => !equal.some((e) => e.column !== undefined && e.column === p.column)))]);
        for (const range of ranges) add(table, [...equal, range]);
        add(table, equal);
      }
      for (const term of terms) singles.push([table, keyOf(term)]);
    }
    for (const { parts } of source.orders) singles.push([table, part({ ...parts[0]! })]);
  }
  for (const [table, key] of singles) add(table, [key]);
  for (const { table, parts } of childKeys(statement)) add(table, parts);
  return [...found.values()];
}

/** LIKE ignores case, and only an index that does so too serves it. */
function keyOf(term: Term): OrderPart {
  return part(term.kind === 'like' ? { ...term.key, collation: 'NOCASE' } : term.key);
}

/** Sets of columns compared for equality, the most useful first; the empty set last. */
function equalities(terms: readonly Term[]): OrderPart[][] {
  const equal = terms.filter((t) => t.kind === 'equal');
  const constants = equal.filter((t) => t.others.size === 0).map(keyOf);
  const joined = new Map<Source, OrderPart[]>();
  for (const term of equal) for (const other of term.others) joined.set(other, [...joined.get(other) ?? [], keyOf(term)]);
  const sets = [constants, ...[...joined.values()].flatMap((keys) => [[...constants, ...keys], [...keys, ...constants], keys]), [...constants, ...[...joined.values()].flat()], []];
  return [...new Map(sets.map((set) => { const keys = unique(set); return [keys.map(keyName).join(), keys]; })).values()];
}

/** An index is read from either end. */
function forward(parts: readonly OrderPart[]): readonly OrderPart[] {
  return parts.every((p) => p.descending) ? parts.map((p) => ({ ...p, descending: false })) : parts;
}

function unique(parts: readonly OrderPart[]): OrderPart[] {
  const seen = new Set<string>();
  return parts.filter((p) => { const key = p.column?.toLowerCase() ?? `(${p.expression})`; return seen.has(key) ? false : (seen.add(key), true); });
}

export const identity = ({ table, parts }: Candidate): string => `${table.name.toLowerCase()}|${parts.map((p) => `${keyName(p)}${p.descending ? ' desc' : ''}`).join()}`;

/** An index that is there begins with the same columns. */
export function served({ table, parts }: Candidate): boolean {
  if (parts.length === 1 && parts[0]!.column !== undefined && parts[0]!.column === table.rowidColumn) return true;
  return table.indexes.some((index) => !index.partial && index.columns.length >= parts.length && parts.every((p, i) => {
    const column = index.columns[i]!;
    return keyName(keyOfIndex(column)) === keyName({ ...p, collation: '' }) && column.descending === p.descending && column.collation.toUpperCase() === (p.collation ?? 'BINARY').toUpperCase();
  }));
}

/** Deleting a parent row, or changing its key, searches the children by their foreign key. */
function childKeys(statement: Statement): Candidate[] {
  const { schema, written, verb } = statement;
  if (!written || (verb !== 'DELETE' && verb !== 'UPDATE' && verb !== 'INSERT') || Number(rows(schema.engine, 'PRAGMA foreign_keys')[0]?.[0] ?? 0) === 0) return [];
  return schema.objects.filter((o) => o.type === 'table' && /\breferences\b/i.test(o.sql ?? '')).flatMap(({ name }: SchemaObject) => {
    const table = schema.table(name);
    if (!advisable(table)) return [];
    const keys = new Map<number, OrderPart[]>();
    for (const [id, , parent, from] of rows(schema.engine, `PRAGMA main.foreign_key_list(${quoteAlways(name)})`)) {
      if (String(parent).toLowerCase() === written.name.toLowerCase()) keys.set(Number(id), [...keys.get(Number(id)) ?? [], part({ column: String(from) })]);
    }
    return [...keys.values()].map((parts) => ({ table, parts }));
  });
}

/** `CREATE INDEX …` under a name that nothing else has. */
export function creationOf({ table, parts }: Candidate, taken: (name: string) => boolean): { name: string; sql: string } {
  const words = [table.name, ...parts.map((p) => p.column ?? p.expression!)].map((w) => w.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')).filter(Boolean);
  const base = `idx_${words.join('_')}`.slice(0, 60).replace(/_+$/, '');
  let name = base;
  for (let n = 2; taken(name); n++) name = `${base}_${n}`;
  const list = parts.map((p) => `${p.column !== undefined ? quoteName(p.column) : p.expression}${p.collation ? ` COLLATE ${quoteName(p.collation)}` : ''}${p.descending ? ' DESC' : ''}`);
  return { name, sql: `CREATE INDEX ${quoteName(name)} ON ${quoteName(table.name)}(${list.join(', ')})` };
}
