/** Work over many statements: in slices, so that other work has its turns, and all or nothing. */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { Connection } from './connection.js';
import { SLICE_MS } from './queue.js';

/**
 * Calls `step` with a place until it returns `total`; hands the thread back every few milliseconds.
 * @param check throws when the work must stop
 * @param beforePause told once, before the caller goes on: what it may change from then on must be copied
 */
export function inSlices(total: number, step: (at: number) => number, check: () => void, beforePause?: (at: number) => void): MaybePromise<void> {
  const sliceEnd = host.now() + SLICE_MS;
  let at = 0;
  while (at < total) {
    at = step(at);
    if (at < total && host.now() >= sliceEnd) {
      beforePause?.(at);
      return goOn(at, total, step, check);
    }
  }
}

async function goOn(from: number, total: number, step: (at: number) => number, check: () => void): Promise<void> {
  for (let at = from; at < total;) {
    await host.yieldNow();
    check();
    const sliceEnd = host.now() + SLICE_MS;
    while (at < total && host.now() < sliceEnd) at = step(at);
  }
}

const SAVEPOINT = 'wasm_services_batch';

/** One transaction, or a savepoint within the one that is open: all of `work`, or nothing. */
export function atomically<T>(connection: Connection, work: () => MaybePromise<T>): MaybePromise<T> {
  const { engine, statements } = connection;
  const nested = engine.inTransaction;
  const control = (sql: string): void => { statements.get(sql).statement.run(undefined); };
  control(nested ? `SAVEPOINT ${SAVEPOINT}` : 'BEGIN');
  const commit = (value: T): T => {
    control(nested ? `RELEASE ${SAVEPOINT}` : 'COMMIT');
    return value;
  };
  const undo = (error: unknown): never => {
    try {
      // A deadline that has passed would stop the rollback too.
      engine.setDeadline(undefined);
      engine.setCancel(undefined);
      // Some failures have rolled everything back already.
      if (engine.inTransaction) for (const sql of nested ? [`ROLLBACK TO ${SAVEPOINT}`, `RELEASE ${SAVEPOINT}`] : ['ROLLBACK']) control(sql);
      connection.rolledBack();
    } catch { /* the first failure is the one to tell */ }
    throw error;
  };
  let result: MaybePromise<T>;
  try {
    result = work();
    if (!isPromise(result)) return commit(result);
  } catch (error) {
    return undo(error);
  }
  return result.then(commit).catch(undo);
}

/** The same error, which says in its detail which query of a batch it was. */
export function placed(error: unknown, query: number): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { code, message, service, variant, detail, cause } = error;
  const more = typeof detail === 'object' && detail !== null ? detail : {};
  return new ServiceError(code, message, { ...(service && { service }), ...(variant && { variant }), detail: { ...more, query }, ...(cause !== undefined && { cause }) });
}
