/** Makes SQLite utilities: checks the configuration and chooses where they run. Nothing is loaded before the first call. */
import { standaloneContext, type ServiceContext } from '../../context.js';
import { planHost } from '../../loader/request.js';
import type { ServiceOptions } from '../../types.js';
import { resolveConfig } from './config.js';
import { DeferredSql } from './deferred.js';
import { SQLiteService } from './service.js';
import type { SQLiteConfig, SQLiteWASMUtils } from './types.js';

/**
 * An independent database. Everything is optional: without a storage it is in memory.
 *
 * @param context what the manager hands its services; leave it out.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 * @example
 * const db = createSQLiteUtils();
 * await db.executeQuery('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
 * await db.executeMany('INSERT INTO notes (text) VALUES (?)', [['milk'], ['bread']]);
 * const { rows } = await db.executeQuery('SELECT * FROM notes WHERE text LIKE ?', ['m%']);
 * await db.dispose();
 */
export function createSQLiteUtils(config: SQLiteConfig & ServiceOptions = {}, context: ServiceContext = standaloneContext()): SQLiteWASMUtils {
  const resolved = resolveConfig(config);
  const place = planHost(resolved.host === 'auto' ? context.host : resolved.host);
  const backend = new DeferredSql(resolved, context, place);
  const service = new SQLiteService(resolved, context, backend);
  context.attach('sqlite', {
    memoryBytes: () => backend.memoryBytes(), check: async () => { await backend.selfCheck(); }, cache: () => service.usage.cache(),
  });
  return service;
}
