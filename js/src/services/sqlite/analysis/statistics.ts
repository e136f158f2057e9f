/**
 * How many rows a table has, and how many share one key: from sqlite_stat1 where ANALYZE was run, else from a sample of at most 2,000 rows taken
 * in runs over the whole rowid range. Reading is bounded however large the table is.
 */
import { isRowid, keyName, type KeyPart } from './model.js';
import { attempt, quoteAlways, rows as read, type IndexInfo, type Schema, type TableInfo } from './schema.js';
import type { SQLValue } from '../types.js';

const SAMPLE_ROWS = 2000;
const RUNS = 40;
/** Fewer rows than this say nothing about a column: SQLite's own assumptions are used. */
const LEAST_SAMPLE = 100;
/** A table without statistics that is smaller is taken to be still filling: advice is for the table that it will be. */
export const ASSUMED_ROWS = 1000;
/** What SQLite assumes for the first, second … column of an index without statistics: rows of one key. */
const DEFAULT_ROWS_PER_KEY = [10, 9, 8, 7, 6];
/** Counting stops here; beyond it the range of rowids is the estimate. */
const COUNT_LIMIT = 50_000;

interface Sample { readonly positions: ReadonlyMap<string, number>; readonly rows: readonly (readonly string[])[] }
interface Analyzed { readonly rows: number; readonly perKey: ReadonlyMap<string | null, readonly number[]> }

export class Statistics {
  readonly #analyzed = new Map<string, Analyzed>();
  readonly #rows = new Map<string, number>();
  readonly #samples = new Map<string, Sample>();
  readonly #computes = new Map<string, boolean>();

  constructor(readonly schema: Schema) {
    for (const { table, index, stat } of schema.statistics) {
      const numbers = stat.split(' ').map(Number).filter((n) => Number.isFinite(n));
      if (numbers.length === 0) continue;
      const key = table.toLowerCase(), old = this.#analyzed.get(key);
      // A partial index counts its own rows only.
      this.#analyzed.set(key, { rows: Math.max(old?.rows ?? 0, numbers[0]!), perKey: new Map([...old?.perKey ?? [], [index?.toLowerCase() ?? null, numbers.slice(1)]]) });
    }
  }

  /** Whether ANALYZE saw the table. */
  analyzed(table: TableInfo): boolean { return this.#analyzed.has(table.name.toLowerCase()); }

  /** Whether ANALYZE saw this index. */
  analyzedIndex(table: TableInfo, index: IndexInfo): boolean { return this.#analyzed.get(table.name.toLowerCase())?.perKey.has(index.name.toLowerCase()) ?? false; }

  /** Rows to plan with: what ANALYZE counted, else a bounded count, at least ASSUMED_ROWS. */
  rows(table: TableInfo): number {
    return this.#analyzed.get(table.name.toLowerCase())?.rows ?? Math.max(ASSUMED_ROWS, this.counted(table));
  }

  /** Rows in truth, or nearly. */
  counted(table: TableInfo): number {
    const known = this.#rows.get(table.name);
    if (known !== undefined) return known;
    const { engine } = this.schema;
    let count = Number(attempt(() => read(engine, `SELECT count(*) FROM (SELECT 1 FROM ${quoteAlways(table.name)} LIMIT ${COUNT_LIMIT})`)[0]?.[0], 0));
    const rowid = rowidName(table);
    if (count === COUNT_LIMIT && rowid) {
      const [least, most] = this.#range(table, rowid);
      count = Math.max(count, Number(most - least) + 1);
    }
    this.#rows.set(table.name, count);
    return count;
  }

  #range(table: TableInfo, rowid: string): [bigint, bigint] {
    const name = quoteAlways(table.name);
    const [row] = read(this.schema.engine, `SELECT (SELECT min(${rowid}) FROM ${name}), (SELECT max(${rowid}) FROM ${name})`, undefined, true);
    return [BigInt(row?.[0] as bigint ?? 0), BigInt(row?.[1] as bigint ?? 0)];
  }

  /** Reads a sample of what `parts` say, once per table; later calls keep the first sample. */
  sample(table: TableInfo, parts: readonly KeyPart[]): void {
    if (this.#samples.has(table.name) || parts.length === 0) return;
    const distinct = [...new Map(parts.map((p) => [keyName(p), p])).values()];
    const usable = this.#sampleOf(table, distinct) ?? this.#sampleOf(table, distinct.filter((p) => p.expression === undefined));
    this.#samples.set(table.name, usable ?? { positions: new Map(), rows: [] });
  }

  #sampleOf(table: TableInfo, parts: readonly KeyPart[]): Sample | undefined {
    if (parts.length === 0) return undefined;
    const { engine } = this.schema;
    const list = parts.map((p) => {
      const value = p.expression ?? quoteAlways(p.column!);
      return `CASE typeof(${value}) WHEN 'text' THEN substr(${value}, 1, 80) WHEN 'blob' THEN hex(substr(${value}, 1, 40)) ELSE ${value} END`;
    }).join(', ');
    const from = `SELECT ${list} FROM ${quoteAlways(table.name)}`;
    const rowid = rowidName(table);
    const values = attempt((): SQLValue[][] | undefined => {
      if (rowid === undefined || this.counted(table) <= SAMPLE_ROWS) return read(engine, `${from} LIMIT ${SAMPLE_ROWS}`, undefined, true);
      const [least, most] = this.#range(table, rowid);
      const out: SQLValue[][] = [];
      for (let run = 0; run < RUNS; run++) {
        // At uneven distances, or values that repeat in step with the runs would be seen as all there are.
        const place = (run + ((run * 0.618034) % 1)) / RUNS;
        const start = least + ((most - least) * BigInt(Math.floor(place * 1e6))) / 1_000_000n;
        out.push(...read(engine, `${from} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT ${SAMPLE_ROWS / RUNS}`, [start], true));
      }
      return out;
    }, undefined);
    if (values === undefined) return undefined;
    const keys = values.map((row) => row.map((value, i) => {
      const text = typeof value === 'string' ? `'${value}` : String(value);
      return parts[i]!.collation?.toUpperCase() === 'NOCASE' ? text.toLowerCase() : text;
    }));
    return { positions: new Map(parts.map((p, i) => [keyName(p), i])), rows: keys };
  }

  /** Whether the expression can be computed for the rows there are: an index on it could not be made otherwise (malformed JSON, for one). */
  computes(table: TableInfo, expression: string): boolean {
    const key = `${table.name}|${expression}`;
    let known = this.#computes.get(key);
    if (known === undefined) {
      known = attempt(() => { read(this.schema.engine, `SELECT count(${expression}) FROM (SELECT * FROM ${quoteAlways(table.name)} LIMIT ${SAMPLE_ROWS})`); return true; }, false);
      this.#computes.set(key, known);
    }
    return known;
  }

  /** Rows that share one value of all `parts` together, on average; at least 1. */
  perKey(table: TableInfo, parts: readonly KeyPart[]): number {
    if (parts.length === 0) return this.rows(table);
    const rows = this.rows(table);
    const known = this.#fromIndexes(table, parts) ?? this.#fromSample(table, parts, rows);
    return Math.max(1, Math.min(rows, known ?? DEFAULT_ROWS_PER_KEY[Math.min(parts.length, DEFAULT_ROWS_PER_KEY.length) - 1]!));
  }

  /** An index whose first columns are these, in any order, was counted. */
  #fromIndexes(table: TableInfo, parts: readonly KeyPart[]): number | undefined {
    const wanted = new Set(parts.map((p) => p.column?.toLowerCase()));
    for (const index of table.indexes) {
      const first = index.columns.slice(0, parts.length);
      if (index.partial || first.length < parts.length || !first.every((c) => c.name !== undefined && wanted.has(c.name.toLowerCase()))) continue;
      if (index.unique && index.columns.length === parts.length) return 1;
      const counted = this.#analyzed.get(table.name.toLowerCase())?.perKey.get(index.name.toLowerCase())?.[parts.length - 1];
      if (counted !== undefined) return counted;
    }
    return undefined;
  }

  #fromSample(table: TableInfo, parts: readonly KeyPart[], rows: number): number | undefined {
    const sample = this.#samples.get(table.name);
    const at = parts.map((p) => sample?.positions.get(keyName(p)) ?? sample?.positions.get(keyName({ ...p, collation: '' })));
    if (!sample || sample.rows.length < LEAST_SAMPLE || at.some((i) => i === undefined)) return undefined;
    const counts = new Map<string, number>();
    for (const row of sample.rows) {
      const key = at.map((i) => row[i!]).join('\u0000');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return rows / distinctOf(counts, sample.rows.length, rows);
  }
}

/**
 * Distinct values of the whole from those of a sample: Charikar, Chaudhuri, Motwani and Narasayya's estimator (PODS 2000) weighs values seen once
 * by the square root of the scale; a sample in which nearly all differ is taken for a key.
 */
function distinctOf(counts: ReadonlyMap<string, number>, sampled: number, rows: number): number {
  if (sampled >= rows) return counts.size;
  let once = 0;
  for (const n of counts.values()) if (n === 1) once++;
  if (once >= 0.95 * sampled) return (rows * counts.size) / sampled;
  return Math.min(rows, Math.sqrt(rows / sampled) * once + (counts.size - once));
}

function rowidName(table: TableInfo): string | undefined {
  return table.withoutRowid ? undefined : ['rowid', '_rowid_', 'oid'].find((name) => table.column(name) === undefined && isRowid(table, name));
}
