/**
 * A growable table of fixed-width rows in segments of equal row count, so that growth never copies the whole and no
 * segment asks the host for one huge block. Rows never straddle segments. Only the last segment may be shorter; it
 * doubles until it is full, so a small collection stays small.
 */
export type Elements = Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;

/** Bytes a full segment aims at; at least 32 rows whatever their width. */
const SEGMENT_BYTES = 1 << 21;
const MAX_SHIFT = 14;
/** A word of a row bitmap covers 32 rows, and no word may straddle segments. */
const MIN_SHIFT = 5;

/** log2 of the rows per segment for rows of this many bytes; tables that are scanned together share one. */
export function segmentShift(rowBytes: number): number {
  const fitting = Math.floor(Math.log2(SEGMENT_BYTES / Math.max(1, rowBytes)));
  return Math.min(MAX_SHIFT, Math.max(MIN_SHIFT, fitting));
}

export class Segments<T extends Elements> {
  readonly parts: T[] = [];
  readonly shift: number;
  /** Elements per row. */
  readonly width: number;
  private readonly make: (length: number) => T;

  constructor(make: (length: number) => T, width: number, shift: number) {
    this.make = make;
    this.width = width;
    this.shift = shift;
  }

  /** Makes room for rows [0, count). Throws RangeError when there is no memory: give back with `trim`. */
  reserve(count: number): void {
    const full = 1 << this.shift;
    for (let p = this.parts.length > 0 ? this.parts.length - 1 : 0; p << this.shift < count; p++) {
      const wanted = Math.min(full, count - (p << this.shift));
      const part = this.parts[p];
      if (part !== undefined && part.length >= wanted * this.width) continue;
      let capacity = 1 << MIN_SHIFT;
      while (capacity < wanted) capacity <<= 1;
      const grown = this.make(capacity * this.width);
      if (part === undefined) this.parts.push(grown);
      else {
        (grown as { set(from: ArrayLike<number>): void }).set(part);
        this.parts[p] = grown;
      }
    }
  }

  /** Drops every segment beyond row `count`. */
  trim(count: number): void {
    const keep = (count + (1 << this.shift) - 1) >>> this.shift;
    if (keep < this.parts.length) this.parts.length = keep;
  }

  /** The segment that holds the row, and where in it the row starts. */
  part(row: number): T {
    return this.parts[row >>> this.shift];
  }
  offset(row: number): number {
    return (row & ((1 << this.shift) - 1)) * this.width;
  }

  /** Copies row `from` over row `to`. */
  move(from: number, to: number): void {
    const source = this.part(from), start = this.offset(from);
    (this.part(to) as { set(from: ArrayLike<number>, at: number): void }).set(source.subarray(start, start + this.width), this.offset(to));
  }

  get bytes(): number {
    let bytes = 0;
    for (const part of this.parts) bytes += part.byteLength;
    return bytes;
  }
}
