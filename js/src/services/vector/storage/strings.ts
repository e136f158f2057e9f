/**
 * A column of optional strings. Any JavaScript string comes back as it was, lone surrogates, NUL and a leading BOM included.
 *
 * Layout: u32 length in UTF-16 units per string (0xFFFFFFFF = absent), then blocks of whole strings, about 1 Mi units each:
 * u32 units, u32 bytes, u32 encoding (0 = UTF-8, 1 = UTF-16LE), then the bytes. Strings of a block stand joined, so one
 * native call encodes or decodes thousands of them. A block is UTF-16LE only where it is not well-formed, which UTF-8 can not carry.
 */
import type { Steps } from '../../../calls/steps.js';
import type { ByteReader } from './bytes.js';
import { ByteWriter } from './bytes.js';

const ABSENT = 0xffffffff;
const UTF8 = 0;
const UTF16LE = 1;
const BLOCK_UNITS = 1 << 20;
/** With the `u` flag a surrogate pair is one character, so only lone surrogates match. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Encodes a column piece by piece; each piece is a fresh array. */
export function* encodeStrings(values: ArrayLike<string | undefined>): Generator<Uint8Array<ArrayBuffer>> {
  const lengths = new ByteWriter();
  for (let i = 0; i < values.length; i++) lengths.u32(values[i]?.length ?? ABSENT);
  yield lengths.view();
  let parts: string[] = [];
  let units = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!value) continue;
    // A huge string gets a block of its own: joining must not pass the engine's longest string.
    if (units > 0 && units + value.length > BLOCK_UNITS) {
      yield encodeBlock(parts.join(''));
      parts = [];
      units = 0;
    }
    parts.push(value);
    units += value.length;
  }
  if (units > 0) yield encodeBlock(parts.join(''));
}

function encodeBlock(text: string): Uint8Array<ArrayBuffer> {
  const wellFormed = !LONE_SURROGATE.test(text);
  const body = wellFormed ? new TextEncoder().encode(text) : encodeUtf16(text);
  const out = new ByteWriter();
  out.u32(text.length).u32(body.length).u32(wellFormed ? UTF8 : UTF16LE).bytes(body);
  return out.view();
}

function encodeUtf16(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out[2 * i] = unit;
    out[2 * i + 1] = unit >>> 8;
  }
  return out;
}

/** Reads a column of `count` strings from where the reader stands; pauses between blocks. */
export function* decodeStrings(reader: ByteReader, count: number): Steps<(string | undefined)[]> {
  const lengths = reader.u32s(count);
  const out = new Array<string | undefined>(count).fill(undefined);
  let block = '';
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i];
    if (length === ABSENT) continue;
    if (length === 0) { out[i] = ''; continue; }
    if (at === block.length) {
      yield;
      block = decodeBlock(reader);
      at = 0;
    }
    if (length > block.length - at) throw reader.fail(`string ${i} is longer than its block`);
    out[i] = block.slice(at, at + length);
    at += length;
  }
  if (at !== block.length) throw reader.fail('a block of text is longer than its strings');
  return out;
}

function decodeBlock(reader: ByteReader): string {
  const units = reader.u32();
  const length = reader.u32();
  const encoding = reader.u32();
  if (units === 0) throw reader.fail('an empty block of text');
  const body = reader.bytes(length);
  let text: string;
  if (encoding === UTF8) {
    text = decodeUtf8(body, reader);
  } else if (encoding === UTF16LE) {
    if (length !== units * 2) throw reader.fail('a UTF-16 block of odd length');
    text = decodeUtf16(body);
  } else {
    throw reader.fail(`unknown text encoding ${encoding}`);
  }
  if (text.length !== units) throw reader.fail('a block of text whose length differs from its header');
  return text;
}

/** Strict UTF-8; a leading BOM is text like any other. */
export function decodeUtf8(bytes: Uint8Array, reader: ByteReader): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw reader.fail('text that is not UTF-8');
  }
}

/** Not TextDecoder('utf-16le'): that would turn lone surrogates into U+FFFD. */
function decodeUtf16(bytes: Uint8Array): string {
  let out = '';
  const piece = new Uint16Array(4096);
  const units = bytes.length >>> 1;
  for (let from = 0; from < units; from += piece.length) {
    const count = Math.min(piece.length, units - from);
    for (let i = 0; i < count; i++) piece[i] = bytes[2 * (from + i)] | (bytes[2 * (from + i) + 1] << 8);
    out += String.fromCharCode.apply(null, piece.subarray(0, count) as unknown as number[]);
  }
  return out;
}
