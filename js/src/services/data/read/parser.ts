/** What the readers of text formats have in common. */
import type { TableData } from '../columns.js';
import { dataError } from '../errors.js';
import { grown } from './growable.js';

/** Reads UTF-8 in pieces; what it throws ends it. */
export interface TextParser {
  readonly rows: number;
  /** @param mark bytes of a byte order mark before the data */
  push(data: Uint8Array, mark: number): void;
  /** The text is over. */
  end(): void;
  table(): TableData;
}

/** Most bytes of one row: places in a row are kept in 29 bits. */
const LONGEST_ROW = (1 << 29) - 1;

/** What is not whole yet. */
export class Carry {
  length = 0;
  #bytes = new Uint8Array(0);

  add(data: Uint8Array, line: number): void {
    if (this.length + data.length > LONGEST_ROW) throw dataError('TOO_LARGE', `line ${line}: a row of more than 512 MiB: check the quotes and line ends of the text`);
    this.#bytes = grown(this.#bytes, this.length + data.length);
    this.#bytes.set(data, this.length);
    this.length += data.length;
  }

  /** All of it; nothing stays. Good until `add`. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.length);
    this.#bytes = new Uint8Array(0);
    this.length = 0;
    return bytes;
  }
}

export function checkRows(rows: number): void {
  if (rows >= 2 ** 32) throw dataError('TOO_LARGE', 'a table holds fewer than 2^32 rows: split it');
}
