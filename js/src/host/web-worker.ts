/** The Web Worker side of the host: pages, workers, Bun and Deno. */
import type { HostPort, HostWorker } from './types.js';

/** Bun's Web Workers can be told not to hold the process; browsers need no such thing. */
type RefCounted = { ref?: () => void; unref?: () => void };

export function wrapWebWorker(worker: Worker & RefCounted): HostWorker {
  const end = worker.terminate.bind(worker);
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.addEventListener('message', (event) => listener(event.data)),
    onFailure(listener) {
      worker.addEventListener('error', (event) => {
        // Bun and Deno report an unhandled worker error as an uncaught one unless it is taken here.
        event.preventDefault?.();
        listener(event.message || 'the worker script could not be loaded');
      });
      worker.addEventListener('messageerror', () => listener('a message could not be read back (messageerror)'));
      // Bun tells when the thread has ended; browsers never do. An owner that ends its own worker (option `worker`) is heard here.
      worker.addEventListener('close', () => listener('the worker thread ended'));
      worker.terminate = () => { end(); listener('terminate() was called on it'); };
    },
    terminate: async () => { end(); },
    keepAlive(on) { if (on) worker.ref?.(); else worker.unref?.(); },
  };
}

interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  close(): void;
}

export function webParentPort(): HostPort {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer),
    onMessage: (listener) => scope.addEventListener('message', (event) => listener(event.data)),
    close: () => scope.close(),
  };
}
