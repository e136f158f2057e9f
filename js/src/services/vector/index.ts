/** Makes a vector search: checks the configuration and chooses where it runs. Nothing is loaded before the first call. */
import { standaloneContext, type ServiceContext } from '../../context.js';
import { placeOf } from '../../loader/request.js';
import type { ServiceOptions } from '../../types.js';
import { resolveConfig } from './config.js';
import { DeferredVector } from './deferred.js';
import { VectorService } from './service.js';
import { LANGUAGES } from './text/names.js';
import type { VectorSearchConfig, VectorSearchWASM } from './types.js';

/**
 * An independent vector search. Everything is optional: dimensions are taken from the first vector.
 *
 * @param context what the manager hands its services; leave it out.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 * @example
 * const vectors = createVectorSearch({ metric: 'cosine' });
 * await vectors.addDocuments([{ id: 'a', embedding: [1, 0], metadata: { kind: 'x' } }]);
 * const [best] = await vectors.search([0.9, 0.1], { maxResults: 1 });
 * await vectors.dispose();
 */
export function createVectorSearch(config: VectorSearchConfig & ServiceOptions = {}, context: ServiceContext = standaloneContext()): VectorSearchWASM {
  const resolved = resolveConfig(config, LANGUAGES);
  const backend = new DeferredVector(resolved, context, placeOf(resolved, context));
  context.attach('vector', {
    memoryBytes: () => backend.memory().total, check: async () => { await backend.selfCheck(); },
  });
  return new VectorService(resolved, context, backend);
}
