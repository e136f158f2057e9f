/** Reads a `ComputeConfig`: every value is checked here, once, and every default stands here. */
import { host } from '../../host/index.js';
import type { ServiceOptions, Variant, WasmOption } from '../../types.js';
import { invalidField } from './errors.js';
import type { ComputeConfig } from './types.js';

export interface ResolvedConfig {
  readonly threads: number;
  readonly maxMemory: number;
  readonly implementation: 'auto' | Variant;
  readonly host: 'auto' | 'inline' | 'worker';
  readonly wasm: WasmOption | undefined;
}

const VARIANTS = ['auto', 'js', 'simd', 'relaxed-simd', 'simd-threads'] as const;
const HOSTS = ['auto', 'inline', 'worker'] as const;
const DEFAULT_MEMORY = 256 << 20;

/**
 * Checks and completes the caller's configuration.
 *
 * Unknown keys are ignored (a newer caller may name options that this version lacks); known ones are strict.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 */
export function resolveConfig(config: ComputeConfig & ServiceOptions = {}): ResolvedConfig {
  if (typeof config !== 'object' || config === null) throw invalidField('config', 'an object', config);
  const { threads, maxMemory = DEFAULT_MEMORY, implementation = 'auto', host: where = 'auto', wasm } = config;
  if (threads !== undefined && (typeof threads !== 'number' || Number.isNaN(threads))) throw invalidField('threads', 'a number; it is brought between 1 and what the machine has', threads);
  if (typeof maxMemory !== 'number' || !(maxMemory >= 0)) throw invalidField('maxMemory', 'a number of bytes, 0 or more', maxMemory);
  if (!VARIANTS.includes(implementation)) throw invalidField('implementation', oneOf(VARIANTS), implementation);
  if (!HOSTS.includes(where)) throw invalidField('host', oneOf(HOSTS), where);
  return { threads: clampThreads(threads, host.hardwareConcurrency()), maxMemory, implementation, host: where, wasm };
}

/** A whole number from 1 to what the machine has, which is 1 where it is unknown. */
export function clampThreads(wanted: number | undefined, available: number): number {
  const most = Number.isFinite(available) && available >= 1 ? Math.floor(available) : 1;
  return Math.max(1, Math.min(most, Math.floor(wanted ?? most)));
}

const oneOf = (values: readonly string[]): string => `one of ${values.map((v) => `'${v}'`).join(', ')}`;
