/**
 * Entry 'wasm-services/inline/sqlite': the bytes of sqlite's module inside the JavaScript, for what is one file or can not fetch.
 *
 * ```js
 * import { inlineWasm } from 'wasm-services/inline/sqlite';
 * const db = createSQLiteUtils({ wasm: inlineWasm });
 * ```
 */
import type { WasmOption } from '../types.js';
import { bytes, text } from './bytes/sqlite.js';
import { inlineSource } from './decode.js';

/** For the option `wasm`: the build `simd`; where it can not run, JavaScript answers. */
export const inlineWasm: WasmOption = /* @__PURE__ */ inlineSource({ sqlite: { text, bytes } });
