/** The handle of a kept matrix: its shape and its number, and the engine it belongs to. */
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { Resident } from './engine.js';
import { freed, invalid } from './errors.js';
import type { Matrix, MatrixHandle } from './types.js';

/** What a handle needs of the service that made it. */
export interface HandleHome {
  download(resident: Resident): Promise<Matrix>;
  /** `handle` was freed by hand. */
  release(handle: KeptMatrix, id: number): void;
  /** One public call: reports it, types its errors. */
  call<T>(operation: string, prepare: () => MaybePromise<T>): Promise<T>;
}

export class KeptMatrix implements MatrixHandle {
  readonly #home: HandleHome;
  readonly #resident: Resident;
  #freed = false;

  constructor(home: HandleHome, resident: Resident) {
    this.#home = home;
    this.#resident = resident;
  }

  get rows(): number { return this.#resident.rows; }
  get cols(): number { return this.#resident.cols; }

  download(): Promise<Matrix> {
    return this.#home.download(this.#resident);
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#home.release(this, this.#resident.id);
  }

  /** @throws ServiceError DISPOSED, INVALID_ARGUMENT of another engine's */
  residentOf(home: HandleHome, name: string): Resident {
    if (this.#home !== home) throw invalid(`${name} is a handle of another compute engine: upload the matrix into this one`);
    if (this.#freed) throw freed();
    return this.#resident;
  }
}
