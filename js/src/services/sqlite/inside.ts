/** Tells a call made from inside a transaction's own function, where the host can say so: it would wait for itself. */
import type { AsyncContext } from '../../host/index.js';
import { host } from '../../host/index.js';
import { sqliteServiceError } from './errors.js';

interface Marker { open: boolean }

export class Inside {
  #context: AsyncContext<Marker> | undefined;
  #asked = false;
  #open = 0;

  /** Runs the function of a transaction. */
  async run<T>(fn: () => Promise<T>): Promise<T> {
    if (!this.#asked) {
      this.#asked = true;
      this.#context = host.asyncContext<Marker>();
    }
    const marker: Marker = { open: true };
    this.#open++;
    try {
      return await (this.#context ? this.#context.run(marker, fn) : fn());
    } finally {
      marker.open = false;
      this.#open--;
    }
  }

  /** @throws ServiceError INVALID_ARGUMENT for a call on the service inside its transaction. */
  check(operation: string): void {
    if (this.#open > 0 && this.#context?.getStore()?.open) {
      throw sqliteServiceError('INVALID_ARGUMENT', `${operation}() was called on the service inside the function of its own transaction and would wait for itself: call the methods of the \`tx\` that the function is given`);
    }
  }
}
