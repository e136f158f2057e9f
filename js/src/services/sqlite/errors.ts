/** Errors of this service that are not SQLite's own: those are in result-codes.ts. */
import { describe, ServiceError, type ErrorCode, type ServiceErrorOptions } from '../../errors.js';

export { describe };

/** An error of this service. */
export function sqliteServiceError(code: ErrorCode, message: string, options: ServiceErrorOptions = {}): ServiceError {
  return new ServiceError(code, message, { service: 'sqlite', ...options });
}

/** A wrong argument: what it is called, what is accepted, what it was. */
export function invalid(field: string, accepted: string, value: unknown): ServiceError {
  return sqliteServiceError('INVALID_ARGUMENT', `${field} must be ${accepted}; it was ${describe(value)}`, { detail: { field } });
}

export function disposed(): ServiceError {
  return sqliteServiceError('DISPOSED', 'this database was disposed of: create another one');
}

/** The statement was stopped by its deadline. */
export function timedOut(sql?: string, timeoutMs?: number): ServiceError {
  const limit = timeoutMs === undefined ? 'its deadline' : `timeoutMs = ${timeoutMs}`;
  return sqliteServiceError('TIMEOUT', `the call did not end within ${limit}; what its statement had begun was undone: give it more time, or look at the query's plan with analyzeQuery`, {
    detail: { ...(timeoutMs !== undefined && { timeoutMs }), ...(sql !== undefined && { sql }) },
  });
}

/** The call was stopped by its signal. */
export function aborted(cause?: unknown): ServiceError {
  return sqliteServiceError('ABORTED', 'the call was cancelled by its signal; what its statement had begun was undone and the database goes on', cause === undefined ? {} : { cause });
}

/** The instance is gone; a fresh one may answer. */
export function isPoisoned(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.code === 'INSTANCE_POISONED';
}

/** A trap in a statement that writes: repeating it is the caller's decision. */
export function writeLost(error: ServiceError): ServiceError {
  return sqliteServiceError('INSTANCE_POISONED', `${error.message}; this statement writes and was not repeated: what it had begun was undone, run it again`, { cause: error, detail: { write: true } });
}

export const isWriteLost = (error: ServiceError): boolean => (error.detail as { write?: boolean } | undefined)?.write === true;

/** What an engine cannot do, with its reason. */
export function unsupported(message: string, detail?: unknown): ServiceError {
  return sqliteServiceError('UNSUPPORTED', message, detail === undefined ? {} : { detail });
}

/** INTEGER beyond 2^53 where numbers were asked for. */
export function integerRange(value: bigint, column: string, row: number): ServiceError {
  return sqliteServiceError('INTEGER_RANGE', `column ${JSON.stringify(column)} of row ${row} is ${value}, beyond what a number holds exactly: ask with { bigint: true }, or CAST it AS TEXT`, {
    detail: { column, row, value: String(value) },
  });
}
