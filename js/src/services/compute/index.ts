/** Makes a compute engine: checks the configuration and chooses where it runs. Nothing is loaded before the first call. */
import { standaloneContext, type ServiceContext } from '../../context.js';
import { placeOf } from '../../loader/request.js';
import type { ServiceOptions } from '../../types.js';
import { resolveConfig } from './config.js';
import { DeferredCompute } from './deferred.js';
import { splits } from './load-request.js';
import { ComputeService } from './service.js';
import type { ComputeConfig, ComputeWASM } from './types.js';

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
  const where = placeOf(resolved, context) === 'worker' ? 'worker' : splits(resolved, context) ? 'split' : 'inline';
  const backend = new DeferredCompute(resolved, context, where);
  context.attach('compute', {
    memoryBytes: () => backend.memoryBytes(), check: async () => { await backend.selfCheck(); },
  });
  return new ComputeService(context, backend);
}
