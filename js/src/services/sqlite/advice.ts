/** Plans and advice. The analysis itself stands in analysis/; this is where the service meets it. */
import type { SqlEngine } from './engine.js';
import { unsupported } from './errors.js';
import type { QueryAnalysis, QueryPlan, SQLParams } from './types.js';

/** EXPLAIN QUERY PLAN of one statement, in tree order. */
export function queryPlan(engine: SqlEngine, sql: string, params: SQLParams | undefined): QueryPlan[] {
  const statement = engine.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  try {
    return statement.all(statement.parameterCount === 0 ? undefined : params).arrays({ bigint: false }).map(([id, parent, , detail]) => step(Number(id), Number(parent), String(detail)));
  } finally {
    statement.finalize();
  }
}

function step(id: number, parent: number, detail: string): QueryPlan {
  const index = /USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX (\S+)/.exec(detail)?.[1];
  const scanned = /^SCAN (?:TABLE )?(?!CONSTANT ROW)(\S+)/.exec(detail)?.[1];
  return { id, parent, detail, ...(index !== undefined && { usesIndex: index }), ...(scanned !== undefined && { scansTable: scanned }) };
}

export function analyze(_engine: SqlEngine, _sql: string, _params: SQLParams | undefined): QueryAnalysis {
  throw unsupported('analyzeQuery is not in this release yet: getQueryPlan gives the plan');
}
