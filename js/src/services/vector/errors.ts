/** Errors that several parts of the vector service raise, in one wording. */
import { ServiceError } from '../../errors.js';

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

/** A short, safe picture of any value for an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return `${value}n (a bigint)`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : `a ${typeof value}`;
}
