/**
 * The three lossy encodings of a row, exact to the bit on every implementation. All are idempotent: encoding a decoded
 * row gives the same codes, so rows can be exported, stored and imported for ever without drifting.
 *
 * - f16: IEEE 754 binary16, rounded to nearest even; beyond 65504 becomes an infinity (the service refuses such rows).
 * - int8: code = x / scale rounded to nearest even, scale = absmax / 127 rounded up to 17 significant bits, so that every
 *   code * scale (7 + 17 bits) is exact in f32. Scales stay in [2^-133, max/127], where that holds; 0 for a row of zeros.
 * - binary: bit = x > 0, factor = mean |x|, decoded as +factor or -factor.
 */

const floatBits = new DataView(new ArrayBuffer(8));

/** The nearest binary16, as its 16 bits. */
export function toHalf(value: number): number {
  floatBits.setFloat32(0, value);
  const bits = floatBits.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24, as are floats in [0.5, 1): the addition rounds.
    floatBits.setUint32(0, magnitude);
    floatBits.setFloat32(0, floatBits.getFloat32(0) + 0.5);
    return sign | (floatBits.getUint32(0) - 0x3f000000);
  }
  // Rebias the exponent (127 to 15) and round: just under half a unit, plus one when the last kept bit is odd.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** The number a binary16 stands for. */
export function fromHalf(half: number): number {
  const exponent = (half >>> 10) & 31, fraction = half & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24
    : exponent === 31 ? (fraction === 0 ? Infinity : NaN)
    : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return (half & 0x8000) === 0 ? magnitude : -magnitude;
}

let halves: Float32Array | undefined;

/** `fromHalf` of all 65,536 values, made on first use (256 KiB). */
export function halfTable(): Float32Array {
  if (halves === undefined) {
    const table = new Float32Array(65536);
    for (let half = 0; half < 65536; half++) table[half] = fromHalf(half);
    halves = table;
  }
  return halves;
}

const MAX_F32 = (2 - 2 ** -23) * 2 ** 127;
/** Below it a scale of 17 significant bits is no longer exact in f32. */
const MIN_SCALE = 2 ** -133;
/** The largest scale whose 127-fold is finite in f32: max / 127 cut to 17 bits. */
const MAX_SCALE = Math.floor((MAX_F32 / 127) * 2 ** -105) * 2 ** 105;

/** The int8 scale for a row of this largest magnitude. */
export function int8Scale(absmax: number): number {
  floatBits.setFloat64(0, absmax / 127);
  let high = floatBits.getUint32(0);
  // Seventeen significant bits are the leading one and the top 16 of the 20 fraction bits in the high word.
  const cut = (high & 15) !== 0 || floatBits.getUint32(4) !== 0;
  high = (high & ~15) + (cut ? 16 : 0);
  floatBits.setUint32(0, high);
  floatBits.setUint32(4, 0);
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, floatBits.getFloat64(0)));
  return absmax <= scale / 2 ? 0 : scale;
}

/** True for the scales that `int8Scale` can give: 0, or 17 significant bits in range. */
export function isInt8Scale(scale: number): boolean {
  if (scale === 0) return true;
  if (!(scale >= MIN_SCALE && scale <= MAX_SCALE)) return false;
  floatBits.setFloat64(0, scale);
  return (floatBits.getUint32(0) & 15) === 0 && floatBits.getUint32(4) === 0;
}

/** 1.5 x 2^52: adding and subtracting it rounds a double of modest size to the nearest integer, ties to even. */
const ROUND = 6755399441055744;

/** Writes the int8 codes of `row[from, from + dimensions)` at `at` and returns the scale. */
export function encodeInt8(row: Float32Array, from: number, dimensions: number, codes: Int8Array, at: number): number {
  let absmax = 0;
  for (let j = 0; j < dimensions; j++) absmax = Math.max(absmax, Math.abs(row[from + j]));
  const scale = int8Scale(absmax);
  if (scale === 0) codes.fill(0, at, at + dimensions);
  else for (let j = 0; j < dimensions; j++) codes[at + j] = row[from + j] / scale + ROUND - ROUND;
  return scale;
}

/** Sets bit j of the words at `at` where component j is positive; bits beyond the dimensions are 0. */
export function packSigns(row: Float32Array, from: number, dimensions: number, words: Uint32Array, at: number): void {
  for (let j = 0, w = at; j < dimensions; j += 32, w++) {
    let word = 0;
    for (let b = 0, end = Math.min(32, dimensions - j); b < end; b++) if (row[from + j + b] > 0) word |= 1 << b;
    words[w] = word;
  }
}

/** The binary factor: mean magnitude in f64 (eight partial sums, as scores), rounded to f32; 0 only for a row of zeros. */
export function binaryFactor(row: Float32Array, from: number, dimensions: number): number {
  const sums = new Float64Array(8);
  for (let j = 0; j < dimensions; j++) sums[j & 7] += Math.abs(row[from + j]);
  const sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  return sum === 0 ? 0 : Math.max(2 ** -149, Math.fround(sum / dimensions));
}

/** Writes +factor or -factor for every bit, without a branch on random bits; + 0 makes the -0 of a zero factor 0. */
export function decodeBinary(words: Uint32Array, at: number, factor: number, dimensions: number, out: Float32Array, to: number): void {
  for (let j = 0, w = at; j < dimensions; j += 32, w++) {
    let word = words[w] | 0;
    for (let o = to + j, end = to + Math.min(j + 32, dimensions); o < end; o++, word >>>= 1) out[o] = (((word & 1) << 1) - 1) * factor + 0;
  }
}
