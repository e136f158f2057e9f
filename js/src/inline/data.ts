/**
 * Entry 'wasm-services/inline/data': the bytes of data's module inside the JavaScript, for what is one file or can not fetch.
 *
 * ```js
 * import { inlineWasm } from 'wasm-services/inline/data';
 * const data = createDataProcessor({ wasm: inlineWasm });
 * ```
 */
import type { WasmOption } from '../types.js';
import { bytes, text } from './bytes/data.js';
import { inlineSource } from './decode.js';

/** For the option `wasm`: the build `simd`; where it can not run, JavaScript answers. */
export const inlineWasm: WasmOption = /* @__PURE__ */ inlineSource({ data: { text, bytes } });
