/**
 * Index recommendations that were tried. Candidates are created in a scratch copy of the schema, the statement is planned with them, and what the
 * planner does not use, or what does not pay, is dropped again.
 *
 * 1. Plan without candidates, with all of them at once, with each alone; grow the best set one by one while a plan gets cheaper.
 * 2. Drop every index whose absence costs under 10 %, shorten every key as long as that is free, make it covering where that
 *    saves a quarter of the visits and at least 200.
 * 3. Keep the set only if it saves a fifth of the visits (cost.ts) and changes the plan in kind: a scan became a search, a sort or an automatic index
 *    went, or a search found fewer rows.
 * 4. Plan once more as the database will be after ANALYZE (statistics from a sample): an index that the planner would then leave is dropped.
 */
import type { QueryPlan, SQLParams, SQLValue } from '../types.js';
import { advisable, candidatesOf, creationOf, identity, MAX_KEY_COLUMNS, served, type Candidate } from './candidates.js';
import { estimate } from './cost.js';
import type { KeyPart, OrderPart, Statement } from './model.js';
import { parseDetail } from './plan.js';
import { reasonOf } from './reasons.js';
import { attempt, keyOfIndex, rows, type Stat1, type TableInfo } from './schema.js';
import { Scratch } from './scratch.js';
import type { Statistics } from './statistics.js';

export interface Recommendation { sql: string; table: string; columns: string[]; reason: string; planWith: string[] }

/** A plan with some candidates in place. */
export interface Trial { readonly set: readonly Candidate[]; readonly plan: readonly QueryPlan[]; readonly visits: number; readonly used: ReadonlySet<Candidate> }

/** Saved visits below which an index is not worth its writes. */
const WORTH = 0.8;
/** What an index must save for its place in the set. */
const SUPERFLUOUS = 1.1;
const COVERING_WORTH = 0.75;
/** Visits below which nothing is worth a wider key. */
const COVERING_LEAST = 200;
/** Plans of long statements take long: fewer candidates are tried for them, so that about this many lines are planned per round. */
const PLAN_LINES = 4000, MAX_CANDIDATES = 64, LEAST_CANDIDATES = 8;
/** No statement gains from more. */
const MAX_SET = 6;

export class Adviser {
  readonly #trials = new Map<string, Trial>();
  readonly #names = new Map<string, { name: string; sql: string }>();
  readonly #keys = new Map<string, readonly KeyPart[]>();

  readonly #planLength: number;

  constructor(readonly scratch: Scratch, readonly statement: Statement, readonly statistics: Statistics, readonly sql: string, readonly params: SQLParams | undefined, plan: readonly QueryPlan[]) {
    this.#planLength = plan.length;
    for (const { table } of statement.sources) {
      for (const index of table?.indexes ?? []) this.#keys.set(index.name.toLowerCase(), index.columns.map(keyOfIndex));
    }
  }

  /** @throws ServiceError SQL: the scratch copy lacks something the statement needs */
  recommend(): Recommendation[] {
    const { statement, statistics } = this;
    if (statement.schema.statistics.length > 0) this.scratch.setStatistics(statement.schema.statistics, this.#samples());
    const room = Math.min(MAX_CANDIDATES, Math.max(LEAST_CANDIDATES, Math.floor(PLAN_LINES / (1 + this.#planLength))));
    const candidates = candidatesOf(statement).slice(0, room).filter((c) => this.#create(c, true) && c.parts.every((p) => p.expression === undefined || statistics.computes(c.table, p.expression)));
    if (candidates.length === 0) return [];
    for (const [table, parts] of keysByTable(candidates)) statistics.sample(table, parts);
    const before = this.trial([]);

    let best = this.#reduced(this.trial([...this.trial(candidates).used]));
    const alone = candidates.map((c) => this.trial([c]));
    best = better(best, this.#grown(alone.reduce(better, before), candidates));
    best = this.#covered(this.#shortened(this.#reduced(best)));
    for (let last: Trial | undefined; last !== best;) {
      last = best;
      const kept = this.#kept(best);
      if (kept.length < best.set.length) best = this.#reduced(this.trial(kept));
    }
    if (best.set.length === 0 || best.visits > WORTH * before.visits || !changesKind(before, best)) return [];
    return best.set.map((candidate) => ({
      sql: this.#name(candidate).sql, table: candidate.table.name, columns: candidate.parts.map((p) => p.column ?? p.expression!),
      reason: reasonOf(candidate, this.#name(candidate).name, before.plan, best.plan, statement, statistics), planWith: best.plan.map((row) => row.detail),
    }));
  }

  /** The plan with these candidates in place, and no others. */
  trial(set: readonly Candidate[]): Trial {
    const key = set.map(identity).sort().join('\n');
    const known = this.#trials.get(key);
    if (known) return known;
    const created = set.filter((c) => this.#create(c));
    try {
      const plan = this.scratch.plan(this.sql, this.params);
      const names = new Set(plan.flatMap((row) => indexesIn(row.detail)));
      const used = new Set(created.filter((c) => names.has(this.#name(c).name)));
      const trial: Trial = { set, plan, used, visits: estimate(plan, this.statement, this.statistics, this.#keys).visits };
      this.#trials.set(key, trial);
      return trial;
    } finally {
      for (const candidate of created) this.scratch.dropIndex(this.#name(candidate).name);
    }
  }

  #create(candidate: Candidate, probe = false): boolean {
    const { name, sql } = this.#name(candidate);
    const made = this.scratch.createIndex(sql);
    if (made && probe) this.scratch.dropIndex(name);
    return made;
  }

  #name(candidate: Candidate): { name: string; sql: string } {
    const key = identity(candidate);
    let made = this.#names.get(key);
    if (!made) {
      const taken = [...this.#names.values()];
      made = creationOf(candidate, (name) => this.statement.schema.taken(name) || taken.some((t) => t.name.toLowerCase() === name.toLowerCase()));
      this.#names.set(key, made);
      this.#keys.set(made.name.toLowerCase(), candidate.parts);
    }
    return made;
  }

  /** Adds, one at a time, whichever candidate helps most. */
  #grown(from: Trial, candidates: readonly Candidate[]): Trial {
    let best = from;
    while (best.set.length < MAX_SET) {
      const next = candidates.filter((c) => !best.set.includes(c)).map((c) => this.trial([...best.set, c])).reduce(better, best);
      if (next === best) break;
      best = next;
    }
    return best;
  }

  /** Without what the planner does not use and what others make superfluous; the widest key goes first. */
  #reduced(from: Trial): Trial {
    let best = from.used.size < from.set.length ? this.trial([...from.used]) : from;
    for (const candidate of [...best.set].sort((a, b) => b.parts.length - a.parts.length)) {
      const without = this.trial(best.set.filter((c) => c !== candidate));
      if (without.visits <= SUPERFLUOUS * best.visits) best = without;
    }
    return best;
  }

  /** Each key without the columns at its end that do nothing. */
  #shortened(from: Trial): Trial {
    let best = from;
    for (const candidate of from.set) {
      for (let length = 1; length < candidate.parts.length; length++) {
        const short: Candidate = { table: candidate.table, parts: candidate.parts.slice(0, length) };
        if (served(short)) continue;
        const trial = this.trial(best.set.map((c) => (c === candidate ? short : c)));
        if (trial.used.has(short) && trial.visits <= 1.001 * best.visits) { best = trial; break; }
      }
    }
    return best;
  }

  /** Keys with the other columns that the statement reads, where fetching the rows is what costs. */
  #covered(from: Trial): Trial {
    let best = from;
    // The rows that the branches of an OR find are fetched in the end whatever one of them holds.
    if (from.plan.some((row) => row.detail.startsWith('MULTI-INDEX OR'))) return from;
    for (const candidate of from.set) {
      const sources = this.statement.sources.filter((s) => s.table?.name === candidate.table.name);
      if (sources.length === 0 || sources.some((s) => s.star)) continue;
      const own = new Set(candidate.parts.map((p) => p.column));
      const rest = [...new Set(sources.flatMap((s) => [...s.read]))].filter((c) => !own.has(c) && c !== candidate.table.rowidColumn);
      if (rest.length === 0 || own.size + rest.length > MAX_KEY_COLUMNS) continue;
      const wide: Candidate = { table: candidate.table, parts: [...candidate.parts, ...rest.map((column): OrderPart => ({ column, descending: false }))] };
      const trial = this.trial(best.set.map((c) => (c === candidate ? wide : c)));
      if (trial.used.has(wide) && trial.visits <= COVERING_WORTH * best.visits && best.visits - trial.visits >= COVERING_LEAST) best = trial;
    }
    return best;
  }

  /** Those that the planner still uses once ANALYZE has seen the tables and the new indexes. */
  #kept(trial: Trial): Candidate[] {
    if (trial.set.length === 0) return [];
    // A copy of its own: SQLite keeps a table's row count in mind when its statistics go, so the first copy could not be had back.
    const later = new Scratch(this.statement, this.sql);
    try {
      const created = trial.set.filter((c) => later.createIndex(this.#name(c).sql));
      later.setStatistics(this.#expected(created), this.#samples());
      const names = new Set(later.plan(this.sql, this.params).flatMap((row) => indexesIn(row.detail)));
      return created.filter((c) => names.has(this.#name(c).name));
    } finally {
      later.close();
    }
  }

  /** What ANALYZE would find: what it found, and estimates for the rest. */
  #expected(created: readonly Candidate[]): Stat1[] {
    const { schema, sources } = this.statement;
    const stat = (table: TableInfo, parts: readonly KeyPart[], unique: boolean): string =>
      [this.statistics.rows(table), ...parts.map((_, i) => (unique && i === parts.length - 1 ? 1 : Math.max(1, Math.round(this.statistics.perKey(table, parts.slice(0, i + 1))))))].join(' ');
    const out: Stat1[] = [...schema.statistics];
    const tables = new Map([...sources.map((s) => s.table), ...created.map((c) => c.table)].filter(advisable).map((t) => [t.name, t]));
    for (const table of tables.values()) {
      const missing = table.indexes.filter((index) => !this.statistics.analyzedIndex(table, index) && !index.partial);
      for (const index of missing) out.push({ table: table.name, index: index.name, stat: stat(table, index.columns.map(keyOfIndex), index.unique) });
      if (table.indexes.length === 0 && !this.statistics.analyzed(table)) out.push({ table: table.name, index: null, stat: String(this.statistics.rows(table)) });
    }
    for (const candidate of created) out.push({ table: candidate.table.name, index: this.#name(candidate).name, stat: stat(candidate.table, candidate.parts, false) });
    return out;
  }

  /** Rows of sqlite_stat4, where ANALYZE of this engine writes them. */
  #samples(): SQLValue[][] {
    this.#stat4 ??= this.statement.schema.has('sqlite_stat4')
      ? attempt(() => {
        const tables = [...new Set(this.statement.sources.flatMap((s) => s.table?.name ?? []))];
        return rows(this.statement.schema.engine, `SELECT tbl, idx, neq, nlt, ndlt, sample FROM main.sqlite_stat4 WHERE tbl IN (${tables.map(() => '?').join()})`, tables);
      }, [])
      : [];
    return this.#stat4;
  }
  #stat4: SQLValue[][] | undefined;
}

/** The cheaper of two; of two alike the one with fewer indexes, then fewer columns. */
function better(a: Trial, b: Trial): Trial {
  if (b.visits < 0.98 * a.visits) return b;
  if (a.visits < 0.98 * b.visits) return a;
  const size = ({ set }: Trial): number => set.length * 100 + set.reduce((n, c) => n + c.parts.length, 0);
  return size(b) < size(a) ? b : a;
}

function keysByTable(candidates: readonly Candidate[]): Map<TableInfo, KeyPart[]> {
  const keys = new Map<TableInfo, KeyPart[]>();
  for (const { table, parts } of candidates) keys.set(table, [...keys.get(table) ?? [], ...parts]);
  for (const [table, parts] of keys) for (const index of table.indexes) parts.push(...index.columns.map(keyOfIndex));
  return keys;
}

/** Every index that a line names: also `USING INDEX i FOR IN-OPERATOR`. */
export function indexesIn(detail: string): string[] {
  const index = parseDetail(detail).index ?? /^USING INDEX (.+) FOR IN-OPERATOR$/s.exec(detail)?.[1];
  return index === undefined ? [] : [index];
}

/** Something is gone that an index can take away, or a search goes by other columns than before. */
function changesKind(before: Trial, after: Trial): boolean {
  const count = (trial: Trial, test: (step: ReturnType<typeof parseDetail>) => boolean): number => trial.plan.filter((row) => test(parseDetail(row.detail))).length;
  return count(after, (s) => s.kind === 'scan') < count(before, (s) => s.kind === 'scan')
    || count(after, (s) => s.kind === 'sort') < count(before, (s) => s.kind === 'sort')
    || count(after, (s) => s.automatic) < count(before, (s) => s.automatic)
    || after.plan.some((row) => { const step = parseDetail(row.detail); return step.constraints.length > 0 && !before.plan.some((b) => b.detail === row.detail); });
}
