/**
 * Which documents hold a term, and how often: for each term a chain of blocks in two parallel pools, so that most terms
 * (one document) cost 12 bytes and appending never moves what is there.
 *
 * Blocks of one chain hold 1, 3, 7, … postings up to MAX_BLOCK - 1; the cell behind a block's last posting names the next one.
 */
import { roomy } from './growable.js';

const FIRST_BLOCK = 2;
const MAX_BLOCK = 4096;

export class Postings {
  #documents = new Uint32Array(0);
  #frequencies = new Uint16Array(0);
  #end = 0;
  /** By term: first block, next free cell, cells left in the last block, its size, postings. */
  #heads = new Uint32Array(0);
  #tails = new Uint32Array(0);
  #room = new Uint16Array(0);
  #sizes = new Uint16Array(0);
  #counts = new Uint32Array(0);

  /** `frequency` fits 16 bits. */
  append(term: number, document: number, frequency: number): void {
    if (term >= this.#heads.length) this.#reserveTerms(term + 1);
    if (this.#room[term] === 0) this.#addBlock(term);
    const at = this.#tails[term]!;
    this.#documents[at] = document;
    this.#frequencies[at] = frequency;
    this.#tails[term] = at + 1;
    this.#room[term]!--;
    this.#counts[term]!++;
  }

  #addBlock(term: number): void {
    const size = this.#counts[term] === 0 ? FIRST_BLOCK : Math.min(this.#sizes[term]! * 2, MAX_BLOCK);
    const start = this.#end;
    this.#end += size;
    this.#documents = roomy(this.#documents, this.#end);
    this.#frequencies = roomy(this.#frequencies, this.#end);
    // With no room left the tail stands on the cell that names the next block.
    if (this.#counts[term] === 0) this.#heads[term] = start;
    else this.#documents[this.#tails[term]!] = start;
    this.#tails[term] = start;
    this.#room[term] = size - 1;
    this.#sizes[term] = size;
  }

  #reserveTerms(terms: number): void {
    this.#heads = roomy(this.#heads, terms);
    this.#tails = roomy(this.#tails, terms);
    this.#room = roomy(this.#room, terms);
    this.#sizes = roomy(this.#sizes, terms);
    this.#counts = roomy(this.#counts, terms);
  }

  /**
   * Adds one term's share to the documents' scores: `weight * tf / (tf + base + slope * length)`. Documents whose score was 0 are
   * appended to `touched` from `count` on; returns the new count.
   */
  score(term: number, weight: number, base: number, slope: number, lengths: Uint32Array, scores: Float64Array, touched: Uint32Array, count: number): number {
    const documents = this.#documents, frequencies = this.#frequencies;
    let remaining = this.#counts[term] ?? 0;
    let at = this.#heads[term]!;
    for (let size = FIRST_BLOCK; remaining > 0; size = Math.min(size * 2, MAX_BLOCK)) {
      const end = at + Math.min(size - 1, remaining);
      remaining -= end - at;
      for (; at < end; at++) {
        const document = documents[at]!;
        const frequency = frequencies[at]!;
        const before = scores[document]!;
        if (before === 0) touched[count++] = document;
        scores[document] = before + weight * frequency / (frequency + base + slope * lengths[document]!);
      }
      at = documents[at]!;
    }
    return count;
  }

  memory(): number {
    return this.#documents.length * 6 + this.#heads.length * 16;
  }
}
