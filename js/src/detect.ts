/** Entry 'wasm-services/detect': what this host can do, without any service. */
export { wasmDetector } from './capabilities/detect.js';
export type { MissingReason, WASMCapabilities } from './capabilities/types.js';
