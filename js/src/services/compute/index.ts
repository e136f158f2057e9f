/** Makes a compute engine: checks the configuration and chooses where it runs. Nothing is loaded before the first call. */
import { standaloneContext, type ServiceContext } from '../../context.js';
import { placeOf } from '../../loader/request.js';
import type { ServiceOptions } from '../../types.js';
import { resolveConfig } from './config.js';
import { ComputeCore } from './core.js';
import { explainCompute } from './explain.js';
import { ComputeService } from './service.js';
import { ComputeSplit, splits } from './split.js';
import type { ComputeConfig, ComputeWASM } from './types.js';
import { ComputeWorkerProxy } from './worker-proxy.js';

/**
 * An independent compute engine.
 *
 * @param context what the manager hands its services; leave it out.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 * @example
 * const compute = createComputeEngine();
 * const c = await compute.matmul({ data: new Float32Array([1, 2, 3, 4]), rows: 2, cols: 2 }, { data: new Float32Array([5, 6]), rows: 2, cols: 1 });
 * console.log(c.data); // 17, 39
 * await compute.dispose();
 */
export function createComputeEngine(config: ComputeConfig & ServiceOptions = {}, context: ServiceContext = standaloneContext()): ComputeWASM {
  const resolved = resolveConfig(config);
  const backend = placeOf(resolved, context) === 'worker' ? new ComputeWorkerProxy(resolved, context)
    : splits(resolved, context) ? new ComputeSplit(resolved, context) : new ComputeCore(resolved, context);
  context.attach('compute', {
    memoryBytes: () => backend.memoryBytes(), check: async () => { await backend.selfCheck(); },
    explain: (operation, shape) => explainCompute(backend.variant, backend.info.reason, backend.dispatches, operation, shape),
  });
  return new ComputeService(context, backend);
}
