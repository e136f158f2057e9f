/**
 * Bitmaps over slots: bit `slot & 31` of word `slot >>> 5`.
 *
 * Plain words and not roaring containers: a filter's answer is handed to the engine as words anyway, 20,000 slots are 2.5 kB,
 * and a million are 125 kB, less than one row block of the vectors beside them.
 */

export const wordsFor = (slots: number): number => (slots + 31) >>> 5;

/** Set bits. */
export function popcount(words: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < words.length; i++) {
    let v = words[i]!;
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    total += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return total;
}

export function hasBit(words: Uint32Array, slot: number): boolean {
  return (words[slot >>> 5]! >>> (slot & 31) & 1) === 1;
}

/** The slots whose bits are set, ascending. `count` is the number of set bits. */
export function slotsOf(words: Uint32Array, count = popcount(words)): Uint32Array {
  const out = new Uint32Array(count);
  let n = 0;
  for (let w = 0; w < words.length; w++) {
    for (let bits = words[w]!; bits !== 0; bits &= bits - 1) out[n++] = (w << 5) + 31 - Math.clz32(bits & -bits);
  }
  return out;
}

/** A longer copy, zeros at the end. */
export function grownWords(words: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(length);
  out.set(words.length > length ? words.subarray(0, length) : words);
  return out;
}

/** For a renumbering in which `liveSlots[i]` becomes i: the new slot by old slot below `slots`, -1 for those that go. */
export function newSlots(liveSlots: Uint32Array, slots: number): Int32Array {
  const out = new Int32Array(slots).fill(-1);
  for (let i = 0; i < liveSlots.length; i++) out[liveSlots[i]!] = i;
  return out;
}
