/** Errors on their way between a page and a worker. */
import { ServiceError, type ErrorCode } from '../errors.js';
import type { ServiceName, Variant } from '../types.js';

/** The plain form in which an error crosses a worker boundary (structured clone would lose `code`). */
export interface SerializedError {
  code: ErrorCode;
  message: string;
  service?: ServiceName;
  variant?: Variant;
  detail?: unknown;
  stack?: string;
}

export function serializeError(error: unknown): SerializedError {
  if (error instanceof ServiceError) {
    return {
      code: error.code, message: error.message,
      ...(error.service && { service: error.service }), ...(error.variant && { variant: error.variant }),
      ...(error.detail !== undefined && { detail: error.detail }), ...(error.stack && { stack: error.stack }),
    };
  }
  const e = error instanceof Error ? error : new Error(String(error));
  return { code: 'INSTANCE_POISONED', message: `unexpected failure inside the service: ${e.message}. Repeat the call, and report it: this is our defect`, ...(e.stack && { stack: e.stack }) };
}

export function deserializeError(data: SerializedError): ServiceError {
  const error = new ServiceError(data.code, data.message, data);
  if (data.stack) error.stack = data.stack;
  return error;
}
