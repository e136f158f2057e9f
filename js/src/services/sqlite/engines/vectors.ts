/**
 * Distances between embeddings for engines without the package's Rust: the same functions, sums in the same order, so the same numbers
 * (crates/sqlite-utils/src/vectors.rs). An embedding is a blob of little-endian 32-bit floats; NULL gives NULL.
 */
import { sqliteServiceError } from '../errors.js';
import type { SQLValue } from '../types.js';

/** Canonical f64 sum: eight partial sums, element j to sum j mod 8. */
function sum(length: number, term: (j: number) => number): number {
  const s = new Float64Array(8);
  for (let j = 0; j < length; j++) s[j & 7] += term(j);
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

const dot = (a: Float32Array, b: Float32Array): number => sum(a.length, (j) => a[j] * b[j]);

function cosine(a: Float32Array, b: Float32Array): number {
  const norms = Math.sqrt(dot(b, b)) * Math.sqrt(dot(a, a));
  return norms === 0 ? 1 : 1 - Math.min(1, Math.max(-1, dot(b, a) / norms));
}

const l2 = (a: Float32Array, b: Float32Array): number => Math.sqrt(sum(a.length, (j) => { const d = a[j] - b[j]; return d * d; }));

const refused = (message: string): Error => sqliteServiceError('SQL', message);

function floats(value: SQLValue): Float32Array {
  if (!(value instanceof Uint8Array)) throw refused('an embedding is a blob of 32-bit floats: bind a Uint8Array over a Float32Array\'s buffer');
  if (value.byteLength % 4 !== 0) throw refused(`an embedding is a blob of 32-bit floats, and ${value.byteLength} bytes are no whole number of them`);
  return new Float32Array(value.slice().buffer);
}

const between = (measure: (a: Float32Array, b: Float32Array) => number) => (first: SQLValue, second: SQLValue): SQLValue => {
  if (first === null || second === null) return null;
  const a = floats(first), b = floats(second);
  if (a.length !== b.length) throw refused(`embeddings of ${a.length} and ${b.length} dimensions have no distance`);
  return measure(a, b);
};

/** By the names that SQL knows them by; deterministic, of two arguments. */
export const VECTOR_FUNCTIONS: readonly [name: string, fn: (first: SQLValue, second: SQLValue) => SQLValue][] = [
  ['vec_distance_cosine', between(cosine)], ['vec_distance_l2', between(l2)], ['vec_distance_dot', between((a, b) => -dot(a, b))],
];
