/**
 * Which group each row belongs to. Keys become codes, codes are packed into as few words of 31 bits as hold them; then a table of the
 * whole key space where that is small, else open addressing. Groups are numbered in order of first appearance.
 *
 * Generators yield now and then, so that a caller can look at its clock; they cost nothing where nobody does.
 */
import { dataError } from '../errors.js';
import type { Codes } from './codes.js';

export interface Groups {
  /** The group of each row. */
  ids: Int32Array;
  count: number;
  /** The first row of each group. */
  first: Int32Array;
}

/** Rows between two yields. */
export const CHUNK = 1 << 17;
const MOST_GROUPS = 2 ** 26;
const WORD = 2 ** 31 - 1;

export function* groupRows(keys: readonly Codes[], n: number): Generator<void, Groups> {
  if (keys.length === 0) return { ids: new Int32Array(n), count: 1, first: new Int32Array(1) };
  if (keys.length === 1 && keys[0].first) return { ids: keys[0].codes, count: keys[0].size, first: keys[0].first };
  let left = [...keys];
  for (;;) {
    const [word, used] = pack(left, n);
    left = left.slice(used);
    if (left.length === 0) return yield* byOne(word, n);
    const [next, more] = pack(left, n);
    left = left.slice(more);
    const groups = yield* byTwo(word.codes, next.codes, n, word.size * next.size);
    if (left.length === 0) return groups;
    left.unshift({ codes: groups.ids, offset: 0, size: groups.count });
  }
}

/** Sum and product of as many keys as one word holds. */
function pack(keys: readonly Codes[], n: number): [Codes, number] {
  let size = keys[0].size;
  let used = 1;
  while (used < keys.length && size * keys[used].size <= WORD) size *= keys[used++].size;
  if (used === 1) return [keys[0], 1];
  const codes = new Int32Array(n);
  let k = 0;
  // Two or three at a time, or every key is one more way through memory.
  for (; k + 1 < used; k += 2) addTwo(codes, keys[k], keys[k + 1]);
  if (k < used) addOne(codes, keys[k]);
  return [{ codes, offset: 0, size }, used];
}

function addOne(codes: Int32Array, a: Codes): void {
  const { codes: ca, offset: oa, size: sa } = a;
  for (let i = 0; i < codes.length; i++) codes[i] = Math.imul(codes[i], sa) + ca[i] - oa;
}

function addTwo(codes: Int32Array, a: Codes, b: Codes): void {
  const { codes: ca, offset: oa } = a;
  const { codes: cb, size: sb } = b;
  const both = Math.imul(a.size, sb);
  const offset = Math.imul(oa, sb) + b.offset;
  for (let i = 0; i < codes.length; i++) codes[i] = (Math.imul(codes[i], both) + Math.imul(ca[i], sb) + cb[i] - offset) | 0;
}

function* byOne({ codes, offset, size }: Codes, n: number): Generator<void, Groups> {
  const ids = new Int32Array(n);
  const first = new Int32Array(Math.min(n, size));
  let count = 0;
  if (size <= Math.max(1 << 16, n * 4) && size < 1 << 24) {
    const slots = new Int32Array(size);
    for (let from = 0; from < n; from += CHUNK) {
      if (from > 0) yield;
      count = direct(codes, offset, slots, ids, first, count, from, Math.min(n, from + CHUNK));
    }
    return { ids, count, first: first.subarray(0, count) };
  }
  const slots = new Int32Array(capacity(n, size));
  for (let from = 0; from < n; from += CHUNK) {
    if (from > 0) yield;
    count = hashOne(codes, slots, ids, first, count, from, Math.min(n, from + CHUNK));
    if (count > MOST_GROUPS) tooMany();
  }
  return { ids, count, first: first.subarray(0, count) };
}

function* byTwo(a: Int32Array, b: Int32Array, n: number, size: number): Generator<void, Groups> {
  const ids = new Int32Array(n);
  const first = new Int32Array(n);
  const slots = new Int32Array(capacity(n, size));
  let count = 0;
  for (let from = 0; from < n; from += CHUNK) {
    if (from > 0) yield;
    count = hashTwo(a, b, slots, ids, first, count, from, Math.min(n, from + CHUNK));
    if (count > MOST_GROUPS) tooMany();
  }
  return { ids, count, first: first.subarray(0, count) };
}

/** At most half full. */
function capacity(n: number, size: number): number {
  let places = 16;
  while (places < 2 * Math.min(n, size) && places < 2 ** 28) places *= 2;
  return places;
}

function tooMany(): never {
  throw dataError('TOO_LARGE', `more than ${MOST_GROUPS} groups: group by fewer or coarser keys, or filter first`);
}

function direct(codes: Int32Array, offset: number, slots: Int32Array, ids: Int32Array, first: Int32Array, count: number, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const code = codes[i] - offset;
    const slot = slots[code];
    if (slot === 0) {
      first[count] = i;
      ids[i] = count;
      slots[code] = ++count;
    } else ids[i] = slot - 1;
  }
  return count;
}

function hashOne(codes: Int32Array, slots: Int32Array, ids: Int32Array, first: Int32Array, count: number, from: number, to: number): number {
  const mask = slots.length - 1;
  for (let i = from; i < to; i++) {
    const code = codes[i];
    let h = Math.imul(code, 0x9e3779b1);
    h = (h ^ (h >>> 15)) & mask;
    for (;;) {
      const slot = slots[h];
      if (slot === 0) {
        first[count] = i;
        ids[i] = count;
        slots[h] = ++count;
        break;
      }
      if (codes[first[slot - 1]] === code) {
        ids[i] = slot - 1;
        break;
      }
      h = (h + 1) & mask;
    }
  }
  return count;
}

function hashTwo(a: Int32Array, b: Int32Array, slots: Int32Array, ids: Int32Array, first: Int32Array, count: number, from: number, to: number): number {
  const mask = slots.length - 1;
  for (let i = from; i < to; i++) {
    const x = a[i];
    const y = b[i];
    let h = Math.imul(Math.imul(x, 0x85ebca6b) ^ y, 0x9e3779b1);
    h = (h ^ (h >>> 15)) & mask;
    for (;;) {
      const slot = slots[h];
      if (slot === 0) {
        first[count] = i;
        ids[i] = count;
        slots[h] = ++count;
        break;
      }
      const other = first[slot - 1];
      if (a[other] === x && b[other] === y) {
        ids[i] = slot - 1;
        break;
      }
      h = (h + 1) & mask;
    }
  }
  return count;
}
