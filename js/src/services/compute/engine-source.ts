/** Where the compute engine's engines come from. */
import type { ServiceContext } from '../../context.js';
import { loadRequest as requestOf, pinOf, type LoadBestOptions, type Place } from '../../loader/index.js';
import { COMPUTE } from '../../loader/compute.gen.js';
import { EngineSource, type Chosen as ChosenBuild } from '../../loader/engine-source.js';
import { COMPUTE_POOL } from '../../worker/scripts/compute-pool.js';
import { threadSource } from '../../worker/threads.js';
import type { ResolvedConfig } from './config.js';
import type { ComputeEngine } from './engine.js';
import { JsEngine } from './js/index.js';
import { WasmEngine } from './wasm-engine.js';

/** What was chosen on the page, for the worker that this code runs in. */
export interface Chosen extends ChosenBuild { dispatch: boolean }

const ONE_THREAD = 'there is one thread here: the configuration or the machine has no more';

/** What the loader is asked for. Behind a worker 'auto' takes threads: calls that do not pay for them are one thread's (dispatch.ts). */
export const loadRequest = (config: ResolvedConfig, context: ServiceContext, place: Place): LoadBestOptions => (
  requestOf(config, context, place, config.threads < 2 ? ONE_THREAD : undefined));

/** Whether JavaScript may answer what does not pay: not where WebAssembly was asked for by name. */
export const dispatches = (config: ResolvedConfig, context: ServiceContext): boolean => pinOf(config, context) === undefined;

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
