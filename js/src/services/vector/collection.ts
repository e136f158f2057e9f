/**
 * The documents beside their numbers: ids, content and metadata by slot. A slot is a row's place in the engine, so slot order is
 * insertion order; a slot without an id is dead until `compact`.
 */
import { MetadataIndex } from './filters/index.js';
import type { Metadata } from './types.js';

export class Collection {
  /** A Map and not an object: any string is an id, `__proto__` and lone surrogates included. */
  readonly #slotById = new Map<string, number>();
  #ids: (string | undefined)[] = [];
  #contents: (string | undefined)[] = [];
  #metadata: (Metadata | undefined)[] = [];
  readonly filters = new MetadataIndex();

  /** Live documents. */
  get size(): number { return this.#slotById.size; }
  /** Slots handed out, dead ones included. */
  get slots(): number { return this.#ids.length; }

  slotOf(id: string): number | undefined { return this.#slotById.get(id); }
  idAt(slot: number): string | undefined { return this.#ids[slot]; }
  contentAt(slot: number): string | undefined { return this.#contents[slot]; }
  metadataAt(slot: number): Metadata | undefined { return this.#metadata[slot]; }

  /** Puts a document at its slot, in place of what stood there. Slots skipped on the way are dead. */
  place(slot: number, id: string, content: string | undefined, metadata: Metadata | undefined): void {
    this.padTo(slot);
    if (slot === this.#ids.length) this.#push(id, content, metadata);
    else {
      this.#ids[slot] = id;
      this.#contents[slot] = content;
      this.#metadata[slot] = metadata;
    }
    this.#slotById.set(id, slot);
    this.filters.set(slot, metadata);
  }

  /** Hands out slots up to this number; the new ones are dead. */
  padTo(slots: number): void {
    while (this.#ids.length < slots) this.#push(undefined, undefined, undefined);
  }

  /** By slot, for storage: not to be changed. */
  get columns(): { ids: readonly (string | undefined)[]; contents: readonly (string | undefined)[]; metadata: readonly (Metadata | undefined)[] } {
    return { ids: this.#ids, contents: this.#contents, metadata: this.#metadata };
  }

  #push(id: string | undefined, content: string | undefined, metadata: Metadata | undefined): void {
    this.#ids.push(id);
    this.#contents.push(content);
    this.#metadata.push(metadata);
  }

  setMetadata(slot: number, metadata: Metadata | undefined): void {
    this.#metadata[slot] = metadata;
    this.filters.set(slot, metadata);
  }

  /** Forgets the document at a live slot. */
  delete(slot: number): void {
    this.#slotById.delete(this.#ids[slot]!);
    this.#ids[slot] = undefined;
    this.#contents[slot] = undefined;
    this.#metadata[slot] = undefined;
    this.filters.remove(slot);
  }

  clear(): void {
    this.#slotById.clear();
    this.#ids = [];
    this.#contents = [];
    this.#metadata = [];
    this.filters.clear();
  }

  /** Live slots in order. */
  liveSlots(): Uint32Array {
    const out = new Uint32Array(this.size);
    let n = 0;
    for (let slot = 0; slot < this.#ids.length; slot++) if (this.#ids[slot] !== undefined) out[n++] = slot;
    return out;
  }

  /** -1 when nothing is live. */
  firstLiveSlot(): number {
    return this.size === 0 ? -1 : this.#ids.findIndex((id) => id !== undefined);
  }

  /** Dead slots in order, out of the first `slots`. */
  deadSlots(slots: number): Uint32Array {
    const out: number[] = [];
    for (let slot = 0; slot < slots; slot++) if (this.#ids[slot] === undefined) out.push(slot);
    return Uint32Array.from(out);
  }

  /** An estimate: V8's string and property overheads, one byte per character. */
  memoryBytes(): number {
    let bytes = 0;
    for (let slot = 0; slot < this.#ids.length; slot++) {
      const id = this.#ids[slot];
      if (id === undefined) continue;
      bytes += 120 + id.length + (this.#contents[slot]?.length ?? 0) + (this.#metadata[slot] === undefined ? 0 : 100);
    }
    return bytes;
  }

  /** Renumbers live slots 0..n-1 in order, as the engine's `compact` does. */
  compact(live: Uint32Array): void {
    this.#ids = Array.from(live, (slot) => this.#ids[slot]);
    this.#contents = Array.from(live, (slot) => this.#contents[slot]);
    this.#metadata = Array.from(live, (slot) => this.#metadata[slot]);
    this.#ids.forEach((id, slot) => this.#slotById.set(id!, slot));
    this.filters.compact(live);
  }
}
