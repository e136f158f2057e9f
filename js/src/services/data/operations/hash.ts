/**
 * MurmurHash3 x86 32-bit: the same number in every language that has it (Python: mmh3.hash(value, seed, signed=False)). For buckets, samples
 * and partitions; of 77 000 different values two are likely to share one, so it is no identity.
 */
import type { ColumnType } from '../types.js';
import { optional, whole } from './args.js';
import { ALL, type Cell, type Operation } from './types.js';

const C1 = 0xcc9e2d51, C2 = 0x1b873593;

function mix(hash: number, word: number): number {
  let k = Math.imul(word, C1);
  k = (k << 15) | (k >>> 17);
  hash ^= Math.imul(k, C2);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}

function rest(hash: number, word: number): number {
  let k = Math.imul(word, C1);
  k = (k << 15) | (k >>> 17);
  return hash ^ Math.imul(k, C2);
}

function finish(hash: number, length: number): number {
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Of UTF-8, a lone surrogate as its three bytes. */
export function hashText(text: string, seed: number): number {
  let hash = seed, word = 0, shift = 0, bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      word |= code << shift;
      shift += 8;
      bytes++;
      if (shift === 32) { hash = mix(hash, word); word = shift = 0; }
      continue;
    }
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    const count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (let b = 0; b < count; b++) {
      const bits = (point >>> (6 * (count - 1 - b))) & 63;
      const byte = b > 0 ? 0x80 | bits : count === 2 ? 0xc0 | point >>> 6 : count === 3 ? 0xe0 | point >>> 12 : 0xf0 | point >>> 18;
      word |= byte << shift;
      shift += 8;
      if (shift === 32) { hash = mix(hash, word); word = shift = 0; }
    }
    bytes += count;
  }
  return finish(shift > 0 ? rest(hash, word) : hash, bytes);
}

const one = new Float64Array(1);
const halves = new Uint32Array(one.buffer);

/** Of the eight bytes of the double, least significant first; -0 as 0, every NaN as one. */
export function hashNumber(value: number, seed: number): number {
  one[0] = value === value ? value + 0 : NaN;
  const low = value === value ? halves[0] : 0, high = value === value ? halves[1] : 0x7ff80000;
  return finish(mix(mix(seed, low), high), 8);
}

/** As the number it is; past 2^53 of its own eight bytes. */
function hashWhole(value: bigint, seed: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return hashNumber(number, seed);
  return finish(mix(mix(seed, Number(BigInt.asIntN(32, value))), Number(BigInt.asIntN(32, value >> 32n))), 8);
}

function hasher(input: ColumnType, seed: number): Cell {
  switch (input) {
    case 'utf8': case 'json': return (value: string) => hashText(value, seed);
    case 'i64': return (value: bigint) => hashWhole(value, seed);
    default: return (value: number | boolean) => hashNumber(Number(value), seed);
  }
}

export const hash: Operation = {
  args: { seed: optional(whole(0, 2 ** 32 - 1), 0) },
  takes: ALL,
  gives: () => 'f64',
  cell: ({ seed }, input) => hasher(input, (seed as number) | 0),
  loop(values, out, { seed }) {
    const from = (seed as number) | 0;
    for (let i = 0; i < values.length; i++) out[i] = hashNumber(values[i], from);
  },
};
