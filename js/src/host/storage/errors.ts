/** Failures of file systems and browsers as ServiceErrors with the cure. */
import { ServiceError, type ErrorCode } from '../../errors.js';

const NODE_CODES: Record<string, [ErrorCode, string]> = {
  ENOSPC: ['QUOTA', 'the disk is full: free space and repeat the call'],
  EDQUOT: ['QUOTA', 'the user’s disk quota is used up: free space and repeat the call'],
  EFBIG: ['QUOTA', 'the file system allows no file of this size: use another one'],
  EROFS: ['READONLY', 'the file system is read-only: choose another place'],
  EACCES: ['READONLY', 'the process may not write there: change the permissions or choose another place'],
  EPERM: ['READONLY', 'the process may not write there: change the permissions or choose another place'],
  ENOTDIR: ['INVALID_ARGUMENT', 'a part of the path is a file: choose another place'],
  EEXIST: ['INVALID_ARGUMENT', 'a file of this name is in the way: choose another directory'],
  EMFILE: ['STORAGE_IO', 'too many files are open in this process: close some or raise the limit'],
};

/** An error of node:fs, or any other, in a ServiceError that names the place. */
export function fromNodeError(error: unknown, label: string): ServiceError {
  if (error instanceof ServiceError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const [kind, cure] = NODE_CODES[code ?? ''] ?? ['STORAGE_IO', 'the medium failed: check it, then open it again'];
  return new ServiceError(kind, `${label}: ${cure} (${message ?? String(error)})`, { cause: error, ...(code && { detail: { errno: code } }) });
}

/** An error of OPFS or IndexedDB in a ServiceError that names the place; for quota it tells how much is used. */
export async function fromDOMError(error: unknown, label: string): Promise<ServiceError> {
  return fromDOMErrorNow(error, label, (error as { name?: string }).name === 'QuotaExceededError' ? await estimate() : {});
}

/** The same for callers that can not wait for the figures. */
export function fromDOMErrorNow(error: unknown, label: string, { usage, quota }: { usage?: number | undefined; quota?: number | undefined } = {}): ServiceError {
  if (error instanceof ServiceError) return error;
  const { name, message } = error as { name?: string; message?: string };
  const options = { cause: error, detail: { name } };
  if (name === 'QuotaExceededError') {
    const figures = quota === undefined ? '' : `, ${usage} of ${quota} bytes are used`;
    return new ServiceError('QUOTA', `${label}: the browser gives no more space${figures}: remove data, or ask for more with navigator.storage.persist()`, { cause: error, detail: { name, usage, quota } });
  }
  if (name === 'NoModificationAllowedError') {
    return new ServiceError('BUSY', `${label}: its files are open in another tab or worker: close that one and try again`, options);
  }
  if (name === 'SecurityError' || name === 'NotAllowedError') {
    return new ServiceError('UNSUPPORTED', `${label}: the browser forbids it here (private window, blocked site data, or a sandboxed frame): allow site data, or use storage: 'memory' with save() and load()`, options);
  }
  return new ServiceError('STORAGE_IO', `${label}: the browser’s storage failed (${name ?? 'error'}: ${message ?? String(error)}): reload, then open it again`, options);
}

async function estimate(): Promise<{ usage?: number | undefined; quota?: number | undefined }> {
  try {
    return await navigator.storage.estimate();
  } catch {
    return {};
  }
}

/** The storage is not to be had on this host. */
export function unsupported(storage: string, why: string, cure: string): ServiceError {
  return new ServiceError('UNSUPPORTED', `storage ${storage} is not available here: ${why}. ${cure}`);
}
