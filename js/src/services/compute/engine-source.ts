/** Where the compute engine's engines come from. */
import type { ServiceContext } from '../../context.js';
import { COMPUTE } from '../../loader/compute.gen.js';
import { EngineSource, type Chosen as ChosenBuild } from '../../loader/engine-source.js';
import { COMPUTE_POOL } from '../../worker/scripts/compute-pool.js';
import { threadSource } from '../../worker/threads.js';
import type { ResolvedConfig } from './config.js';
import type { ComputeEngine } from './engine.js';
import { JsEngine } from './js/index.js';
import { loadRequest } from './load-request.js';
import { WasmEngine } from './wasm-engine.js';

/** What was chosen on the page, for the worker that this code runs in. */
export interface Chosen extends ChosenBuild { dispatch: boolean }

/**
 * @param limit bytes that the shared memory of the next instance may grow to
 */
export const engineSource = (config: ResolvedConfig, context: ServiceContext, dispatch: boolean, chosen: Chosen | undefined, limit: () => number): EngineSource<ComputeEngine> => new EngineSource({
  service: 'compute', shipped: COMPUTE, wishes: config, context, chosen,
  request: () => loadRequest(config, context, 'inline'),
  create: (module) => {
    if (!module) return new JsEngine();
    const glue = module.createInstance(limit());
    return new WasmEngine(glue, dispatch, threadSource(COMPUTE_POOL, module, glue, context.budget, config.threads));
  },
});
