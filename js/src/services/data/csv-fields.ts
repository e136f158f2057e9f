/**
 * Fields of CSV as bytes, one behind the other: far faster than joining as many small strings. `ByteText` is where they go; a writer per
 * column puts the field of one row there.
 */
import { getBit } from './bits.js';
import type { ColumnData, PackedStrings } from './columns.js';
import { decodeString, packStrings } from './strings.js';

const QUOTE = 0x22;

export class ByteText {
  bytes = new Uint8Array(1 << 16);
  end = 0;
  private readonly done: string[] = [];

  /** Bytes that are held before they are a string. */
  static readonly PIECE = 1 << 20;

  /** Makes room for `length` bytes. */
  room(length: number): void {
    if (this.end + length <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.end + length, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
  }

  /** There must be room. */
  byte(value: number): void { this.bytes[this.end++] = value; }

  /** ASCII. */
  ascii(text: string): void {
    const { length } = text;
    this.room(length);
    const { bytes, end } = this;
    for (let i = 0; i < length; i++) bytes[end + i] = text.charCodeAt(i);
    this.end = end + length;
  }

  int(value: number): void {
    this.room(11);
    const { bytes } = this;
    let at = this.end, rest = value;
    if (rest < 0) { bytes[at++] = 0x2d; rest = -rest; }
    if (rest >= 10) {
      const digits = rest < 100 ? 2 : rest < 1000 ? 3 : rest < 10000 ? 4 : rest < 100000 ? 5 : rest < 1000000 ? 6 : rest < 10000000 ? 7 : rest < 100000000 ? 8 : rest < 1000000000 ? 9 : 10;
      at += digits;
      let place = at - 1, left = rest >>> 0;
      for (; left >= 10; place--) {
        const next = (left / 10) >>> 0;
        bytes[place] = 0x30 + left - 10 * next;
        left = next;
      }
      bytes[place] = 0x30 + left;
    } else {
      bytes[at++] = 0x30 + rest;
    }
    this.end = at;
  }

  copy(from: Uint8Array, start: number, stop: number): void {
    const length = stop - start;
    this.room(length);
    const { bytes, end } = this;
    if (length > 64) bytes.set(from.subarray(start, stop), end);
    else for (let i = 0; i < length; i++) bytes[end + i] = from[start + i];
    this.end = end + length;
  }

  quoted(from: Uint8Array, start: number, stop: number, apostrophe: boolean): void {
    this.room(2 * (stop - start) + 3);
    const { bytes } = this;
    let at = this.end;
    bytes[at++] = QUOTE;
    if (apostrophe) bytes[at++] = 0x27;
    for (let i = start; i < stop; i++) {
      const byte = from[i];
      if (byte === QUOTE) bytes[at++] = QUOTE;
      bytes[at++] = byte;
    }
    bytes[at++] = QUOTE;
    this.end = at;
  }

  /** Between two rows: what there is becomes a string once it is enough. */
  rest(): void { if (this.end >= ByteText.PIECE) this.flush(); }

  /** All of it. @throws RangeError where it is longer than a string can be */
  text(): string {
    this.flush();
    return this.done.join('');
  }

  private flush(): void {
    if (this.end > 0) this.done.push(decodeString(this.bytes.subarray(0, this.end)));
    this.end = 0;
  }
}

/** Puts the field of a row that is not null. */
export type Writer = (row: number) => void;

export interface Style { delimiter: number; escapeFormulas: boolean }

/** Strings as fields: in quotes where they are empty, hold a delimiter, quote or line break, or begin or end with a blank. */
export function textWriter(out: ByteText, strings: PackedStrings, { delimiter, escapeFormulas }: Style): Writer {
  const { offsets, bytes } = strings;
  const special = new Uint8Array(256);
  for (const byte of [delimiter, QUOTE, 13, 10]) special[byte] = 1;
  return (row) => {
    const start = offsets[row], stop = offsets[row + 1], first = bytes[start];
    const formula = escapeFormulas && start < stop && (first === 0x3d || first === 0x2b || first === 0x2d || first === 0x40 || first === 9 || first === 13);
    const mark = first === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf; // of byte order
    let plain = start < stop && (first > 32 || formula) && bytes[stop - 1] > 32 && !mark;
    for (let i = start; plain && i < stop; i++) plain = special[bytes[i]] === 0;
    if (!plain) { out.quoted(bytes, start, stop, formula); return; }
    if (formula) { out.room(1); out.byte(0x27); }
    out.copy(bytes, start, stop);
  };
}

/** One column. */
export function writerOf(out: ByteText, column: ColumnData, style: Style): Writer {
  const { type, values } = column;
  // What is no text holds a delimiter only where that is one of its characters, and is never a formula.
  const risky = /[\w.:+-]/.test(String.fromCharCode(style.delimiter));
  const put = (text: string): void => { out.ascii(risky && text.includes(String.fromCharCode(style.delimiter)) ? `"${text}"` : text); };
  switch (values.kind) {
    case 'f64': { const { values: numbers } = values; return (row) => { put(Object.is(numbers[row], -0) ? '-0' : String(numbers[row])); }; }
    case 'i32': { const { values: numbers } = values; return risky ? (row) => { put(String(numbers[row])); } : (row) => { out.int(numbers[row]); }; }
    case 'i64': { const { values: wide } = values; return type === 'timestamp' ? (row) => { put(isoText(wide[row])); } : (row) => { put(String(wide[row])); }; }
    case 'bool': { const { bits } = values; return (row) => { put(getBit(bits, row) ? 'true' : 'false'); }; }
    case 'strings': return textWriter(out, packStrings(values.strings), style);
    case 'dictionary': {
      const { codes } = values, { offsets, bytes } = fieldsOf(packStrings(values.dictionary), style);
      return (row) => { const code = codes[row]; out.copy(bytes, offsets[code], offsets[code + 1]); };
    }
  }
}

/** All fields of a dictionary, made once. */
function fieldsOf(words: PackedStrings, style: Style): PackedStrings {
  const out = new ByteText(), write = textWriter(out, words, style), offsets = new Int32Array(words.offsets.length);
  for (let i = 0; i < offsets.length - 1; i++) { write(i); offsets[i + 1] = out.end; }
  return { offsets, bytes: out.bytes };
}

function isoText(ms: bigint): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString(); // out of a Date's range: the number itself
}
