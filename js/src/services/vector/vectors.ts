/** Vectors as callers hand them in: turned into f32 copies of ours, or refused with a typed error. */
import { ServiceError } from '../../errors.js';
import { describe, MAX_DIMENSIONS } from './config.js';

/** How much one staged chunk holds: small enough that a step over it is quick, large enough that steps are few. */
const CHUNK_FLOATS = 1 << 18;

/** Rows in chunks of equal size (the last may be shorter): no doubling array, and each chunk is one step of work. */
export interface StagedRows {
  readonly dimensions: number;
  readonly count: number;
  readonly rowsPerChunk: number;
  readonly chunks: Float32Array[];
}

export function allocateRows(count: number, dimensions: number): StagedRows {
  const rowsPerChunk = Math.max(1, Math.floor(CHUNK_FLOATS / dimensions));
  const chunks: Float32Array[] = [];
  try {
    for (let row = 0; row < count; row += rowsPerChunk) {
      chunks.push(new Float32Array(Math.min(rowsPerChunk, count - row) * dimensions));
    }
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `no memory for ${count} vectors of ${dimensions}: add them in smaller calls`, { service: 'vector', cause });
  }
  return { dimensions, count, rowsPerChunk, chunks };
}

/** Row `index` as a view on its chunk. */
export function stagedRow(rows: StagedRows, index: number): Float32Array {
  const chunk = rows.chunks[Math.floor(index / rows.rowsPerChunk)];
  const start = (index % rows.rowsPerChunk) * rows.dimensions;
  return chunk.subarray(start, start + rows.dimensions);
}

type NumericArray = ArrayLike<number>;

/** How messages call a thing; a function where making the words for each of many documents would cost more than reading them. */
export type Label = string | (() => string);
const said = (label: Label): string => (typeof label === 'string' ? label : label());

/**
 * The value as an array of numbers: number[] or a typed array of numbers, from any realm. Anything else is INVALID_ARGUMENT.
 * @param label how messages call it, e.g. `documents[3] (id "a"): embedding`
 */
export function numericArray(value: unknown, label: Label): NumericArray {
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value)) return value as number[];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const tag = (value as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
    if (tag !== 'BigInt64Array' && tag !== 'BigUint64Array' && tag !== undefined) return value as unknown as NumericArray;
  }
  throw new ServiceError('INVALID_ARGUMENT', `${said(label)} must be a Float32Array or an array of numbers; it was ${describe(value)}`, { service: 'vector' });
}

/** Copies `source` into `target` as f32, refusing what is not a number (strings, bigints, holes). Both have the same length. */
export function copyNumbers(source: NumericArray, target: Float32Array, label: Label): void {
  if (ArrayBuffer.isView(source)) {
    target.set(source);
    return;
  }
  for (let i = 0; i < target.length; i++) {
    target[i] = checkedNumber(source[i], label, i);
  }
}

function checkedNumber(x: unknown, label: Label, component: number): number {
  if (typeof x === 'number') return x;
  throw new ServiceError('INVALID_ARGUMENT', `${said(label)}: component ${component} must be a number; it was ${describe(x)}`, { service: 'vector', detail: { component } });
}

/** A vector as a copy of ours, of any length that a vector may have. */
export function copyVector(value: unknown, label: string): Float32Array {
  return copyOf(limited(numericArray(value, label), label), label);
}

/** Several vectors in one array. */
export function copyVectors(value: unknown, label: string): Float32Array {
  const source = numericArray(value, label);
  // An array of holes may claim any length at no cost: it is refused before memory is asked for.
  if (Array.isArray(source) && source.length > MAX_DIMENSIONS) for (let i = 0; i < source.length; i++) checkedNumber(source[i], label, i);
  return copyOf(source, label);
}

function limited(source: NumericArray, label: string): NumericArray {
  if (source.length > MAX_DIMENSIONS) throw tooLong(label, source.length);
  return source;
}

function copyOf(source: NumericArray, label: string): Float32Array {
  const copy = new Float32Array(source.length);
  copyNumbers(source, copy, label);
  return copy;
}

/** Like `copyVector`, but a Float32Array that only this thread can write is taken as it is: for calls that end before they return. */
export function borrowVector(value: unknown, label: string): Float32Array {
  if (value instanceof Float32Array && !(typeof SharedArrayBuffer === 'function' && value.buffer instanceof SharedArrayBuffer)) return limited(value, label) as Float32Array;
  return copyVector(value, label);
}

export function dimensionMismatch(label: string, found: number, expected: number): ServiceError {
  return new ServiceError('DIMENSION_MISMATCH', `${label} has ${found} components where this collection has ${expected}: vectors of one collection come from one model`,
    { service: 'vector', detail: { found, expected } });
}

export function tooLong(label: string, length: number): ServiceError {
  return new ServiceError('TOO_LARGE', `${label}: ${length} dimensions; ${MAX_DIMENSIONS} are the most: split the vector, or use a model with fewer`, { service: 'vector', detail: { found: length, most: MAX_DIMENSIONS } });
}

/** The first component that is NaN or infinite, or -1. One sum decides for the common case: x - x is 0 for every finite x. */
export function firstNotFinite(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - values[i];
  if (sum === 0) return -1;
  return values.findIndex((x) => !Number.isFinite(x));
}

export function notFinite(label: string, component: number, value: number): ServiceError {
  return new ServiceError('NOT_FINITE', `${label}: component ${component} is ${value} (or lies beyond the f32 range): every component must be a finite number`,
    { service: 'vector', detail: { component } });
}
