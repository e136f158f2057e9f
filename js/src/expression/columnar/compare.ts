/** Comparisons into bits. Eight rows make a byte, so the loops are written out. */
import type { CompareOp } from '../syntax.js';

type Numbers = Float64Array | Int32Array;

const next = new DataView(new ArrayBuffer(8));
/** The neighbour of a finite double or 0, above or below; beyond infinity there is none: NaN, which compares with nothing. */
function neighbour(value: number, up: boolean): number {
  if (value === (up ? Infinity : -Infinity) || Number.isNaN(value)) return NaN;
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  next.setFloat64(0, value);
  next.setBigInt64(0, next.getBigInt64(0) + ((value > 0) === up ? 1n : -1n));
  return next.getFloat64(0);
}

/** Four comparisons with a constant are two: `> c` is `>=` its upper neighbour. */
export function bound(op: '<' | '<=' | '>' | '>=', c: number): { from: boolean; limit: number } {
  const from = op[0] === '>';
  return { from, limit: op.length === 2 ? c : neighbour(c, from) };
}

/* Each kind of array has its own copy of the loops: a loop that has seen both is slower for either. */
export function atLeastF64(bits: Uint8Array, v: Float64Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] >= c) | (+(v[i + 1] >= c) << 1) | (+(v[i + 2] >= c) << 2) | (+(v[i + 3] >= c) << 3)
      | (+(v[i + 4] >= c) << 4) | (+(v[i + 5] >= c) << 5) | (+(v[i + 6] >= c) << 6) | (+(v[i + 7] >= c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] >= c);
}
export function atMostF64(bits: Uint8Array, v: Float64Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] <= c) | (+(v[i + 1] <= c) << 1) | (+(v[i + 2] <= c) << 2) | (+(v[i + 3] <= c) << 3)
      | (+(v[i + 4] <= c) << 4) | (+(v[i + 5] <= c) << 5) | (+(v[i + 6] <= c) << 6) | (+(v[i + 7] <= c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] <= c);
}
export function equalF64(bits: Uint8Array, v: Float64Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] === c) | (+(v[i + 1] === c) << 1) | (+(v[i + 2] === c) << 2) | (+(v[i + 3] === c) << 3)
      | (+(v[i + 4] === c) << 4) | (+(v[i + 5] === c) << 5) | (+(v[i + 6] === c) << 6) | (+(v[i + 7] === c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] === c);
}
export function atLeastI32(bits: Uint8Array, v: Int32Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] >= c) | (+(v[i + 1] >= c) << 1) | (+(v[i + 2] >= c) << 2) | (+(v[i + 3] >= c) << 3)
      | (+(v[i + 4] >= c) << 4) | (+(v[i + 5] >= c) << 5) | (+(v[i + 6] >= c) << 6) | (+(v[i + 7] >= c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] >= c);
}
export function equalI32(bits: Uint8Array, v: Int32Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] === c) | (+(v[i + 1] === c) << 1) | (+(v[i + 2] === c) << 2) | (+(v[i + 3] === c) << 3)
      | (+(v[i + 4] === c) << 4) | (+(v[i + 5] === c) << 5) | (+(v[i + 6] === c) << 6) | (+(v[i + 7] === c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] === c);
}
export function equalU8(bits: Uint8Array, v: Uint8Array, base: number, rows: number, c: number): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = +(v[i] === c) | (+(v[i + 1] === c) << 1) | (+(v[i + 2] === c) << 2) | (+(v[i + 3] === c) << 3)
      | (+(v[i + 4] === c) << 4) | (+(v[i + 5] === c) << 5) | (+(v[i + 6] === c) << 6) | (+(v[i + 7] === c) << 7);
  }
  tail(bits, whole, rows, (i) => v[base + i] === c);
}
/** Bit 0 of what `table` has for each code. */
export function lookUp(bits: Uint8Array, codes: Uint8Array | Uint16Array | Int32Array, base: number, rows: number, table: Uint8Array): void {
  const whole = rows >> 3;
  for (let b = 0, i = base; b < whole; b++, i += 8) {
    bits[b] = table[codes[i]] | (table[codes[i + 1]] << 1) | (table[codes[i + 2]] << 2) | (table[codes[i + 3]] << 3)
      | (table[codes[i + 4]] << 4) | (table[codes[i + 5]] << 5) | (table[codes[i + 6]] << 6) | (table[codes[i + 7]] << 7);
  }
  tail(bits, whole, rows, (i) => table[codes[base + i]] !== 0);
}

function tail(bits: Uint8Array, whole: number, rows: number, holds: (i: number) => boolean): void {
  if (whole * 8 === rows) return;
  let byte = 0;
  for (let i = whole * 8; i < rows; i++) if (holds(i)) byte |= 1 << (i & 7);
  bits[whole] = byte;
}

/** Two kernels against each other. */
export function comparePairs(bits: Uint8Array, op: CompareOp, a: Numbers, aBase: number, b: Numbers, bBase: number, rows: number): void {
  let byte = 0;
  let i = 0;
  const put = (holds: boolean): void => {
    byte |= +holds << (i & 7);
    if ((i & 7) === 7) { bits[i >> 3] = byte; byte = 0; }
  };
  switch (op) {
    case '=': for (; i < rows; i++) put(a[aBase + i] === b[bBase + i]); break;
    case '<>': for (; i < rows; i++) put(a[aBase + i] !== b[bBase + i]); break;
    case '<': for (; i < rows; i++) put(a[aBase + i] < b[bBase + i]); break;
    case '<=': for (; i < rows; i++) put(a[aBase + i] <= b[bBase + i]); break;
    case '>': for (; i < rows; i++) put(a[aBase + i] > b[bBase + i]); break;
    case '>=': for (; i < rows; i++) put(a[aBase + i] >= b[bBase + i]); break;
  }
  if (i & 7) bits[i >> 3] = byte;
}

/** Whether the order of two values (negative, 0, positive) is what `op` asks for. */
export function ordered(op: CompareOp, order: number): boolean {
  switch (op) {
    case '=': return order === 0;
    case '<>': return order !== 0;
    case '<': return order < 0;
    case '<=': return order <= 0;
    case '>': return order > 0;
    case '>=': return order >= 0;
  }
}

export const SWAPPED: Readonly<Record<CompareOp, CompareOp>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
