/** What 'wasm-services/data' is where the condition `workerd` holds: the same, with the module that the host compiled. */
import { createDataProcessor as create } from '../data.js';
import module from './modules/data.js';
import { supplied } from './supplied.js';

export * from '../data.js';

const wasm = /* @__PURE__ */ supplied({ data: module });

/** As everywhere; the option `wasm` is filled in. */
export const createDataProcessor: typeof create = (config, context) => create({ wasm, ...config }, context);
