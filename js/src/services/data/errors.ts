/** Errors that several parts of the data processor raise, in one wording. */
import { describe, ServiceError, type ErrorCode } from '../../errors.js';

export { describe };

/** @param message says what is wrong and what is accepted */
export function invalid(message: string, detail?: unknown): ServiceError {
  return dataError('INVALID_ARGUMENT', message, detail);
}

export function dataError(code: ErrorCode, message: string, detail?: unknown, cause?: unknown): ServiceError {
  return new ServiceError(code, message, { service: 'data', ...(detail !== undefined && { detail }), ...(cause !== undefined && { cause }) });
}

/** A named option or field with a wrong value. */
export function invalidField(field: string, accepted: string, value: unknown): ServiceError {
  return invalid(`${field} must be ${accepted}; it was ${describe(value)}`, { field });
}

/** Names are Unicode text, as Arrow has them: half of a surrogate pair would become another name. @throws ServiceError INVALID_ARGUMENT */
export function checkName(name: string, what: string): void {
  if (!isUnicode(name)) throw invalid(`${what} is called ${JSON.stringify(name)}, which holds half of a surrogate pair: give it a name of whole characters`, { name });
}

export const isUnicode = (name: string): boolean => !/\p{Cs}/u.test(name);

export function disposed(): ServiceError {
  return dataError('DISPOSED', 'this data processor was disposed of: create another one');
}

export function freed(): ServiceError {
  return dataError('DISPOSED', 'this table was freed: load it again, or call free() later');
}
