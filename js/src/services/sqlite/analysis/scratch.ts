/**
 * A copy of the schema without rows, in an in-memory database of the same engine: where indexes are tried. The user's database is only read.
 *
 * Copied are the tables, views and triggers that the statement names, and what these name in turn; all of them where foreign keys may reach
 * further, or where SQLite misses one.
 */
import type { SqlEngine } from '../engine.js';
import type { QueryPlan, SQLParams, SQLValue } from '../types.js';
import type { Statement } from './model.js';
import { explain } from './plan.js';
import { attempt, isFatal, quoteAlways, rows, type SchemaObject, type Stat1 } from './schema.js';
import { closings, tokenize } from './tokenizer.js';

const ORDER: Record<SchemaObject['type'], number> = { table: 0, index: 1, view: 2, trigger: 3 };
/** A statement does not call more functions of the user's than this. */
const MAX_STUBS = 32;

export class Scratch {
  readonly #engine: SqlEngine;
  readonly #copied = new Set<SchemaObject>();
  #whole: boolean;

  constructor(readonly statement: Statement, sql: string) {
    const { schema } = statement;
    this.#engine = schema.engine.openScratch();
    try {
      // Deleting from a parent searches its children only where foreign keys are on.
      const foreign = Number(rows(schema.engine, 'PRAGMA foreign_keys')[0]?.[0] ?? 0);
      this.#engine.exec(`PRAGMA foreign_keys = ${foreign}`);
      this.#whole = foreign !== 0 && statement.verb !== 'SELECT';
      this.#copy(this.#whole ? undefined : namesIn(sql, statement));
    } catch (error) {
      this.#engine.close();
      throw error;
    }
  }

  close(): void { this.#engine.close(); }

  /** Objects that this engine cannot make again (a module or collation it lacks) are left out: the statement then fails to prepare, or does not need them. */
  #copy(names: ReadonlySet<string> | undefined): void {
    const { schema, sources, written } = this.statement;
    const needed = new Set([...sources.map((s) => s.table?.name), written?.name]);
    const virtual = (o: SchemaObject): boolean => o.type === 'table' && /^create\s+virtual\b/i.test(o.sql ?? '');
    // Virtual tables first: they make their shadow tables themselves.
    const objects = schema.objects.filter((o) => o.sql !== null && !this.#copied.has(o) && !/^sqlite_/i.test(o.name) && (!virtual(o) || needed.has(o.name)) && (names === undefined || names.has(o.table.toLowerCase())))
      .sort((a, b) => Number(virtual(b)) - Number(virtual(a)) || ORDER[a.type] - ORDER[b.type]);
    for (const object of objects) {
      this.#copied.add(object);
      const sql = creation(object);
      if (sql !== undefined) attempt(() => this.#run(sql), undefined);
    }
  }

  /** One statement only, whatever a damaged catalogue holds. */
  #run(sql: string, params?: SQLValue[]): void {
    const statement = this.#withFunctions(() => this.#engine.prepare(sql), true);
    try { statement.run(params); } finally { statement.finalize(); }
  }

  /**
   * Functions of the user's stand in by name; a plan never calls them. Only where the schema itself uses them are they called deterministic:
   * an index on a function of the application's is not advised, since no other program could then open the database.
   */
  #withFunctions<T>(fn: () => T, deterministic: boolean): T {
    for (let stubs = 0; ; stubs++) {
      try { return fn(); } catch (error) {
        const missing = /no such function: ([^\s:]+)/i.exec((error as Error).message)?.[1];
        if (missing === undefined || stubs === MAX_STUBS || isFatal(error) || this.#engine.lacks.functions) throw error;
        this.#engine.createFunction(missing, () => null, { deterministic, arity: -1 });
      }
    }
  }

  /** @throws ServiceError SQL: the copy lacks something that the statement needs */
  plan(sql: string, params: SQLParams | undefined): QueryPlan[] {
    const plan = (): QueryPlan[] => this.#withFunctions(() => explain(this.#engine, sql, params), false);
    try { return plan(); } catch (error) {
      if (this.#whole || isFatal(error)) throw error;
      this.#whole = true;
      this.#copy(undefined);
      return plan();
    }
  }

  /** Whether SQLite takes the statement here; what it made is gone again. */
  accepts(sql: string): boolean {
    return attempt(() => {
      this.#engine.exec('SAVEPOINT advice');
      try { this.#engine.exec(sql); } finally { this.#engine.exec('ROLLBACK TO advice; RELEASE advice'); }
      return true;
    }, false);
  }

  /** False where SQLite refuses the index (an expression that is not deterministic, for one). */
  createIndex(sql: string): boolean { return attempt(() => { this.#engine.exec(sql); return true; }, false); }

  dropIndex(name: string): void { this.#engine.exec(`DROP INDEX IF EXISTS ${quoteAlways(name)}`); }

  /** Has SQLite plan with these statistics from now on. */
  setStatistics(stat1: readonly Stat1[], stat4: readonly SQLValue[][] = []): void {
    this.#engine.exec('ANALYZE sqlite_master; DELETE FROM sqlite_stat1');
    for (const { table, index, stat } of stat1) this.#run('INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)', [table, index, stat]);
    if (stat4.length > 0 && rows(this.#engine, "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'").length > 0) {
      for (const row of stat4) this.#run('INSERT INTO sqlite_stat4(tbl, idx, neq, nlt, ndlt, sample) VALUES (?, ?, ?, ?, ?, ?)', row);
    }
    // Analysing the catalogue alone loads the rest again.
    this.#engine.exec('ANALYZE sqlite_master');
  }
}

/** Lower-case names in the statement, in the views among them, and in the triggers of the tables among them, and so on. */
function namesIn(sql: string, { schema, verb }: Statement): Set<string> {
  const names = new Set<string>();
  const texts = [sql];
  for (let text = texts.pop(); text !== undefined; text = texts.pop()) {
    for (const { kind, value } of tokenize(text)) {
      const name = value.toLowerCase();
      if (!['word', 'quoted', 'string'].includes(kind) || names.has(name)) continue;
      names.add(name);
      for (const object of schema.objects) {
        if (object.sql !== null && ((object.type === 'view' && object.name.toLowerCase() === name) || (object.type === 'trigger' && verb !== 'SELECT' && object.table.toLowerCase() === name))) texts.push(object.sql);
      }
    }
  }
  return names;
}

/** The object's own SQL, made safe to run: it only creates, and temporary objects stay temporary. */
function creation({ sql, type, temporary }: SchemaObject): string | undefined {
  const tokens = tokenize(sql!), close = closings(tokens);
  if (tokens[0]?.key !== 'CREATE') return undefined;
  if (type === 'table') {
    // CREATE TABLE … AS would compute rows; no catalogue of SQLite's own making holds it.
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i]!.key === 'AS') return undefined;
      if (close[i]! >= 0) i = close[i]!;
    }
  }
  if (!temporary) return sql!;
  const at = type === 'index' ? tokens[tokens.findIndex((t) => t.key === 'INDEX') + 1]?.at : tokens[1]?.at;
  return at === undefined ? undefined : `${sql!.slice(0, at)}${type === 'index' ? 'temp.' : 'TEMP '}${sql!.slice(at)}`;
}
