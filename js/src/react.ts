/**
 * Entry 'wasm-services/react': a service for as long as a component is shown. Needs React 18 or newer, which its user has installed.
 *
 * ```jsx
 * const { status, service, error, retry } = useService(() => createVectorSearch());
 * if (status === 'failed') return <button onClick={retry}>{error.message}</button>;
 * ```
 */
import { useMemo, useSyncExternalStore } from 'react';
import { createServiceStore, IDLE, type ServiceState, type ServiceStore } from './store.js';
import type { Service } from './types.js';

export { createServiceStore, type ServiceState, type ServiceStore } from './store.js';

const idle = (): ServiceState<never> => IDLE;

/** What a store holds: for one service that several components share. A server renders `idle`, and so does the first render that hydrates it. */
export function useServiceStore<S extends Service>(store: ServiceStore<S>): ServiceState<S> & { retry: () => void } {
  const state = useSyncExternalStore(store.subscribe, store.getState, idle);
  return useMemo(() => ({ ...state, retry: store.retry }), [state, store]);
}

/**
 * A service of this component's own: made after the first render, disposed of when the component goes. `create` is called again only when `deps` change.
 * StrictMode's second mount keeps the first one's service.
 */
export function useService<S extends Service>(create: () => S, deps: readonly unknown[] = []): ServiceState<S> & { retry: () => void } {
  return useServiceStore(useMemo(() => createServiceStore(create), deps));
}
