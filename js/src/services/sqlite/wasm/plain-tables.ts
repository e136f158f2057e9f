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
  #versions: WasmStatement[] | undefined;
  #known: ReadonlySet<string> | undefined;
  #knownAt: string | undefined;

  constructor(engine: WasmEngine) {
    this.#engine = engine;
  }

  forget(): void {
    this.#known = undefined;
  }

  /** The names as the schema stands. */
  names(): ReadonlySet<string> {
    this.#versions ??= ['main', 'temp'].map((schema) => this.#engine.prepare(`PRAGMA ${schema}.schema_version`));
    const at = this.#versions.map((version) => version.arrays(undefined, { bigint: false })[0][0]).join();
    // What a transaction sees may be rolled back, and its version be given to another schema afterwards.
    const lasting = !this.#engine.inTransaction;
    if (lasting && this.#known && this.#knownAt === at) return this.#known;
    const statement = this.#engine.prepare(LIST);
    try {
      const names = new Set([...statement.arrays(undefined, { bigint: false }).map(([name]) => name as string), ...SCHEMA, ...PURE]);
      this.#known = lasting ? names : undefined;
      this.#knownAt = at;
      return names;
    } finally {
      statement.finalize();
    }
  }
}
