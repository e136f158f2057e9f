/**
 * The registry behind 'wasm-services/testing'. Production code asks it at the few places where a fault can be played; while
 * nothing is armed a question costs one comparison.
 */
import type { ServiceName } from './types.js';

export type LoadFault = 'status' | 'html' | 'truncated' | 'stalled';
export type StorageFault = 'quota' | 'io' | 'torn';
export type Fault =
  | { kind: 'trap' }
  | { kind: 'load'; how: LoadFault }
  /** `writes` more writes succeed, the next one fails. */
  | { kind: 'storage'; writes: number; how: StorageFault };

let armed = 0;
const waiting = new Map<ServiceName, Fault[]>();
const workers = new Map<ServiceName, Set<() => void>>();

export function armFault(service: ServiceName, fault: Fault): void {
  armed++;
  const faults = waiting.get(service);
  if (faults) faults.push(fault); else waiting.set(service, [fault]);
}

/**
 * Takes the oldest armed fault of a kind, once.
 *
 * ```ts
 * if (takeFault('vector', 'trap')) …corrupt this call so that the instance really traps
 * ```
 */
export function takeFault<K extends Fault['kind']>(service: ServiceName, kind: K): Extract<Fault, { kind: K }> | undefined {
  if (armed === 0) return undefined;
  const faults = waiting.get(service);
  const at = faults?.findIndex((fault) => fault.kind === kind) ?? -1;
  if (at < 0) return undefined;
  armed--;
  return faults!.splice(at, 1)[0] as Extract<Fault, { kind: K }>;
}

/** Asked before each write: undefined lets it pass, otherwise it must fail in this way. Counts armed writes down. */
export function takeStorageFault(service: ServiceName): StorageFault | undefined {
  if (armed === 0) return undefined;
  const fault = waiting.get(service)?.find((f) => f.kind === 'storage') as Extract<Fault, { kind: 'storage' }> | undefined;
  if (!fault) return undefined;
  if (fault.writes > 0) { fault.writes--; return undefined; }
  return takeFault(service, 'storage')!.how;
}

/** Faults that must happen inside a worker are handed over with the next call. */
export function takeFaultsForWorker(service: ServiceName): Fault[] {
  if (armed === 0) return [];
  const faults = [takeFault(service, 'trap'), takeFault(service, 'storage')];
  return faults.filter((fault) => fault !== undefined);
}

/** A live worker of a service says how it is killed; returns how to take that back. */
export function registerWorker(service: ServiceName, kill: () => void): () => void {
  const kills = workers.get(service) ?? new Set();
  workers.set(service, kills.add(kill));
  return () => { kills.delete(kill); };
}

export function killWorkers(service: ServiceName): number {
  const kills = [...(workers.get(service) ?? [])];
  for (const kill of kills) kill();
  return kills.length;
}
