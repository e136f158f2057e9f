/** The encoding of a text: UTF-8 unless a byte order mark says otherwise; UTF-16 is turned into UTF-8 on the way. */
import { dataError } from '../errors.js';

const UNKNOWN = 0, UTF8 = 1, LITTLE = 2, BIG = 3;

/** Takes UTF-8 in pieces, each with the bytes of a UTF-8 mark that stood before it. */
export type Take = (text: Uint8Array, mark: number) => void;

export class Decoder {
  #encoding = UNKNOWN;
  /** First bytes that do not tell the encoding yet; of UTF-16, a unit that is cut and a high surrogate that waits. */
  #held = new Uint8Array(0);

  constructor(private readonly take: Take) {}

  /** @param last nothing follows @throws ServiceError PARSE */
  feed(bytes: Uint8Array, last: boolean): void {
    if (this.#encoding === UTF8) { this.take(bytes, 0); return; }
    if (this.#encoding !== UNKNOWN) { this.#utf16(bytes, last); return; }
    // Four bytes tell UTF-32 from UTF-16; most texts tell by their first one.
    const plain = this.#held.length === 0 && bytes.length > 0 && ![0, 0xef, 0xfe, 0xff].includes(bytes[0]);
    if (plain) {
      this.#encoding = UTF8;
      this.take(bytes, 0);
      return;
    }
    const wanted = Math.min(bytes.length, 4 - this.#held.length);
    const first = joined(this.#held, bytes.subarray(0, wanted));
    if (first.length < 4 && !last) { this.#held = first; return; }
    this.#held = new Uint8Array(0);
    const [a, b, c, d] = first;
    if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) throw dataError('PARSE', 'the text is UTF-32: convert it to UTF-8 or UTF-16');
    const mark = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
    this.#encoding = a === 0xff && b === 0xfe ? LITTLE : a === 0xfe && b === 0xff ? BIG : UTF8;
    if (this.#encoding === UTF8) this.take(first.subarray(mark), mark); else this.#utf16(first.subarray(2), false);
    this.feed(bytes.subarray(wanted), last);
  }

  #utf16(bytes: Uint8Array, last: boolean): void {
    const held = joined(this.#held, bytes), low = this.#encoding === BIG ? 1 : 0, high = 1 - low;
    let whole = held.length & ~1;
    // A high surrogate at the end waits for what follows it.
    if (!last && whole >= 2 && (held[whole - 2 + high] & 0xfc) === 0xd8) whole -= 2;
    const out = new Uint8Array(whole / 2 * 3 + 3);
    let to = 0;
    for (let at = 0; at < whole; at += 2) {
      let code = held[at + high] << 8 | held[at + low];
      if ((code & 0xf800) === 0xd800) {
        const next = at + 2 < whole ? held[at + 2 + high] << 8 | held[at + 2 + low] : 0;
        if (code < 0xdc00 && (next & 0xfc00) === 0xdc00) {
          code = 0x10000 + (code - 0xd800 << 10) + (next - 0xdc00);
          at += 2;
        } else {
          code = 0xfffd;
        }
      }
      to = writeUTF8(code, out, to);
    }
    if (last && whole < held.length) to = writeUTF8(0xfffd, out, to); else this.#held = held.slice(whole);
    this.take(out.subarray(0, to), 0);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Writes one code point (of a lone surrogate its three bytes) at `to`; returns the place behind it. */
export function writeUTF8(code: number, out: Uint8Array, to: number): number {
  if (code < 0x80) { out[to++] = code; return to; }
  if (code < 0x800) {
    out[to++] = 0xc0 | code >> 6;
  } else {
    if (code < 0x10000) { out[to++] = 0xe0 | code >> 12; } else { out[to++] = 0xf0 | code >> 18; out[to++] = 0x80 | code >> 12 & 63; }
    out[to++] = 0x80 | code >> 6 & 63;
  }
  out[to++] = 0x80 | code & 63;
  return to;
}
