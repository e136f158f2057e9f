/** One query at a time over a Table: canonical scores (../types.ts) of any set of slots. */
import type { Metric } from '../engine.js';
import { packSigns } from './encoding.js';
import { FloatRows } from './rows.js';
import { cosineOf, dotRow, hammingRow, l2Row, scanCosine, scanDot, scanHamming, scanL2, similarityOf, sumOfSquares, type ScanContext } from './scan.js';
import type { Segments } from './segments.js';
import type { Table } from './table.js';
import type { TopK } from '../top-k.js';

export class ExactSearch {
  /** The query in f64, padded to the stride: every load in a scan saves a conversion. */
  readonly query: Float64Array;
  queryNorm = 0;
  private readonly table: Table;
  private readonly metric: Metric;
  /** The rows where they are kept in f32. */
  private readonly floats: Segments<Float32Array> | undefined;
  private readonly querySigns: Uint32Array;
  /** Rows of one mask word, decoded; used where rows are not kept in f32. */
  private readonly decoded: Float32Array;
  private readonly dots = new Float64Array(32);

  constructor(table: Table, metric: Metric) {
    this.table = table;
    this.metric = metric;
    this.floats = table.rows instanceof FloatRows ? table.rows.segments : undefined;
    this.query = new Float64Array(table.stride);
    this.querySigns = new Uint32Array((table.dimensions + 31) >>> 5);
    this.decoded = new Float32Array(this.floats !== undefined || metric === 'hamming' ? 0 : 32 * table.stride);
  }

  setQuery(query: Float32Array): void {
    this.query.set(query);
    if (this.metric === 'hamming') packSigns(query, 0, this.table.dimensions, this.querySigns, 0);
    else this.queryNorm = Math.sqrt(sumOfSquares(this.query, 0, this.query.length));
  }

  /** Makes a stored row the query. */
  setRow(slot: number): void {
    const { table, floats, decoded } = this;
    if (this.metric === 'hamming') {
      const at = table.signs!.offset(slot);
      this.querySigns.set(table.signs!.part(slot).subarray(at, at + this.querySigns.length));
      return;
    }
    if (floats !== undefined) {
      const at = floats.offset(slot);
      this.query.set(floats.part(slot).subarray(at, at + table.stride));
    } else {
      table.rows.read(slot, decoded, 0);
      this.query.set(decoded.subarray(0, table.stride));
    }
    this.queryNorm = table.norms!.part(slot)[table.norms!.offset(slot)];
  }

  /** Offers every slot whose bit is set in the first `words` words. */
  scan(mask: Uint32Array, words: number, top: TopK): void {
    const { floats } = this;
    const { rows, signs } = this.table;
    const wordsPerPart = 1 << (rows.shift - 5);
    for (let from = 0, part = 0; from < words; from += wordsPerPart, part++) {
      const to = Math.min(words, from + wordsPerPart);
      if (this.metric === 'hamming') scanHamming(signs!.parts[part], from << 5, mask, from, to, this.querySigns, top);
      else if (floats !== undefined) this.scanRows(floats.parts[part], from << 5, mask, from, to, top);
      else for (let w = from; w < to; w++) if (mask[w] !== 0) this.scanRows(this.decode(w, mask[w]), w << 5, mask, w, w + 1, top);
    }
  }

  /** The canonical score of one slot. */
  score(slot: number): number {
    return this.scoreOf(this.distance(slot));
  }

  /** Lower is closer: the distance of l2sq and hamming, the score of dot and cosine with its sign turned. */
  distance(slot: number): number {
    const { table, floats, query } = this;
    if (this.metric === 'hamming') return hammingRow(this.querySigns, table.signs!.part(slot), table.signs!.offset(slot));
    let part = this.decoded, at = 0;
    if (floats !== undefined) {
      part = floats.part(slot);
      at = floats.offset(slot);
    } else {
      table.rows.read(slot, part, 0);
    }
    if (this.metric === 'l2sq') return l2Row(query, part, at);
    const dot = dotRow(query, part, at);
    return this.metric === 'dot' ? -dot : -cosineOf(dot, this.queryNorm * table.norms!.part(slot)[table.norms!.offset(slot)]);
  }

  scoreOf(distance: number): number {
    return this.metric === 'l2sq' || this.metric === 'hamming' ? similarityOf(distance) : -distance;
  }

  private decode(word: number, bits: number): Float32Array {
    const { rows, stride } = this.table;
    for (let rest = bits | 0; rest !== 0; rest &= rest - 1) {
      const bit = 31 - Math.clz32(rest & -rest);
      rows.read((word << 5) + bit, this.decoded, bit * stride);
    }
    return this.decoded;
  }

  private scanRows(rows: Float32Array, first: number, mask: Uint32Array, from: number, to: number, top: TopK): void {
    const norms = this.table.norms!, slot = from << 5;
    const context: ScanContext = {
      query: this.query, queryNorm: this.queryNorm, top, dots: this.dots,
      norms: norms.part(slot), normFirst: (slot >>> norms.shift) << norms.shift,
    };
    if (this.metric === 'dot') scanDot(rows, first, mask, from, to, context);
    else if (this.metric === 'l2sq') scanL2(rows, first, mask, from, to, context);
    else scanCosine(rows, first, mask, from, to, context);
  }
}
