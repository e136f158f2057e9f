/** Reads a `SQLiteConfig`: every value is checked here, once, and every default stands here. */
import type { ServiceOptions, Variant, WasmOption } from '../../types.js';
import { invalid } from './errors.js';
import type { SQLiteConfig, SqlJsSource } from './types.js';

export interface ResolvedConfig {
  readonly storage: 'memory' | 'opfs' | 'indexeddb' | { file: string };
  readonly name: string;
  readonly enableWAL: boolean;
  /** Undefined: by the journal mode. */
  readonly synchronous: 'off' | 'normal' | 'full' | undefined;
  readonly cacheSize: number;
  readonly resultCacheSize: number;
  readonly readonly: boolean;
  readonly timeoutMs: number | undefined;
  readonly sqljs: SqlJsSource | undefined;
  readonly implementation: 'auto' | Variant;
  readonly host: 'auto' | 'inline' | 'worker';
  readonly wasm: WasmOption | undefined;
}

const VARIANTS = ['auto', 'js', 'simd', 'relaxed-simd', 'simd-threads'] as const;

/**
 * Checks and completes the caller's configuration.
 *
 * Unknown keys are ignored (a newer caller may name options that this version lacks); known ones are strict.
 * @throws ServiceError INVALID_ARGUMENT naming the field and the accepted values.
 */
export function resolveConfig(config: SQLiteConfig & ServiceOptions = {}): ResolvedConfig {
  if (typeof config !== 'object' || config === null) throw invalid('config', 'an object', config);
  return {
    storage: storage(config.storage),
    name: text('name', config.name, 'default'),
    enableWAL: boolean('enableWAL', config.enableWAL, true),
    synchronous: config.synchronous === undefined ? undefined : oneOf('synchronous', config.synchronous, ['off', 'normal', 'full'] as const, 'full'),
    // SQLite takes 32 bits; negative: KiB.
    cacheSize: integer('cacheSize', config.cacheSize, -(2 ** 31) + 1, 2 ** 31 - 1, 2000),
    resultCacheSize: integer('resultCacheSize', config.resultCacheSize, 0, 1_000_000, 256),
    readonly: boolean('readonly', config.readonly, false),
    timeoutMs: timeout(config.timeoutMs),
    sqljs: sqljs(config.sqljs),
    implementation: oneOf('implementation', config.implementation, VARIANTS, 'auto'),
    host: oneOf('host', config.host, ['auto', 'inline', 'worker'] as const, 'auto'),
    wasm: config.wasm,
  };
}

function oneOf<T extends string>(field: string, value: unknown, accepted: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  if (!accepted.includes(value as T)) throw invalid(field, `one of ${accepted.map((v) => `'${v}'`).join(', ')}`, value);
  return value as T;
}

function integer(field: string, value: unknown, min: number, max: number, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw invalid(field, `an integer from ${min} to ${max}`, value);
  return value;
}

function boolean(field: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
  return value;
}

function text(field: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string' || value === '') throw invalid(field, 'a string that is not empty', value);
  return value;
}

function timeout(value: unknown): number | undefined {
  if (value === undefined || value === Infinity) return undefined;
  if (typeof value !== 'number' || !(value > 0)) throw invalid('timeoutMs', 'a number of milliseconds above 0', value);
  return value;
}

function sqljs(value: unknown): SqlJsSource | undefined {
  if (value === undefined || typeof value === 'function' || (typeof value === 'string' && value !== '') || value instanceof URL) return value as SqlJsSource | undefined;
  throw invalid('sqljs', 'the URL of sql-asm-memory-growth.js, or a function that gives the initialised library', value);
}

function storage(value: unknown): ResolvedConfig['storage'] {
  if (value === undefined || value === 'memory') return 'memory';
  if (value === 'opfs' || value === 'indexeddb') return value;
  const file = typeof value === 'object' && value !== null ? (value as { file?: unknown }).file : undefined;
  // ':memory:' and 'file:…?mode=memory' are SQLite's own words for what is no file; a file:// URL is one.
  if (typeof file === 'string' && file !== '' && !file.includes('\0') && file !== ':memory:' && (!file.startsWith('file:') || file.startsWith('file://'))) return { file };
  throw invalid('storage', "'memory', 'opfs', 'indexeddb' or { file: 'path' }", value);
}
