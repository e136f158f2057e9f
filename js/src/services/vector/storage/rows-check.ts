/** Stored rows must be rows that the service would have taken: one NaN among them would spoil every later order. */
import type { Steps } from '../../../calls/steps.js';
import type { Encoding } from '../engine.js';
import { corrupt } from './bytes.js';
import { rowBytes } from './format.js';

/** Small enough to copy cheaply when the bytes are not aligned for a typed array. */
const PIECE_BYTES = 1 << 18;

/**
 * Throws CORRUPT, naming row and byte, unless every row is finite and in canonical form: f32 and f16 components finite,
 * int8 and binary scales finite and not negative, unused bits of a binary row zero. Pauses between pieces. `base` is the rows' offset in the file.
 */
export function* checkRows(bytes: Uint8Array, encoding: Encoding, dimensions: number, base: number): Steps<void> {
  const stride = rowBytes(encoding, dimensions);
  const bad = (byte: number): never => {
    throw corrupt(`row ${Math.floor(byte / stride)} holds a value that is not finite or not canonical`, base + byte);
  };
  if (encoding === 'f32' || encoding === 'f16') {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      const to = Math.min(bytes.length, from + PIECE_BYTES);
      const at = encoding === 'f32' ? findNonFinite32(bytes, from, to) : findNonFinite16(bytes, from, to);
      if (at >= 0) bad(at);
      yield;
    }
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const unusedBits = encoding === 'binary' && dimensions % 8 !== 0 ? 0xff << (dimensions % 8) : 0;
  for (let at = 0, row = 0; at < bytes.length; at += stride, row++) {
    if (row % 65536 === 65535) yield;
    const scale = view.getFloat32(at, true);
    if (!(scale >= 0 && scale < Infinity)) bad(at);
    if (unusedBits !== 0 && (bytes[at + stride - 1] & unusedBits & 0xff) !== 0) bad(at + stride - 1);
  }
}

/** An f32 is not finite when its eight exponent bits are all ones. */
function findNonFinite32(bytes: Uint8Array, from: number, to: number): number {
  const words = (bytes.byteOffset + from) % 4 === 0
    ? new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) >>> 2)
    : new Int32Array(bytes.slice(from, to).buffer); // with a sign: without one V8 makes a double of every negative number
  for (let i = 0; i < words.length; i++) if ((words[i] & 0x7f800000) === 0x7f800000) return from + i * 4;
  return -1;
}

function findNonFinite16(bytes: Uint8Array, from: number, to: number): number {
  const halves = (bytes.byteOffset + from) % 2 === 0
    ? new Uint16Array(bytes.buffer, bytes.byteOffset + from, (to - from) >>> 1)
    : new Uint16Array(bytes.slice(from, to).buffer);
  for (let i = 0; i < halves.length; i++) if ((halves[i] & 0x7c00) === 0x7c00) return from + i * 2;
  return -1;
}
