/** Measuring this host for a cost model: once, in the background, and never for longer than 50 ms. */
import { isPromise, type MaybePromise } from '../calls/maybe-promise.js';
import { areFaultsArmed } from '../faults.js';
import { host } from '../host/index.js';
import type { Both, CostModel } from './cost-model.js';

/** A small sample of work, by both implementations: milliseconds. Undefined where it can not be had now. */
export type Probe<Work> = () => MaybePromise<{ work: Work; measured: Both } | undefined>;

/** All of a probe, milliseconds. */
export const BUDGET_MS = 50;
/** Each side is asked for as long, twice at least: before a host has compiled what runs it says little of it. */
const SIDE_MS = 20;
const LEAST_ROUNDS = 2;

/**
 * The least that `work` took. On a host so slow that rounds would not fit in the budget it is asked once.
 * @param until by the host's clock
 */
export function best(work: () => unknown, until: number): number {
  const began = host.now();
  let least = Infinity;
  for (let round = 0, now = began; (round < LEAST_ROUNDS || now - began < SIDE_MS) && (round === 0 || now + least < until); round++) {
    work();
    const end = host.now();
    least = Math.min(least, end - now);
    now = end;
  }
  return least;
}

/**
 * Runs the probe off the path of the call that asks for it; a model that has been calibrated is left alone. Models live as long as this
 * module: a version is measured once in each thread, and nothing is written to the user's storage for it.
 * @param done is told the scales that were found
 */
export function calibrateLater<Work>(model: CostModel<Work>, probe: Probe<Work>, done: (scale: Readonly<Both>) => void = () => undefined): void {
  if (model.calibrated) return;
  model.calibrated = true;
  const timer: unknown = setTimeout(() => {
    if (areFaultsArmed()) { model.calibrated = false; return; }
    const take = (found: { work: Work; measured: Both } | undefined): void => {
      if (!found) { model.calibrated = false; return; } // busy now: the next call may ask again
      model.calibrate(found.work, found.measured);
      done(model.scale);
    };
    // What fails here fails in a call too, which says so.
    const ignore = (): void => undefined;
    try {
      const found = probe();
      if (isPromise(found)) found.then(take, ignore); else take(found);
    } catch { ignore(); }
  }, 0);
  (timer as { unref?(): void }).unref?.();
}
