/** Entry 'wasm-services': everything. Importing it does nothing: no fetch, no worker, no detection, no global touched. */
export { createWASMServices, wasmServices } from './manager.js';
export { createSQLiteUtils } from './services/sqlite/index.js';
export { createVectorSearch } from './services/vector/index.js';
export { wasmDetector } from './capabilities/detect.js';
export { ERROR_CODES, ServiceError } from './errors.js';

export type { WASMServices, WASMServicesStats } from './manager.js';
export type { HealthCheckResult, HealthStatus } from './health.js';
export type { WASMServicesConfig } from './config.js';
export type { MissingReason, WASMCapabilities } from './capabilities/types.js';
export type { ErrorCode } from './errors.js';
export type { Service, ServiceInfo, ServiceName, ServiceOptions, Variant, WasmOption, WasmSource } from './types.js';
export type {
  BulkOptions, Metadata, MetadataFilter, VectorDocument, VectorSearchConfig, VectorMemory, VectorSearchOptions, VectorSearchResult, VectorSearchWASM,
} from './services/vector/types.js';
export type {
  BatchOptions, Change, OptimizationResult, PreparedStatement, QueryAnalysis, QueryBatch, QueryOptions, QueryPlan, QueryResult, RunResult, SQLAggregate, SQLFunction,
  SQLiteConfig, SQLiteTransaction, SQLiteWASMUtils, SqlJsSource, SQLParams, SQLValue, SyncPreparedStatement, SyncSQLite,
} from './services/sqlite/types.js';
