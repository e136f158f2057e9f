/**
 * The text index of a collection, built when text is first searched and kept up to date from then on: who never searches by
 * text never pays for it.
 */
import { KEEP, type Steps } from '../../calls/steps.js';
import type { Collection } from './collection.js';
import { TextIndex, type TextHits } from './text/index.js';

/** Documents indexed between two pauses. */
const BATCH = 64;

export class Contents {
  readonly #language: string;
  #index: TextIndex | undefined;

  constructor(language: string) {
    this.#language = language;
  }

  get built(): boolean { return this.#index !== undefined; }

  /** Indexes what stands, if that was not done yet. Stopped half-way, it begins again the next time. */
  *build(collection: Collection): Steps<void> {
    if (this.#index) return;
    const index = new TextIndex(this.#language);
    for (let slot = 0; slot < collection.slots; slot++) {
      index.set(slot, collection.contentAt(slot));
      if (slot % BATCH === BATCH - 1) yield;
    }
    this.#index = index;
  }

  /** New and replaced documents of one call; pauses, but the call has taken effect already. */
  *set(slots: Uint32Array, contents: readonly (string | undefined)[] | undefined): Steps<void> {
    if (!this.#index) return;
    for (let i = 0; i < slots.length; i++) {
      this.#index.set(slots[i], contents?.[i]);
      if (i % BATCH === BATCH - 1) yield KEEP;
    }
  }

  remove(slots: Uint32Array): void {
    for (const slot of slots) this.#index?.remove(slot);
  }

  clear(): void {
    this.#index = undefined;
  }

  compact(liveSlots: Uint32Array): void {
    this.#index?.compact(liveSlots);
  }

  /** Call after `build`. */
  search(query: string, k: number, allow: Uint32Array | undefined): TextHits {
    return this.#index!.search(query, k, allow);
  }

  memoryBytes(): number { return this.#index?.memory() ?? 0; }
}
