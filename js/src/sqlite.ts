/** Entry 'wasm-services/sqlite': SQLite alone, without the manager and the other services. */
export { createSQLiteUtils } from './services/sqlite/index.js';
export { ServiceError, type ErrorCode } from './errors.js';
export type {
  BatchOptions, Change, OptimizationResult, PreparedStatement, QueryAnalysis, QueryBatch, QueryOptions, QueryPlan, QueryResult, RunResult, SQLAggregate, SQLFunction,
  SQLiteConfig, SQLiteTransaction, SQLiteWASMUtils, SqlJsSource, SQLParams, SQLValue, SyncPreparedStatement, SyncSQLite,
} from './services/sqlite/types.js';
export type { ServiceInfo, ServiceOptions, Variant, WasmSource } from './types.js';
