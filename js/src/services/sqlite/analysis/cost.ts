/**
 * The measure by which two plans of one statement are compared: about how many rows each visits.
 *
 *   a row of a table 1 · an entry of an index 0.5, and 2 more to fetch its row unless the index covers · one descent log2(rows)
 *   a sort 0.5 · n · log2(n) · loops under one parent multiply · an automatic index is sorted once per run
 *
 * SQLite's planner has a finer measure of its own and has already chosen each plan; this one only says whether a plan that came with a new index
 * is worth the index.
 */
import type { QueryPlan } from '../types.js';
import type { KeyPart, Source, Statement } from './model.js';
import { parseDetail, type PlanStep } from './plan.js';
import type { Statistics } from './statistics.js';
import type { TableInfo } from './schema.js';

/** What a subquery or virtual table gives when nothing is known. */
const UNKNOWN_ROWS = 100;
const INDEX_ENTRY = 0.5;
const ROW_FETCH = 2;
const RANGE = 0.25;

export interface Estimate { readonly visits: number; readonly rows: number }
interface Node { readonly row: QueryPlan; readonly step: PlanStep; readonly children: Node[] }

/** The plan as a tree. */
export function planTree(plan: readonly QueryPlan[]): Node[] {
  const nodes = new Map<number, Node>(), roots: Node[] = [];
  for (const row of plan) {
    const node = { row, step: parseDetail(row.detail), children: [] };
    (nodes.get(row.parent)?.children ?? roots).push(node);
    nodes.set(row.id, node);
  }
  return roots;
}

/**
 * @param keys the columns of every index that the plan may name, by lower-case name
 */
export function estimate(plan: readonly QueryPlan[], statement: Statement, statistics: Statistics, keys: ReadonlyMap<string, readonly KeyPart[]>): Estimate {
  return new Estimator(statement, statistics, keys).nodes(planTree(plan), statement.blocks.length === 1 ? statement.blocks[0]!.limit : undefined, new Set());
}

/** `a>?`, `(a,b)<=(?,?)`; an expression is written <expr>. */
const isRange = (constraint: string): boolean => /[<>]=?\(?\?/.test(constraint.replaceAll('<expr>', 'e'));

class Estimator {
  readonly #derived = new Map<string, number>();

  constructor(readonly statement: Statement, readonly statistics: Statistics, readonly keys: ReadonlyMap<string, readonly KeyPart[]>) {}

  nodes(nodes: readonly Node[], limit: number | undefined, outer: ReadonlySet<Source>): Estimate {
    let rows = 1, visits = 0, once = 0;
    const seen = new Set(outer);
    let sorted = false;
    for (const { row, step, children } of nodes) {
      if (step.kind === 'sort') {
        sorted = true;
        once += 0.5 * rows * Math.log2(rows + 1);
      } else if (step.kind === 'scan' || step.kind === 'search') {
        const source = this.statement.sources.find((s) => s.alias === step.source?.toLowerCase() && s.table?.kind === 'table') ?? this.statement.sources.find((s) => s.alias === step.source?.toLowerCase());
        const table = source?.table ?? this.statement.schema.table(step.table ?? step.source ?? '');
        const loop = table?.kind === 'table' ? this.#loop(step, table, source, seen) : this.#other(step);
        if (source) seen.add(source);
        once += loop.once;
        visits += rows * loop.visits;
        rows *= loop.rows;
      } else if (/^MULTI-INDEX OR/.test(row.detail)) {
        const parts = children.map((child) => this.nodes(child.children.length > 0 ? child.children : [child], undefined, seen));
        visits += rows * parts.reduce((sum, p) => sum + p.visits, 0);
        rows *= Math.max(1, parts.reduce((sum, p) => sum + p.rows, 0));
      } else if (children.length > 0) {
        const inner = this.nodes(children, undefined, seen);
        const name = /^(?:CO-ROUTINE|MATERIALIZE) (.+)$/.exec(row.detail)?.[1];
        if (name !== undefined) this.#derived.set(name.toLowerCase(), inner.rows);
        if (step.correlated) visits += rows * inner.visits;
        else once += inner.visits * (/^RECURSIVE/.test(row.detail) ? 10 : 1);
        // Parts of a compound add up; a subquery in an expression gives no rows of its own.
        if (name === undefined && step.kind === 'nested' && !/SUBQUERY|^(?:SETUP|RECURSIVE)/.test(row.detail)) rows = Math.max(rows, inner.rows);
      }
    }
    // In the order asked for, LIMIT ends the loops early.
    const share = limit !== undefined && !sorted && !this.statement.blocks[0]?.aggregate && !this.statement.blocks[0]?.grouped && rows > limit ? limit / rows : 1;
    return { visits: visits * share + once, rows: Math.max(rows * share, 0) };
  }

  #other(step: PlanStep): { visits: number; rows: number; once: number } {
    const rows = this.#derived.get(step.source?.toLowerCase() ?? '') ?? UNKNOWN_ROWS;
    if (step.automatic) return { visits: Math.log2(rows + 1) + 1, rows: Math.max(1, rows / 10), once: rows * Math.log2(rows + 1) };
    return { visits: rows, rows, once: 0 };
  }

  #loop(step: PlanStep, table: TableInfo, source: Source | undefined, seen: ReadonlySet<Source>): { visits: number; rows: number; once: number } {
    const total = Math.max(1, this.statistics.rows(table));
    const descent = Math.log2(total + 1);
    const parts = step.primaryKey ? table.columns.filter((c) => c.primaryKey > 0).sort((a, b) => a.primaryKey - b.primaryKey).map((c): KeyPart => ({ column: c.name })) : this.keys.get(step.index?.toLowerCase() ?? '') ?? [];
    const perEntry = step.primaryKey || (step.index === undefined && !step.automatic) ? 1 : INDEX_ENTRY + (step.covering ? 0 : ROW_FETCH);
    if (step.kind === 'scan') return { visits: total * perEntry, rows: total * this.#filter(table, source, [], seen), once: 0 };

    const ranges = step.constraints.filter(isRange).length;
    const equal = step.constraints.filter((c) => !isRange(c) && c.endsWith('=?')).length;
    const used = step.automatic ? step.constraints.map((c): KeyPart => ({ column: c.replace(/[<>=]+\?$/, '') })) : parts.slice(0, equal);
    let found: number;
    if (step.primaryKey && parts.length > 0 && equal >= parts.length) found = 1;
    else if (/rowid=\?/i.test(step.constraints[0] ?? '')) found = 1;
    else found = (used.length > 0 ? this.statistics.perKey(table, used) : total) * RANGE ** Math.min(ranges, 2);
    found = Math.max(1, found);
    const rest = this.#filter(table, source, [...used, ...(ranges > 0 ? parts.slice(equal, equal + 1) : [])], seen);
    return { visits: descent + found * perEntry, rows: Math.max(found * rest, 0.01), once: step.automatic ? total * (1 + 0.5 * descent) : 0 };
  }

  /** The share of rows that the ANDed terms which the step itself does not use let through. */
  #filter(table: TableInfo, source: Source | undefined, used: readonly KeyPart[], seen: ReadonlySet<Source>): number {
    const total = Math.max(1, this.statistics.rows(table));
    let share = 1;
    const done = new Set(used.map((p) => p.column?.toLowerCase() ?? p.expression));
    for (const term of source?.base ?? []) {
      const name = term.key.column?.toLowerCase() ?? term.key.expression;
      if (done.has(name) || ![...term.others].every((o) => seen.has(o))) continue;
      done.add(name);
      share *= term.kind === 'equal' ? this.statistics.perKey(table, [term.key]) / total : RANGE;
    }
    return Math.max(share, 1 / total);
  }
}
