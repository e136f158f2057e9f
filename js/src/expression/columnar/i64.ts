/** 64-bit columns without a bigint a row: the halves of each value, read through an Int32Array. */
import type { CompareOp } from '../syntax.js';

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
export const LOW = LITTLE ? 0 : 1;
export const HIGH = LITTLE ? 1 : 0;

export const halvesOf = (values: BigInt64Array): Int32Array => new Int32Array(values.buffer, values.byteOffset, values.length * 2);

/** The double nearest to each value: the high half is exact, so adding the low one rounds once. */
export function toDoubles(into: Float64Array, halves: Int32Array, start: number, rows: number): void {
  for (let i = 0, h = start * 2; i < rows; i++, h += 2) into[i] = halves[h + HIGH] * 4294967296 + (halves[h + LOW] >>> 0);
}

/** A comparison of whole numbers with any constant, as one with a whole constant; a boolean where it is the same for all. */
export function wholeBound(op: CompareOp, value: number, exact: bigint | undefined): { op: '=' | '>='; value: bigint; negate: boolean } | boolean {
  if (Number.isNaN(value)) return op === '<>';
  const whole = exact !== undefined || Number.isInteger(value);
  if (op === '=' || op === '<>') {
    if (!whole) return op === '<>';
    const k = exact ?? BigInt(value);
    return fits(k) ? { op: '=', value: k, negate: op === '<>' } : op === '<>';
  }
  if (!Number.isFinite(value)) return (value > 0) === (op === '<' || op === '<=');
  // v > c is v >= floor(c) + 1, v >= c is v >= ceil(c), and the other two are their opposites.
  const k = op === '>' || op === '<=' ? (exact ?? BigInt(Math.floor(value))) + 1n : exact ?? BigInt(Math.ceil(value));
  const negate = op[0] === '<';
  if (k <= -(2n ** 63n)) return !negate;
  return fits(k) ? { op: '>=', value: k, negate } : negate;
}
const fits = (k: bigint): boolean => BigInt.asIntN(64, k) === k;

export function compareHalves(bits: Uint8Array, op: '=' | '>=', halves: Int32Array, start: number, rows: number, value: bigint): void {
  const high = Number(value >> 32n);
  const low = Number(BigInt.asUintN(32, value));
  let byte = 0;
  const equal = op === '=';
  for (let i = 0, h = start * 2; i < rows; i++, h += 2) {
    const a = halves[h + HIGH];
    const holds = equal ? a === high && halves[h + LOW] >>> 0 === low : a > high || (a === high && halves[h + LOW] >>> 0 >= low);
    byte |= +holds << (i & 7);
    if ((i & 7) === 7) { bits[i >> 3] = byte; byte = 0; }
  }
  if (rows & 7) bits[rows >> 3] = byte;
}

/** Negative, 0 or positive, exactly; NaN where `b` is NaN. */
export function orderWithDouble(halves: Int32Array, i: number, b: number): number {
  const a = halves[i * 2 + HIGH] * 4294967296 + (halves[i * 2 + LOW] >>> 0);
  if (a !== b || Math.abs(a) <= 2 ** 53) return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
  const exact = (BigInt(halves[i * 2 + HIGH]) << 32n) | BigInt(halves[i * 2 + LOW] >>> 0);
  return exact < b ? -1 : exact > b ? 1 : 0;
}

export function orderOfHalves(a: Int32Array, b: Int32Array, i: number): number {
  return a[i * 2 + HIGH] - b[i * 2 + HIGH] || (a[i * 2 + LOW] >>> 0) - (b[i * 2 + LOW] >>> 0);
}
