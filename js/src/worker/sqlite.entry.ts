/** The SQLite worker's script. Bundlers find it through scripts.ts; everything it needs is imported statically but the glue of its variant. */
import { host } from '../host/index.js';
import { serveSqlite } from '../services/sqlite/worker-host.js';
import type { SqliteMethods, SqliteWorkerConfig } from '../services/sqlite/worker-methods.js';
import { serve } from './server.js';

serve<SqliteMethods, SqliteWorkerConfig>('sqlite', host.parentPort(), serveSqlite);
