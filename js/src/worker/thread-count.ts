/** How many threads are worth having. */
import { host } from '../host/index.js';
import type { Variant } from '../types.js';

/** More threads than this wait for memory, not for a processor. */
const MOST_THREADS = 16;

/** Threads worth using here, the calling one included. */
export function poolThreads(): number {
  return Math.min(MOST_THREADS, host.hardwareConcurrency());
}

/** Threads that a service of this variant uses, or will once it has work for them. */
export function threadsOf(variant: Variant, most = Infinity): number {
  return variant === 'simd-threads' ? Math.min(most, poolThreads()) : 1;
}
