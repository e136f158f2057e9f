/** Errors that several parts of the vector service raise, in one wording. */
import { describe, ServiceError } from '../../errors.js';

export { describe };

/** @param message says what is wrong and what is accepted */
export function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message, { service: 'vector' });
}

/** A named option or field with a wrong value. */
export function invalidField(field: string, accepted: string, value: unknown): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `${field} must be ${accepted}; it was ${describe(value)}`, { service: 'vector', detail: { field } });
}

export function disposed(): ServiceError {
  return new ServiceError('DISPOSED', 'this vector search was disposed of: create another one', { service: 'vector' });
}
