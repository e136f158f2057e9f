/**
 * Entry 'wasm-services/inline/compute': the bytes of compute's module inside the JavaScript, for what is one file or can not fetch.
 *
 * ```js
 * import { inlineWasm } from 'wasm-services/inline/compute';
 * const compute = createComputeEngine({ wasm: inlineWasm });
 * ```
 */
import type { WasmOption } from '../types.js';
import { bytes, text } from './bytes/compute.js';
import { inlineSource } from './decode.js';

/** For the option `wasm`: the build `simd`; where it can not run, JavaScript answers. */
export const inlineWasm: WasmOption = /* @__PURE__ */ inlineSource({ compute: { text, bytes } });
