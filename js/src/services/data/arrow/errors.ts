/** What is wrong with bytes that should be Arrow. */
import type { ServiceError } from '../../../errors.js';
import { dataError } from '../errors.js';

/** @param what completes "the Arrow data is damaged: …" */
export function damaged(what: string): ServiceError {
  return dataError('CORRUPT', `the Arrow data is damaged: ${what}. Read it again from its source, or write it anew`);
}

export function unsupported(message: string, detail?: unknown): ServiceError {
  return dataError('UNSUPPORTED', message, detail);
}
