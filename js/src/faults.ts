/**
 * The registry behind 'wasm-services/testing'. Production code asks it at the few places where a fault can be played; while
 * nothing is armed a question costs one comparison.
 */
import type { ServiceName } from './types.js';

export type LoadFault = 'status' | 'html' | 'truncated' | 'stalled';
export type StorageFault = 'quota' | 'io' | 'torn';
export type ThreadFault = 'silent' | 'trap';
/** 'bounds': the call is given an object beyond the memory. The others need a file that was patched (testing/trapdoor.ts). */
export type TrapFault = 'bounds' | (typeof TRAPDOOR_KINDS)[number];
/** The global that a patched file exports, and its values, from 1. */
export const TRAPDOOR = '__trapdoor';
export const TRAPDOOR_KINDS = ['unreachable', 'divide', 'memory', 'stack'] as const;
export type Fault =
  | { kind: 'trap'; how: TrapFault }
  /** Of the next helper threads that are started. */
  | { kind: 'thread'; how: ThreadFault }
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
 * const how = takeFault('vector', 'load')?.how; // …load in this wrong way
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

/** Whether a fault waits for the next call: nothing else may take it. */
export const areFaultsArmed = (): boolean => armed > 0;

/** Faults that must happen inside a worker are handed over with the next call. */
export function takeFaultsForWorker(service: ServiceName): Fault[] {
  if (armed === 0) return [];
  const faults = [takeFault(service, 'trap'), takeFault(service, 'thread'), takeFault(service, 'storage')];
  return faults.filter((fault) => fault !== undefined);
}

/** What is corrupted of an instance so that its next call traps. */
export interface TrapTarget {
  /** wasm-bindgen's object. */
  object: { __wbg_ptr: number };
  exports: Record<string, unknown>;
}

/** Asked before each call into an instance: has it trap for real, in the artifact as it was loaded, where a trap is armed. */
export function springTrap(service: ServiceName, target: () => TrapTarget): void {
  if (armed === 0) return;
  const how = takeFault(service, 'trap')?.how;
  if (how === undefined) return;
  const { object, exports } = target();
  const door = exports[TRAPDOOR] as { value: number } | undefined;
  // An object pointer beyond the memory: the call that follows, whichever it is, traps out of bounds.
  if (how === 'bounds' || !door) object.__wbg_ptr = 0xfffffff0;
  else door.value = TRAPDOOR_KINDS.indexOf(how) + 1;
}

type Patch = (bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
const patches = new Map<ServiceName, Patch>();
/** What is done to a service's files before they are compiled; undefined: nothing, as everywhere but in tests. */
export const patchOf = (service: ServiceName): Patch | undefined => patches.get(service);
export function setPatch(service: ServiceName, patch: Patch | undefined): void {
  if (patch) patches.set(service, patch); else patches.delete(service);
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
