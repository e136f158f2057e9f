/** Numbers as text files write them: parsed from the bytes where a few digits make an exact double, by `Number` where not. */
import { decode } from './utf8.js';

export const NONE = 0;
/** A whole number up to 2^53: `parsed.value`. */
export const WHOLE = 1;
/** A whole number beyond 2^53, within 64 bits: `parsed.big`. */
export const WIDE = 2;
export const FLOAT = 3;

/** How a float was written. */
export const SHORTEST = 0;
/** With trailing zeros, `digits` after the point. */
export const FIXED = 1;
/** Any other way: `1e3`, `.5`, more digits than a double keeps. */
export const OTHER = 2;

/** What was parsed last. */
export const parsed = { value: 0, big: 0n, form: SHORTEST, digits: 0 };

const POWERS = /* @__PURE__ */ Float64Array.from({ length: 16 }, (_, i) => 10 ** i);
const MINUS = 0x2d, POINT = 0x2e, ZERO = 0x30;

function float(value: number, form: number, digits: number): number {
  parsed.value = value;
  parsed.form = form;
  parsed.digits = digits;
  return FLOAT;
}

/** A number that loses nothing: no leading zeros, no plus, whole numbers beyond 64 bits only where a double prints the same digits. */
export function lossless(text: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = text[at] === MINUS;
  if (negative) at++;
  const first = at;
  let mantissa = 0;
  for (; at < end; at++) {
    const digit = text[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  const whole = at - first;
  if (whole > 1 && text[first] === ZERO) return NONE;
  if (at === end) {
    if (whole === 0) return NONE;
    if (whole > 15) return longWhole(text, start, end, whole);
    if (negative && mantissa === 0) return float(-0, SHORTEST, 0);
    parsed.value = negative ? -mantissa : mantissa;
    return WHOLE;
  }
  if (text[at] !== POINT) return whole > 0 && (text[at] | 0x20) === 0x65 ? withExponent(text, start, end, at + 1) : special(text, start, end);
  const fractionFrom = ++at;
  for (; at < end; at++) {
    const digit = text[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
  }
  const fraction = at - fractionFrom;
  if (whole + fraction === 0) return NONE;
  if (at < end) return (text[at] | 0x20) === 0x65 ? withExponent(text, start, end, at + 1) : NONE;
  if (whole + fraction > 15) return standard(text, start, end);
  const value = mantissa / POWERS[fraction];
  const form = whole === 0 || fraction === 0 ? OTHER : text[at - 1] === ZERO ? FIXED : value < 1e-6 ? OTHER : SHORTEST;
  return float(negative ? -value : value, form, fraction);
}

const MOST = 2n ** 63n;

function longWhole(text: Uint8Array, start: number, end: number, whole: number): number {
  const digits = decode(text, start, end);
  if (whole < 20) {
    const big = BigInt(digits);
    if (big >= -MOST && big < MOST) {
      const value = Number(big);
      if (Math.abs(value) <= 2 ** 53 && BigInt(value) === big) { parsed.value = value; return WHOLE; }
      parsed.big = big;
      return WIDE;
    }
  }
  // From 1e21 on the shortest print has an exponent.
  const value = Number(digits);
  return whole <= 21 && String(value) === digits ? float(value, SHORTEST, 0) : NONE;
}

/** Whether a double prints `big` digit for digit. */
export const doubleKeeps = (big: bigint): boolean => String(Number(big)) === String(big);

function withExponent(text: Uint8Array, start: number, end: number, at: number): number {
  if (text[at] === MINUS || text[at] === 0x2b) at++;
  if (at >= end) return NONE;
  for (; at < end; at++) if (text[at] < ZERO || text[at] > 0x39) return NONE;
  return standard(text, start, end);
}

/** What has no end as a double, or is not nothing and would become 0, is lost. */
function standard(text: Uint8Array, start: number, end: number): number {
  const digits = decode(text, start, end), value = Number(digits);
  if (!Number.isFinite(value) || (value === 0 && /^[^eE]*[1-9]/.test(digits))) return NONE;
  return float(value, OTHER, 0);
}

/** NaN and the infinities as JavaScript, Python and R print them. */
function special(text: Uint8Array, start: number, end: number): number {
  if (end - start > 9 || end - start < 3) return NONE;
  switch (decode(text, start, end)) {
    case 'NaN': return float(NaN, SHORTEST, 0);
    case 'Infinity': return float(Infinity, SHORTEST, 0);
    case '-Infinity': return float(-Infinity, SHORTEST, 0);
    case 'nan': return float(NaN, OTHER, 0);
    case 'inf': case 'Inf': return float(Infinity, OTHER, 0);
    case '-inf': case '-Inf': return float(-Infinity, OTHER, 0);
    default: return NONE;
  }
}

/** The text that was read as `value`, of the form that the column keeps (`fixed`: digits after the point, -1: as short as it can). */
export function print(value: number, fixed: number): string {
  if (fixed < 0 || !Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Object.is(value, -0) ? `-${value.toFixed(fixed)}` : value.toFixed(fixed);
}
