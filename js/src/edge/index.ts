/** What 'wasm-services' is where the condition `workerd` holds: the same, with the modules that the host compiled. */
import { wasmObservability } from '../observability/index.js';
import { createManager, type WASMServices } from '../manager.js';
import compute from './modules/compute.js';
import data from './modules/data.js';
import sqlite from './modules/sqlite.js';
import vector from './modules/vector.js';
import { supplied } from './supplied.js';

export * from '../index.js';
export { createComputeEngine } from './compute.js';
export { createDataProcessor } from './data.js';
export { createSQLiteUtils } from './sqlite.js';
export { createVectorSearch } from './vector.js';

const wasm = /* @__PURE__ */ supplied({ vector, sqlite, compute, data });

/** As everywhere; the option `wasm` is filled in. */
export const createWASMServices = (): WASMServices => createManager(undefined, undefined, { wasm });

/** Ready-made instance, inert until `initialize()`. */
export const wasmServices: WASMServices = /* @__PURE__ */ createManager(undefined, undefined, { wasm }, wasmObservability);
