/**
 * Expressions are evaluated in blocks of rows small enough for the first-level cache. A kernel owns the buffers of its result and fills
 * them again for every block; bits are packed as in columns.
 */
import type { ColumnData } from '../../services/data/columns.js';

export const BLOCK = 1024;
const BYTES = BLOCK / 8;

/** The table an expression is evaluated over. */
export interface ExpressionTable { rows: number; column(place: number): ColumnData }

export type Run = (start: number, rows: number) => void;

/** Which rows of the block have a value; read only where `nullable`. */
export class Kernel {
  readonly valid = new Uint8Array(BYTES);
  readonly validWords = new Int32Array(this.valid.buffer);
  /** Fills the block of rows from `start`, a multiple of BLOCK. */
  run: Run = () => {};
  constructor(public nullable: boolean) {
    this.valid.fill(255);
  }
}

/** A bit that is set stands in a row that has a value. */
export class BoolKernel extends Kernel {
  readonly bits = new Uint8Array(BYTES);
  readonly words = new Int32Array(this.bits.buffer);
}

/** Row `i` of the block is `values[base + i]`: a column is read in its place. Null rows hold anything. */
export class NumberKernel extends Kernel {
  base = 0;
  constructor(nullable: boolean, public values: Float64Array | Int32Array = new Float64Array(BLOCK)) { super(nullable); }
}

/** Text, and JSON as its text. */
export class TextKernel extends Kernel {
  base = 0;
  constructor(nullable: boolean, public values: readonly string[] = new Array<string>(BLOCK).fill('')) { super(nullable); }
  /** Of a kernel that owns its values. */
  get own(): string[] { return this.values as string[]; }
}

export const WORDS = BYTES / 4;

/** The validity of a column's block. */
export function readValidity(kernel: Kernel, validity: Uint8Array | undefined, start: number, rows: number): void {
  if (!validity) return;
  const from = start >> 3;
  kernel.valid.set(validity.subarray(from, from + ((rows + 7) >> 3)));
}

/** Valid where all of `inputs` are; says whether that can be nowhere. */
export function joinValidity(kernel: Kernel, inputs: readonly Kernel[]): void {
  let first = true;
  const { validWords: into } = kernel;
  for (const input of inputs) {
    if (!input.nullable) continue;
    const { validWords: from } = input;
    if (first) into.set(from);
    else for (let w = 0; w < WORDS; w++) into[w] &= from[w];
    first = false;
  }
  if (first) into.fill(-1);
}

export const anyNullable = (kernels: readonly Kernel[]): boolean => kernels.some(({ nullable }) => nullable);
export const bitOf = (bits: Uint8Array, i: number): boolean => ((bits[i >> 3] >> (i & 7)) & 1) !== 0;
export function clearBit(bits: Uint8Array, i: number): void { bits[i >> 3] &= ~(1 << (i & 7)); }

/** Bits from a question about each row. */
export function fillBits(bits: Uint8Array, rows: number, holds: (i: number) => boolean): void {
  for (let byte = 0, i = 0; i < rows; byte++) {
    let word = 0;
    for (let bit = 0; bit < 8 && i < rows; bit++, i++) if (holds(i)) word |= 1 << bit;
    bits[byte] = word;
  }
}

/** Clears the bits of rows without a value. */
export function maskBits(kernel: BoolKernel): void {
  if (!kernel.nullable) return;
  const { words, validWords } = kernel;
  for (let w = 0; w < WORDS; w++) words[w] &= validWords[w];
}

/** `made`, whose rows are computed from those of `inputs`, and are null where one of these is. */
export function mapped<K extends Kernel>(made: K, inputs: readonly Kernel[], compute: (rows: number) => void): K {
  made.nullable = anyNullable(inputs);
  made.run = (start, rows) => {
    for (const input of inputs) input.run(start, rows);
    if (made.nullable) joinValidity(made, inputs);
    compute(rows);
    if (made instanceof BoolKernel) maskBits(made);
  };
  return made;
}

/** As `mapped`, where a row with values may be null too: `compute` gives null. */
export function partial<K extends NumberKernel | TextKernel>(made: K, inputs: readonly Kernel[], compute: (i: number) => number | string | null): K {
  made.nullable = true;
  const values = made.values as (number | string)[];
  made.run = (start, rows) => {
    for (const input of inputs) input.run(start, rows);
    joinValidity(made, inputs);
    for (let i = 0; i < rows; i++) {
      if (!bitOf(made.valid, i)) continue;
      const value = compute(i);
      if (value === null) clearBit(made.valid, i); else values[i] = value;
    }
  };
  return made;
}

/** A kernel that reads `column` in its place. */
export function reading<K extends NumberKernel | TextKernel>(made: K, column: ColumnData): K {
  made.nullable = column.validity !== undefined;
  made.run = (start, rows) => {
    made.base = start;
    readValidity(made, column.validity, start, rows);
  };
  return made;
}
