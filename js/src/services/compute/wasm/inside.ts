/**
 * One instance: values in and out of its memory, jobs in steps, errors by code.
 *
 * An exception that the core did not raise itself (a trap) poisons the instance: it is reported as INSTANCE_POISONED and the instance is never called
 * again. Matrices that it held are still read: where they lie was noted when they were made, and values that are held never move.
 */
import type { Steps } from '../../../calls/steps.js';
import { ERROR_CODES, ServiceError, type ErrorCode } from '../../../errors.js';
import { springTrap } from '../../../faults.js';
import type { Glue } from '../../../loader/index.js';
import type { Job } from '../engine.js';
import type { Variant } from '../../../types.js';
import { Threads, type ThreadSource } from '../../../worker/threads.js';
import { computeError, freed } from '../errors.js';
import type { Matrix, Sortable } from '../types.js';
import { createCore, kindOf, viewOf, type Core } from './core.js';

/** Values copied between two places to pause: about a millisecond. */
const PIECE = 1 << 20;

/** Where held values lie. */
interface Place { kind: number; address: number; rows: number; cols: number }

export class Inside {
  readonly #memory: WebAssembly.Memory;
  readonly #places = new Map<number, Place>();
  #core: Core | undefined;
  readonly #exports: Record<string, unknown>;
  #poisoned: ServiceError | undefined;
  readonly #variant: Variant;
  readonly threads: Threads | undefined;
  /** The job that runs is worth threads. */
  #together = false;

  /**
   * @param glue of a fresh instance, this engine's own
   * @param source of its helper threads
   */
  constructor(glue: Glue, variant: Variant, source?: ThreadSource) {
    this.#exports = glue.exports;
    this.#memory = glue.memory;
    this.#variant = variant;
    try {
      this.#core = createCore(glue);
      if (source) this.threads = new Threads(source, glue);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  // ── threads ──

  /** Says whether the jobs that follow are worth threads. Nobody waits for their start: steps made before it are one thread's. */
  together(worth: boolean): void {
    if (!this.threads) return;
    if (worth !== this.#together) this.call((core) => { core.together(worth); });
    this.#together = worth;
    if (worth) void this.threads.start(this.#owner);
  }

  readonly #owner = (work: (core: Core) => void): void => { this.call(work); };

  // ── values ──

  /** A copy of `values` inside; freed where the call is stopped. */
  *stage(values: Sortable, rows = values.length, cols = 1): Steps<number> {
    const kind = kindOf(values);
    const id = this.call((core) => core.room(kind, rows, cols));
    try {
      const address = this.call((core) => core.address(id));
      this.#places.set(id, { kind, address, rows, cols });
      for (let at = 0; at < values.length; at += PIECE) {
        if (at > 0) yield;
        const piece = values.subarray(at, at + PIECE);
        viewOf(this.#memory, kind, address + at * values.BYTES_PER_ELEMENT, piece.length).set(piece);
      }
    } catch (error) {
      this.free(id);
      throw error;
    }
    return id;
  }

  /** Notes where an outcome lies. */
  adopt(id: number): number {
    const place = this.call((core) => ({ kind: core.kind(id), address: core.address(id), rows: core.rows(id), cols: core.cols(id) }));
    this.#places.set(id, place);
    return id;
  }

  /** The values as they lie, good until the next call; of an instance that failed too. */
  view(id: number): { values: Sortable; rows: number; cols: number } {
    const place = this.#places.get(id);
    if (!place) throw freed();
    const { kind, address, rows, cols } = place;
    return { values: viewOf(this.#memory, kind, address, rows * cols), rows, cols };
  }

  matrix(id: number): Matrix {
    const { values, rows, cols } = this.view(id);
    return { data: values as Matrix['data'], rows, cols };
  }

  *copy(id: number): Steps<Sortable> {
    const { values } = this.view(id);
    const made = new (values.constructor as new (length: number) => Sortable)(values.length);
    for (let at = 0; at < made.length; at += PIECE) {
      if (at > 0) yield;
      made.set(this.view(id).values.subarray(at, at + PIECE), at);
    }
    return made;
  }

  /** A copy of an outcome, which is freed. */
  *take(id: number): Steps<Sortable> {
    try { return yield* this.copy(id); } finally { this.free(id); }
  }

  free(id: number): void {
    this.#places.delete(id);
    this.release((core) => { core.free(id); });
  }

  // ── jobs ──

  /** Begins a job that takes the values it works on. */
  begin(ids: Iterable<number>, work: (core: Core) => number): number {
    this.forget(ids);
    return this.call(work);
  }

  /** Numbers that the next call takes. */
  forget(ids: Iterable<number>): void {
    for (const id of ids) this.#places.delete(id);
  }

  /** Cleaning up, which has nothing to do in an instance that failed. */
  release(work: (core: Core) => void): void {
    if (this.#core && !this.#poisoned) this.call(work);
  }

  /** Runs a job to its end: gives the numbers of its outcome. */
  *finish(job: number, { progress }: Job): Steps<number[]> {
    try {
      do {
        progress(this.call((core) => core.progress(job)), 1);
        yield;
        if (this.#together) void this.threads?.start(this.#owner);
      } while (!this.call((core) => core.step(job)));
      const count = this.call((core) => core.finish(job));
      progress(1, 1);
      return Array.from({ length: count }, (_, place) => this.adopt(this.call((core) => core.output(place))));
    } catch (error) {
      // After an error of its own it is gone, and this does nothing.
      this.release((core) => { core.cancel(job); });
      throw error;
    }
  }

  /**
   * Runs values through piece by piece, one buffer for all: what is read once does not fill the memory, and stays in a near cache.
   * Gives the numbers of the outcome.
   * @param rounds how often they pass at the most, for the progress
   */
  *fold(values: Sortable, begin: (core: Core, kind: number) => number, rounds: number, { progress }: Job): Steps<number[]> {
    const kind = kindOf(values);
    const id = this.call((core) => begin(core, kind));
    try {
      const address = this.call((core) => core.foldAddress(id));
      const room = this.call((core) => core.foldRoom(id));
      let done = 0;
      do {
        for (let at = 0; at < values.length; at += room) {
          const piece = values.subarray(at, at + room);
          viewOf(this.#memory, kind, address, piece.length).set(piece);
          this.call((core) => { core.fold(id, piece.length); });
          done += piece.length;
          progress(done, rounds * values.length);
          yield;
        }
      } while (this.call((core) => core.foldAgain(id)));
      const count = this.call((core) => core.folded(id));
      progress(1, 1);
      return Array.from({ length: count }, (_, place) => this.adopt(this.call((core) => core.output(place))));
    } catch (error) {
      this.release((core) => { core.freeFold(id); });
      throw error;
    }
  }

  scalars = (count: number): number[] => Array.from({ length: count }, (_, place) => this.call((core) => core.scalar(place)));

  /** One call of the instance. */
  call = <T>(work: (core: Core) => T): T => {
    if (this.#poisoned) throw this.#poisoned;
    const core = this.#core;
    if (!core) throw computeError('DISPOSED', 'this engine was disposed of');
    springTrap('compute', () => ({ object: core, exports: this.#exports }));
    try {
      return work(core);
    } catch (error) {
      throw this.#translate(error);
    }
  };

  bytes(): number { return this.#core ? this.#memory.buffer.byteLength : 0; }

  dispose(): void {
    const core = this.#core;
    this.#core = undefined;
    this.threads?.end(this.#poisoned ? undefined : core);
    core?.__destroy_into_raw();
    this.#places.clear();
  }

  /** Errors of the core pass with their code; everything else is a trap. */
  #translate(error: unknown): ServiceError {
    if (error instanceof ServiceError) return error;
    const { code, message = String(error) } = error as { code?: ErrorCode; message?: string };
    if (code !== undefined && ERROR_CODES.includes(code)) {
      // Where a pivot failed the text says in the words of js/solve.ts.
      const column = code === 'SINGULAR' ? /(?:column|diagonal at) (\d+)/.exec(message)?.[1] : undefined;
      return computeError(code, message, column === undefined ? undefined : { column: Number(column) });
    }
    this.#poisoned = new ServiceError('INSTANCE_POISONED', `the WebAssembly instance of the compute engine failed (${message}) and is replaced: the call may be repeated`, { service: 'compute', variant: this.#variant, cause: error });
    this.threads?.end();
    return this.#poisoned;
  }
}
