/** What the host's clock is worth: its resolution, and when what it says is no latency. */
import { host } from '../host/index.js';

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** When the page was last hidden, by this clock; -Infinity where that never was. Its timers are held back then. */
  hiddenUntil(): number;
  /** Whether it ever can be; left out: it can. */
  readonly canHide?: boolean;
}

export const hostClock: Clock = { now: () => host.now(), hiddenUntil: () => host.hiddenUntil(), get canHide() { return host.isPage; } };

const STEPS = 4;
/** Where a step takes one reading, the first ones are slower than the rest: not compiled yet. */
const WARM = 2000;
/** A clock that stands still for so many readings is not waited for (edge isolates: it moves with input and output alone). */
const READINGS = 400_000;

/**
 * The smallest step that is seen, in milliseconds: of some 100 ns where a reading takes as long, of 5 µs to 1 ms in browsers. Waits for four
 * steps. Infinity where the clock stands still.
 */
export function measureResolution(now: () => number): number {
  let least = Infinity;
  let last = now();
  for (let steps = 0, readings = 0; (steps < STEPS || readings < WARM) && readings < READINGS; readings++) {
    const time = now();
    if (time === last) continue;
    // A clock that goes back tells nothing.
    if (time > last) least = Math.min(least, time - last);
    last = time;
    steps++;
  }
  return least;
}
