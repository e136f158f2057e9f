/** Metadata as plain data of ours: copied in, copied out, so that nobody's later change reaches the collection. */
import { describe, invalid } from './errors.js';
import type { Metadata } from './types.js';
import type { Label } from './vectors.js';

/**
 * A deep copy, checked against the `Metadata` type. Keys whose value is undefined are left out, as JSON does.
 * `__proto__` is a key like any other.
 * @throws ServiceError INVALID_ARGUMENT naming the field.
 */
export function copyMetadata(value: unknown, label: Label): Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.prototype.toString.call(value) !== '[object Object]') {
    throw invalid(`${typeof label === 'string' ? label : label()} must be a plain object; it was ${describe(value)}`);
  }
  const copy: Metadata = {};
  for (const key of Object.keys(value)) {
    const field = checked((value as Record<string, unknown>)[key], label, key);
    if (field === undefined) continue;
    if (key === '__proto__') Object.defineProperty(copy, key, { value: field, writable: true, enumerable: true, configurable: true });
    else copy[key] = field;
  }
  return copy;
}

/** The same for metadata that has been checked: what a result hands out. */
export function cloneMetadata(metadata: Metadata): Metadata {
  const copy = { ...metadata };
  for (const key in copy) {
    const value = copy[key];
    if (typeof value === 'object' && value !== null) copy[key] = value.slice();
  }
  return copy;
}

function checked(value: unknown, label: Label, key: string): Metadata[string] | undefined {
  const name = (): string => `${typeof label === 'string' ? label : label()}.${key}`;
  switch (typeof value) {
    case 'string': case 'boolean': case 'undefined': return value;
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${name()} is ${value}: numbers in metadata must be finite, or filters and files could not hold them`);
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item: unknown, i) => element(item, () => `${name()}[${i}]`));
  }
  throw invalid(`${name()} must be a string, number, boolean, null or an array of strings and numbers; it was ${describe(value)}`);
}

function element(value: unknown, name: () => string): string | number {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw invalid(`${name()} must be a string or a finite number; it was ${describe(value)}`);
}
