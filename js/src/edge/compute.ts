/** What 'wasm-services/compute' is where the condition `workerd` holds: the same, with the module that the host compiled. */
import { createComputeEngine as create } from '../compute.js';
import module from './modules/compute.js';
import { supplied } from './supplied.js';

export * from '../compute.js';

const wasm = /* @__PURE__ */ supplied({ compute: module });

/** As everywhere; the option `wasm` is filled in. */
export const createComputeEngine: typeof create = (config, context) => create({ wasm, ...config }, context);
