/**
 * Entry 'wasm-services/inline': the bytes of all four services' modules inside the JavaScript (about 1.7 MB of text; one service alone: 'wasm-services/inline/vector' …).
 *
 * ```js
 * import { inlineWasm } from 'wasm-services/inline';
 * await wasmServices.initialize({ wasm: inlineWasm });
 * ```
 */
import type { WasmOption } from '../types.js';
import * as compute from './bytes/compute.js';
import * as data from './bytes/data.js';
import * as sqlite from './bytes/sqlite.js';
import * as vector from './bytes/vector.js';
import { inlineSource } from './decode.js';

/** For the option `wasm` of a manager or a service: the build `simd`; where it can not run, JavaScript answers. The codecs zstd, lz4 and brotli are not inlined. */
export const inlineWasm: WasmOption = /* @__PURE__ */ inlineSource({ vector, sqlite, compute, data });
