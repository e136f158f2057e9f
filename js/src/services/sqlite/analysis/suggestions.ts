/** Advice by rule. docs/sqlite-analysis.md lists the rules; each suggestion's SQL was tried in the scratch copy. */
import type { QueryAnalysis, QueryPlan, SQLParams, SQLValue } from '../types.js';
import type { Recommendation } from './advise.js';
import { advisable, creationOf } from './candidates.js';
import type { Block, Source, Statement } from './model.js';
import { parseDetail, tableOf } from './plan.js';
import type { TableInfo } from './schema.js';
import type { Statistics } from './statistics.js';
import { quoteName } from './tokenizer.js';

export type Suggestion = QueryAnalysis['suggestions'][number];

/** A row of so many columns is wide: `*` reads and copies all of them. */
const WIDE_COLUMNS = 8;
/** Rows that OFFSET may throw away unnoticed. */
const FAR_OFFSET = 1000;
/** Statistics that are off by more than this mislead the planner. */
const STALE = 10;

interface Context {
  readonly plan: readonly QueryPlan[];
  readonly statement: Statement;
  readonly statistics: Statistics;
  readonly recommendations: readonly Recommendation[];
  readonly params: SQLParams | undefined;
  readonly fts5: boolean;
  /** Whether SQLite takes the statement on a copy of the schema. */
  readonly accepts: (sql: string) => boolean;
}

export function suggestionsOf(context: Context): Suggestion[] {
  const found = [planRules, expressionRules, likeRules, alternativeRules, joinRules, shapeRules, statisticsRules].flatMap((rule) => rule(context));
  const seen = new Set<string>();
  return found.filter(({ kind, message }) => { const key = `${kind}|${message}`; return seen.has(key) ? false : (seen.add(key), true); })
    .map(({ kind, message, sql }) => ({ kind, message, ...(sql !== undefined && context.accepts(sql) && { sql }) }));
}

interface Draft { kind: string; message: string; sql?: string | undefined }

function planRules({ plan, statement, recommendations }: Context): Draft[] {
  const out: Draft[] = [];
  const advised = (table: string | undefined): string | undefined => recommendations.find((r) => r.table === table)?.sql;
  for (const { detail } of plan) {
    const step = parseDetail(detail), table = tableOf(step, statement);
    if (step.kind === 'scan' && table !== undefined) {
      out.push({ kind: 'full-scan', message: step.index === undefined ? `Every row of ${table} is read.` : `Every entry of the index ${step.index} of ${table} is read.`, sql: advised(table) });
    }
    if (step.automatic) out.push({ kind: 'automatic-index', message: `SQLite builds an index on ${table ?? step.source ?? 'a subquery'} for this one run and drops it again: a lasting one on ${step.constraints.map((c) => c.replace(/[<>=]+\?$/, '')).join(', ') || 'these columns'} is missing.`, sql: advised(table) });
    if (step.kind === 'sort') out.push({ kind: 'temp-b-tree', message: `Rows are collected in a temporary b-tree for ${step.purpose}, since no index gives them in that order.`, sql: recommendations.find((r) => !r.planWith.some((d) => parseDetail(d).purpose === step.purpose))?.sql });
    if (step.correlated) out.push({ kind: 'correlated-subquery', message: 'A subquery runs once for each row of the query around it. A join, or a CTE that groups once, computes it once.' });
  }
  return out;
}

function expressionRules({ statement, statistics, accepts }: Context): Draft[] {
  return statement.facts.expressions.flatMap(({ target: { table }, columns, expression, kind }): Draft[] => {
    if (!advisable(table)) return [];
    const index = table.indexes.find((i) => i.columns[0]?.name !== undefined && columns.includes(i.columns[0].name));
    const own = columns.some((c) => c === table.rowidColumn);
    const { sql } = creationOf({ table, parts: [{ expression, descending: false, ...(kind === 'like' && { collation: 'NOCASE' }) }] }, (name) => statement.schema.taken(name));
    // An index on the expression that is there already makes this no fault.
    if (table.indexes.some((i) => i.columns[0]?.expression === expression)) return [];
    const possible = accepts(sql) && statistics.computes(table, expression);
    if (!index && !own) return possible ? [{ kind: 'function-on-column', message: `${expression} is computed for every row of ${table.name}. An index on the expression finds the rows by it.`, sql }] : [];
    const why = `${expression} hides ${columns.join(', ')} from ${index ? `the index ${index.name}` : 'the primary key'} of ${table.name}`;
    return [possible
      ? { kind: 'function-on-column', message: `${why}. Compare the column itself, or index the expression.`, sql }
      : { kind: 'function-on-column', message: `${why}, and an index cannot hold it. Compare the column itself.` }];
  });
}

function likeRules({ statement, params, fts5 }: Context): Draft[] {
  return statement.facts.likes.flatMap(({ target: { source, column }, operator, pattern }): Draft[] => {
    const given = pattern.text ?? valueOf(params, pattern.parameter, pattern.position);
    if (typeof given !== 'string' || !(operator === 'GLOB' ? /^[*?[]/ : /^[%_]/).test(given)) return [];
    const table = source.table!;
    const message = `${column} ${operator} '${given.slice(0, 40)}' begins with a wildcard, so no index helps and every row of ${table.name} is compared.`;
    if (!fts5 || table.kind !== 'table' || table.withoutRowid) return [{ kind: 'leading-wildcard', message: `${message} ${fts5 ? 'A full-text index (FTS5, trigram) on a table with a rowid finds such rows.' : 'A full-text index (FTS5) would, but this engine has none.'}` }];
    let name = `${table.name}_fts`;
    for (let n = 2; statement.schema.taken(name); n++) name = `${table.name}_fts${n}`;
    const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
    const key = table.rowidColumn === undefined ? '' : `, content_rowid=${text(table.rowidColumn)}`;
    return [{
      kind: 'leading-wildcard', sql: `CREATE VIRTUAL TABLE ${quoteName(name)} USING fts5(${quoteName(column)}, content=${text(table.name)}${key}, tokenize='trigram')`,
      message: `${message} A trigram index (FTS5) answers the same ${operator} on itself: fill it once with INSERT INTO ${quoteName(name)}(${quoteName(name)}) VALUES ('rebuild') and keep it up to date by triggers.`,
    }];
  });
}

/** The value bound to a parameter, by name or by place. */
function valueOf(params: SQLParams | undefined, name: string | undefined, position: number): SQLValue {
  if (name === undefined || params === undefined) return undefined;
  if (Array.isArray(params)) return params[/^\?\d+$/.test(name) ? Number(name.slice(1)) - 1 : position];
  return params[name] ?? params[name.slice(1)];
}

function alternativeRules({ statement, plan, recommendations }: Context): Draft[] {
  if (plan.some(({ detail }) => detail.startsWith('MULTI-INDEX OR'))) return [];
  return statement.facts.alternatives.filter(({ source }) => source.table?.kind === 'table' && scanned(source, plan, statement)).map(({ source, columns }) => ({
    kind: 'or-across-columns', sql: recommendations.filter((r) => r.table === source.table!.name).map((r) => r.sql)[0],
    message: `OR compares different columns of ${source.table!.name} (${columns.join(', ')}): each branch needs an index of its own, or the table is read in full. A UNION of one SELECT per branch does the same.`,
  }));
}

const scanned = (source: Source, plan: readonly QueryPlan[], statement: Statement): boolean =>
  plan.some(({ detail }) => { const step = parseDetail(detail); return step.kind === 'scan' && tableOf(step, statement) === source.table?.name; });

function joinRules({ statement }: Context): Draft[] {
  return [...new Set(statement.sources.map((s) => s.block))].flatMap((block) => {
    const groups = components(block);
    if (groups.length < 2 || !block.sources.some((s) => s.join === 'comma' || s.join === 'join')) return [];
    const open = groups.filter((g) => g.every((s) => s.join !== 'cross') && g.some((s) => s.table?.kind === 'table') && !g.some((s) => s.base.some((t) => t.kind === 'equal' && t.others.size === 0)));
    if (open.length === 0) return [];
    const names = groups.map((g) => g.map((s) => s.table?.name ?? s.derived?.view ?? (s.alias || 'a subquery')).join(', '));
    return [{ kind: 'cross-join', message: `Nothing joins ${names.join(' with ')}: every row of one is paired with every row of the other. Add a condition, or write CROSS JOIN if that is meant.` }];
  });
}

/** Sources that conditions tie together. */
function components(block: Block): Source[][] {
  const group = new Map(block.sources.map((s, i) => [s, i]));
  for (const link of block.links) {
    const own = [...link].filter((s) => group.has(s));
    const goal = group.get(own[0]!);
    for (const source of own) { const from = group.get(source)!; for (const [s, g] of group) if (g === from) group.set(s, goal!); }
  }
  const out = new Map<number, Source[]>();
  for (const [source, g] of group) out.set(g, [...out.get(g) ?? [], source]);
  return [...out.values()];
}

function shapeRules({ statement }: Context): Draft[] {
  const { facts, verb, written, hasWhere } = statement;
  const out: Draft[] = [];
  if (verb === 'SELECT') {
    for (const source of statement.sources) {
      const width = source.table?.columns.length ?? 0;
      if (source.star && width >= WIDE_COLUMNS) out.push({ kind: 'select-star', message: `* reads all ${width} columns of ${source.table!.name}. Name those that are needed: fewer bytes are read and copied, and an index may then hold them all.` });
    }
  }
  if ((verb === 'UPDATE' || verb === 'DELETE') && !hasWhere && written) out.push({ kind: 'no-where', message: `Without WHERE this ${verb} changes every row of ${written.name}.` });
  if (facts.offset === 'unknown' || (facts.offset ?? 0) >= FAR_OFFSET) out.push({ kind: 'offset', message: 'OFFSET computes the rows that it skips. To page, remember the last row and continue with WHERE (sort columns) > (its values).' });
  if (facts.randomOrder) out.push({ kind: 'random-order', message: 'ORDER BY random() computes and sorts every row. To draw one, look up a random rowid.' });
  return out;
}

function statisticsRules({ statement, statistics }: Context): Draft[] {
  const tables = [...new Map(statement.sources.map((s) => s.table).filter(advisable).map((t) => [t.name, t])).values()];
  const filled = (table: TableInfo): boolean => statistics.counted(table) > 0;
  const missing = tables.filter((t) => (t.indexes.some((i) => !i.unique) || tables.length > 1) && !statistics.analyzed(t) && filled(t));
  const partly = tables.filter((t) => statistics.analyzed(t) && t.indexes.some((i) => !i.partial && !statistics.analyzedIndex(t, i)) && filled(t));
  const stale = tables.filter((t) => statistics.analyzed(t) && !partly.includes(t) && off(statistics.rows(t), statistics.counted(t)));
  const names = (list: readonly TableInfo[]): string => list.map((t) => t.name).join(', ');
  return [
    ...(missing.length > 0 ? [{ kind: 'missing-statistics', message: `SQLite plans without statistics for ${names(missing)} and guesses how many rows match. ANALYZE counts them.`, sql: 'ANALYZE' }] : []),
    ...(partly.length > 0 ? [{ kind: 'missing-statistics', message: `Indexes of ${names(partly)} are newer than the statistics. ANALYZE counts them too.`, sql: 'ANALYZE' }] : []),
    ...(stale.length > 0 ? [{ kind: 'stale-statistics', message: `The statistics of ${names(stale)} are off by more than ${STALE} times. Run ANALYZE again.`, sql: 'ANALYZE' }] : []),
  ];
}

const off = (told: number, counted: number): boolean => counted > 0 && Math.max(told, counted) > STALE * Math.max(1, Math.min(told, counted)) && Math.max(told, counted) >= 1000;
