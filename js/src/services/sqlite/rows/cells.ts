/** The numbers of crates/sqlite-utils/src/cells.rs: what a packed value is. A cell has 16 bytes: u32 kind, u32 length, 8 bytes payload. */
import { utf8Decoder } from '../../../utf8.js';
export const NULL = 0;
/** |value| <= 2^53 - 1; the payload is an f64. */
export const INTEGER = 1;
export const FLOAT = 2;
/** Length in UTF-16 units; the payload is offset and length in bytes in the text region. Texts follow each other without gaps. */
export const TEXT = 3;
/** The payload is offset and length in the blob region. */
export const BLOB = 4;
/** The payload is an i64. */
export const BIG_INTEGER = 5;
/** Not valid UTF-8; its bytes lie in the blob region. */
export const BAD_TEXT = 6;
/** In rows alone: the text that this column had before; the payload's first word is the number of that row among those packed together. */
export const SAME = 7;

export const CELL_BYTES = 16;

/** Rows packed together: cells row by row, and the regions that they point into. The views may be those of an engine's whole memory. */
export interface Chunk {
  /** Rows. */
  count: number;
  /** Number of the first cell in the views. */
  base: number;
  /** Two words a cell. */
  f64: Float64Array;
  /** Four words a cell. */
  u32: Uint32Array;
  i64: BigInt64Array;
  /** The whole text region, decoded. */
  text: string;
  bytes: Uint8Array;
  /** Where the blob region begins in `bytes`. */
  blobs: number;
}

/** Made when it is first needed: importing touches no global. */

/** Bytes of a text region as one string, whose parts are found by their lengths in UTF-16 units. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length === 0) return '';
  return (length <= SHORT ? short(bytes, from, to) : undefined) ?? utf8Decoder().decode(bytes.subarray(from, to));
}

/** A call of the decoder costs more than a few characters do. */
const SHORT = 16;
const ASCII: readonly string[] = /* @__PURE__ */ Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** A few bytes as text, eight at a time; undefined where one is not ASCII. */
function short(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const a = bytes[at], b = bytes[at + 1], c = bytes[at + 2], d = bytes[at + 3], e = bytes[at + 4], f = bytes[at + 5], g = bytes[at + 6], h = bytes[at + 7];
    if ((a | b | c | d | e | f | g | h) > 127) return undefined;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; at < to; at++) {
    const byte = bytes[at];
    if (byte > 127) return undefined;
    text += ASCII[byte];
  }
  return text;
}

export function decodeBadText(bytes: Uint8Array): string {
  return utf8Decoder().decode(bytes);
}
