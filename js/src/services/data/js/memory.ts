/** What an engine of JavaScript says when the host refuses memory. */
import { dataError } from '../errors.js';

/** Runs it; a refused allocation is OUT_OF_MEMORY, and nothing has changed. */
export function inMemory<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asMemoryError(error);
  }
}

export function asMemoryError(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  return dataError('OUT_OF_MEMORY', `the host gives no more memory (${error.message}): free() tables that are no longer needed, or work on slices`, undefined, error);
}
