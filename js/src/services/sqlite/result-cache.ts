/**
 * Results kept by SQL and parameters, and dropped when a table they were read from is written.
 *
 * Never stale, by these rules: a writing statement drops what it may touch when it runs, whether or not its transaction commits; nothing is
 * kept while a transaction is open; what changes the schema, or is not understood, drops everything; statements that are not deterministic, or
 * whose tables are not known, are not kept.
 */
import type { RowSet, StatementAccess } from './engine.js';
import type { SQLParams, SQLValue } from './types.js';

interface Entry { rows: RowSet; reads: ReadonlySet<string>; bytes: number }

/** Bytes of results that are kept at most, and of one of them. */
const MOST_BYTES = 32 << 20;
const MOST_ENTRY_BYTES = 8 << 20;
/** A longer blob makes a key that costs more than it saves. */
const MOST_KEY_BLOB = 256;

export class ResultCache {
  readonly #limit: number;
  readonly #mostBytes: number;
  readonly #entries = new Map<string, Entry>();
  /** Which keys fall with a table. */
  readonly #byTable = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(limit: number, mostBytes = MOST_BYTES) {
    this.#limit = limit;
    this.#mostBytes = mostBytes;
  }

  get size(): number { return this.#entries.size; }
  get bytes(): number { return this.#bytes; }

  get(key: string): RowSet | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // Map keeps insertion order: putting it back makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.rows;
  }

  /** Keeps a copy, where the rules allow. */
  set(key: string, rows: RowSet, { reads, writes, schema, deterministic }: StatementAccess): void {
    if (this.#limit === 0 || !deterministic || schema || reads === undefined || writes === undefined || writes.size > 0) return;
    const bytes = rows.bytes + 2 * key.length + 128;
    if (bytes > Math.min(MOST_ENTRY_BYTES, this.#mostBytes)) return;
    this.#delete(key);
    this.#entries.set(key, { rows: rows.keep(), reads, bytes });
    this.#bytes += bytes;
    for (const table of reads) {
      const keys = this.#byTable.get(table);
      if (keys) keys.add(key); else this.#byTable.set(table, new Set([key]));
    }
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit && this.#bytes <= this.#mostBytes) break;
      this.#delete(oldest);
    }
  }

  /** Before what a writing statement changed can be asked for. */
  written({ writes, schema }: StatementAccess): void {
    if (this.#entries.size === 0) return;
    if (schema || writes === undefined) { this.clear(); return; }
    for (const table of writes) for (const key of this.#byTable.get(table) ?? []) this.#delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#byTable.clear();
    this.#bytes = 0;
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    for (const table of entry.reads) {
      const keys = this.#byTable.get(table);
      keys?.delete(key);
      if (keys?.size === 0) this.#byTable.delete(table);
    }
  }
}

/** SQL and parameters in one string; types are part of it. Undefined: not to be kept. */
export function cacheKey(sql: string, params: SQLParams | undefined): string | undefined {
  if (params === undefined) return sql;
  let key = `${sql}\0`;
  const add = (value: SQLValue): boolean => {
    const part = valueKey(value);
    if (part !== undefined) key += part;
    return part !== undefined;
  };
  if (Array.isArray(params)) return params.every(add) ? key : undefined;
  for (const name of Object.keys(params).sort()) {
    key += `${name.length}:${name}`;
    if (!add(params[name])) return undefined;
  }
  return key;
}

function valueKey(value: SQLValue): string | undefined {
  switch (typeof value) {
    case 'string': return `s${value.length}:${value}`;
    case 'number': return `n${Object.is(value, -0) ? '-0' : value};`;
    case 'bigint': return `i${value};`;
    case 'boolean': return value ? 'n1;' : 'n0;';
    case 'undefined': return '-';
    default:
      if (value === null) return '-';
      if (value instanceof Uint8Array) return value.byteLength > MOST_KEY_BLOB ? undefined : `b${value.byteLength}:${String.fromCharCode(...value)}`;
      return value instanceof Date ? `d${value.getTime()};` : undefined;
  }
}
