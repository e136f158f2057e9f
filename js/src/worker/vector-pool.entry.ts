/** One thread of the vector service's rayon pool: joins the shared memory, then serves the pool until its host is ended. */
import { host } from '../host/index.js';
import { ARTIFACTS } from '../loader/artifacts.gen.js';
import type { PoolSeat } from './pool.js';

const port = host.parentPort();
port.onMessage((message) => {
  const { module, memory, receiver, alarm } = message as PoolSeat;
  const glue = ARTIFACTS['vector']!['simd-threads']!.createGlue();
  glue.initSync({ module, memory });
  port.post('ready');
  try {
    (glue['wbg_rayon_start_worker'] as (receiver: number) => void)(receiver);
  } catch (error) {
    alarm.postMessage(`a pool thread trapped: ${(error as Error)?.message ?? error}`);
  }
});
