/**
 * Long work in steps. An operation is written once as a generator that yields at every point where it may be interrupted;
 * `drive` runs it to the end at once while it is quick, and hands the thread back every few milliseconds when it is not.
 */
import type { ServiceError } from '../errors.js';
import { host } from '../host/index.js';
import type { MaybePromise } from './maybe-promise.js';

/** Yielded at a place to pause where the call can no longer be stopped, because it has taken effect. */
export const KEEP = Symbol('pause, but do not stop');

/**
 * Yielded: nothing (a place to pause, or to stop), `KEEP`, or a promise to wait for, whose value comes back from the `yield`.
 * A promise is waited for to its end: race it with the call where waiting may be given up.
 */
export type Pause = Promise<unknown> | typeof KEEP | undefined;
export type Steps<T> = Generator<Pause, T, any>;

/** The contract promises a yield at least every 50 ms; the rest is room for one step that takes long. */
const SLICE_MS = 20;

/**
 * Of work in steps of a few milliseconds that makes many objects: a host that gets the thread back collects garbage, and moves all that was
 * made so far. A call that is over before 40 ms is spared that.
 */
export const SMALL_STEPS_MS = 40;

/**
 * Runs the steps. Returns the value itself when nothing had to be waited for, else a promise.
 * @param failure why the call must stop now, if it must. That error is thrown into the generator at its yields, so its own
 *   `catch` undoes what it began.
 * @param firstMs how long it may go on before it first hands the thread back
 */
export function drive<T>(steps: Steps<T>, failure: () => ServiceError | undefined, firstMs = SLICE_MS): MaybePromise<T> {
  const sliceEnd = host.now() + firstMs;
  let next = steps.next();
  while (!next.done) {
    if (next.value instanceof Promise || host.now() >= sliceEnd) return driveAsync(steps, failure, next);
    next = steps.next();
  }
  return next.value;
}

async function driveAsync<T>(steps: Steps<T>, failure: () => ServiceError | undefined, first: IteratorResult<Pause, T>): Promise<T> {
  let next = first;
  let sliceEnd = 0;
  let stopped = false;
  while (!next.done) {
    const pause: Pause = next.value;
    if (pause instanceof Promise) {
      let value: unknown;
      let failed = false;
      try { value = await pause; } catch (error) { value = error; failed = true; }
      sliceEnd = host.now() + SLICE_MS;
      next = failed ? steps.throw(value) : steps.next(value);
      continue;
    }
    if (host.now() >= sliceEnd) {
      await host.yieldNow();
      sliceEnd = host.now() + SLICE_MS;
    }
    // Once stopped, what the generator still does is clean up, and that runs to its end.
    const over = stopped || pause === KEEP ? undefined : failure();
    if (over) { stopped = true; next = steps.throw(over); } else next = steps.next();
  }
  return next.value;
}
