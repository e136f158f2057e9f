/**
 * The worker's end: greets, makes the service from its configuration, and answers calls. An entry file is three lines:
 *
 * ```ts
 * serve<VectorMethods, VectorConfig>('vector', host.parentPort(), async (config, context) => ({ methods: …, dispose: … }));
 * ```
 */
import { ServiceError } from '../errors.js';
import { serializeError } from './errors.js';
import { armFault } from '../faults.js';
import type { HostPort } from '../host/types.js';
import type { ServiceName } from '../types.js';
import { Moved, PROTOCOL_VERSION, type ArgsOf, type EventRecord, type Methods, type Reply, type Request, type ResultOf } from './protocol.js';

/** Handed to each call after its own arguments. */
export interface CallContext {
  /** Aborts when the caller cancels or its deadline passes; `reason` is then the ServiceError to throw. */
  signal: AbortSignal;
  /** Present when the caller listens. */
  onProgress?: (done: number, total: number) => void;
}

/** The service's methods on this side: the same names and arguments, then the context. */
export type Handlers<M extends Methods<M>> = {
  [K in keyof M]: (this: void, context: CallContext, ...args: ArgsOf<M[K]>) => ResultOf<M[K]> | Moved<ResultOf<M[K]>> | Promise<ResultOf<M[K]> | Moved<ResultOf<M[K]>>>;
};

export interface Served<M extends Methods<M>> {
  methods: Handlers<M>;
  /** What `start` resolves with on the other side. */
  greeting?: unknown;
  /** Flushes and closes; awaited before the thread ends. */
  dispose(): Promise<void> | void;
}

export interface ServerContext {
  /** Sends a state to the proxy; it is there before any reply made later. */
  publish(state: unknown, transfer?: Transferable[]): void;
  event(event: EventRecord): void;
}

export function serve<M extends Methods<M>, C>(service: ServiceName, port: HostPort, create: (config: C, context: ServerContext) => Promise<Served<M>>): void {
  const running = new Map<number, AbortController>();
  let served: Served<M> | undefined;

  const reply = (message: Reply, transfer?: Transferable[]): void => port.post(message, transfer);
  const replyError = (id: number, error: unknown): void => {
    const plain = serializeError(error);
    try {
      reply({ t: 'error', id, error: plain });
    } catch {
      const { detail: _, ...sendable } = plain; // a detail that can not be cloned must not swallow its error
      reply({ t: 'error', id, error: sendable });
    }
  };
  const answer = async (id: number, work: () => unknown): Promise<void> => {
    try {
      const value = await work();
      if (value instanceof Moved) reply({ t: 'result', id, value: value.value }, value.transfer);
      else reply({ t: 'result', id, value });
    } catch (error) {
      replyError(id, error);
    }
  };

  const call = (message: Extract<Request, { t: 'call' }>): void => {
    const { id, method, args } = message;
    const controller = new AbortController();
    running.set(id, controller);
    const context: CallContext = {
      signal: controller.signal,
      ...(message.progress && { onProgress: (done: number, total: number) => reply({ t: 'progress', id, done, total }) }),
    };
    void answer(id, () => {
      if (!served) throw new ServiceError('DISPOSED', 'the service was disposed of', { service });
      if (!Object.hasOwn(served.methods, method)) throw new ServiceError('UNSUPPORTED', `the ${service} worker has no method '${method}': page and worker are of different releases`, { service });
      const handler = served.methods[method as keyof M] as (context: CallContext, ...rest: unknown[]) => unknown;
      return handler(context, ...args);
    }).finally(() => running.delete(id));
  };

  port.onMessage((data) => {
    const message = data as Request;
    switch (message.t) {
      case 'init':
        void answer(message.id, async () => {
          served = await create(message.config as C, { publish: (state, transfer) => reply({ t: 'state', state }, transfer), event: (event) => reply({ t: 'event', event }) });
          return served.greeting;
        });
        return;
      case 'call': call(message); return;
      case 'cancel':
        running.get(message.id)?.abort(new ServiceError(message.code, message.code === 'TIMEOUT' ? 'the call did not finish in time' : 'the call was cancelled', { service }));
        return;
      case 'fault': armFault(service, message.fault); return;
      case 'dispose': {
        const ending = served;
        served = undefined;
        const gone = new ServiceError('DISPOSED', 'the service was disposed of', { service });
        for (const controller of running.values()) controller.abort(gone);
        void answer(message.id, () => ending?.dispose());
        return;
      }
      default: // not ours
    }
  });
  reply({ t: 'hello', version: PROTOCOL_VERSION });
}
