/** Bitmaps as columns have them: a bit per row, least significant first, bits past the end 0. */

export function bitBytes(rows: number): number { return Math.ceil(rows / 8); }

export function allSet(rows: number): Uint8Array {
  const bits = new Uint8Array(bitBytes(rows)).fill(255);
  if (rows & 7) bits[bits.length - 1] = (1 << (rows & 7)) - 1;
  return bits;
}

export function getBit(bits: Uint8Array, row: number): boolean { return (bits[row >>> 3] >>> (row & 7) & 1) === 1; }

/** Which rows have a value: nothing is kept until the first null. */
export class Validity {
  bits: Uint8Array | undefined;
  constructor(private readonly rows: number) {}

  clear(row: number): void {
    this.bits ??= allSet(this.rows);
    this.bits[row >>> 3] &= ~(1 << (row & 7));
  }

  /** For a ColumnData: nothing where no row is null. */
  get part(): { validity?: Uint8Array } { return this.bits ? { validity: this.bits } : {}; }
}
