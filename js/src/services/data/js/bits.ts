/** Bitmaps (a bit per row, least significant first) and the bytes per row that loops here read instead. */

export function bytesFromBits(bits: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (bits[i >> 3] >> (i & 7)) & 1;
  return bytes;
}

export function bitsFromBytes(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let i = 0; i < bytes.length; i++) if (bytes[i]) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

/** The rows whose bit is set. */
export function rowsOfBits(bits: Uint8Array, length: number): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if ((bits[i >> 3] >> (i & 7)) & 1) rows[count++] = i;
  return rows.subarray(0, count);
}

/** `valid` where a byte is 0, else nothing: no validity is the fast way of every loop. */
export function validityOrNone(valid: Uint8Array | undefined): Uint8Array | undefined {
  return valid?.includes(0) ? valid : undefined;
}
