/** JSON as bytes: where values end, and what strings mean. Strict as JSON.parse, 256 deep. */
import { writeUTF8 } from './encoding.js';
import { decode, encode, isUTF8 } from './utf8.js';

/** Deepest nesting. */
export const DEEPEST = 256;

export const NULL = 0, FALSE = 1, TRUE = 2, NUMBER = 3;
/** A string without escapes: its bytes are its text. */
export const STRING = 4;
/** A string with escapes. */
export const ESCAPED = 5;
/** An object or array. */
export const NESTED = 6;

/** Why bytes are not JSON. Where something was expected at the end of the data it may only be that more is to come. */
export class Fault {
  constructor(readonly at: number, readonly text: string, readonly expected: boolean) {}
}

const expected = (at: number, what: string): Fault => new Fault(at, what, true);

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a, MINUS = 0x2d, ZERO = 0x30, NEWLINE = 10;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean => isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

const WORDS = [encode('null'), encode('false'), encode('true')];

/** Bytes in which values are looked for. In lines of JSON a newline is no blank: it ends the text. @throws Fault */
export class Source {
  // The value that was found last: of strings without the quotes.
  kind = NULL;
  start = 0;
  end = 0;

  constructor(readonly data: Uint8Array, readonly lines: boolean) {}

  blank(at: number): number {
    for (const { data, lines } = this; ; at++) {
      const byte = data[at];
      if (byte !== 0x20 && byte !== 9 && byte !== 13 && (byte !== NEWLINE || lines)) return at;
    }
  }

  /** Reads the value at `at` (blanks before it were skipped), inside `depth` others; returns where it ends. */
  value(at: number, depth: number): number {
    const byte = this.data[at];
    this.start = at;
    if (byte === QUOTE) {
      this.kind = STRING;
      this.start = at + 1;
      this.end = this.string(at + 1);
      return this.end + 1;
    }
    if (byte === MINUS || isDigit(byte)) {
      this.end = this.#number(at);
      this.kind = NUMBER;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.end = this.#nested(at, depth);
      this.start = at;
      this.kind = NESTED;
    } else {
      this.end = this.#word(at);
    }
    return this.end;
  }

  #word(at: number): number {
    const byte = this.data[at], kind = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : byte === 0x6e ? NULL : -1;
    if (kind < 0) throw expected(at, 'a value');
    this.kind = kind;
    const word = WORDS[kind];
    // The place of the wrong letter; at the end of the data more may come.
    for (let i = 0; i < word.length; i++) if (this.data[at + i] !== word[i]) throw expected(at + i, 'true, false or null');
    return at + word.length;
  }

  /** The place of the closing quote of the string whose first byte is at `at`; `kind` says whether it has escapes. */
  string(at: number): number {
    for (const { data } = this; ; at++) {
      const byte = data[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) {
        at = this.#escape(at);
        this.kind = ESCAPED;
      } else if (!(byte >= 0x20)) {
        if (byte === undefined || (byte === NEWLINE && this.lines)) throw expected(at, 'a closing quote');
        throw new Fault(at, 'a control character in a string must be escaped', false);
      }
    }
  }

  /** The last place of an escape. */
  #escape(at: number): number {
    switch (this.data[at + 1]) {
      case QUOTE: case BACKSLASH: case 0x2f: case 0x62: case 0x66: case 0x6e: case 0x72: case 0x74: return at + 1;
      case 0x75:
        for (let place = at + 2; place < at + 6; place++) if (!isHex(this.data[place])) throw expected(place, 'four hexadecimal digits after \\u');
        return at + 5;
      default: throw expected(at + 1, 'an escape that JSON knows');
    }
  }

  #digits(at: number): number {
    while (isDigit(this.data[at])) at++;
    return at;
  }

  #number(at: number): number {
    const { data } = this, from = data[at] === MINUS ? at + 1 : at;
    at = this.#digits(from);
    if (at === from) throw expected(at, 'a digit');
    if (data[from] === ZERO && at > from + 1) throw new Fault(from, 'a number begins with 0: leading zeros are not JSON', false);
    if (data[at] === 0x2e) {
      const fraction = at + 1;
      at = this.#digits(fraction);
      if (at === fraction) throw expected(at, 'a digit');
    }
    if ((data[at] | 0x20) === 0x65) {
      const exponent = data[at + 1] === MINUS || data[at + 1] === 0x2b ? at + 2 : at + 1;
      at = this.#digits(exponent);
      if (at === exponent) throw expected(at, 'a digit');
    }
    return at;
  }

  /** The place behind a key and its colon. */
  #key(at: number): number {
    at = this.blank(at);
    if (this.data[at] !== QUOTE) throw expected(at, 'a key in quotes');
    return this.colon(this.string(at + 1) + 1);
  }

  colon(at: number): number {
    at = this.blank(at);
    if (this.data[at] !== COLON) throw expected(at, "':'");
    return at + 1;
  }

  /** The place behind the object or array at `at`. */
  #nested(at: number, outer: number): number {
    const { data } = this, objects: boolean[] = [];
    for (;;) {
      at = this.blank(at);
      const byte = data[at];
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (outer + objects.length >= DEEPEST) throw new Fault(at, `JSON nests deeper than ${DEEPEST}`, false);
        at = this.blank(at + 1);
        if (data[at] === (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          at++;
        } else {
          objects.push(byte === OPEN_OBJECT);
          if (byte === OPEN_OBJECT) at = this.#key(at);
          continue;
        }
      } else if (byte === QUOTE) {
        at = this.string(at + 1) + 1;
      } else {
        at = byte === MINUS || isDigit(byte) ? this.#number(at) : this.#word(at);
      }
      for (;;) {
        if (objects.length === 0) return at;
        at = this.blank(at);
        const object = objects[objects.length - 1], next = data[at++];
        if (next === COMMA) {
          if (object) at = this.#key(at);
          break;
        }
        if (next !== (object ? CLOSE_OBJECT : CLOSE_ARRAY)) throw expected(at - 1, object ? "',' or '}'" : "',' or ']'");
        objects.pop();
      }
    }
  }
}

/** A text that is one JSON value, without the blanks between its parts; `null` for nothing but blanks, `undefined` for no JSON. */
export function minified(bytes: Uint8Array, start: number, end: number): Uint8Array | null | undefined {
  const text = decode(bytes, start, end).trim();
  if (text === '') return null;
  const source = new Source(encode(text), false);
  try {
    if (source.blank(source.value(0, 0)) !== source.data.length) return undefined;
  } catch (fault) {
    if (fault instanceof Fault) return undefined;
    throw fault;
  }
  return minify(source.data, 0, source.data.length);
}

/** A JSON text without blanks. Numbers and strings stay as they were written. */
export function minify(text: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(end - start);
  let to = 0, inString = false;
  for (let at = start; at < end; at++) {
    const byte = text[at];
    if (inString) {
      out[to++] = byte;
      if (byte === BACKSLASH) out[to++] = text[++at]; else if (byte === QUOTE) inString = false;
    } else if (byte !== 0x20 && byte !== 9 && byte !== NEWLINE && byte !== 13) {
      out[to++] = byte;
      inString = byte === QUOTE;
    }
  }
  return out.subarray(0, to);
}

function hex(text: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) value = value << 4 | (isDigit(text[i]) ? text[i] - 0x30 : (text[i] | 0x20) - 0x61 + 10);
  return value;
}

const PLAIN: Readonly<Record<number, number>> = { 0x62: 8, 0x66: 12, 0x6e: 10, 0x72: 13, 0x74: 9 };

/** What a string with escapes says. A surrogate without its other half keeps its three bytes (WTF-8). */
export function unescape(text: Uint8Array, start: number, end: number): Uint8Array {
  if (!isUTF8(text, start, end)) {
    text = encode(decode(text, start, end));
    start = 0;
    end = text.length;
  }
  const out = new Uint8Array(end - start);
  let to = 0;
  for (let at = start; at < end; at++) {
    if (text[at] !== BACKSLASH) { out[to++] = text[at]; continue; }
    const escape = text[++at];
    if (escape !== 0x75) { out[to++] = PLAIN[escape] ?? escape; continue; }
    let unit = hex(text, at + 1);
    at += 4;
    if (unit >= 0xd800 && unit < 0xdc00 && text[at + 1] === BACKSLASH && text[at + 2] === 0x75 && at + 6 < end) {
      const low = hex(text, at + 3);
      if (low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + (unit - 0xd800 << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    to = writeUTF8(unit, out, to);
  }
  return out.subarray(0, to);
}

/** What stands at a place, for a message. */
export function found(data: Uint8Array, at: number, lines: boolean): string {
  if (at >= data.length) return lines ? 'the end of the line' : 'the end of the text';
  const byte = data[at];
  if (byte === NEWLINE && lines) return 'the end of the line';
  return byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `the byte 0x${byte.toString(16).padStart(2, '0')}`;
}
