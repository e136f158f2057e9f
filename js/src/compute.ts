/** Entry 'wasm-services/compute': the compute engine alone, without the manager and the other services. */
export { createComputeEngine } from './services/compute/index.js';
export { ServiceError, type ErrorCode } from './errors.js';
export type {
  Columns, ComputeConfig, ComputeOptions, ComputeWASM, ConvolveOptions, Description, DistanceMetric, Eigen, Histogram, KMeans, KMeansOptions, Matrix, MatrixHandle, MatrixInput, Numeric, NumericInput,
  PairwiseOptions, PCA, QR, Reducer, Signal, Sortable, Spectrum, SVD,
} from './services/compute/types.js';
export type { ServiceInfo, ServiceOptions, Variant, WasmSource } from './types.js';
