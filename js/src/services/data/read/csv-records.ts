/** Finds the records and fields of a CSV text: RFC 4180, with any mix of line ends. */
import { dataError } from '../errors.js';
import { DOUBLED, QUOTED } from './cells.js';
import { grown } from './growable.js';

export const COMMA = 0x2c, QUOTE = 0x22, NEWLINE = 10, RETURN = 13;

/** Fields, record after record, as places in the bytes that were looked at. */
export class Records {
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  spans = 0;
  /** For each record: how many spans there are at its end, and the line it begins in. */
  recordEnds = new Int32Array(64);
  lines = new Float64Array(64);
  count = 0;

  clear(): void { this.spans = this.count = 0; }

  add(start: number, end: number): void {
    if (this.spans === this.starts.length) {
      this.starts = grown(this.starts, this.spans + 1);
      this.ends = grown(this.ends, this.spans + 1);
    }
    this.starts[this.spans] = start;
    this.ends[this.spans++] = end;
  }

  endRecord(line: number): void {
    if (this.count === this.recordEnds.length) {
      this.recordEnds = grown(this.recordEnds, this.count + 1);
      this.lines = grown(this.lines, this.count + 1);
    }
    this.recordEnds[this.count] = this.spans;
    this.lines[this.count++] = line;
  }
}

/** Keeps count across pieces of one text. */
export class Finder {
  /** The line that the next record begins in. */
  line = 1;
  /** The last record ended in a return, so that a newline in front belongs to it. */
  afterReturn = false;
  /** What is wrong with the record that the search stopped at; the records before it come first. */
  error: Error | undefined;
  #special = new Uint8Array(256);
  #delimiter = COMMA;

  constructor(delimiter: number) { this.delimiter = delimiter; }

  get delimiter(): number { return this.#delimiter; }
  set delimiter(delimiter: number) {
    this.#delimiter = delimiter;
    this.#special.fill(0);
    for (const byte of [delimiter, QUOTE, NEWLINE, RETURN]) this.#special[byte] = 1;
  }

  /**
   * Finds records from `from` on until there are `most`; returns the place behind the last whole one.
   * @param last the data ends the text
   */
  find(data: Uint8Array, from: number, most: number, last: boolean, out: Records): number {
    const length = data.length, special = this.#special, delimiter = this.#delimiter;
    if (this.afterReturn && from < length) {
      this.afterReturn = false;
      if (data[from] === NEWLINE) from++;
    }
    let record = from, firstSpan = out.spans, start = from, line = this.line;
    for (let at = from; at < length; at++) {
      const byte = data[at];
      if (special[byte] === 0) continue;
      let end = at;
      if (byte === QUOTE) {
        if (at !== start) continue;
        const opened = line;
        let flags = QUOTED;
        // To the closing quote.
        for (at++; ; at++) {
          if (at >= length) {
            if (last) this.error = unclosed(opened, out.spans - firstSpan + 1);
            out.spans = firstSpan;
            return record;
          }
          const inside = data[at];
          if (inside === QUOTE) {
            if (at + 1 === length && !last) { out.spans = firstSpan; return record; }
            if (data[at + 1] !== QUOTE) break;
            flags |= DOUBLED;
            at++;
          } else if (inside === NEWLINE || (inside === RETURN && data[at + 1] !== NEWLINE)) {
            line++;
          }
        }
        end = at | flags;
        start++;
        at++;
        if (at < length) {
          const next = data[at];
          if (next !== delimiter && next !== NEWLINE && next !== RETURN) {
            this.error = afterQuote(line, out.spans - firstSpan + 1);
            out.spans = firstSpan;
            return record;
          }
        }
        if (at >= length) {
          if (!last) { out.spans = firstSpan; return record; }
          out.add(start, end);
          out.endRecord(this.line);
          return length;
        }
      }
      out.add(start, end);
      start = at + 1;
      if (data[at] === delimiter) continue;
      out.endRecord(this.line);
      line++;
      if (data[at] === RETURN) {
        if (start === length) this.afterReturn = true;
        else if (data[start] === NEWLINE) { start++; at++; }
      }
      this.line = line;
      record = start;
      firstSpan = out.spans;
      if (out.count >= most) return record;
    }
    if (!last) { out.spans = firstSpan; return record; }
    if (record < length) {
      out.add(start, length);
      out.endRecord(this.line);
    }
    return length;
  }
}

const afterQuote = (line: number, column: number): Error =>
  dataError('PARSE', `line ${line}: text follows the closing quote of field ${column}: double the quotes inside quoted fields ("")`);
const unclosed = (line: number, column: number): Error =>
  dataError('PARSE', `line ${line}: a quote opens in field ${column} and never closes: close it, or double the quotes inside quoted fields ("")`);

const FIELD_START = 0, BARE = 1, QUOTED_FIELD = 2, AFTER_QUOTE = 3;

/** Looks for the end of a record whose beginning stands elsewhere, each byte once. */
export class EndOfRecord {
  #place = FIELD_START;

  reset(): void { this.#place = FIELD_START; }

  /** The place of the line end that ends the record, or -1. Text after a closing quote ends it too: an error that the finder tells. */
  find(data: Uint8Array, from: number, delimiters: readonly number[]): number {
    let place = this.#place;
    for (let at = from; at < data.length; at++) {
      const byte = data[at];
      if (place === QUOTED_FIELD) { if (byte === QUOTE) place = AFTER_QUOTE; continue; }
      if (byte === QUOTE && place !== BARE) { place = QUOTED_FIELD; continue; }
      const delimits = delimiters.includes(byte);
      if (byte === NEWLINE || byte === RETURN || (place === AFTER_QUOTE && !delimits)) {
        this.#place = FIELD_START;
        return at;
      }
      place = delimits ? FIELD_START : BARE;
    }
    this.#place = place;
    return -1;
  }
}

export const CANDIDATES: readonly number[] = [COMMA, 0x3b, 9, 0x7c];

/** The delimiter of a text whose first record this is: a comma where there is one, else the most frequent of `;`, tab and `|`. */
export function sniff(record: Uint8Array): number {
  const counts = [0, 0, 0, 0];
  let place = FIELD_START;
  for (const byte of record) {
    if (place === QUOTED_FIELD) { if (byte === QUOTE) place = AFTER_QUOTE; continue; }
    if (byte === QUOTE && place !== BARE) { place = QUOTED_FIELD; continue; }
    const known = CANDIDATES.indexOf(byte);
    if (known >= 0) counts[known]++;
    place = known >= 0 ? FIELD_START : BARE;
  }
  const most = Math.max(...counts);
  return counts[0] > 0 || most === 0 ? COMMA : CANDIDATES[counts.indexOf(most)];
}
