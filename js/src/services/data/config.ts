/** Reads a `DataProcessorConfig`: every value is checked here, once, and every default stands here. */
import type { ServiceOptions, Variant, WasmOption } from '../../types.js';
import { invalidField } from './errors.js';
import type { DataProcessorConfig } from './types.js';

export interface ResolvedConfig {
  readonly chunkSize: number;
  readonly cache: boolean;
  readonly implementation: 'auto' | Variant;
  readonly host: 'auto' | 'inline' | 'worker';
  readonly wasm: WasmOption | undefined;
}

const VARIANTS = ['auto', 'js', 'simd', 'relaxed-simd', 'simd-threads'] as const;
const HOSTS = ['auto', 'inline', 'worker'] as const;

/**
 * Checks and completes the caller's configuration.
 *
 * Unknown keys are ignored (a newer caller may name options that this version lacks); known ones are strict.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 */
export function resolveConfig(config: DataProcessorConfig & ServiceOptions = {}): ResolvedConfig {
  if (typeof config !== 'object' || config === null) throw invalidField('config', 'an object', config);
  const { chunkSize = 8192, cache = true, implementation = 'auto', host = 'auto', wasm } = config;
  checkChunkSize(chunkSize);
  if (typeof cache !== 'boolean') throw invalidField('cache', 'true or false', cache);
  if (!VARIANTS.includes(implementation)) throw invalidField('implementation', oneOf(VARIANTS), implementation);
  if (!HOSTS.includes(host)) throw invalidField('host', oneOf(HOSTS), host);
  return { chunkSize, cache, implementation, host, wasm };
}

export function checkChunkSize(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 2 ** 24) throw invalidField('chunkSize', 'a whole number from 1 to 16777216', value);
}

const oneOf = (values: readonly string[]): string => `one of ${values.map((v) => `'${v}'`).join(', ')}`;
