/**
 * The order of rows by several keys: stable, nulls last in both directions, NaN after every number, -0 with 0. From the last key to the
 * first, each a radix sort of whole numbers that order as the key does.
 */
import type { SortKey } from '../engine.js';
import type { Column } from './column.js';
import { ranksOf } from './order.js';
import { mapTexts } from './texts.js';

/** Unsigned words of 32 bits, the last the most significant, that order as the column does. */
type Words = readonly Uint32Array[];

export function sortRows(columns: (place: number) => Column, n: number, keys: readonly SortKey[]): Int32Array {
  let order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let spare = new Int32Array(n);
  for (const { column: place, descending } of [...keys].reverse()) {
    const column = columns(place);
    for (const word of wordsOf(column)) {
      const [least, most] = range(word);
      // What all words share needs no pass.
      for (let shift = 0; shift < 32 && (most - least) / 2 ** shift >= 1; shift += DIGIT) {
        pass(word, least, descending ? most : undefined, shift, order, spare);
        [order, spare] = [spare, order];
      }
    }
    if (column.valid) {
      nullsLast(column.valid, order, spare);
      [order, spare] = [spare, order];
    }
  }
  return order;
}

const DIGIT = 11;
const PLACES = 1 << DIGIT;

function range(word: Uint32Array): [number, number] {
  let least = 4294967295;
  let most = 0;
  for (let i = 0; i < word.length; i++) {
    if (word[i] < least) least = word[i];
    if (word[i] > most) most = word[i];
  }
  return [least, most];
}

/** A stable pass by one digit of word - least, or of most - word. */
function pass(word: Uint32Array, least: number, most: number | undefined, shift: number, from: Int32Array, to: Int32Array): void {
  const n = from.length;
  const start = new Int32Array(PLACES + 1);
  const flip = most === undefined ? 0 : -1;
  const base = most === undefined ? least : most;
  // (word - base) ^ 0, or its complement plus one: -(word - base) = most - word.
  for (let i = 0; i < n; i++) start[((((((word[i] - base) | 0) ^ flip) - flip) >>> shift) & (PLACES - 1)) + 1]++;
  for (let d = 0; d < PLACES; d++) start[d + 1] += start[d];
  for (let i = 0; i < n; i++) {
    const row = from[i];
    to[start[(((((word[row] - base) | 0) ^ flip) - flip) >>> shift) & (PLACES - 1)]++] = row;
  }
}

function nullsLast(valid: Uint8Array, from: Int32Array, to: Int32Array): void {
  let at = 0;
  for (let i = 0; i < from.length; i++) if (valid[from[i]]) to[at++] = from[i];
  for (let i = 0; i < from.length; i++) if (!valid[from[i]]) to[at++] = from[i];
}

function wordsOf({ body }: Column): Words {
  switch (body.kind) {
    case 'i32': return [Uint32Array.from(body.values, (value) => value ^ 0x80000000)];
    case 'bool': return [Uint32Array.from(body.values)];
    case 'f64': return doubleWords(body.values);
    case 'big': {
      const words = new Int32Array(body.values.buffer, body.values.byteOffset, body.values.length * 2);
      return [Uint32Array.from(body.values, (_, i) => words[2 * i]), Uint32Array.from(body.values, (_, i) => words[2 * i + 1] ^ 0x80000000)];
    }
    case 'dictionary': return [rankWords(body.codes, body.dictionary)];
    case 'strings': case 'lists': {
      const { codes, dictionary } = mapTexts(body);
      return [rankWords(codes, dictionary)];
    }
  }
}

function rankWords(codes: Int32Array, dictionary: readonly string[]): Uint32Array {
  const ranks = ranksOf(dictionary);
  const out = new Uint32Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = ranks[codes[i]]!;
  return out;
}

/** The bits of a double, so that unsigned order is the order of numbers. */
function doubleWords(values: Float64Array): Words {
  const n = values.length;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  const one = new Float64Array(1);
  const bits = new Int32Array(one.buffer);
  for (let i = 0; i < n; i++) {
    const value = values[i];
    one[0] = value === value ? value + 0 : NaN;
    const sign = bits[1] >> 31;
    low[i] = bits[0] ^ sign;
    high[i] = bits[1] ^ (sign | 0x80000000);
  }
  return [low, high];
}
