/** Distinct strings and their codes, made while a column is read: bytes in, no JavaScript strings. */
import type { PackedStrings } from '../columns.js';
import { grown } from './growable.js';

export class Interner {
  count = 0;
  #bytes = new Uint8Array(256);
  #offsets = new Int32Array(64);
  #hashes = new Int32Array(64);
  /** Codes plus one; open addressing, at most half full. */
  #table = new Int32Array(128);
  /** Hash of the string that was looked for last. */
  #hash = 0;

  /** The code of a string that is known, else -1. */
  find(text: Uint8Array, start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text[at], 0x01000193) + (hash >>> 15) | 0;
    this.#hash = hash;
    const table = this.#table, mask = table.length - 1, hashes = this.#hashes;
    for (let place = hash ^ hash >>> 16; ; place++) {
      const code = table[place & mask] - 1;
      if (code < 0) return -1;
      if (hashes[code] === hash && this.#equals(code, text, start, end)) return code;
    }
  }

  #equals(code: number, text: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#bytes, from = this.#offsets[code];
    if (this.#offsets[code + 1] - from !== end - start) return false;
    for (let at = start, other = from; at < end; at++, other++) if (text[at] !== bytes[other]) return false;
    return true;
  }

  /** Adds the string that `find` was just asked for and did not find. */
  add(text: Uint8Array, start: number, end: number): number {
    const code = this.count++, from = this.#offsets[code], hash = this.#hash;
    this.#bytes = grown(this.#bytes, from + end - start);
    for (let at = start, to = from; at < end; at++, to++) this.#bytes[to] = text[at];
    this.#offsets = grown(this.#offsets, code + 2);
    this.#hashes = grown(this.#hashes, code + 1);
    this.#offsets[code + 1] = from + end - start;
    this.#hashes[code] = hash;
    if (this.count * 2 > this.#table.length) this.#rehash(); else this.#put(hash, code);
    return code;
  }

  #put(hash: number, code: number): void {
    const table = this.#table, mask = table.length - 1;
    let place = hash ^ hash >>> 16;
    while (table[place & mask] !== 0) place++;
    table[place & mask] = code + 1;
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    for (let code = 0; code < this.count; code++) this.#put(this.#hashes[code], code);
  }

  strings(): PackedStrings {
    const offsets = this.#offsets.slice(0, this.count + 1);
    return { offsets, bytes: this.#bytes.slice(0, offsets[this.count]) };
  }
}
