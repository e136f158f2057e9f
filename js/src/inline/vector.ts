/**
 * Entry 'wasm-services/inline/vector': the bytes of vector's module inside the JavaScript, for what is one file or can not fetch.
 *
 * ```js
 * import { inlineWasm } from 'wasm-services/inline/vector';
 * const search = createVectorSearch({ wasm: inlineWasm });
 * ```
 */
import type { WasmOption } from '../types.js';
import { bytes, text } from './bytes/vector.js';
import { inlineSource } from './decode.js';

/** For the option `wasm`: the build `simd`; where it can not run, JavaScript answers. */
export const inlineWasm: WasmOption = /* @__PURE__ */ inlineSource({ vector: { text, bytes } });
