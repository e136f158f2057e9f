/** What reports say of a database: how often the result cache was of use, and which indexes its slow queries lack. */
import type { Recommendation } from '../../types.js';
import type { Answer, QueryRequest, SqlBackend } from './backend.js';

/** Queries from which on an index may be worth it, milliseconds; how many of them are kept, and how long a text may be. */
const SLOW_MS = 5;
const MOST_QUERIES = 16;
const MOST_TEXT = 10_000;

export class Usage {
  readonly #backend: SqlBackend;
  #hits = 0;
  #misses = 0;
  /** By their text, which is shown to nobody: what is told is the index. */
  readonly #slow = new Map<string, { count: number; totalMs: number }>();

  constructor(backend: SqlBackend) {
    this.#backend = backend;
  }

  note({ sql, useCache }: QueryRequest, { fromCache, durationMs }: Answer): void {
    if (useCache) { if (fromCache) this.#hits++; else this.#misses++; }
    if (durationMs < SLOW_MS || fromCache || sql.length > MOST_TEXT) return;
    const known = this.#slow.get(sql);
    if (known) {
      known.count++;
      known.totalMs += durationMs;
      return;
    }
    if (this.#slow.size >= MOST_QUERIES) {
      const [least, { totalMs }] = [...this.#slow].reduce((a, b) => (b[1].totalMs < a[1].totalMs ? b : a));
      if (totalMs >= durationMs) return;
      this.#slow.delete(least);
    }
    this.#slow.set(sql, { count: 1, totalMs: durationMs });
  }

  cache(): { hits: number; misses: number } { return { hits: this.#hits, misses: this.#misses }; }

  /** Indexes that the slow queries would use, the most time first. */
  async advise(): Promise<Recommendation[]> {
    const found = new Map<string, { table: string; columns: string[]; queries: number; calls: number; totalMs: number }>();
    for (const [sql, { count, totalMs }] of this.#slow) {
      // What can not be planned any more (its table is gone) needs no index.
      const analysis = await Promise.resolve().then(() => this.#backend.analyze(sql, undefined)).catch(() => undefined);
      for (const { sql: index, table, columns } of analysis?.indexRecommendations ?? []) {
        const known = found.get(index) ?? { table, columns, queries: 0, calls: 0, totalMs: 0 };
        found.set(index, { ...known, queries: known.queries + 1, calls: known.calls + count, totalMs: known.totalMs + totalMs });
      }
    }
    return [...found].sort(([, a], [, b]) => b.totalMs - a.totalMs).map(([sql, evidence]) => ({
      severity: 'warning', message: `sqlite: ${evidence.calls} slow calls (${Math.round(evidence.totalMs)} ms) read all of ${evidence.table}; their plan would use this index: ${sql}`, evidence: { service: 'sqlite', sql, ...evidence },
    }));
  }
}
