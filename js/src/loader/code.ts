/** JavaScript of ours that is fetched when it is first needed. */
import { ServiceError } from '../errors.js';
import type { ServiceName } from '../types.js';

/**
 * Runs a literal `import()`. A failure is not kept here: the next need imports again.
 *
 * @param what of the service, for the message
 * @throws ServiceError WASM_FETCH naming what did not come and what to do
 */
export async function fetchCode<T>(what: string, service: ServiceName, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError('WASM_FETCH', `could not get a part of the JavaScript of ${service}, ${what}: ${(error as Error)?.message ?? error}. Publish every file that the bundler wrote and keep those of the release that runs; the next call tries again (a browser that remembers the failure needs a reload)`, {
      service, detail: { part: what }, cause: error,
    });
  }
}
