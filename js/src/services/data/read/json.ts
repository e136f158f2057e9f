/** NDJSON and JSON, pushed piece by piece, as a table. */
import type { TableData } from '../columns.js';
import type { ReadOptions } from '../engine.js';
import { dataError } from '../errors.js';
import { JsonRows, keyName, type Place } from './json-rows.js';
import { DEEPEST, Fault, found, Source } from './json-text.js';
import { Carry, type TextParser } from './parser.js';

const NEWLINE = 10, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, COMMA = 0x2c, COLON = 0x3a;

/** What the text goes on with, and how a message calls it. */
const WANTED = {
  line: "the end of the text (lines of objects are format 'ndjson')",
  document: "'[' of an array of objects or '{' of an object of arrays",
  firstRow: 'a row, which is an object',
  row: 'a row, which is an object',
  afterRow: "',' or ']'",
  firstKey: 'a key in quotes',
  key: 'a key in quotes',
  afterKey: "'[': in an object of columns every value is an array (lines of objects are format 'ndjson')",
  firstElement: 'a value',
  element: 'a value',
  afterElement: "',' or ']'",
  afterColumn: "',' or '}'",
  end: "the end of the text (lines of objects are format 'ndjson')",
} as const;

export class JsonParser implements TextParser {
  #rows: JsonRows;
  #next: keyof typeof WANTED;
  #inColumns = false;
  /** The column that comes as an array. */
  #field = 0;
  #carry = new Carry();
  #extent = new Extent();
  // The first byte that was not read yet, in the whole text, and its line.
  #offset = 0;
  #line = 1;

  /** @param lines NDJSON, an object a line; else one document: an array of objects, or an object of arrays */
  constructor(options: ReadOptions, lines: boolean) {
    this.#rows = new JsonRows(options.schema);
    this.#next = lines ? 'line' : 'document';
  }

  /** Of columns that come as arrays, those of the first. */
  get rows(): number { return this.#inColumns ? this.#rows.firstLength : this.#rows.rows; }

  push(data: Uint8Array, mark: number): void {
    this.#offset += mark;
    while (this.#carry.length > 0 && data.length > 0) {
      const end = this.#next === 'line' ? data.indexOf(NEWLINE) : this.#extent.find(data);
      if (end < 0) { this.#carry.add(data, this.#line); return; }
      this.#carry.add(data.subarray(0, end + 1), this.#line);
      data = data.subarray(end + 1);
      const carry = this.#carry.take(), read = this.#read(carry, false), rest = carry.subarray(read);
      if (read > 0) {
        this.#extent = new Extent();
        this.#extent.find(rest);
      }
      this.#carry.add(rest, this.#line);
    }
    // A line may hold anything up to its end.
    const whole = this.#next === 'line' ? data.lastIndexOf(NEWLINE) + 1 : data.length;
    const rest = data.subarray(whole === 0 ? 0 : this.#read(data.subarray(0, whole), false));
    if (rest.length > 0) {
      this.#extent = new Extent();
      if (this.#next !== 'line') this.#extent.find(rest);
      this.#carry.add(rest, this.#line);
    }
  }

  end(): void {
    this.#read(this.#carry.take(), true);
    if (this.#next !== 'line' && this.#next !== 'end') throw this.#error(new Uint8Array(0), new Fault(0, WANTED[this.#next], true));
  }

  /** Reads what is whole; returns where the rest begins. @param last nothing follows the data */
  #read(data: Uint8Array, last: boolean): number {
    const read = this.#next === 'line' ? this.#readLines(data) : this.#readDocument(data, last);
    this.#offset += read;
    this.#line += newlines(data, read);
    return read;
  }

  #readLines(data: Uint8Array): number {
    const source = new Source(data, true), rows = this.#rows;
    let at = 0;
    try {
      for (;;) {
        at = source.blank(at);
        if (at >= data.length) break;
        if (data[at] === NEWLINE) { at++; continue; }
        at = source.blank(rows.row(source, at));
        if (at < data.length && data[at] !== NEWLINE) {
          // The row itself is whole, but it is not one line's.
          throw new Fault(at, 'the end of the line', true);
        }
        if (rows.isFull) this.#flush(data);
      }
    } catch (error) {
      throw this.#stopped(data, error);
    }
    this.#flush(data);
    return at;
  }

  /** An error: those of rows before it come first. */
  #stopped(data: Uint8Array, error: unknown): unknown {
    if (!(error instanceof Fault)) return error;
    try {
      if (this.#isElement) this.#flushElements(data);
      else if (!this.#inColumns) {
        this.#rows.forgetCut();
        this.#flush(data);
      }
    } catch (earlier) {
      return earlier;
    }
    return this.#error(data, error);
  }

  get #isElement(): boolean { return this.#next === 'firstElement' || this.#next === 'element' || this.#next === 'afterElement'; }

  #place(data: Uint8Array): Place {
    return (at) => `line ${this.#line + newlines(data, at)}, offset ${this.#offset + at}`;
  }

  #flush(data: Uint8Array): void { this.#rows.flush(data, this.#place(data)); }
  #flushElements(data: Uint8Array): void { this.#rows.flushElements(this.#field, data, this.#place(data)); }

  #error(data: Uint8Array, { at, text, expected }: Fault): Error {
    const where = this.#place(data)(at);
    return dataError('PARSE', expected ? `${where}: expected ${text}, found ${found(data, at, this.#next === 'line')}` : `${where}: ${text}`);
  }

  #readDocument(data: Uint8Array, last: boolean): number {
    const source = new Source(data, false);
    let at = 0;
    try {
      for (;;) {
        at = source.blank(at);
        if (at >= data.length) break;
        at = this.#step(source, at);
        if (this.#rows.isFull) this.#flush(data);
      }
    } catch (error) {
      if (last || !(error instanceof Fault && error.expected && error.at >= data.length)) throw this.#stopped(data, error);
      if (!this.#inColumns) this.#rows.forgetCut();
    }
    if (this.#isElement) this.#flushElements(data); else if (!this.#inColumns) this.#flush(data);
    return at;
  }

  /** One part of a document: a bracket, a comma, a row, a key, a value. Returns the place behind it. */
  #step(source: Source, at: number): number {
    const byte = source.data[at], next = this.#next;
    switch (next) {
      case 'document':
        if (byte !== OPEN_ARRAY && byte !== OPEN_OBJECT) break;
        this.#inColumns = byte === OPEN_OBJECT;
        this.#next = byte === OPEN_ARRAY ? 'firstRow' : 'firstKey';
        return at + 1;
      case 'firstRow':
      case 'row': {
        if (byte === CLOSE_ARRAY && next === 'firstRow') { this.#next = 'end'; return at + 1; }
        const end = this.#rows.row(source, at);
        this.#next = 'afterRow';
        return end;
      }
      case 'afterRow':
        if (byte !== COMMA && byte !== CLOSE_ARRAY) break;
        this.#next = byte === COMMA ? 'row' : 'end';
        return at + 1;
      case 'firstKey':
      case 'key': {
        if (byte === CLOSE_OBJECT && next === 'firstKey') { this.#next = 'end'; return at + 1; }
        const name = keyName(source, at), end = source.colon(source.end + 1);
        this.#field = this.#rows.renew(name);
        this.#next = 'afterKey';
        return end;
      }
      case 'afterKey':
        if (byte !== OPEN_ARRAY) break;
        this.#next = 'firstElement';
        return at + 1;
      case 'firstElement':
      case 'element': {
        if (byte === CLOSE_ARRAY && next === 'firstElement') { this.#next = 'afterColumn'; return at + 1; }
        const end = source.value(at, 2);
        // A number that touches the end of the data may go on.
        if (end === source.data.length) throw new Fault(end, WANTED.afterElement, true);
        if (this.#rows.noteElement(this.#field, source)) this.#flushElements(source.data);
        this.#next = 'afterElement';
        return end;
      }
      case 'afterElement':
        if (byte !== COMMA && byte !== CLOSE_ARRAY) break;
        if (byte === CLOSE_ARRAY) this.#flushElements(source.data);
        this.#next = byte === COMMA ? 'element' : 'afterColumn';
        return at + 1;
      case 'afterColumn':
        if (byte !== COMMA && byte !== CLOSE_OBJECT) break;
        this.#next = byte === COMMA ? 'key' : 'end';
        return at + 1;
    }
    throw new Fault(at, WANTED[next], true);
  }

  table(): TableData {
    const { rows } = this;
    for (const { name, rows: length } of this.#inColumns ? this.#rows.columns : []) {
      if (length !== rows) throw dataError('PARSE', `column '${name}' has ${length} values where '${this.#rows.columns[0].name}' has ${rows}: the arrays of a table in columns have one length`);
    }
    return { rows, columns: this.#rows.finish(rows) };
  }
}

function newlines(data: Uint8Array, end: number): number {
  let count = 0;
  for (let at = data.indexOf(NEWLINE); at >= 0 && at < end; at = data.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Looks for the end of a value whose beginning stands elsewhere, each byte once. */
class Extent {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** A place that completes the value, or shows that it is none; -1 where there is none yet. */
  find(data: Uint8Array): number {
    for (let at = 0; at < data.length; at++) {
      const byte = data[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === 0x5c) this.#escaped = true;
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) {
        this.#inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++this.#depth > DEEPEST + 2) return at;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth = Math.max(0, this.#depth - 1);
        if (this.#depth === 0) return at;
      } else if ((byte === COMMA || byte === COLON) && this.#depth === 0) {
        return at;
      }
    }
    return -1;
  }
}
