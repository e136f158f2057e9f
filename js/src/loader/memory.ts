/** The memory of a threaded artifact. It is made here and handed in, because every thread must import the same one. */

/** In pages of 64 KiB, as the artifact's import declares them. */
export interface MemoryLimits { initial: number; maximum: number }

/**
 * A shared memory reserves address space for its maximum, and hosts refuse large ones when little is left: the artifact allows
 * 4 GiB, this starts with 2 GiB and goes down.
 */
const PAGE = 65536;
const MAXIMUM_PAGES = [32768, 16384, 8192, 4096];

/**
 * @param most bytes that the owner wants it to grow to at most
 * @throws RangeError when the host refuses even the smallest.
 */
export function createSharedMemory({ initial, maximum }: MemoryLimits, most = Infinity): WebAssembly.Memory {
  const asked = Math.max(initial, Math.min(maximum, Math.ceil(most / PAGE)));
  let refusal: unknown;
  for (const pages of most === Infinity ? MAXIMUM_PAGES : [asked, ...MAXIMUM_PAGES.filter((pages) => pages < asked)]) {
    try {
      return new WebAssembly.Memory({ initial, maximum: Math.min(maximum, pages), shared: true });
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}
