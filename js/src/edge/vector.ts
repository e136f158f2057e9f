/** What 'wasm-services/vector' is where the condition `workerd` holds: the same, with the module that the host compiled. */
import { createVectorSearch as create } from '../vector.js';
import module from './modules/vector.js';
import { supplied } from './supplied.js';

export * from '../vector.js';

const wasm = /* @__PURE__ */ supplied({ vector: module });

/** As everywhere; the option `wasm` is filled in. */
export const createVectorSearch: typeof create = (config, context) => create({ wasm, ...config }, context);
