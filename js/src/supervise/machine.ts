/**
 * What becomes of a service after a fault: one pure state machine for every service and host. It holds no clock, prints nothing and
 * knows no service; `supervisor.ts` gives it the time and tells what it decided.
 *
 * A service stands on a *rung* of its ladder, best first: for instances `simd-threads`, `simd`, `js`; for workers `worker`, `inline`.
 *
 * | fault | the instance or worker | the call |
 * |---|---|---|
 * | `trap` | replaced; the second time under one call, or too often, the next rung | made again if it may be |
 * | `worker-lost` | replaced; too often, the next rung | made again once if it may be |
 * | `start` (bad fetch, no worker, no memory for an instance) | the next rung | goes on there: nothing was done |
 * | `out-of-memory`, `timeout` | stays: both happen before or beside what it holds | its own error |
 *
 * Too often is a circuit breaker: three restarts within a minute are made, the next fault opens it. A minute later it is half open: the
 * best rung is tried again, and while it is on trial one fault opens the breaker at once, for twice as long.
 *
 * ```ts
 * let state = begin(3);
 * const { next, verdict } = afterFault(state, 'trap', { repeatable: true, repeats: 0 }, now);
 * state = next; // verdict: { restart: true, lowered: false, retry: true }
 * ```
 */

/** Restarts within the window; one more fault and the breaker opens. */
export const MOST_RESTARTS = 3;
export const WINDOW_MS = 60_000;
/** From the breaker's opening to the first probe; each return that fails doubles it, up to `LONGEST_WAIT_MS`. */
export const PROBE_AFTER_MS = 60_000;
export const LONGEST_WAIT_MS = 16 * PROBE_AFTER_MS;

export type FaultKind = 'trap' | 'worker-lost' | 'start' | 'out-of-memory' | 'timeout';

/** The call under which the fault happened. */
export interface FaultedCall {
  /** Whether it may be made again: a read, or a write whose beginnings are undone. */
  readonly repeatable: boolean;
  /** How often it was made again before. */
  readonly repeats: number;
}

/** A fault that no call waits for. */
export const NO_CALL: FaultedCall = { repeatable: false, repeats: 0 };

export interface Supervision {
  /** How many there are. One: it is pinned. */
  readonly rungs: number;
  /** 0 is the best. */
  readonly rung: number;
  /** When this rung was restarted, of the last minute; ascending. */
  readonly restarts: readonly number[];
  /** When the breaker opened; undefined while it is closed. */
  readonly openedAt: number | undefined;
  /** Until when the best rung, taken back, is on trial. */
  readonly trialUntil: number | undefined;
  /** Milliseconds from opening to the next probe. */
  readonly waitMs: number;
}

export interface Verdict {
  /** What faulted is dead: a fresh one is made, on the rung that stands now. */
  readonly restart: boolean;
  /** A lower rung stands now. */
  readonly lowered: boolean;
  /** The call is made again; otherwise the caller gets the error. */
  readonly retry: boolean;
}

export function begin(rungs: number): Supervision {
  return { rungs: Math.max(1, rungs), rung: 0, restarts: [], openedAt: undefined, trialUntil: undefined, waitMs: PROBE_AFTER_MS };
}

/** @param now milliseconds of a clock that never goes back */
export function afterFault(state: Supervision, fault: FaultKind, call: FaultedCall, now: number): { next: Supervision; verdict: Verdict } {
  switch (fault) {
    case 'out-of-memory':
    case 'timeout':
      return { next: state, verdict: { restart: false, lowered: false, retry: false } };
    case 'start': {
      const lowered = canLower(state);
      return { next: lowered ? lower(state, now) : state, verdict: { restart: lowered, lowered, retry: lowered } };
    }
    default: {
      const restarts = [...state.restarts.filter((time) => now - time < WINDOW_MS), now];
      const tooOften = restarts.length > MOST_RESTARTS || (state.trialUntil !== undefined && now < state.trialUntil);
      // A call that kills its worker twice may be what kills: it does not move to the caller's own thread.
      const lowered = (tooOften || (fault === 'trap' && call.repeats > 0)) && canLower(state);
      const retry = call.repeatable && (call.repeats === 0 || (lowered && fault === 'trap'));
      return { next: lowered ? lower(state, now) : { ...state, restarts }, verdict: { restart: true, lowered, retry } };
    }
  }
}

/** Whether faults come so often that a rung without another below it is not to be restarted any more. */
export function isExhausted(state: Supervision, now: number): boolean {
  return !canLower(state) && state.restarts.filter((time) => now - time < WINDOW_MS).length > MOST_RESTARTS;
}

/** Half open: the best rung may be tried again. */
export function isProbeDue({ rung, openedAt, waitMs }: Supervision, now: number): boolean {
  return rung > 0 && openedAt !== undefined && now - openedAt >= waitMs;
}

/** @param ok the best rung took over what is held */
export function afterProbe(state: Supervision, ok: boolean, now: number): Supervision {
  if (ok) return { ...state, rung: 0, restarts: [], openedAt: undefined, trialUntil: now + WINDOW_MS };
  return { ...state, openedAt: now, waitMs: doubled(state.waitMs) };
}

const canLower = ({ rung, rungs }: Supervision): boolean => rung < rungs - 1;
const doubled = (waitMs: number): number => Math.min(2 * waitMs, LONGEST_WAIT_MS);

function lower(state: Supervision, now: number): Supervision {
  const onTrial = state.trialUntil !== undefined && now < state.trialUntil;
  // A rung that has outlived its trial is trusted as at first.
  const waitMs = onTrial ? doubled(state.waitMs) : state.trialUntil === undefined ? state.waitMs : PROBE_AFTER_MS;
  return { ...state, rung: state.rung + 1, restarts: [], openedAt: now, trialUntil: undefined, waitMs };
}
