/**
 * EXPLAIN QUERY PLAN, and what its lines say. The wording changed with SQLite 3.24 ("EXECUTE" went), 3.36 ("SCAN TABLE t AS a" became "SCAN a")
 * and later (suffixes such as LEFT-JOIN and EXISTS); every form is read.
 */
import type { EngineStatement, SqlEngine } from '../engine.js';
import type { QueryPlan, SQLParams, SQLValue } from '../types.js';
import { ServiceError } from '../../../errors.js';
import { parseStatement, type Statement } from './statement.js';
import { Schema } from './schema.js';
import { tokenize } from './tokenizer.js';

/** One loop over a table, or what else a line tells. */
export interface PlanStep {
  /** `scan`: every row; `search`: only rows with given values; `sort`: a temporary b-tree; `nested`: a line that others hang under; `other`. */
  readonly kind: 'scan' | 'search' | 'sort' | 'nested' | 'other';
  /** scan and search: as the line calls it, which is the alias where there is one (SQLite 3.36 and later). */
  readonly source?: string;
  /** The table's own name, where an older SQLite tells both. */
  readonly table?: string;
  readonly index?: string;
  readonly covering: boolean;
  /** An index that SQLite builds for the one run. */
  readonly automatic: boolean;
  /** By rowid or by the primary key of a WITHOUT ROWID table. */
  readonly primaryKey: boolean;
  readonly virtual: boolean;
  /** search: what it looks for, as `(a=? AND b>?)` has it. */
  readonly constraints: readonly string[];
  /** sort: what for: 'ORDER BY', 'GROUP BY', 'DISTINCT', 'UNION' … */
  readonly purpose?: string;
  readonly correlated: boolean;
}

const STEP: PlanStep = { kind: 'other', covering: false, automatic: false, primaryKey: false, virtual: false, constraints: [], correlated: false };

/** What one `detail` of EXPLAIN QUERY PLAN says. Never fails: an unknown line is 'other'. */
export function parseDetail(detail: string): PlanStep {
  // Old releases end with "(~1000000 rows)".
  const text = detail.trim().replace(/\s*\(~\d+ rows?\)$/, '');
  const sort = /^(?:USE TEMP B-TREE FOR (.+)|([A-Z ]+?) USING TEMP B-TREE)$/.exec(text);
  if (sort) return { ...STEP, kind: 'sort', purpose: (sort[1] ?? sort[2]!).replace(/^(?:RIGHT PART OF|LAST (?:\d+ )?TERMS? OF) /, '') };
  const subquery = /^(?:EXECUTE )?(CORRELATED )?(?:SCALAR|LIST) SUBQUERY\b/.exec(text);
  if (subquery) return { ...STEP, kind: 'nested', correlated: subquery[1] !== undefined };
  if (/^(?:CO-ROUTINE|MATERIALIZE|MULTI-INDEX OR|INDEX \d|COMPOUND|LEFT-MOST|UNION|INTERSECT|EXCEPT|MERGE|SETUP|RECURSIVE STEP|LEFT$|RIGHT$|RIGHT-JOIN|REUSE)/.test(text)) return { ...STEP, kind: 'nested' };
  const loop = /^(SCAN|SEARCH) (.+)$/s.exec(text);
  if (!loop || /^SCAN (?:CONSTANT ROW|\d+ CONSTANT ROWS|\d+-ROW VALUES CLAUSE)$/.test(text)) return STEP;

  let rest = loop[2]!;
  let constraints: string[] = [];
  let index: string | undefined, covering = false, automatic = false, primaryKey = false, virtual = false;
  rest = rest.replace(/ (?:LEFT|RIGHT|FULL)-JOIN$/, '');
  const at = / VIRTUAL TABLE INDEX /.exec(rest);
  if (at) { virtual = true; rest = rest.slice(0, at.index); }
  const using = / USING (?:(AUTOMATIC )?(?:PARTIAL )?(COVERING )?INDEX(?: ((?!\().+?))?|INTEGER PRIMARY KEY|PRIMARY KEY|ROWID SEARCH ON TABLE .+?)(?: \((.*)\))?$/s.exec(rest);
  if (using) {
    automatic = using[1] !== undefined;
    covering = using[2] !== undefined;
    primaryKey = !automatic && !/^ USING (?:COVERING )?INDEX/.test(using[0]);
    if (!automatic && !primaryKey) index = using[3];
    constraints = using[4] === undefined || !/[=<>]|ANY\(/.test(using[4]) ? [] : splitConstraints(using[4]);
    rest = rest.slice(0, using.index);
  }
  rest = rest.replace(/ EXISTS$/, '');
  const old = /^TABLE (.+?)(?: AS (.+))?$/s.exec(rest);
  const source = old ? old[2] ?? old[1]! : rest.replace(/^SUBQUERY \S+ AS /, '');
  // "SEARCH t" alone is the search for MIN or MAX without an index: every row is read.
  const kind = virtual || (loop[1] === 'SEARCH' && using) ? 'search' : 'scan';
  return { ...STEP, kind, source, ...(old && { table: old[1]! }), ...(index !== undefined && { index }), covering, automatic, primaryKey, virtual, constraints };
}

/** `a=? AND lower(b)>?`: an AND inside parentheses belongs to an expression. */
function splitConstraints(text: string): string[] {
  const parts = text.split(' AND ');
  const out: string[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last !== undefined && [...last].reduce((n, c) => n + (c === '(' ? 1 : c === ')' ? -1 : 0), 0) > 0) out[out.length - 1] = `${last} AND ${part}`;
    else out.push(part);
  }
  return out;
}

/** Names of things that a line scans but that are no tables: subqueries and what stands for them. */
const isSubquery = (source: string): boolean => /^\(.*\)$|^SUBQUERY \S+$|^subquery-\d+$/i.test(source);

/**
 * The plan of one statement, flat and in tree order. Nothing is executed.
 *
 * `usesIndex` is the name of the index that the step reads (also of one that SQLite made for a PRIMARY KEY or UNIQUE); a search by rowid or in an
 * automatic index has none. `scansTable` is the table of which every row (or every entry of an index) is read.
 *
 * @param params may be left out, or be incomplete: parameters without a value are NULL
 * @throws ServiceError SQL, INVALID_ARGUMENT (no statement, or several): as `prepare`
 * @example
 * queryPlan(engine, 'SELECT * FROM users WHERE email = ?', undefined);
 * // [{ id: 2, parent: 0, detail: 'SCAN users', scansTable: 'users' }]
 */
export function queryPlan(engine: SqlEngine, sql: string, params?: SQLParams): QueryPlan[] {
  const body = withoutExplain(sql);
  // Prepared as it is first: what is wrong with it is then said with the right offset.
  engine.prepare(body).finalize();
  const rows = explain(engine, body, params);
  if (!rows.some((row) => parseDetail(row.detail).source !== undefined)) return rows;
  return named(rows, parseStatement(body, new Schema(engine)));
}

/** Fills `usesIndex` and `scansTable`, with aliases resolved. */
export function named(rows: readonly QueryPlan[], statement: Statement): QueryPlan[] {
  return rows.map((row) => {
    const step = parseDetail(row.detail);
    const table = step.kind === 'scan' ? tableOf(step, statement) : undefined;
    return { id: row.id, parent: row.parent, detail: row.detail, ...(step.index !== undefined && { usesIndex: step.index }), ...(table !== undefined && { scansTable: table }) };
  });
}

/** The real name of the table that a step reads; undefined for subqueries, CTEs and table-valued functions. */
export function tableOf(step: PlanStep, statement: Statement): string | undefined {
  const name = step.table ?? step.source;
  if (name === undefined || isSubquery(name)) return undefined;
  const lower = name.toLowerCase();
  const source = statement.sources.find((s) => s.alias === lower && s.table !== undefined);
  if (source) return source.table!.name;
  if (statement.sources.some((s) => s.alias === lower) || statement.ctes.has(lower)) return undefined;
  const table = statement.schema.table(name);
  return table?.kind === 'table' ? table.name : undefined;
}

/** Lines of EXPLAIN QUERY PLAN as they come. */
export function explain(engine: SqlEngine, sql: string, params?: SQLParams): QueryPlan[] {
  const statement = engine.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  try {
    return rowsOf(statement, sql, params).map(([id, parent, , detail]) => ({ id: Number(id), parent: Number(parent), detail: String(detail) }));
  } finally {
    statement.finalize();
  }
}

/** Values that were not given are NULL: a plan needs none. Given ones are bound, since LIKE and STAT4 look at them. */
function rowsOf(statement: EngineStatement, sql: string, params: SQLParams | undefined): SQLValue[][] {
  const read = (values: SQLParams | undefined): SQLValue[][] => statement.all(values).arrays({ bigint: false });
  const count = statement.parameterCount;
  const nulls = Array.from({ length: count }, (): SQLValue => null);
  if (Array.isArray(params)) return read(params.length >= count ? params : [...params, ...nulls.slice(params.length)]);
  if (count === 0) return read(undefined);
  const names = tokenize(sql).filter((t) => t.kind === 'parameter' && !/^\?/.test(t.text)).map((t) => t.text);
  if (names.length === 0) return read(nulls);
  const given = params ?? {};
  const value = (name: string): SQLValue => (name in given ? given[name] : given[name.slice(1)]) ?? null;
  try {
    return read(Object.fromEntries(names.map((name) => [name, value(name)])));
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'INVALID_ARGUMENT') throw error;
    return read(nulls);
  }
}

/** An EXPLAIN of the user's own is looked through. */
export function withoutExplain(sql: string): string {
  const [first, second, third, ...others] = tokenize(sql);
  if (first?.key !== 'EXPLAIN' || second === undefined) return sql;
  const start = second.key === 'QUERY' && third?.key === 'PLAN' ? others[0] : second;
  return start === undefined ? sql : sql.slice(start.at);
}
