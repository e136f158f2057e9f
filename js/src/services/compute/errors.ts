/** Errors that several parts of the compute engine raise, in one wording. */
import { describe, ServiceError, type ErrorCode } from '../../errors.js';

export { describe };

/** @param message says what is wrong and what is accepted */
export function invalid(message: string, detail?: unknown): ServiceError {
  return computeError('INVALID_ARGUMENT', message, detail);
}

export function computeError(code: ErrorCode, message: string, detail?: unknown, cause?: unknown): ServiceError {
  return new ServiceError(code, message, { service: 'compute', ...(detail !== undefined && { detail }), ...(cause !== undefined && { cause }) });
}

/** A named option or field with a wrong value. */
export function invalidField(field: string, accepted: string, value: unknown): ServiceError {
  return invalid(`${field} must be ${accepted}; it was ${describe(value)}`, { field });
}

export function disposed(): ServiceError {
  return computeError('DISPOSED', 'this compute engine was disposed of: create another one');
}

export function freed(): ServiceError {
  return computeError('DISPOSED', 'this matrix handle was freed: upload the matrix again, or call free() later');
}

/** Whatever went wrong, as the one error class of the package. */
export function typedError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return computeError('OUT_OF_MEMORY', `the host refused the memory for this call (${message}): use smaller calls, or free what is not needed`, undefined, error);
  // What throws while arguments are read is an argument: a getter, a proxy, a detached buffer.
  if (error instanceof TypeError) return computeError('INVALID_ARGUMENT', `an argument could not be read: ${message}`, undefined, error);
  return computeError('INSTANCE_POISONED', `unexpected failure inside the service: ${message}. Repeat the call, and report it: this is our defect`, undefined, error);
}
