/**
 * Metadata of a collection in columns, and filters answered from them as bitmaps over slots.
 *
 * Metadata is flat (its type and the service's check at the boundary say so): `'a.b'` in a filter means the own key 'a.b'.
 *
 * Two caches make a repeated filter free. Predicate bitmaps live until a value of *their* field changes; appending documents
 * only extends them by the new slots. Whole answers live until the next change of any kind.
 */
import type { Metadata } from '../types.js';
import type { FilterNode, Predicate } from './ast.js';
import { grownWords, hasBit, newSlots, popcount, wordsFor } from './bitmap.js';
import { BoundedCache } from './bounded-cache.js';
import { prefersDense, prefersSparse, SparseColumn, type Column } from './column.js';
import { DenseColumn } from './dense-column.js';

const PREDICATE_CACHE_BYTES = 4 << 20;
const ANSWER_CACHE_BYTES = 1 << 20;
/** What a cache entry weighs beside its words. */
const ENTRY_BYTES = 200;

/** Which slots match. Belongs to the index: read it, never write it; it stays right until the next change. */
export interface FilterAnswer {
  /** ceil(slots / 32) words, bit i = slot i matches and is live. */
  readonly words: Uint32Array;
  readonly count: number;
}

interface CachedPredicate { column: Column; revision: number; covered: number; words: Uint32Array<ArrayBuffer> }
interface CachedAnswer extends FilterAnswer { version: number; slots: number }

export class MetadataIndex {
  #columns = new Map<string, Column>();
  #live = new Uint32Array(0);
  #liveCount = 0;
  #slots = 0;
  #version = 0;
  readonly #predicates = new BoundedCache<CachedPredicate>(PREDICATE_CACHE_BYTES);
  readonly #answers = new BoundedCache<CachedAnswer>(ANSWER_CACHE_BYTES);

  /** Live documents. */
  get size(): number { return this.#liveCount; }
  /** One more than the highest slot ever set. */
  get slots(): number { return this.#slots; }

  isLive(slot: number): boolean { return slot < this.#slots && hasBit(this.#live, slot); }

  /** Makes the slot live with this metadata; what it had before is replaced. Every live document is set, with or without metadata. */
  set(slot: number, metadata: Metadata | undefined): void {
    this.#version++;
    if (slot < this.#slots) for (const column of this.#columns.values()) column.delete(slot);
    if (!this.isLive(slot)) {
      this.#grow(slot + 1);
      this.#live[slot >>> 5]! |= 1 << (slot & 31);
      this.#liveCount++;
    }
    if (metadata === undefined) return;
    for (const field of Object.keys(metadata)) this.#columnFor(field, slot).set(slot, metadata[field]!);
  }

  /** The field's column in the form that suits it once it holds one more value, at this slot. */
  #columnFor(field: string, slot: number): Column {
    const column = this.#columns.get(field);
    const size = (column?.size ?? 0) + 1;
    const length = Math.max(slot + 1, this.#slots);
    let next: Column | undefined;
    if (column instanceof DenseColumn) { if (prefersSparse(size, length)) next = new SparseColumn(); }
    else if (column === undefined ? !prefersSparse(size, length) : prefersDense(size, length)) next = new DenseColumn();
    else if (column === undefined) next = new SparseColumn();
    if (next === undefined) return column!;
    column?.forEach((s, value) => next.set(s, value));
    this.#columns.set(field, next);
    return next;
  }

  /** The document is gone; unknown and dead slots are ignored. Its values are given back by `compact`. */
  remove(slot: number): void {
    if (!this.isLive(slot)) return;
    this.#version++;
    this.#live[slot >>> 5]! &= ~(1 << (slot & 31));
    this.#liveCount--;
  }

  clear(): void {
    this.#columns = new Map();
    this.#live = new Uint32Array(0);
    this.#liveCount = 0;
    this.#slots = 0;
    this.#version++;
    this.#predicates.clear();
    this.#answers.clear();
  }

  /** Renumbers: `liveSlots[i]` (ascending, exactly the live ones) becomes slot i. Gives the memory of removed documents back. */
  compact(liveSlots: Uint32Array): void {
    const place = newSlots(liveSlots, this.#slots);
    const old = this.#columns;
    this.clear();
    this.#grow(liveSlots.length);
    for (let i = 0; i < liveSlots.length; i++) this.#live[i >>> 5]! |= 1 << (i & 31);
    this.#liveCount = liveSlots.length;
    for (const [field, column] of old) {
      let kept = 0;
      column.forEach((slot) => { if (place[slot] !== -1) kept++; });
      if (kept === 0) continue;
      const next = prefersSparse(kept, liveSlots.length) ? new SparseColumn() : new DenseColumn();
      column.forEach((slot, value) => {
        if (place[slot] !== -1) next.set(place[slot]!, value);
      });
      this.#columns.set(field, next);
    }
  }

  /**
   * The live slots below `slots` that match.
   *
   * @example
   * const { words } = index.evaluate(compileFilter({ section: 'libs' }), engine.slots);
   * engine.search(query, { k, exact, ef, allow: words });
   */
  evaluate(filter: FilterNode, slots = this.#slots): FilterAnswer {
    const cached = this.#answers.get(filter.key);
    if (cached !== undefined && cached.version === this.#version && cached.slots === slots) return cached;
    const words = this.#evaluateNode(filter, slots);
    const live = this.#live;
    for (let w = 0; w < words.length; w++) words[w]! &= w < live.length ? live[w]! : 0;
    if (slots & 31) words[words.length - 1]! &= 2 ** (slots & 31) - 1;
    const answer = { words, count: popcount(words), version: this.#version, slots };
    this.#answers.set(filter.key, answer, words.byteLength + ENTRY_BYTES);
    return answer;
  }

  /** Words of the caller's own. Bits of dead slots and beyond `slots` mean nothing yet. */
  #evaluateNode(node: FilterNode, slots: number): Uint32Array<ArrayBuffer> {
    const length = wordsFor(slots);
    if (node.kind === 'predicate') return grownWords(this.#evaluatePredicate(node, slots), length);
    if (node.kind === 'not') {
      const words = this.#evaluateNode(node.child, slots);
      for (let w = 0; w < length; w++) words[w] = ~words[w]!;
      return words;
    }
    const [first, ...others] = node.children;
    if (first === undefined) return new Uint32Array(length).fill(0xffffffff);
    const words = this.#evaluateNode(first, slots);
    for (const child of others) {
      // A predicate's cached words are read in place; they may be longer than needed, never shorter.
      const more = child.kind === 'predicate' ? this.#evaluatePredicate(child, slots) : this.#evaluateNode(child, slots);
      if (node.kind === 'and') for (let w = 0; w < length; w++) words[w]! &= more[w]!;
      else for (let w = 0; w < length; w++) words[w]! |= more[w]!;
    }
    return words;
  }

  #evaluatePredicate(predicate: Predicate, slots: number): Uint32Array<ArrayBuffer> {
    const column = this.#columns.get(predicate.field);
    if (column === undefined) return new Uint32Array(wordsFor(slots));
    const cached = this.#predicates.get(predicate.key);
    const usable = cached !== undefined && cached.column === column && cached.revision === column.revision ? cached : undefined;
    if (usable !== undefined && usable.covered >= slots) return usable.words;
    // Extended from the last whole word: the bits of its first slots are made again with it.
    const from = usable === undefined ? 0 : usable.covered & ~31;
    const words = new Uint32Array(wordsFor(slots));
    if (usable !== undefined) words.set(usable.words.subarray(0, from >>> 5));
    column.scan(predicate, words, from, slots);
    this.#predicates.set(predicate.key, { column, revision: column.revision, covered: slots, words }, words.byteLength + ENTRY_BYTES);
    return words;
  }

  #grow(slots: number): void {
    this.#slots = Math.max(this.#slots, slots);
    const needed = wordsFor(this.#slots);
    if (needed > this.#live.length) this.#live = grownWords(this.#live, Math.max(needed, Math.ceil(this.#live.length * 1.5)));
  }

  /** Bytes held, caches included, by estimate. */
  memory(): number {
    let total = this.#live.byteLength + this.#predicates.bytes + this.#answers.bytes;
    for (const column of this.#columns.values()) total += column.memory();
    return total;
  }
}
