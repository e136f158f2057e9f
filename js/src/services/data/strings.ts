/**
 * Strings between JavaScript and bytes: UTF-8, except that a lone surrogate keeps the three bytes it would have (WTF-8), so that no
 * string is changed on the way in and out. Many short strings go through one call of the platform's coder, a block at a time.
 */
import type { ColumnValues, PackedStrings, StringList } from './columns.js';
import { dataError } from './errors.js';
import { utf8Encoder, utf8Decoder, strictUTF8Decoder } from '../../utf8.js';

/** UTF-16 units that are encoded at a time. */
const BLOCK_UNITS = 1 << 15;
/** Bytes that are decoded at a time: a short string may keep its whole block alive, so blocks are small. */
const BLOCK_BYTES = 1 << 14;
/** A string of at least so many units goes through the platform's encoder alone. */
const LONG_UNITS = 256;
const MOST_BYTES = 2 ** 31 - 1;

export function isPacked(list: StringList): list is PackedStrings {
  return !Array.isArray(list);
}

// ── in ──

/** @throws ServiceError TOO_LARGE past 2 GiB of text */
export function packStrings(list: StringList): PackedStrings {
  if (isPacked(list)) return list;
  const offsets = new Int32Array(list.length + 1);
  let bytes = new Uint8Array(Math.max(64, list.length * 8)), end = 0;
  for (let from = 0; from < list.length;) {
    let to = from, units = 0;
    while (to < list.length && units < BLOCK_UNITS) units += list[to++].length;
    if (end + 3 * units > bytes.length) bytes = larger(bytes, end, end + 3 * units);
    end = packBlock(list, from, to, units, bytes, end, offsets);
    from = to;
  }
  // What lies unused behind the text is given back where it is more than the text.
  return { offsets, bytes: bytes.length > 2 * end + 65536 ? bytes.slice(0, end) : bytes.subarray(0, end) };
}

function larger(bytes: Uint8Array, used: number, needed: number): Uint8Array<ArrayBuffer> {
  if (used > MOST_BYTES) throw dataError('TOO_LARGE', 'a text column holds at most 2 GiB: split the table');
  const next = new Uint8Array(Math.max(needed, Math.min(2 * bytes.length, bytes.length + (256 << 20))));
  next.set(bytes.subarray(0, used));
  return next;
}

/** Strings `from..to` behind `end`; there is room for their longest form. Returns the new end. */
function packBlock(list: readonly string[], from: number, to: number, units: number, bytes: Uint8Array, end: number, offsets: Int32Array): number {
  if (to - from > 1) {
    const { written } = utf8Encoder().encodeInto(list.slice(from, to).join(''), bytes.subarray(end));
    // As many bytes as units: ASCII alone, and nothing joined over the seams.
    if (written === units) {
      for (let i = from; i < to; i++) offsets[i + 1] = end += list[i].length;
      return checked(end);
    }
  }
  for (let i = from; i < to; i++) offsets[i + 1] = end = encodeString(list[i], bytes, end);
  return checked(end);
}

function checked(end: number): number {
  if (end > MOST_BYTES) throw dataError('TOO_LARGE', 'a text column holds at most 2 GiB: split the table');
  return end;
}

/** Writes one string at `at`, where there is room for three bytes per unit; returns the place behind it. */
function encodeString(text: string, bytes: Uint8Array, at: number): number {
  if (text.length >= LONG_UNITS && !LONE.test(text)) return at + utf8Encoder().encodeInto(text, bytes.subarray(at)).written;
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) { bytes[at++] = unit; continue; }
    if (unit < 0x800) { bytes[at++] = 0xc0 | unit >> 6; bytes[at++] = 0x80 | unit & 63; continue; }
    if (unit >= 0xd800 && unit < 0xdc00) {
      const low = text.charCodeAt(i + 1); // NaN behind the end
      if (low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + (unit - 0xd800 << 10) + (low - 0xdc00);
        i++;
        bytes[at++] = 0xf0 | unit >> 18; bytes[at++] = 0x80 | unit >> 12 & 63; bytes[at++] = 0x80 | unit >> 6 & 63; bytes[at++] = 0x80 | unit & 63;
        continue;
      }
    }
    bytes[at++] = 0xe0 | unit >> 12; bytes[at++] = 0x80 | unit >> 6 & 63; bytes[at++] = 0x80 | unit & 63;
  }
  return at;
}

/** A surrogate without its other half. */
const LONE = /\p{Surrogate}/u;

// ── out ──

/** Bytes that are no UTF-8 (of a damaged file) become U+FFFD, within their own string. */
export function decodeStrings(list: StringList): readonly string[] {
  if (!isPacked(list)) return list;
  const { offsets, bytes } = list;
  const count = offsets.length - 1, out = new Array<string>(count);
  for (let from = 0; from < count;) {
    let to = from + 1;
    const start = offsets[from];
    while (to < count && offsets[to + 1] - start <= BLOCK_BYTES) to++;
    decodeBlock(offsets, bytes, from, to, out);
    from = to;
  }
  return out;
}

function decodeBlock(offsets: Int32Array, bytes: Uint8Array, from: number, to: number, out: string[]): void {
  const start = offsets[from], length = offsets[to] - start;
  if (to - from === 1) { out[from] = decodeString(bytes.subarray(start, start + length)); return; }
  let text: string;
  try {
    text = strictUTF8Decoder().decode(bytes.subarray(start, start + length));
  } catch {
    for (let i = from; i < to; i++) out[i] = decodeString(bytes.subarray(offsets[i], offsets[i + 1]));
    return;
  }
  if (text.length === length) {
    for (let i = from, at = 0; i < to; i++) out[i] = text.slice(at, at = offsets[i + 1] - start);
    return;
  }
  // Valid as a whole: a string's units are its bytes less those that continue a character, and a four-byte character counts two.
  for (let i = from, at = 0; i < to; i++) {
    const end = offsets[i + 1];
    let units = 0;
    for (let b = offsets[i]; b < end; b++) {
      const byte = bytes[b];
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    // A seam inside a character: the strings are cut wrongly, each is read for itself.
    if (offsets[i] < end && (bytes[offsets[i]] & 0xc0) === 0x80) {
      for (let j = from; j < to; j++) out[j] = decodeString(bytes.subarray(offsets[j], offsets[j + 1]));
      return;
    }
    out[i] = text.slice(at, at += units);
  }
}

/** One string; surrogates between what is UTF-8 come back as they went in. */
export function decodeString(bytes: Uint8Array): string {
  let text = '', from = 0;
  for (let at = bytes.indexOf(0xed); at >= 0 && at + 2 < bytes.length; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1], third = bytes[at + 2];
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    if (from < at) text += utf8Decoder().decode(bytes.subarray(from, at));
    text += String.fromCharCode(0xd000 | (second & 63) << 6 | third & 63);
    from = at + 3;
  }
  return from === 0 ? utf8Decoder().decode(bytes) : from < bytes.length ? text + utf8Decoder().decode(bytes.subarray(from)) : text;
}

// ── order ──

/** By code point, which is the order of the bytes; JavaScript's own `<` compares UTF-16 units and has U+1F600 before U+FFFD. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 || y < 0xd800) return x - y;
    // A low surrogate counts with the high one before it, which is the same in both.
    const inside = ((x & 0xfc00) === 0xdc00 || (y & 0xfc00) === 0xdc00) && i > 0 && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800;
    return a.codePointAt(inside ? i - 1 : i)! - b.codePointAt(inside ? i - 1 : i)!;
  }
  return a.length - b.length;
}

// ── dictionaries ──

export type Codes = Uint8Array | Uint16Array | Int32Array;

/** Room for the codes of a dictionary, as narrow as it allows (as crates/columnar has them). */
export function codesFor(rows: number, values: number): Codes {
  return values <= 1 << 8 ? new Uint8Array(rows) : values <= 1 << 16 ? new Uint16Array(rows) : new Int32Array(rows);
}

export function narrowCodes(codes: ArrayLike<number>, values: number): Codes {
  if (values > 1 << 16 && codes instanceof Int32Array) return codes;
  const narrow = codesFor(codes.length, values);
  narrow.set(codes);
  return narrow;
}

/** Whether a sample of rows repeats as it would if four rows shared a value: the square root of the rows tells, by the birthday paradox. */
export function repeats(rows: number, at: (row: number) => string | null): boolean {
  if (rows < 64) return rows > 8;
  const sample = Math.min(rows, Math.ceil(4 * Math.sqrt(rows)));
  const seen = new Set<string | null>();
  let nulls = 0;
  for (let i = 0; i < sample; i++) {
    const value = at(Math.floor(i * rows / sample));
    if (value === null) nulls++; else seen.add(value);
  }
  return sample - nulls - seen.size >= 10 || seen.size === 0;
}

/** Gives out codes in order of first appearance, as long as about four rows share a value. */
export class DictionaryBuilder {
  readonly places = new Map<string, number>();
  readonly words: string[] = [];
  private readonly most: number;
  constructor(rows: number) { this.most = Math.max(4, rows >> 2); }

  /** The code of a value that has none yet; -1 where the values do not repeat enough. */
  add(value: string): number {
    const code = this.words.length;
    if (code === this.most) return -1;
    this.places.set(value, code);
    this.words.push(value);
    return code;
  }

  finish(codes: Int32Array): Extract<ColumnValues, { kind: 'dictionary' }> {
    const dictionary = this.words.length > 0 ? this.words : [''];
    return { kind: 'dictionary', codes: narrowCodes(codes, dictionary.length), dictionary };
  }
}

/**
 * The strings as codes and a dictionary while they repeat. `null` has code 0 and is marked by the caller.
 * @returns undefined where they do not: plain strings are smaller and faster then
 */
export function dictionaryOf(strings: readonly (string | null)[]): Extract<ColumnValues, { kind: 'dictionary' }> | undefined {
  const rows = strings.length;
  if (!repeats(rows, (row) => strings[row])) return undefined;
  const builder = new DictionaryBuilder(rows), { places } = builder, codes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const value = strings[i];
    if (value === null) continue;
    let code = places.get(value);
    if (code === undefined && (code = builder.add(value)) < 0) return undefined;
    codes[i] = code;
  }
  return builder.finish(codes);
}
