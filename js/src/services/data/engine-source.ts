/** Where the data processor's engines come from. */
import type { ServiceContext } from '../../context.js';
import { compileExpression } from '../../expression/index.js';
import { DATA } from '../../loader/data.gen.js';
import { EngineSource, type Chosen } from '../../loader/engine-source.js';
import { DATA_POOL } from '../../worker/scripts/data-pool.js';
import { threadSource } from '../../worker/threads.js';
import type { ResolvedConfig } from './config.js';
import type { DataEngine } from './engine.js';
import { createJsEngine } from './js-engine.js';
import { loadRequest } from './load-request.js';
import { applyStep } from './operations/index.js';
import { createTextReader } from './read/index.js';
import { WasmEngine } from './wasm-engine.js';

export const engineSource = (config: ResolvedConfig, context: ServiceContext, chosen: Chosen | undefined): EngineSource<DataEngine> => new EngineSource({
  service: 'data', shipped: DATA, wishes: config, context, chosen,
  request: () => loadRequest(config, context, 'inline'),
  create: (module) => {
    if (!module) return createJsEngine({ compileExpression, createTextReader, applyStep });
    const glue = module.createInstance();
    return new WasmEngine(glue, threadSource(DATA_POOL, module, glue, context.budget));
  },
});
