/** Values that come row by row: typed arrays that grow by doubling. */

type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** At least `needed` long; keeps what is there. */
export function grown<A extends Numbers>(array: A, needed: number): A {
  if (needed <= array.length) return array;
  const Array = array.constructor as new (length: number) => A;
  const larger = new Array(Math.max(needed, array.length * 2, 64));
  (larger as Uint8Array).set(array as Uint8Array);
  return larger;
}

/** Which rows hold a value. Nothing is kept until the first null. */
export class NullMarks {
  #bits: Uint8Array = new Uint8Array(0);
  /** Rows that the bits tell of; rows past it are valid. */
  #told = 0;

  /** Row `row`, which comes after all that were told, is null. */
  mark(row: number): void {
    this.#reach(row + 1);
    this.#bits[row >>> 3] &= ~(1 << (row & 7));
  }

  #reach(rows: number): void {
    const bytes = Math.ceil(rows / 8), had = Math.ceil(this.#told / 8);
    if (bytes > this.#bits.length) this.#bits = grown(this.#bits, bytes);
    if (bytes > had) this.#bits.fill(255, had, bytes);
    this.#told = rows;
  }

  has(row: number): boolean {
    return row < this.#told && (this.#bits[row >>> 3] >>> (row & 7) & 1) === 0;
  }

  /** For a ColumnData: nothing where no row is null. */
  finish(rows: number): { validity?: Uint8Array } {
    if (this.#told === 0) return {};
    this.#reach(rows);
    const validity = this.#bits.slice(0, Math.ceil(rows / 8));
    if (rows & 7) validity[validity.length - 1] &= (1 << (rows & 7)) - 1;
    return { validity };
  }
}
