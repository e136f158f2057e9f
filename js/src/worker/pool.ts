/**
 * Helper threads for a threaded artifact: workers on the module and the shared memory of an instance that runs in this thread.
 *
 * The instance must itself run in a worker of ours: a page must not block, and its threads wait for each other. While the hosting
 * thread waits inside WebAssembly no message reaches it, so a helper that traps tells it through the shared memory (pool-seat.ts).
 */
import { ServiceError } from '../errors.js';
import type { ThreadFault } from '../faults.js';
import { host } from '../host/index.js';
import type { HostWorker, WorkerScript } from '../host/types.js';

/** What a helper needs to join. */
export interface PoolSeat {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the word in `memory` that is set to 1 when a helper trapped. */
  alarm: number;
  /** Played by 'wasm-services/testing': the helper says nothing, or traps once it runs. */
  fault?: ThreadFault;
}

/** From a helper: it runs, why it can not, or that the pool was closed and it is gone from the memory. */
export type PoolNews = { ready: true } | { failed: string } | { left: true };

export interface Pool {
  readonly helpers: number;
  /** Resolves when all that the instance has let go of have left its memory; they end by themselves. The instance may be used on. */
  left(): Promise<void>;
  /** Ends the threads; those that the instance has let go of end by themselves as well (where a host can not end a thread that waits). */
  end(): void;
}

/** A pool that is not ready by then will not be: the service takes one thread instead. */
export const POOL_START_MS = 5000;

/**
 * Starts `helpers` threads and resolves when all of them run.
 *
 * ```ts
 * const pool = await startPool(VECTOR_POOL, 3, { module, memory: glue.memory, alarm });
 * ```
 * Rejects with WORKER_START when one does not start in time; the others have been ended by then.
 */
export async function startPool(script: WorkerScript, helpers: number, seat: PoolSeat, deadlineMs = POOL_START_MS): Promise<Pool> {
  const workers: HostWorker[] = [];
  const leaving = new Set<HostWorker>();
  let allLeft: (() => void) | undefined;
  const pool: Pool = {
    helpers,
    left: () => new Promise((resolve) => { allLeft = resolve; if (leaving.size === helpers) resolve(); }),
    end: () => { for (const worker of workers.splice(0)) worker.terminate().catch(() => undefined); },
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(startError(`its threads did not start within ${deadlineMs} ms`)), deadlineMs);
      let missing = helpers;
      for (let i = 0; i < helpers; i++) {
        const worker = host.startWorker(script);
        workers.push(worker);
        worker.onFailure((reason) => reject(startError(`a thread did not start: ${reason}`)));
        worker.onMessage((message) => {
          const news = message as PoolNews;
          if ('left' in news) {
            if (leaving.add(worker).size === helpers) allLeft?.();
          } else if ('failed' in news) reject(startError(`a thread did not start: ${news.failed}`));
          else if (--missing === 0) resolve();
        });
        worker.post(seat);
      }
    });
    // On Node only after they run, or the process may end under an unsettled promise.
    for (const worker of workers) worker.keepAlive(false);
    return pool;
  } catch (error) {
    pool.end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const startError = (what: string): ServiceError => new ServiceError('WORKER_START', `${what}; check that the pool's script is published and that worker-src allows it`);
