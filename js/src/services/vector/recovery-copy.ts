/**
 * What the page keeps of a collection whose worker may die: every acknowledged document, in the order of insertion. Only for
 * `storage: 'memory'`; a durable storage is its own copy.
 */
import type { StagedDocuments } from './backend.js';
import type { Metadata } from './types.js';
import { allocateRows, stagedRow, type StagedRows } from './vectors.js';

interface Kept {
  content: string | undefined;
  metadata: Metadata | undefined;
  rows: StagedRows | undefined;
  /** Which of `rows`. */
  row: number;
}

/** Rows that no document points to any more, tolerated before they are packed: this many, and as many as live ones. */
const TOLERATED_STALE = 4096;

/** What a fresh worker must be told, in this order. */
export interface Replay {
  load: Uint8Array | undefined;
  remove: string[];
  metadata: [id: string, metadata: Metadata][];
  add: StagedDocuments | undefined;
}

export class RecoveryCopy {
  /** A Map keeps the place of a key that is set again, as the collection keeps the place of a document that is replaced. */
  readonly #documents = new Map<string, Kept>();
  #rowsHeld = 0;
  /** The file of the last `load`; the rest of this object is what changed since. */
  #base: Uint8Array | undefined;
  readonly #removedFromBase = new Set<string>();
  readonly #metadataOfBase = new Map<string, Metadata>();

  add({ ids, contents, metadata, rows }: StagedDocuments): void {
    ids.forEach((id, row) => {
      this.#documents.set(id, { content: contents?.[row], metadata: metadata?.[row], rows, row });
      this.#metadataOfBase.delete(id);
    });
    if (rows) this.#rowsHeld += rows.count;
    this.#packIfStale();
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#documents.delete(id);
      this.#metadataOfBase.delete(id);
      if (this.#base) this.#removedFromBase.add(id);
    }
    this.#packIfStale();
  }

  updateMetadata(id: string, metadata: Metadata): void {
    const kept = this.#documents.get(id);
    if (kept) kept.metadata = metadata;
    else this.#metadataOfBase.set(id, metadata);
  }

  clear(): void {
    this.#documents.clear();
    this.#rowsHeld = 0;
    this.#base = undefined;
    this.#removedFromBase.clear();
    this.#metadataOfBase.clear();
  }

  load(bytes: Uint8Array): void {
    this.clear();
    this.#base = bytes;
  }

  /** Everything, as copies: the caller may hand the arrays to a worker for good. */
  replay(): Replay {
    return {
      load: this.#base?.slice(), remove: [...this.#removedFromBase], metadata: [...this.#metadataOfBase],
      add: this.#documents.size === 0 ? undefined : this.#pack(),
    };
  }

  memoryBytes(): number {
    let bytes = this.#base?.length ?? 0;
    for (const { content, rows } of this.#documents.values()) bytes += 100 + (content?.length ?? 0) + 4 * (rows?.dimensions ?? 0);
    return bytes;
  }

  #pack(): StagedDocuments {
    const all = [...this.#documents.values()];
    const dimensions = all[0]?.rows?.dimensions;
    const rows = dimensions === undefined ? undefined : allocateRows(all.length, dimensions);
    if (rows) all.forEach((kept, i) => stagedRow(rows, i).set(stagedRow(kept.rows!, kept.row)));
    return {
      ids: [...this.#documents.keys()], contents: all.map(({ content }) => content), metadata: all.map(({ metadata }) => metadata),
      ...(rows && { rows }), noun: 'documents',
    };
  }

  /** Rows of replaced and removed documents keep their whole chunk alive: write the live ones anew before they become a minority. */
  #packIfStale(): void {
    const live = this.#documents.size;
    if (this.#rowsHeld - live <= Math.max(TOLERATED_STALE, live)) return;
    const { rows } = this.#pack();
    let row = 0;
    for (const kept of this.#documents.values()) {
      kept.rows = rows;
      kept.row = row++;
    }
    this.#rowsHeld = rows?.count ?? 0;
  }
}
