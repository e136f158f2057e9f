/** Makes a data processor: checks the configuration and chooses where tables live. Nothing is loaded before the first call. */
import { standaloneContext, type ServiceContext } from '../../context.js';
import { pinOf, placeOf } from '../../loader/request.js';
import type { ServiceOptions } from '../../types.js';
import { resolveConfig } from './config.js';
import { DeferredData } from './deferred.js';
import { DataService } from './service.js';
import type { DataProcessorConfig, WASMDataProcessor } from './types.js';

/**
 * An independent data processor.
 *
 * @param context what the manager hands its services; leave it out.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 * @example
 * const data = createDataProcessor();
 * const sales = await data.load(csvText);
 * const byCity = await sales.aggregate({ groupBy: ['city'], operations: [{ field: 'price', operation: 'sum' }], where: 'price > 0' });
 * console.table(await byCity.toRows());
 * await data.dispose();
 */
export function createDataProcessor(config: DataProcessorConfig & ServiceOptions = {}, context: ServiceContext = standaloneContext()): WASMDataProcessor {
  const resolved = resolveConfig(config);
  const backend = new DeferredData(resolved, context, placeOf(resolved, context));
  const service = new DataService(resolved, context, backend, pinOf(resolved, context));
  context.attach('data', { memoryBytes: () => backend.memoryBytes(), check: async () => { await backend.selfCheck(); } });
  return service;
}
