/** Entry 'wasm-services/vector': vector search alone, without the manager and the other services. */
export { createVectorSearch } from './services/vector/index.js';
export { ServiceError, type ErrorCode } from './errors.js';
export type {
  BulkOptions, Metadata, MetadataFilter, VectorDocument, VectorSearchConfig, VectorMemory, VectorSearchOptions, VectorSearchResult, VectorSearchWASM,
} from './services/vector/types.js';
export type { ServiceInfo, ServiceOptions, Variant, WasmSource } from './types.js';
