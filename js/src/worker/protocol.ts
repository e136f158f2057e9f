/**
 * The messages between a service's proxy and its worker. One protocol for every service: it knows methods by name and nothing
 * of what they do. Order is kept: calls arrive in the order they were made, and a state update is read before the reply that follows it.
 */
import type { SerializedError } from './errors.js';
import type { Fault } from '../faults.js';
import type { ServiceName, ServiceSink } from '../types.js';

/** Raised when messages change shape; a page and a worker of two releases then refuse each other at the greeting. */
export const PROTOCOL_VERSION = 1;

export type EventRecord = Parameters<ServiceSink['event']>[0];

/** To the worker. `init` is answered like a call and comes first; a script that serves any service learns from it which. */
export type Request =
  | { t: 'init'; id: number; service: ServiceName; config: unknown }
  | { t: 'call'; id: number; method: string; args: unknown[]; progress: boolean }
  | { t: 'cancel'; id: number; code: 'ABORTED' | 'TIMEOUT' }
  | { t: 'fault'; fault: Fault }
  | { t: 'dispose'; id: number };

/** From the worker. */
export type Reply =
  /** The script runs and listens. */
  | { t: 'hello'; version: number }
  | { t: 'result'; id: number; value: unknown }
  | { t: 'error'; id: number; error: SerializedError }
  | { t: 'progress'; id: number; done: number; total: number }
  /** Whatever the service wants the proxy to know without asking (size, info, bytes held). */
  | { t: 'state'; state: unknown }
  | { t: 'event'; event: EventRecord };

/** The methods of a service as the protocol sees them. */
export type Methods<M> = { [K in keyof M]: (...args: never[]) => unknown };
export type ArgsOf<F> = F extends (...args: infer A) => unknown ? A : never;
export type ResultOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

/** A result with buffers to move instead of copying: `return new Moved(bytes, [bytes.buffer])`. The sender must not use them again. */
export class Moved<T> {
  constructor(readonly value: T, readonly transfer: Transferable[]) {}
}
