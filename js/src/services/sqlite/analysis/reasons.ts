/** Says in a sentence what a recommended index does for its statement. */
import type { QueryPlan } from '../types.js';
import type { Candidate } from './candidates.js';
import { keyName, type Statement } from './model.js';
import { parseDetail, tableOf, type PlanStep } from './plan.js';
import type { Statistics } from './statistics.js';

const list = (words: readonly string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`);

export function reasonOf(candidate: Candidate, name: string, before: readonly QueryPlan[], after: readonly QueryPlan[], statement: Statement, statistics: Statistics): string {
  const table = candidate.table.name;
  const steps = (plan: readonly QueryPlan[]): PlanStep[] => plan.map((row) => parseDetail(row.detail));
  const old = steps(before).filter((s) => tableOf(s, statement) === table);
  const now = steps(after).filter((s) => s.index === name);
  const uses = now.find((s) => s.constraints.length > 0) ?? now[0];
  const parts: string[] = [];

  const scans = old.some((s) => s.kind === 'scan');
  const found = uses?.constraints.map((c, i) => c.replace('<expr>', candidate.parts[i]?.expression ?? '<expr>').replace(/([<>=]+)\?$/, ' $1 …')) ?? [];
  if (old.some((s) => s.automatic)) parts.push(`each run builds an automatic index on ${table} first; this one is there already`);
  else if (uses?.kind === 'search' && found.length > 0) {
    const size = statistics.analyzed(candidate.table) ? ` (${statistics.rows(candidate.table).toLocaleString('en')} rows)` : '';
    parts.push(scans
      ? `instead of reading all of ${table}${size}, SQLite goes straight to the rows with ${list(found)}`
      : `the search in ${table} now reads more rows than it needs; this index leads to those with ${list(found)}`);
  } else if (after.some((row) => row.detail === `USING INDEX ${name} FOR IN-OPERATOR`)) parts.push(`the values of the IN subquery are looked up in this index instead of being collected first`);
  else if (uses?.kind === 'search') parts.push(`instead of reading all of ${table}, MIN or MAX is found at one end of this index`);

  const sorts = (plan: readonly QueryPlan[]): string[] => steps(plan).flatMap((s) => s.purpose ?? []);
  const left = sorts(after), gone = sorts(before).filter((p) => { const at = left.indexOf(p); if (at >= 0) left.splice(at, 1); return at < 0; }).filter((p) => orders(candidate, p, statement));
  if (gone.length > 0) parts.push(`its order makes the sort for ${list([...new Set(gone)])} unnecessary`);
  if (now.some((s) => s.covering)) parts.push('it holds every column that the statement reads, so the table itself is not touched');
  if (parts.length === 0) parts.push(`SQLite chooses it for ${table}, and the statement then visits fewer rows`);
  const shorter = candidate.table.indexes.find((i) => !i.unique && !i.partial && i.columns.length < candidate.parts.length && i.columns.every((c, n) => c.name !== undefined && c.name === candidate.parts[n]!.column));
  if (shorter) parts.push(`the index ${shorter.name} is its beginning and may then go`);
  const text = parts.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Whether a sort for this purpose is by columns of the index. */
function orders({ table, parts }: Candidate, purpose: string, statement: Statement): boolean {
  const own = new Set(parts.map(keyName));
  return statement.sources.some((s) => s.table?.name === table.name && s.orders.some((o) => (o.purpose === purpose || o.purpose === 'window') && o.parts.some((p) => own.has(keyName(p)))));
}
