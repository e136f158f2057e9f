/** Keys as small whole numbers: rows have the same code where the values are equal (NaN with NaN, -0 with 0, null with null). */
import type { Column } from './column.js';
import { mapTexts } from './texts.js';

/** `codes[i] - offset` is in 0..size - 1. */
export interface Codes {
  codes: Int32Array;
  offset: number;
  size: number;
  /** Every code occurs, in order of first appearance, at these rows first. */
  first?: Int32Array;
}

/** A key space beyond this is renumbered: sums and products of codes must stay within 31 bits. */
const MOST = 2 ** 30;

/** The code of null rows comes after all others. */
export function keyCodes(column: Column): Codes {
  const { body, valid } = column;
  switch (body.kind) {
    case 'i32': return intCodes(body.values, valid);
    case 'bool': return intCodes(Int32Array.from(body.values), valid);
    case 'f64': {
      const ints = asInts(body.values);
      return ints ? intCodes(ints, valid) : withNull(doubleCodes(body.values), valid);
    }
    case 'big': return withNull(bigCodes(body.values), valid);
    case 'dictionary': {
      const { codes, dictionary, first } = body;
      return withNull({ codes, offset: 0, size: dictionary.length, ...(first && { first }) }, valid);
    }
    case 'strings': case 'lists': {
      const { codes, dictionary } = mapTexts(body);
      return withNull({ codes, offset: 0, size: dictionary.length }, valid);
    }
  }
}

/** Gives null rows a code of their own. */
function withNull(keys: Codes, valid: Uint8Array | undefined): Codes {
  if (!valid) return keys;
  const { size } = keys;
  const codes = new Int32Array(keys.codes.length);
  for (let i = 0; i < codes.length; i++) codes[i] = valid[i] ? keys.codes[i] : size;
  return { codes, offset: 0, size: size + 1 };
}

function intCodes(values: Int32Array, valid: Uint8Array | undefined): Codes {
  let low = 2147483647;
  let high = -2147483648;
  // Null rows hold 0, which at worst widens the range.
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (high < low) return { codes: values, offset: 0, size: 1 };
  const size = high - low + 1;
  if (size >= MOST) return withNull(doubleCodes(Float64Array.from(values)), valid);
  if (!valid) return { codes: values, offset: low, size };
  const codes = new Int32Array(values.length);
  for (let i = 0; i < codes.length; i++) codes[i] = valid[i] ? values[i] - low : size;
  return { codes, offset: 0, size: size + 1 };
}

/** Doubles that are all whole and within 32 bits, as such. */
function asInts(values: Float64Array): Int32Array | undefined {
  const ints = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const int = value | 0;
    if (int !== value) return undefined;
    ints[i] = int;
  }
  return ints;
}

/** Values that Map tells apart by SameValueZero. */
export function bigCodes(values: ArrayLike<number | bigint>): Codes {
  const known = new Map<number | bigint, number>();
  const codes = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let code = known.get(value);
    if (code === undefined) known.set(value, (code = known.size));
    codes[i] = code;
  }
  return { codes, offset: 0, size: known.size };
}

/** Numbers doubles by their bits. */
export function doubleCodes(values: Float64Array): Codes {
  const n = values.length;
  let capacity = 16;
  while (capacity < n * 2 && capacity < 2 ** 27) capacity *= 2;
  const mask = capacity - 1;
  const slots = new Int32Array(capacity);
  const codes = new Int32Array(n);
  const first = new Int32Array(n);
  const one = new Float64Array(1);
  const bits = new Int32Array(one.buffer);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    // NaN has many bit patterns and 0 two.
    one[0] = value === value ? value + 0 : NaN;
    let h = Math.imul(bits[0] ^ Math.imul(bits[1], 0x85ebca6b), 0x9e3779b1);
    h = (h ^ (h >>> 15)) & mask;
    for (;;) {
      const slot = slots[h];
      if (slot === 0) {
        first[count] = i;
        slots[h] = ++count;
        codes[i] = count - 1;
        break;
      }
      const other = values[first[slot - 1]]!;
      if (other === value || (other !== other && value !== value)) {
        codes[i] = slot - 1;
        break;
      }
      h = (h + 1) & mask;
    }
  }
  return { codes, offset: 0, size: count, first: first.slice(0, count) };
}
