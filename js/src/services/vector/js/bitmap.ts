/** A growable set of row numbers, 32 to a word: which slots live. */
export class Bitmap {
  words = new Uint32Array(4);
  count = 0;

  /** Makes room for rows [0, rows). Throws RangeError when there is no memory. */
  reserve(rows: number): void {
    const wanted = (rows + 31) >>> 5;
    if (wanted <= this.words.length) return;
    const grown = new Uint32Array(Math.max(wanted, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }

  has(row: number): boolean {
    return (row >>> 5) < this.words.length && (this.words[row >>> 5] & (1 << (row & 31))) !== 0;
  }

  addRange(from: number, to: number): void {
    for (let row = from; row < to; row++) this.words[row >>> 5] |= 1 << (row & 31);
    this.count += to - from;
  }

  delete(row: number): boolean {
    if (!this.has(row)) return false;
    this.words[row >>> 5] &= ~(1 << (row & 31));
    this.count--;
    return true;
  }

  /** Exactly rows [0, count), for which there is room. */
  reset(count: number): void {
    this.words.fill(0);
    this.count = 0;
    this.addRange(0, count);
  }
}

/** Writes a AND b into `out` (words [0, words); b may be shorter) and returns how many bits are set. */
export function intersect(a: Uint32Array, b: Uint32Array, words: number, out: Uint32Array): number {
  let count = 0;
  for (let w = 0; w < words; w++) {
    const word = w < b.length ? a[w] & b[w] : 0;
    out[w] = word;
    count += bitCount(word);
  }
  return count;
}

export function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
