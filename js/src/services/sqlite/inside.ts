/** Tells a call made from inside a transaction's own function, where the host can say so: it would wait for itself. */
import type { AsyncContext } from '../../host/index.js';
import { host } from '../../host/index.js';
import { DATABASE, type Scope } from './backend.js';
import { sqliteServiceError } from './errors.js';

/** @property scope where the transaction was opened: calls there wait for its end */
interface Marker { open: boolean; readonly scope: Scope; readonly outer: Marker | undefined }

export class Inside {
  #context: AsyncContext<Marker> | undefined;
  #asked = false;
  #open = 0;

  /** Runs the function of a transaction that was opened in `scope`. */
  async run<T>(scope: Scope, fn: () => Promise<T>): Promise<T> {
    if (!this.#asked) {
      this.#asked = true;
      this.#context = host.asyncContext<Marker>();
    }
    const marker: Marker = { open: true, scope, outer: this.#context?.getStore() };
    this.#open++;
    try {
      return await (this.#context ? this.#context.run(marker, fn) : fn());
    } finally {
      marker.open = false;
      this.#open--;
    }
  }

  /** @throws ServiceError INVALID_ARGUMENT for a call that waits for the transaction in whose function it is made. */
  check(operation: string, scope: Scope): void {
    if (this.#open === 0) return;
    for (let marker = this.#context?.getStore(); marker; marker = marker.outer) {
      if (!marker.open || marker.scope !== scope) continue;
      const where = scope === DATABASE ? 'on the service inside the function of its own transaction' : 'on the `tx` of an outer transaction inside the function of a nested one';
      throw sqliteServiceError('INVALID_ARGUMENT', `${operation}() was called ${where} and would wait for itself: call the methods of the \`tx\` that the function is given`);
    }
  }
}
