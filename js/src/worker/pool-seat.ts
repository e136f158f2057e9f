/** A helper thread's end of pool.ts: joins the shared memory and serves until the pool is closed. */
import type { HostPort } from '../host/types.js';
import type { Glue } from '../loader/artifact.js';
import type { PoolNews, PoolSeat } from './pool.js';

/** @param join serves the pool; returns when it is closed, throws when this thread's instance trapped */
export function serveSeat(port: HostPort, createGlue: () => Glue, join = (glue: Glue): void => { (glue['joinPool'] as () => void)(); }): void {
  const tell = (news: PoolNews): void => port.post(news);
  port.onMessage((message) => {
    const { module, memory, alarm } = message as PoolSeat;
    try {
      const glue = createGlue();
      glue.initSync({ module, memory });
      tell({ ready: true });
      join(glue);
    } catch (error) {
      // The thread that waits for this one looks there, and traps as well. No call: this instance is not to be trusted any more.
      Atomics.store(new Int32Array(memory.buffer), alarm >>> 2, 1);
      tell({ failed: String((error as Error)?.message ?? error) });
    }
    port.close();
  });
}
