/**
 * The inner loops of predicates: 32 slots make one word, taken four at a time. Written without branches on the data: at 50 %
 * selectivity a mispredicted branch per slot would cost more than all the rest.
 *
 * Bits are OR-ed in (several passes may make up one predicate). `from` is a multiple of 32 and the arrays hold whole words of
 * slots (`roundToWord`); bits at or beyond `to` in the last word mean nothing.
 */

/** Array lengths that the scans may read to the end of the last word. */
export const roundToWord = (slots: number): number => Math.ceil(slots / 32) * 32;

/** Slots whose code is exactly `code`. */
export function scanCode(codes: Uint32Array, code: number, words: Uint32Array, from: number, to: number): void {
  for (let base = from; base < to; base += 32) {
    let bits = 0;
    for (let j = 0; j < 32; j += 4) {
      const i = base + j;
      bits |= ((codes[i] === code ? 1 : 0) | (codes[i + 1] === code ? 2 : 0) | (codes[i + 2] === code ? 4 : 0) | (codes[i + 3] === code ? 8 : 0)) << j;
    }
    words[base >>> 5]! |= bits;
  }
}

/** Slots whose code has a 1 in the table. */
export function scanTable(codes: Uint32Array, table: Uint8Array, words: Uint32Array, from: number, to: number): void {
  for (let base = from; base < to; base += 32) {
    let bits = 0;
    for (let j = 0; j < 32; j += 4) {
      const i = base + j;
      bits |= (table[codes[i]!]! | (table[codes[i + 1]!]! << 1) | (table[codes[i + 2]!]! << 2) | (table[codes[i + 3]!]! << 3)) << j;
    }
    words[base >>> 5]! |= bits;
  }
}

/** Slots whose code is greater than `floor`. */
export function scanAbove(codes: Uint32Array, floor: number, words: Uint32Array, from: number, to: number): void {
  for (let base = from; base < to; base += 32) {
    let bits = 0;
    for (let j = 0; j < 32; j += 4) {
      const i = base + j;
      bits |= ((codes[i]! > floor ? 1 : 0) | (codes[i + 1]! > floor ? 2 : 0) | (codes[i + 2]! > floor ? 4 : 0) | (codes[i + 3]! > floor ? 8 : 0)) << j;
    }
    words[base >>> 5]! |= bits;
  }
}

/** Slots whose number lies in [low, high]; NaN lies nowhere. */
export function scanInterval(numbers: Float64Array, low: number, high: number, words: Uint32Array, from: number, to: number): void {
  for (let base = from; base < to; base += 32) {
    let bits = 0;
    for (let j = 0; j < 32; j += 4) {
      const a = numbers[base + j]!, b = numbers[base + j + 1]!, c = numbers[base + j + 2]!, d = numbers[base + j + 3]!;
      // Not &&: it would be a branch.
      bits |= ((+(a >= low) & +(a <= high)) | ((+(b >= low) & +(b <= high)) << 1)
        | ((+(c >= low) & +(c <= high)) << 2) | ((+(d >= low) & +(d <= high)) << 3)) << j;
    }
    words[base >>> 5]! |= bits;
  }
}
