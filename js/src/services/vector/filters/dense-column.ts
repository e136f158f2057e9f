/**
 * A field that many documents have: a code per slot (kind, or which string), numbers in a Float64Array (NaN where there is
 * none, so that every comparison is false there), arrays as runs of element codes in a pool.
 *
 * A predicate costs one pass over 4 or 8 bytes per slot without branches; strings are compared once per distinct string.
 */
import type { Predicate } from './ast.js';
import type { Column, FieldValue } from './column.js';
import { Dictionary, FALSE, FIRST_VALUE, LIST, MISSING, NULL, NUMBER, TRUE } from './dictionary.js';
import { roundToWord, scanAbove, scanCode, scanInterval, scanTable } from './scans.js';

/** Below this a dictionary or pool is never swept for values that no document has any more. */
const SWEEP_FLOOR = 4096;
/** Longer lists of numbers are looked up in a Set instead of one pass each. */
const MAX_INTERVALS = 8;

export class DenseColumn implements Column {
  #codes = new Uint32Array(0);
  #numbers: Float64Array | undefined;
  /** Where a list's run starts in the pool: its length, then the codes of its elements. */
  #runs: Uint32Array | undefined;
  #pool = new Uint32Array(0);
  #poolEnd = 0;
  #lists = 0;
  #dictionary = new Dictionary();
  #length = 0;
  #size = 0;
  #revision = 0;
  #covered = 0;
  #sweepDictionaryAt = SWEEP_FLOOR;
  #sweepPoolAt = SWEEP_FLOOR;

  get size(): number { return this.#size; }
  get revision(): number { return this.#revision; }

  has(slot: number): boolean { return slot < this.#length && this.#codes[slot] !== MISSING; }

  set(slot: number, value: FieldValue): void {
    this.delete(slot);
    if (slot < this.#covered) this.#revision++;
    this.#reserve(slot + 1);
    this.#size++;
    this.#codes[slot] = this.#encode(slot, value);
    if (this.#dictionary.end > this.#sweepDictionaryAt || this.#poolEnd > this.#sweepPoolAt) this.#sweep();
  }

  delete(slot: number): void {
    if (!this.has(slot)) return;
    if (slot < this.#covered) this.#revision++;
    if (this.#codes[slot] === LIST) this.#lists--;
    if (this.#numbers !== undefined) this.#numbers[slot] = NaN;
    this.#codes[slot] = MISSING;
    this.#size--;
  }

  #encode(slot: number, value: FieldValue): number {
    if (typeof value === 'string') return this.#dictionary.encode(value);
    if (typeof value === 'number') {
      this.#numbers ??= new Float64Array(this.#codes.length).fill(NaN);
      this.#numbers[slot] = value;
      return NUMBER;
    }
    if (value === null) return NULL;
    if (typeof value === 'boolean') return value ? TRUE : FALSE;
    this.#runs ??= new Uint32Array(this.#codes.length);
    this.#runs[slot] = this.#poolEnd;
    this.#reservePool(this.#poolEnd + 1 + value.length);
    this.#pool[this.#poolEnd++] = value.length;
    for (const element of value) {
      this.#pool[this.#poolEnd++] = element === null ? NULL : typeof element === 'boolean' ? (element ? TRUE : FALSE) : this.#dictionary.encode(element);
    }
    this.#lists++;
    return LIST;
  }

  scan(predicate: Predicate, words: Uint32Array, from: number, to: number): void {
    this.#covered = Math.max(this.#covered, to);
    const end = Math.min(to, this.#length);
    if (from >= end) return;
    if (predicate.test === 'present') return scanAbove(this.#codes, MISSING, words, from, end);
    if (predicate.test === 'value') return scanAbove(this.#codes, NULL, words, from, end);
    const { table, hits, only } = this.#dictionary.table(predicate, false);
    if (hits === 1) scanCode(this.#codes, only, words, from, end);
    else if (hits > 1) scanTable(this.#codes, table, words, from, end);
    if (this.#numbers !== undefined) scanNumbers(this.#numbers, predicate, words, from, end);
    if (this.#lists > 0) this.#scanLists(this.#dictionary.table(predicate, true).table, words, from, end);
  }

  #scanLists(table: Uint8Array, words: Uint32Array, from: number, to: number): void {
    const codes = this.#codes, runs = this.#runs!, pool = this.#pool;
    for (let slot = from; slot < to; slot++) {
      if (codes[slot] !== LIST) continue;
      const start = runs[slot]! + 1;
      const end = start + pool[start - 1]!;
      let found = 0;
      for (let i = start; i < end; i++) found |= table[pool[i]!]!;
      words[slot >>> 5]! |= found << (slot & 31);
    }
  }

  forEach(visit: (slot: number, value: FieldValue) => void): void {
    for (let slot = 0; slot < this.#length; slot++) if (this.#codes[slot] !== MISSING) visit(slot, this.#valueAt(slot));
  }

  #valueAt(slot: number): FieldValue {
    const code = this.#codes[slot]!;
    if (code === NUMBER) return this.#numbers![slot]!;
    if (code !== LIST) return this.#scalarOf(code);
    const start = this.#runs![slot]! + 1;
    return Array.from(this.#pool.subarray(start, start + this.#pool[start - 1]!), (c) => this.#scalarOf(c));
  }

  #scalarOf(code: number): string | number | boolean | null {
    return code >= FIRST_VALUE ? this.#dictionary.valueOf(code) : code === NULL ? null : code === TRUE;
  }

  /** Writes the dictionary and pool anew from what is still referred to: overwritten strings and lists are given back. */
  #sweep(): void {
    const oldValues = this.#dictionary, oldPool = this.#pool;
    const translated = new Uint32Array(oldValues.end);
    const translate = (code: number): number => {
      if (code < FIRST_VALUE) return code;
      if (translated[code] === 0) translated[code] = this.#dictionary.encode(oldValues.valueOf(code));
      return translated[code]!;
    };
    this.#dictionary = new Dictionary();
    this.#pool = new Uint32Array(oldPool.length);
    this.#poolEnd = 0;
    for (let slot = 0; slot < this.#length; slot++) {
      const code = this.#codes[slot]!;
      if (code === LIST) {
        const start = this.#runs![slot]!;
        this.#runs![slot] = this.#poolEnd;
        const end = start + 1 + oldPool[start]!;
        this.#pool[this.#poolEnd++] = oldPool[start]!;
        for (let i = start + 1; i < end; i++) this.#pool[this.#poolEnd++] = translate(oldPool[i]!);
      } else {
        this.#codes[slot] = translate(code);
      }
    }
    this.#sweepDictionaryAt = Math.max(SWEEP_FLOOR, 2 * this.#dictionary.end);
    this.#sweepPoolAt = Math.max(SWEEP_FLOOR, 2 * this.#poolEnd);
    if (this.#pool.length > 2 * this.#poolEnd) this.#pool = this.#pool.slice(0, this.#poolEnd);
  }

  #reserve(length: number): void {
    this.#length = Math.max(this.#length, length);
    if (length <= this.#codes.length) return;
    const capacity = roundToWord(Math.max(length, this.#codes.length * 1.5));
    const codes = new Uint32Array(capacity);
    codes.set(this.#codes);
    this.#codes = codes;
    if (this.#numbers !== undefined) {
      const numbers = new Float64Array(capacity).fill(NaN);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    if (this.#runs !== undefined) {
      const runs = new Uint32Array(capacity);
      runs.set(this.#runs);
      this.#runs = runs;
    }
  }

  #reservePool(length: number): void {
    if (length <= this.#pool.length) return;
    const pool = new Uint32Array(Math.max(64, length, Math.ceil(this.#pool.length * 1.5)));
    pool.set(this.#pool);
    this.#pool = pool;
  }

  memory(): number {
    return this.#codes.byteLength + (this.#numbers?.byteLength ?? 0) + (this.#runs?.byteLength ?? 0) + this.#pool.byteLength + this.#dictionary.memory();
  }
}

function scanNumbers(numbers: Float64Array, predicate: Predicate, words: Uint32Array, from: number, to: number): void {
  const operands = predicate.operands.filter((o): o is number => typeof o === 'number');
  const [x] = operands;
  if (x === undefined) return;
  switch (predicate.test) {
    case 'in':
      if (operands.length <= MAX_INTERVALS) {
        for (const operand of operands) scanInterval(numbers, operand, operand, words, from, to);
      } else {
        const wanted = new Set<unknown>(operands);
        for (let slot = from; slot < to; slot++) if (wanted.has(numbers[slot])) words[slot >>> 5]! |= 1 << (slot & 31);
      }
      return;
    case 'gte': return scanInterval(numbers, x, Infinity, words, from, to);
    case 'lte': return scanInterval(numbers, -Infinity, x, words, from, to);
    case 'gt': return scanInterval(numbers, nextAbove(x), Infinity, words, from, to);
    case 'lt': return scanInterval(numbers, -Infinity, -nextAbove(-x), words, from, to);
    default: // `contains` is no test for a plain number; kinds were answered from the codes
  }
}

/** The least double greater than x, so that one closed interval serves all four comparisons; NaN (matching nothing) above Infinity. */
function nextAbove(x: number): number {
  if (x === Infinity) return NaN;
  if (x === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

