/** Bytes that should be UTF-8. What is not becomes U+FFFD, as TextDecoder has it. */
import { utf8Encoder, utf8Decoder } from '../../../utf8.js';


export const encode = (text: string): Uint8Array => utf8Encoder().encode(text);

export function decode(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return utf8Decoder().decode(bytes.subarray(start, end));
}

export function isASCII(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] > 127) return false;
  return true;
}

/** Whether `start..end` is UTF-8 as it stands. */
export function isUTF8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const byte = bytes[at++];
    if (byte < 0x80) continue;
    // How many bytes follow, and between what the first of them lies.
    const more = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
    if (more === 0 || at + more > end) return false;
    const low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80, high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (bytes[at] < low || bytes[at] > high) return false;
    for (let next = at + 1; next < at + more; next++) if ((bytes[next] & 0xc0) !== 0x80) return false;
    at += more;
  }
  return true;
}

/** Characters of a text that a message shows. */
const SHOWN = 40;

/** A text for a message: mended, and cut where it is long. */
export function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = decode(bytes, start, Math.min(end, start + 8 * SHOWN));
  const characters = [...text];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}…` : text;
}
