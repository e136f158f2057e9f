/** Entry 'wasm-services': everything. Importing it does nothing: no fetch, no worker, no detection, no global touched. */
export { createWASMServices, wasmServices } from './manager.js';
export { createComputeEngine } from './services/compute/index.js';
export { createDataProcessor } from './services/data/index.js';
export { createSQLiteUtils } from './services/sqlite/index.js';
export { createVectorSearch } from './services/vector/index.js';
export { wasmObservability } from './observability.js';
export { wasmDetector } from './capabilities/detect.js';
export { ERROR_CODES, ServiceError } from './errors.js';

export type { WASMServices, WASMServicesStats } from './manager.js';
export type { HealthCheckResult, HealthStatus } from './health.js';
export type { ObservabilityEvent, ObservabilitySnapshot, PerformanceReport, WASMObservabilityIntegration } from './observability/types.js';
export type { OperationMetrics, PerformanceMetrics, WASMPerformanceTracker } from './performance/tracker.js';
export type { WASMServicesConfig } from './config.js';
export type { MissingReason, WASMCapabilities } from './capabilities/types.js';
export type { ErrorCode } from './errors.js';
export type { CallRecord, Explanation, Recommendation, Service, ServiceInfo, ServiceName, ServiceOptions, Variant, WasmOption, WasmSource } from './types.js';
export type {
  Columns, ComputeConfig, ComputeOptions, ComputeWASM, ConvolveOptions, Description, DistanceMetric, Eigen, Histogram, KMeans, KMeansOptions, Matrix, MatrixHandle, MatrixInput, Numeric, NumericInput,
  PairwiseOptions, PCA, QR, Reducer, Signal, Sortable, Spectrum, SVD,
} from './services/compute/types.js';
export type {
  BulkOptions, Metadata, MetadataFilter, VectorDocument, VectorSearchConfig, VectorMemory, VectorSearchOptions, VectorSearchResult, VectorSearchWASM,
} from './services/vector/types.js';
export type {
  BatchOptions, Change, OptimizationResult, PreparedStatement, QueryAnalysis, QueryBatch, QueryOptions, QueryPlan, QueryResult, RunResult, SQLAggregate, SQLFunction,
  SQLiteConfig, SQLiteTransaction, SQLiteWASMUtils, SqlJsSource, SQLParams, SQLValue, SyncPreparedStatement, SyncSQLite,
} from './services/sqlite/types.js';
export type {
  Aggregation, AggregateOperation, AggregationOptions, ColumnType, CompressionAlgorithm, CompressOptions, CSVOptions, DataProcessorConfig, DataTable, DataTransformOptions, DecompressOptions,
  JoinHow, LoadOptions, LoadSource, OrderBy, ProcessingMetadata, ProcessingResult, Rows, StreamOptions, TopOptions, Transformation, WASMDataProcessor,
} from './services/data/types.js';
