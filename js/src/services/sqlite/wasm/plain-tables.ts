/** Which names are ordinary tables and views: what a virtual table reads beyond itself, nobody knows. */
import type { WasmEngine } from '../wasm-engine.js';
import type { WasmStatement } from './statement.js';

const LIST = `SELECT lower(name) FROM (SELECT name, type, sql FROM sqlite_schema UNION ALL SELECT name, type, sql FROM sqlite_temp_schema)
  WHERE type = 'view' OR (type = 'table' AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%')`;
const SCHEMA = ['sqlite_schema', 'sqlite_master', 'sqlite_temp_schema', 'sqlite_temp_master'];
/** Functions that look like tables and read nothing but their arguments. */
const PURE = ['json_each', 'json_tree'];

export class PlainTables {
  readonly #engine: WasmEngine;
  #version: WasmStatement | undefined;
  #known: ReadonlySet<string> | undefined;
  #knownAt: unknown;

  constructor(engine: WasmEngine) {
    this.#engine = engine;
  }

  forget(): void {
    this.#known = undefined;
  }

  /** The names as the schema stands. */
  names(): ReadonlySet<string> {
    this.#version ??= this.#engine.prepare('PRAGMA schema_version');
    const [[version]] = this.#version.arrays(undefined, { bigint: false });
    // Temporary tables do not count in the version, so the list is asked again while there may be any.
    if (this.#known && this.#knownAt === version && !this.#engine.inTransaction) return this.#known;
    const statement = this.#engine.prepare(LIST);
    try {
      this.#known = new Set([...statement.arrays(undefined, { bigint: false }).map(([name]) => name as string), ...SCHEMA, ...PURE]);
      this.#knownAt = version;
    } finally {
      statement.finalize();
    }
    return this.#known;
  }
}
