/** Entry 'wasm-services/data': the data processor alone, without the manager and the other services. */
export { createDataProcessor } from './services/data/index.js';
export { ServiceError, type ErrorCode } from './errors.js';
export type {
  Aggregation, AggregateOperation, AggregationOptions, ColumnType, CompressionAlgorithm, CompressOptions, CSVOptions, DataProcessorConfig, DataTable, DataTransformOptions, DecompressOptions,
  JoinHow, LoadOptions, LoadSource, OrderBy, ProcessingMetadata, ProcessingResult, Rows, StreamOptions, TopOptions, Transformation, WASMDataProcessor,
} from './services/data/types.js';
export type { ServiceInfo, ServiceOptions, Variant, WasmSource } from './types.js';
