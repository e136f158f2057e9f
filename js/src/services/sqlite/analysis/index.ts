/** Query plans, what is wrong with them, and indexes that were tried. Nothing here executes the statement or writes to its database. */
import type { SqlEngine } from '../engine.js';
import type { QueryAnalysis, QueryPlan, SQLParams } from '../types.js';
import { Adviser, type Recommendation } from './advise.js';
import { complexityOf } from './complexity.js';
import { estimate } from './cost.js';
import type { Statement } from './model.js';
import { explain, named, parseDetail, tableOf, withoutExplain } from './plan.js';
import { attempt, keyOfIndex, Schema } from './schema.js';
import { Scratch } from './scratch.js';
import { parseStatement } from './statement.js';
import { Statistics } from './statistics.js';
import { suggestionsOf } from './suggestions.js';

export { queryPlan } from './plan.js';

/**
 * What a statement does, what makes it slow, and the indexes that would help: each was created in an in-memory copy of the schema, and SQLite's
 * planner used it.
 *
 * Costs some hundred plans and, for tables without statistics, a look at up to 50,000 entries and a sample of up to 2,000 rows each.
 *
 * @param params may be left out or incomplete; LIKE patterns are judged by what is given
 * @throws ServiceError SQL, INVALID_ARGUMENT (no statement, or several): as `prepare`; TIMEOUT, ABORTED: the engine's deadline or cancellation
 * @example
 * analyze(engine, 'SELECT * FROM orders WHERE customer_id = ?', undefined).indexRecommendations[0].sql;
 * // 'CREATE INDEX idx_orders_customer_id ON orders(customer_id)'
 */
export function analyze(engine: SqlEngine, sql: string, params?: SQLParams): QueryAnalysis {
  const body = withoutExplain(sql);
  const prepared = engine.prepare(body);
  const { access } = prepared;
  prepared.finalize();
  const schema = new Schema(engine);
  const statement = parseStatement(body, schema);
  const statistics = new Statistics(schema);
  const plan = named(explain(engine, body, params), statement);

  const scratch = statement.sources.length === 0 ? undefined : attempt(() => new Scratch(statement, body), undefined);
  try {
    // A statement that cannot be planned on the copy gets no advice rather than advice that nobody tried.
    const indexRecommendations = scratch ? attempt((): Recommendation[] => new Adviser(scratch, statement, statistics, body, params, plan).recommend(), []) : [];
    const suggestions = suggestionsOf({
      plan, statement, statistics, recommendations: indexRecommendations, params, fts5: !engine.lacks.fts5,
      accepts: (text) => scratch?.accepts(text) ?? false,
    });
    const estimatedRows = rowsExpected(plan, statement, statistics);
    return {
      plan, ...(estimatedRows !== undefined && { estimatedRows }), complexity: complexityOf(plan, statement, statistics),
      tables: tablesOf(plan, statement, access.reads, access.writes), suggestions, indexRecommendations,
    };
  } finally {
    scratch?.close();
  }
}

/** What the authorizer saw, in the schema's spelling; where it saw nothing, what the statement and its plan name. */
function tablesOf(plan: readonly QueryPlan[], statement: Statement, reads: ReadonlySet<string> | undefined, writes: ReadonlySet<string> | undefined): string[] {
  const { schema, sources, written } = statement;
  const own = (name: string | undefined): string[] => {
    const table = name === undefined ? undefined : schema.table(name);
    return table && table.kind !== 'view' && !/^sqlite_/i.test(table.name) ? [table.name] : [];
  };
  const told = [...(reads ?? []), ...(writes ?? [])];
  const read = [...sources.map((s) => s.table?.name), ...plan.map((row) => tableOf(parseDetail(row.detail), statement)), written?.name];
  return [...new Set((reads ? told : [...read, ...told]).flatMap(own))].sort();
}

/** Rows of the result, as far as statistics tell: every table that the plan reads must have been analysed. */
function rowsExpected(plan: readonly QueryPlan[], statement: Statement, statistics: Statistics): number | undefined {
  if (statement.blocks.length !== 1 || statement.verb === 'INSERT') return undefined;
  const [block] = statement.blocks;
  const tables = statement.sources.flatMap((s) => (s.table?.kind === 'table' ? [s.table] : []));
  if (tables.length === 0 || tables.some((t) => !statistics.analyzed(t)) || statement.sources.some((s) => s.table?.kind === 'virtual')) return undefined;
  if (block!.aggregate && !block!.grouped) return 1;
  const keys = new Map(tables.flatMap((t) => t.indexes.map((i) => [i.name.toLowerCase(), i.columns.map(keyOfIndex)] as const)));
  const { rows } = estimate(plan, statement, statistics, keys);
  return Math.round(Math.min(rows, block!.limit ?? rows));
}
