/** What 'wasm-services/sqlite' is where the condition `workerd` holds: the same, with the module that the host compiled. */
import { createSQLiteUtils as create } from '../sqlite.js';
import module from './modules/sqlite.js';
import { supplied } from './supplied.js';

export * from '../sqlite.js';

const wasm = /* @__PURE__ */ supplied({ sqlite: module });

/** As everywhere; the option `wasm` is filled in. */
export const createSQLiteUtils: typeof create = (config, context) => create({ wasm, ...config }, context);
