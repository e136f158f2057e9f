/**
 * Entry 'wasm-services/store': one service as an observable value, for user interfaces. Svelte takes it as a store, Vue wraps it in a few lines, and
 * 'wasm-services/react' is made of it (docs/react.md).
 *
 * ```js
 * import { createServiceStore } from 'wasm-services/store';
 * const search = createServiceStore(() => createVectorSearch());
 * const stop = search.subscribe(({ status, service }) => …); // the first subscriber starts the service
 * stop();                                                    // the last one ends it
 * ```
 */
import type { Service, ServiceInfo } from './types.js';

export interface ServiceState<S extends Service = Service> {
  /** `idle`: nobody subscribes yet, also on a server. */
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  /** There while loading too: calls wait for the load by themselves. */
  readonly service: S | undefined;
  readonly info: ServiceInfo | undefined;
  /** Why it failed: a ServiceError, or what `create` threw. */
  readonly error: unknown;
}

export interface ServiceStore<S extends Service> {
  /** Calls `listener` at once and after every change; returns how to stop. */
  subscribe(listener: (state: ServiceState<S>) => void): () => void;
  /** The same object until something changes. */
  getState(): ServiceState<S>;
  /** Ends what failed and starts anew; while loading or ready it does nothing. */
  retry(): void;
}

/** The state before anybody subscribes, and the snapshot of every server. */
export const IDLE: ServiceState<never> = Object.freeze({ status: 'idle', service: undefined, info: undefined, error: undefined });

/**
 * Making a store does nothing: `create` is called for the first subscriber. When the last one has left, the service is disposed of, unless another
 * came within the same turn (React's StrictMode and moves within a tree leave and come back at once).
 */
export function createServiceStore<S extends Service>(create: () => S): ServiceStore<S> {
  const listeners = new Set<(state: ServiceState<S>) => void>();
  let state: ServiceState<S> = IDLE;

  const set = (next: ServiceState<S>): void => {
    state = next;
    for (const listener of [...listeners]) listener(state);
  };
  const end = (): void => {
    const { service } = state;
    // What fails in closing is the service's own event; nobody waits here.
    service?.dispose().catch(() => undefined);
  };
  const fail = (service: S | undefined, error: unknown): void => set({ status: 'failed', service, info: service?.info, error });
  const start = (): void => {
    let service: S;
    try {
      service = create();
    } catch (error) {
      fail(undefined, error);
      return;
    }
    set({ status: 'loading', service, info: service.info, error: undefined });
    const current = (): boolean => state.service === service;
    service.ready().then(
      () => { if (current()) set({ status: 'ready', service, info: service.info, error: undefined }); },
      (error: unknown) => { if (current()) fail(service, error); },
    );
  };

  return {
    getState: () => state,
    subscribe(listener) {
      const mine = (next: ServiceState<S>): void => listener(next); // the same function may subscribe twice
      listeners.add(mine);
      if (state.status === 'idle') start(); else listener(state);
      return () => {
        if (!listeners.delete(mine) || listeners.size > 0) return;
        queueMicrotask(() => {
          if (listeners.size > 0 || state === IDLE) return;
          end();
          state = IDLE;
        });
      };
    },
    retry() {
      if (state.status !== 'failed') return;
      end();
      start();
    },
  };
}
