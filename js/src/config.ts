/** The manager's configuration: its type, its checks, and when two of them are the same. */
import { ServiceError } from './errors.js';
import type { ComputeConfig } from './services/compute/types.js';
import type { DataProcessorConfig } from './services/data/types.js';
import type { SQLiteConfig } from './services/sqlite/types.js';
import type { VectorSearchConfig } from './services/vector/types.js';
import type { ServiceName, ServiceOptions, Variant, WasmOption } from './types.js';

export interface WASMServicesConfig {
  vectorSearch?: VectorSearchConfig & ServiceOptions;
  sqlite?: SQLiteConfig & ServiceOptions;
  dataProcessor?: DataProcessorConfig & ServiceOptions;
  compute?: ComputeConfig & ServiceOptions;
  /** Load these at once instead of on first use. */
  preload?: ServiceName[];
  /** A fallback to JavaScript is an error (`VARIANT_UNAVAILABLE`) instead of a degraded service. */
  requireWasm?: boolean;
  /** Where a bundler or a CSP needs it: how the caller makes our worker; its script imports 'wasm-services/worker' (docs/bundlers.md). */
  worker?: () => Worker;
  /** Default true. */
  enableObservability?: boolean;
  /**
   * 'auto' (default), or a pinned variant: it binds the services that ship it (a host that can not run it is
   * `VARIANT_UNAVAILABLE`), the others take their best and say so in `info.rejected`; a service's own pin binds it always.
   * The environment variable DISABLE_WASM=true wins over both and pins 'js'.
   */
  implementation?: 'auto' | Variant;
  /** Where services run. 'auto' (default): a worker per service on a browser page, in place elsewhere. */
  host?: 'auto' | 'inline' | 'worker';
  /** The caller's own source of wasm bytes: bundlers, CDN, edge, tests. */
  wasm?: WasmOption;
  /** Verify every artifact's SHA-384 against the manifest. Default false. */
  integrity?: boolean;
}

const SERVICE_NAMES: readonly string[] = ['vector', 'sqlite', 'compute', 'data', 'functions', 'telemetry'] satisfies ServiceName[];

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf = (...values: string[]) => ({ says: values.map((v) => `'${v}'`).join(', '), ok: (value: unknown): boolean => values.includes(value as string) });
const OBJECT = { says: 'an object', ok: isObject };
const BOOLEAN = { says: 'true or false', ok: (value: unknown): boolean => typeof value === 'boolean' };

const CHECKS: Record<keyof WASMServicesConfig, { says: string; ok(value: unknown): boolean }> = {
  vectorSearch: OBJECT, sqlite: OBJECT, compute: OBJECT, dataProcessor: OBJECT,
  requireWasm: BOOLEAN, enableObservability: BOOLEAN, integrity: BOOLEAN,
  implementation: oneOf('auto', 'js', 'simd', 'relaxed-simd', 'simd-threads'),
  host: oneOf('auto', 'inline', 'worker'),
  worker: { says: 'a function that returns a Worker', ok: (value) => typeof value === 'function' },
  // Its forms are checked where it is used: a function may give anything.
  wasm: { says: 'a source of WebAssembly', ok: (value) => value !== null },
  preload: { says: `an array of ${SERVICE_NAMES.map((n) => `'${n}'`).join(', ')}`, ok: (value) => Array.isArray(value) && value.every((name) => SERVICE_NAMES.includes(name as string)) },
};

/** A copy, so that later changes to the caller's object change nothing. Throws INVALID_ARGUMENT naming the field. */
export function checkConfig(config: unknown): WASMServicesConfig {
  if (!isObject(config)) throw new ServiceError('INVALID_ARGUMENT', 'initialize() takes a configuration object, or nothing');
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config as object)) {
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof WASMServicesConfig] : undefined;
    if (!check) throw new ServiceError('INVALID_ARGUMENT', `unknown configuration field '${key}': the known ones are ${Object.keys(CHECKS).join(', ')}`);
    if (value === undefined) continue;
    if (!check.ok(value)) throw new ServiceError('INVALID_ARGUMENT', `the configuration field '${key}' must be ${check.says}`);
    copy[key] = Array.isArray(value) ? [...value] : isPlain(value) ? { ...(value as object) } : value;
  }
  return copy;
}

function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Plain data by content (a field that is undefined is left out), everything else (functions, modules, URLs' objects) by identity. */
export function sameConfig(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof URL && b instanceof URL) return a.href === b.href;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameConfig(item, b[i]));
  if (!isPlain(a) || !isPlain(b)) return false;
  const keys = new Set([...Object.keys(a as object), ...Object.keys(b as object)]);
  return [...keys].every((key) => sameConfig((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
