/** The two functions of the optional peer that react.ts uses; the package's own types name nothing of React's. */
declare module 'react' {
  export function useMemo<T>(make: () => T, deps: readonly unknown[]): T;
  export function useSyncExternalStore<T>(subscribe: (changed: () => void) => () => void, snapshot: () => T, serverSnapshot?: () => T): T;
}
