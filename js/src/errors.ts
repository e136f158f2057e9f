/**
 * The one error class of the package and the list of its stable codes. A leaf: imports nothing.
 *
 * `code` is for programs, `message` for people: it says what happened and what to do about it.
 */
import type { ServiceName, Variant } from './types.js';

/** Every code the package can raise; docs/error-codes.md lists the cure of each. */
export const ERROR_CODES = [
  'ALREADY_INITIALIZED', 'NOT_INITIALIZED', 'DISPOSED', 'INVALID_ARGUMENT', 'DIMENSION_MISMATCH', 'NOT_FINITE',
  'NOT_FOUND', 'TOO_LARGE', 'INTEGER_RANGE', 'SINGULAR', 'VARIANT_UNAVAILABLE', 'WASM_FETCH', 'WASM_COMPILE', 'WASM_ABI',
  'INTEGRITY', 'WORKER_START', 'WORKER_LOST', 'INSTANCE_POISONED', 'QUEUE_FULL', 'OUT_OF_MEMORY', 'ABORTED', 'TIMEOUT',
  'QUOTA', 'BUSY', 'READONLY', 'STORAGE_IO', 'CORRUPT', 'PARSE', 'SQL', 'UNSUPPORTED',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ServiceErrorOptions {
  service?: ServiceName;
  variant?: Variant;
  /** Machine-readable facts: an HTTP status, the offending index, a list of attempts. */
  detail?: unknown;
  cause?: unknown;
}

/**
 * What every rejected promise of this package carries.
 *
 * @example
 * try { await vectors.search(query); }
 * catch (e) { if (e instanceof ServiceError && e.code === 'DIMENSION_MISMATCH') … }
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly service?: ServiceName;
  readonly variant?: Variant;
  readonly detail?: unknown;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.service !== undefined) this.service = options.service;
    if (options.variant !== undefined) this.variant = options.variant;
    if (options.detail !== undefined) this.detail = options.detail;
  }
}

/** A short, safe picture of any value for an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return `${value}n (a bigint)`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : `a ${typeof value}`;
}
