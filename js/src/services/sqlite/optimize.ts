/** ANALYZE, PRAGMA optimize, VACUUM and an integrity check, each as needed. */
import { host } from '../../host/index.js';
import type { SqlEngine } from './engine.js';
import { sqliteServiceError } from './errors.js';
import type { OptimizationResult } from './types.js';

/** Free pages that are worth writing the whole database anew for: this share, and this many. */
const FREE_SHARE = 0.2;
const FREE_PAGES = 64;

/** @throws ServiceError BUSY inside a transaction. */
export function optimizeDatabase(engine: SqlEngine, readonly: boolean): OptimizationResult {
  if (engine.inTransaction) throw sqliteServiceError('BUSY', 'optimizeDatabase() inside a transaction: COMMIT or ROLLBACK first');
  const actions: OptimizationResult['actions'] = [];
  const act = (sql: string): void => {
    const began = host.now();
    engine.configure(sql);
    actions.push({ sql, durationMs: host.now() - began });
  };
  const sizeBefore = sizeOf(engine);
  const integrity = rows(engine, 'PRAGMA integrity_check').map(([line]) => String(line));
  // A damaged database is not written anew: that could spread what is broken.
  if (integrity[0] === 'ok' && !readonly) {
    // Tables with an index and without statistics: PRAGMA optimize skips those that no query of this connection has asked about.
    if (number(engine, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'") > 0 && !hasStatistics(engine)) act('ANALYZE');
    else act('PRAGMA optimize=0x10002');
    const free = number(engine, 'PRAGMA freelist_count');
    if (free >= FREE_PAGES && free >= FREE_SHARE * number(engine, 'PRAGMA page_count')) act('VACUUM');
  }
  return { actions, sizeBefore, sizeAfter: sizeOf(engine), integrity: integrity[0] === 'ok' ? 'ok' : integrity };
}

const hasStatistics = (engine: SqlEngine): boolean =>
  number(engine, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") > 0 && number(engine, 'SELECT count(*) FROM sqlite_stat1') > 0;

const sizeOf = (engine: SqlEngine): number => number(engine, 'PRAGMA page_count') * number(engine, 'PRAGMA page_size');

const number = (engine: SqlEngine, sql: string): number => Number(rows(engine, sql)[0]?.[0] ?? 0);

function rows(engine: SqlEngine, sql: string): unknown[][] {
  const statement = engine.prepare(sql);
  try { return statement.all(undefined).arrays({ bigint: false }); } finally { statement.finalize(); }
}
