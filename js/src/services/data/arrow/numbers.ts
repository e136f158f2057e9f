/** Numbers that JavaScript has no typed array for: half floats and decimals, as doubles. */

export function halfFloats(bits: Uint16Array): Float64Array {
  return Float64Array.from(bits, halfFloat);
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >>> 10 & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** The nearest double of each: whole numbers of `bits` bits, over ten to the scale. */
export function decimals(bytes: Uint8Array, { bits, scale }: { bits: number; scale: number }): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), width = bits / 8;
  return Float64Array.from({ length: bytes.length / width }, (_, i) => {
    let value = bits === 32 ? BigInt(view.getInt32(4 * i, true)) : view.getBigInt64((i + 1) * width - 8, true);
    for (let at = width - 16; at >= 0; at -= 8) value = value << 64n | view.getBigUint64(i * width + at, true);
    // One division of two exact numbers is rounded once; beyond, reading the digits is.
    return scale >= 0 && scale <= 22 && value <= EXACT && value >= -EXACT ? Number(value) / 10 ** scale : Number(`${value}e${-scale}`);
  });
}
const EXACT = 9007199254740992n;
