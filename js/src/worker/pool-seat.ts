/** A helper thread's end of pool.ts: joins the shared memory and serves until the pool is closed. */
import type { HostPort } from '../host/types.js';
import type { Glue, GlueFactory } from '../loader/artifact.js';
import type { PoolNews, PoolSeat } from './pool.js';

/**
 * @param join serves the pool; returns when it is closed, throws when this thread's instance trapped
 * @param trap traps for real, where 'wasm-services/testing' asks for that
 */
export function serveSeat(port: HostPort, createGlue: GlueFactory['createGlue'], join = (glue: Glue): void => { (glue['joinPool'] as () => void)(); }, trap = join): void {
  const tell = (news: PoolNews): void => port.post(news);
  port.onMessage((message) => {
    const { module, memory, alarm, fault } = message as PoolSeat;
    if (fault === 'silent') return;
    try {
      const glue = createGlue();
      glue.initSync({ module, memory });
      tell({ ready: true });
      (fault === 'trap' ? trap : join)(glue);
      // The stack of this thread lies in the memory that the others go on with.
      (glue.exports['__wbindgen_thread_destroy'] as () => void)();
      tell({ left: true });
    } catch (error) {
      // The thread that waits for this one looks there, and traps as well. No call: this instance is not to be trusted any more.
      Atomics.store(new Int32Array(memory.buffer), alarm >>> 2, 1);
      tell({ failed: String((error as Error)?.message ?? error) });
    }
    port.close();
  });
}
