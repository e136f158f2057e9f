/** A column of text while it is read: coded by a dictionary as long as its strings repeat, plain from then on. */
import type { ColumnValues, PackedStrings } from '../columns.js';
import { dataError } from '../errors.js';
import { narrowCodes } from '../strings.js';
import { grown } from './growable.js';
import { Interner } from './interner.js';
import { decode, encode, isASCII, isUTF8 } from './utf8.js';

/** Rows before the share of distinct strings is looked at: among few rows, strings that come again have not come again yet. */
const TRIAL = 1 << 16;
/** Rows of a column that keeps its dictionary whatever the share. */
const FEW = 4096;
/** Most distinct strings of a dictionary. */
const MOST = 1 << 20;
const MOST_BYTES = 2 ** 31 - 1;

export class Text {
  #rows = 0;
  #interner: Interner | undefined;
  #codes = new Int32Array(0);
  /** Some string holds a lone surrogate: bytes that must not be taken for it are mended before they are looked up. */
  #surrogates = false;
  // Once the strings turned out not to repeat.
  #offsets = new Int32Array(0);
  #bytes = new Uint8Array(0);

  /** @param coded false for a column that has no dictionary (json) */
  constructor(coded: boolean) {
    if (coded) this.#interner = new Interner(); else this.#offsets = new Int32Array(64);
  }

  /** A null, or the empty string. */
  pushNull(): void {
    if (this.#interner) this.#pushCode(0); else this.#pushPlain(this.#bytes, 0, 0);
  }

  push(text: Uint8Array, start: number, end: number): void {
    const interner = this.#interner;
    if (interner !== undefined && !this.#surrogates) {
      const code = interner.find(text, start, end);
      if (code >= 0) { this.#pushCode(code); return; }
    }
    this.#pushNew(text, start, end);
  }

  #pushNew(text: Uint8Array, start: number, end: number): void {
    if (!isASCII(text, start, end) && !isUTF8(text, start, end)) {
      text = encode(decode(text, start, end));
      start = 0;
      end = text.length;
    }
    this.#pushClean(text, start, end);
  }

  /** A text as it is: UTF-8, or with lone surrogates on purpose. */
  pushAsIs(text: Uint8Array, start: number, end: number): void {
    this.#surrogates ||= !isUTF8(text, start, end);
    this.#pushClean(text, start, end);
  }

  #pushClean(text: Uint8Array, start: number, end: number): void {
    const interner = this.#interner;
    if (interner !== undefined) {
      const code = interner.find(text, start, end);
      if (code >= 0) { this.#pushCode(code); return; }
      if (interner.count < MOST && (this.#rows < TRIAL || interner.count * 2 < this.#rows)) {
        this.#pushCode(interner.add(text, start, end));
        return;
      }
      this.#becomePlain(interner.strings());
    }
    this.#pushPlain(text, start, end);
  }

  #pushCode(code: number): void {
    if (this.#rows === this.#codes.length) this.#codes = grown(this.#codes, this.#rows + 1);
    this.#codes[this.#rows++] = code;
  }

  #pushPlain(text: Uint8Array, start: number, end: number): void {
    const from = this.#offsets[this.#rows], to = from + end - start;
    if (to > MOST_BYTES) throw dataError('TOO_LARGE', 'a text column holds at most 2 GiB: split the table');
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, to);
    if (end - start < 64) for (let at = start, place = from; at < end; at++, place++) this.#bytes[place] = text[at];
    else this.#bytes.set(text.subarray(start, end), from);
    if (this.#rows + 1 >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.#rows + 2);
    this.#offsets[++this.#rows] = to;
  }

  #becomePlain({ offsets, bytes }: PackedStrings): void {
    const codes = this.#codes, rows = this.#rows;
    this.#interner = undefined;
    this.#codes = new Int32Array(0);
    this.#offsets = new Int32Array(Math.max(64, rows * 2));
    this.#rows = 0;
    for (let row = 0; row < rows; row++) this.#pushPlain(bytes, offsets[codes[row]], offsets[codes[row] + 1]);
  }

  finish(): ColumnValues {
    if (this.#interner && this.#rows > FEW && this.#interner.count * 2 > this.#rows) this.#becomePlain(this.#interner.strings());
    if (!this.#interner) {
      const offsets = this.#offsets.slice(0, this.#rows + 1);
      return { kind: 'strings', strings: { offsets, bytes: this.#bytes.slice(0, offsets[this.#rows]) } };
    }
    const dictionary = this.#interner.count > 0 ? this.#interner.strings() : { offsets: new Int32Array(2), bytes: new Uint8Array(0) };
    return { kind: 'dictionary', codes: narrowCodes(this.#codes.slice(0, this.#rows), dictionary.offsets.length - 1), dictionary };
  }
}
