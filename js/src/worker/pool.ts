/**
 * Starts the threads of a rayon pool. The glue of a threaded artifact calls `startWorkers` where wasm-bindgen-rayon's own helper
 * would be (that one imports itself in a circle, needs blobs and does not run on Node).
 *
 * Only a worker of ours may host a threaded instance: a page must not block, and a host that ends this worker ends the pool with it.
 * While the hosting thread waits inside WebAssembly no message reaches it, so each pool thread also holds a port to the thread
 * that started the host: a trap in the pool is told there, and host and pool are replaced together.
 */
import { host } from '../host/index.js';
import type { WorkerScript } from '../host/types.js';

/** wasm-bindgen-rayon's builder, as its glue exposes it. */
export interface PoolBuilder {
  numThreads(): number;
  receiver(): number;
  build(): void;
}

/** What a pool thread needs to join. */
export interface PoolSeat {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  receiver: number;
  alarm: MessagePort;
}

/** A pool that is not ready by then will not be: the service takes one thread instead. */
const POOL_START_MS = 5000;

export function poolStarter(script: WorkerScript): (module: WebAssembly.Module, memory: WebAssembly.Memory, builder: PoolBuilder) => Promise<void> {
  return async (module, memory, builder) => {
    await Promise.all(Array.from({ length: builder.numThreads() }, () => seat(script, { module, memory, receiver: builder.receiver() })));
    builder.build();
  };
}

function seat(script: WorkerScript, about: Omit<PoolSeat, 'alarm'>): Promise<void> {
  const worker = host.startWorker(script);
  const { port1, port2 } = new MessageChannel();
  return new Promise<void>((ready, failed) => {
    const timer = setTimeout(() => failed(new Error(`a pool thread did not start within ${POOL_START_MS} ms`)), POOL_START_MS);
    worker.onFailure((reason) => { clearTimeout(timer); failed(new Error(`a pool thread did not start: ${reason}`)); });
    worker.onMessage(() => {
      clearTimeout(timer);
      worker.keepAlive(false); // on Node only after it runs, or the process may end under an unsettled promise
      ready();
    });
    worker.post({ ...about, alarm: port1 } satisfies PoolSeat, [port1]);
    host.parentPort().post({ t: 'alarm', port: port2 }, [port2]);
  });
}
