/**
 * One metadata field over all slots, in one of two forms with the same methods: dense (dense-column.ts, arrays by slot) where
 * many documents have the field, sparse (here, a map) where few do. A thousand rare fields cost a thousand small maps.
 */
import { testScalar, type Predicate, type Scalar } from './ast.js';

export type FieldValue = Scalar | readonly Scalar[];

export interface Column {
  /** Slots that have a value. */
  readonly size: number;
  /** Changes whenever an answer already given over slots below `covered` may have become wrong. */
  readonly revision: number;
  has(slot: number): boolean;
  set(slot: number, value: FieldValue): void;
  delete(slot: number): void;
  /**
   * Sets the bit of every slot in [from, to) that satisfies the predicate, in words that are zero there. `from` is a multiple of 32.
   * Remembers `to`: writes at or beyond it leave `revision` alone, so that appending keeps cached bitmaps and only extends them.
   */
  scan(predicate: Predicate, words: Uint32Array, from: number, to: number): void;
  /** Every stored (slot, value), ascending by slot in a dense column, in any order in a sparse one. */
  forEach(visit: (slot: number, value: FieldValue) => void): void;
  /** Bytes held, by estimate. */
  memory(): number;
}

export function testValue(predicate: Predicate, value: FieldValue): boolean {
  if (!Array.isArray(value)) return testScalar(predicate, value as Scalar, false);
  if (predicate.test === 'present' || predicate.test === 'value') return true;
  return (value as readonly Scalar[]).some((element) => testScalar(predicate, element, true));
}

/** A map entry weighs about as much as this many slots of a dense column. */
const SPARSE_RATIO = 16;

/** Whether `size` values among slots below `length` are better kept in a map. The factor leaves room so that columns do not flip. */
export const prefersSparse = (size: number, length: number): boolean => length > 256 && size * SPARSE_RATIO < length;
export const prefersDense = (size: number, length: number): boolean => length <= 256 || size * SPARSE_RATIO > length * 2;

export class SparseColumn implements Column {
  readonly #values = new Map<number, FieldValue>();
  #revision = 0;
  #covered = 0;

  get size(): number { return this.#values.size; }
  get revision(): number { return this.#revision; }

  has(slot: number): boolean { return this.#values.has(slot); }

  set(slot: number, value: FieldValue): void {
    if (slot < this.#covered) this.#revision++;
    this.#values.set(slot, Array.isArray(value) ? [...value] : value);
  }

  delete(slot: number): void {
    if (this.#values.delete(slot) && slot < this.#covered) this.#revision++;
  }

  scan(predicate: Predicate, words: Uint32Array, from: number, to: number): void {
    this.#covered = Math.max(this.#covered, to);
    for (const [slot, value] of this.#values) {
      if (slot >= from && slot < to && testValue(predicate, value)) words[slot >>> 5]! |= 1 << (slot & 31);
    }
  }

  forEach(visit: (slot: number, value: FieldValue) => void): void {
    for (const [slot, value] of this.#values) visit(slot, value);
  }

  memory(): number { return this.#values.size * 64; }
}
