/**
 * Rows with what scans need beside them: which slots live, norms, sign codes for hamming. Every change either
 * happens whole or throws OUT_OF_MEMORY and leaves the table as it was: room is made first, and only then is anything written.
 */
import { ServiceError } from '../../../errors.js';
import type { Encoding, Metric } from '../engine.js';
import { Bitmap } from './bitmap.js';
import { packSigns } from './encoding.js';
import { BinaryRows, createRowStore, strideOf, type RowStore } from './rows.js';
import { sumOfSquares } from './scan.js';
import { Segments } from './segments.js';

export class Table {
  /** Slots handed out. */
  count = 0;
  readonly dimensions: number;
  readonly stride: number;
  readonly rows: RowStore;
  readonly live = new Bitmap();
  /** Canonical norm of every row; all metrics but hamming. */
  readonly norms: Segments<Float64Array> | undefined;
  /** Signs of every row, 32 to a word; hamming only. */
  readonly signs: Segments<Uint32Array> | undefined;
  private readonly scratch: Float32Array;

  constructor(dimensions: number, metric: Metric, encoding: Encoding) {
    this.dimensions = dimensions;
    this.stride = strideOf(dimensions);
    this.rows = createRowStore(encoding, dimensions);
    this.scratch = new Float32Array(this.stride);
    if (metric !== 'hamming') this.norms = new Segments((length) => new Float64Array(length), 1, this.rows.shift);
    if (metric === 'hamming') {
      this.signs = this.rows instanceof BinaryRows ? this.rows.codes
        : new Segments((length) => new Uint32Array(length), (dimensions + 31) >>> 5, this.rows.shift);
    }
  }

  append(rows: Float32Array): void {
    const added = rows.length / this.dimensions;
    this.reserve(this.count + added);
    for (let i = 0; i < added; i++) this.put(this.count + i, rows, i * this.dimensions);
    this.live.addRange(this.count, this.count + added);
    this.count += added;
  }

  write(slot: number, row: Float32Array): void {
    this.put(slot, row, 0);
  }

  /** A copy of the row, decoded. */
  read(slot: number): Float32Array {
    const row = new Float32Array(this.dimensions);
    this.rows.read(slot, row, 0);
    return row;
  }

  import(bytes: Uint8Array, added: number): void {
    this.rows.check(bytes, added);
    this.reserve(this.count + added);
    this.rows.import(bytes, added, this.count);
    for (let i = 0; i < added; i++) this.derive(this.count + i);
    this.live.addRange(this.count, this.count + added);
    this.count += added;
  }

  /** Moves live rows down over dead ones, in place, and drops the segments left empty. */
  compact(): void {
    let to = 0;
    for (let slot = 0; slot < this.count; slot++) {
      if (!this.live.has(slot)) continue;
      if (to !== slot) {
        this.rows.move(slot, to);
        this.norms?.move(slot, to);
        if (this.signs !== undefined && !(this.rows instanceof BinaryRows)) this.signs.move(slot, to);
      }
      to++;
    }
    this.count = to;
    this.live.reset(to);
    this.trim();
  }

  get rowBytes(): number {
    return this.rows.bytes;
  }

  /** Bytes beside the rows. */
  get sideBytes(): number {
    const signs = this.rows instanceof BinaryRows ? 0 : this.signs?.bytes ?? 0;
    return (this.norms?.bytes ?? 0) + signs + this.live.words.byteLength;
  }

  private put(slot: number, source: Float32Array, from: number): void {
    this.rows.put(slot, source, from);
    this.derive(slot);
  }

  /** Norm or signs, of the row as it will be decoded. */
  private derive(slot: number): void {
    if (this.norms !== undefined) {
      this.rows.read(slot, this.scratch, 0);
      this.norms.part(slot)[this.norms.offset(slot)] = Math.sqrt(sumOfSquares(this.scratch, 0, this.stride));
    } else if (this.signs !== undefined && !(this.rows instanceof BinaryRows)) {
      this.rows.read(slot, this.scratch, 0);
      packSigns(this.scratch, 0, this.dimensions, this.signs.part(slot), this.signs.offset(slot));
    }
  }

  private reserve(count: number): void {
    attempt(() => {
      this.rows.reserve(count);
      this.norms?.reserve(count);
      this.signs?.reserve(count);
      this.live.reserve(count);
    }, () => this.trim());
  }

  private trim(): void {
    this.rows.trim(this.count);
    this.norms?.trim(this.count);
    this.signs?.trim(this.count);
  }
}

/** Runs what only allocates; a refusal by the host (RangeError) is undone and becomes OUT_OF_MEMORY. */
export function attempt<T>(allocate: () => T, undo: () => void): T {
  try {
    return allocate();
  } catch (cause) {
    undo();
    if (!(cause instanceof RangeError)) throw cause;
    throw new ServiceError('OUT_OF_MEMORY', 'the host refused memory for vectors and nothing was changed; remove documents and compact(), or choose a quantization with rescore: false', { service: 'vector', variant: 'js', cause });
  }
}
