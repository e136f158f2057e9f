/** A batch of one column's cells, as places in the bytes of the file. */

/** Flags in `ends`; slices are below 512 MiB, so two bits are free. */
export const QUOTED = 1 << 30;
/** It holds doubled quotes. */
export const DOUBLED = 1 << 29;
export const PLACE = DOUBLED - 1;

const QUOTE = 0x22;

export class Cells {
  data: Uint8Array = new Uint8Array(0);
  starts: Int32Array = new Int32Array(0);
  ends: Int32Array = new Int32Array(0);
  /** The first span, and spans from row to row. */
  first = 0;
  columns = 0;
  column = 0;
  rows = 0;
  // The cell that `at` went to: its bytes and where they begin and end.
  text: Uint8Array = this.data;
  start = 0;
  end = 0;
  #scratch = new Uint8Array(64);

  constructor(readonly nulls: readonly Uint8Array[]) {}

  /** Goes to row `i`. False: it is null. */
  at(i: number): boolean {
    const span = this.first + i * this.columns + this.column, start = this.starts[span], end = this.ends[span];
    if (start === end) return false;
    this.start = start;
    this.end = end & PLACE;
    this.text = this.data;
    if (end & DOUBLED) this.#undouble();
    return this.nulls.length === 0 || !this.#isNull();
  }

  #isNull(): boolean {
    const length = this.end - this.start;
    return this.nulls.some((text) => text.length === length && text.every((byte, i) => byte === this.text[this.start + i]));
  }

  /** Doubled quotes as one. */
  #undouble(): void {
    if (this.#scratch.length < this.end - this.start) this.#scratch = new Uint8Array(2 * (this.end - this.start));
    let to = 0;
    for (let at = this.start; at < this.end; at++) {
      const byte = this.data[at];
      this.#scratch[to++] = byte;
      if (byte === QUOTE) at++;
    }
    this.text = this.#scratch;
    this.start = 0;
    this.end = to;
  }
}
