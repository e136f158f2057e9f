/**
 * Readers of text formats in JavaScript: bytes in, cut anywhere, a table out. The rules are docs/data-reading.md; crates/data-processor
 * has the same in Rust, and tests/fixtures/golden/readers.json holds both to it.
 */
import type { TableData } from '../columns.js';
import type { ReadOptions } from '../engine.js';
import { CsvParser } from './csv.js';
import { Decoder } from './encoding.js';
import { JsonParser } from './json.js';
import type { TextParser } from './parser.js';

export interface TextReader {
  /** Any cut is allowed, inside a character too. The bytes are copied or used up before it returns. @throws ServiceError PARSE, TOO_LARGE, INVALID_ARGUMENT */
  push(bytes: Uint8Array): void;
  /** Rows so far. */
  readonly rows: number;
  /** The table; the reader is used up. @throws ServiceError PARSE, TOO_LARGE */
  finish(): TableData;
  /** Lets go of what was read. */
  cancel(): void;
}

/** Bytes that are looked at in one go: places in them are kept in 29 bits. */
const SLICE = 1 << 28;

export function createTextReader(format: 'csv' | 'ndjson' | 'json', options: ReadOptions): TextReader {
  const make = (): TextParser => (format === 'csv' ? new CsvParser(options) : new JsonParser(options, format === 'ndjson'));
  let parser = make(), failed: unknown;
  const decoder = new Decoder((text, mark) => {
    for (let from = 0; from === 0 || from < text.length; from += SLICE) parser.push(text.subarray(from, from + SLICE), from === 0 ? mark : 0);
  });
  const feed = (bytes: Uint8Array, last: boolean): void => {
    if (failed !== undefined) throw failed;
    try {
      decoder.feed(bytes, last);
      if (last) parser.end();
    } catch (error) {
      failed = error;
      parser = make();
      throw error;
    }
  };
  return {
    push: (bytes) => feed(bytes, false),
    get rows() { return parser.rows; },
    finish() {
      feed(new Uint8Array(0), true);
      return parser.table();
    },
    cancel() { parser = make(); },
  };
}
