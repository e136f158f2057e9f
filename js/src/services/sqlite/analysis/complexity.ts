/** low, medium or high, by the plan alone and what statistics say. docs/sqlite-analysis.md states the rules. */
import type { QueryAnalysis, QueryPlan } from '../types.js';
import { planTree } from './cost.js';
import type { Statement } from './model.js';
import { tableOf } from './plan.js';
import type { Statistics } from './statistics.js';

/** A table of which ANALYZE counted no more rows is read in no time. */
const SMALL_ROWS = 1000;
/** Loops, the subqueries' included. */
const FEW_LOOPS = 2, MANY_LOOPS = 5;

export function complexityOf(plan: readonly QueryPlan[], statement: Statement, statistics: Statistics): QueryAnalysis['complexity'] {
  let loops = 0, medium = false, high = false;
  const visit = (nodes: ReturnType<typeof planTree>, repeated: boolean): void => {
    let inner = repeated;
    for (const { row, step, children } of nodes) {
      if (step.kind === 'scan' || step.kind === 'search') {
        const name = tableOf(step, statement), table = name === undefined ? undefined : statement.schema.table(name);
        const small = table !== undefined && statistics.analyzed(table) && statistics.rows(table) <= SMALL_ROWS;
        loops++;
        if (step.automatic) medium = true;
        if (step.kind === 'scan' && table && !small) { if (inner) high = true; else medium = true; }
        // One row at most repeats nothing.
        if (step.constraints.join() !== 'rowid=?') inner = true;
      } else if (step.kind === 'sort') medium = true;
      if (row.detail.startsWith('RECURSIVE STEP')) high = true;
      if (step.correlated) medium = true;
      // The branches of MULTI-INDEX OR and the parts of a compound do not multiply; a correlated subquery does.
      visit(children, step.correlated || (repeated && step.kind === 'nested'));
    }
  };
  visit(planTree(plan), false);
  if (high || loops >= MANY_LOOPS) return 'high';
  return medium || loops > FEW_LOOPS ? 'medium' : 'low';
}
