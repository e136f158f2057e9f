/** Work that no call waits for, in slices between calls: index building, checkpoints, the way back to WebAssembly. */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { host } from '../../host/index.js';

/** How long it rests after a failure: a full disk is not written to in a loop. */
const REST_MS = 30_000;

export interface BackgroundWork {
  /** Asked after every call: must be cheap. */
  isDue(): boolean;
  /** One slice, when its turn has come and no call waits. */
  runSlice(): MaybePromise<void>;
  onFailure(error: Error): void;
}

export class Background {
  readonly #work: BackgroundWork;
  #scheduled = false;
  #restsUntil = 0;

  constructor(work: BackgroundWork) {
    this.#work = work;
  }

  /** Has a slice run soon, if there is anything to do. */
  schedule(): void {
    if (this.#scheduled || !this.#work.isDue() || host.now() < this.#restsUntil) return;
    this.#scheduled = true;
    const timer: unknown = setTimeout(() => { this.#run(); }, 0);
    // A process that has nothing else to do may end: nothing here was promised to anybody.
    (timer as { unref?(): void }).unref?.();
  }

  #run(): void {
    this.#scheduled = false;
    try {
      const slice = this.#work.runSlice();
      if (isPromise(slice)) slice.catch((error: Error) => { this.#failed(error); });
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #failed(error: Error): void {
    this.#restsUntil = host.now() + REST_MS;
    this.#work.onFailure(error);
  }
}
