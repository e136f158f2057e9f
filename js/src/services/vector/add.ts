/**
 * Adding documents, all or nothing. Rows go into the engine first, because only there something can go wrong; the documents
 * join the collection when everything else has succeeded. Whatever stops the call before that is undone.
 */
import { ServiceError } from '../../errors.js';
import type { StagedDocuments } from './backend.js';
import type { Call } from './call.js';
import type { Collection } from './collection.js';
import type { VectorEngine } from './engine.js';
import { documentLabel } from './stage.js';
import { KEEP, type Steps } from './steps.js';
import { allocateRows, dimensionMismatch, firstNotFinite, notFinite, stagedRow, type StagedRows } from './vectors.js';

/** IEEE half precision ends here. */
const F16_MAX = 65504;
/** Documents placed between two pauses. */
const PLACE_BATCH = 2048;
const LINK_BUDGET_MS = 8;

/** Where the documents of a call go: entry i of the call to `slots[i]`. Those from `firstNew` on are new. */
export interface Placement {
  slots: Uint32Array;
  /** Entries that replace a standing document. */
  replaced: number[];
  /** Entries that are new, in order. */
  fresh: number[];
}

function labelOf(documents: StagedDocuments, place: number): string {
  return documentLabel(documents.noun, documents.positions?.[place] ?? place, documents.ids[place]);
}

/** Every component finite and within the encoding's range. */
export function* checkRows(documents: StagedDocuments, rows: StagedRows, encoding: VectorEngine['encoding']): Steps<void> {
  for (let c = 0; c < rows.chunks.length; c++) {
    const chunk = rows.chunks[c];
    const bad = firstNotFinite(chunk);
    if (bad >= 0) throw notFinite(labelOf(documents, c * rows.rowsPerChunk + Math.floor(bad / rows.dimensions)), bad % rows.dimensions, chunk[bad]);
    if (encoding === 'f16') {
      const wide = chunk.findIndex((x) => Math.abs(x) > F16_MAX);
      if (wide >= 0) {
        throw new ServiceError('INVALID_ARGUMENT', `${labelOf(documents, c * rows.rowsPerChunk + Math.floor(wide / rows.dimensions))}: component ${wide % rows.dimensions} is ${chunk[wide]}, and half precision without f32 rows ends at ${F16_MAX}: scale the vectors, or keep rescore on`, { service: 'vector' });
      }
    }
    yield;
  }
}

export function checkDimensions(documents: StagedDocuments, rows: StagedRows, dimensions: number): void {
  if (rows.dimensions !== dimensions) throw dimensionMismatch(labelOf(documents, 0), rows.dimensions, dimensions);
}

/** @param base the slot that the next new document gets */
export function placeDocuments(collection: Collection, ids: readonly string[], base: number): Placement {
  const slots = new Uint32Array(ids.length);
  const replaced: number[] = [];
  const fresh: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const slot = collection.slotOf(ids[i]);
    if (slot === undefined) {
      slots[i] = base + fresh.length;
      fresh.push(i);
    } else {
      slots[i] = slot;
      replaced.push(i);
    }
  }
  return { slots, replaced, fresh };
}

/** What an interrupted call has to put back: rows by slot. */
export type Undo = Map<number, Float32Array>;

/**
 * Brings the rows into the engine: new ones appended, standing ones overwritten (their old rows noted in `undo`), and with
 * `link` the graph brought up to date. Progress is counted in rows.
 */
export function* writeRows(engine: VectorEngine, rows: StagedRows, placement: Placement, undo: Undo, link: boolean, call: Call): Steps<void> {
  const { fresh, replaced, slots } = placement;
  // Half of the work is linking, where there is any.
  const share = link ? 0.25 : 1;
  let done = 0;
  const report = (count: number): void => { done += count; call.progress(Math.min(rows.count - 1, Math.floor(done * share)), rows.count); };
  for (const chunk of freshChunks(rows, fresh)) {
    engine.append(chunk);
    report(chunk.length / rows.dimensions);
    yield;
  }
  for (const i of replaced) {
    undo.set(slots[i], engine.row(slots[i]));
    engine.write(slots[i], stagedRow(rows, i));
    report(1);
    yield;
  }
  if (!link) return;
  const first = engine.pending;
  for (let left = first; left > 0; left = engine.step(LINK_BUDGET_MS)) {
    call.progress(Math.min(rows.count - 1, Math.floor(rows.count * (share + (1 - share) * (1 - left / first)))), rows.count);
    yield;
  }
}

/** The new rows in order, in the staged chunks themselves when nothing else lies between them. */
function* freshChunks(rows: StagedRows, fresh: readonly number[]): Generator<Float32Array> {
  if (fresh.length === rows.count) { yield* rows.chunks; return; }
  const packed = allocateRows(fresh.length, rows.dimensions);
  fresh.forEach((place, i) => stagedRow(packed, i).set(stagedRow(rows, place)));
  yield* packed.chunks;
}

/** Takes back what `writeRows` did. Only for an engine that still answers. */
export function undoRows(engine: VectorEngine, slotsBefore: number, undo: Undo): void {
  const appended = Uint32Array.from({ length: engine.slots - slotsBefore }, (_, i) => slotsBefore + i);
  if (appended.length > 0) engine.remove(appended);
  for (const [slot, row] of undo) engine.write(slot, row);
}

/** From here on the documents are there. Pauses, but can not be stopped any more. */
export function* placeAll(collection: Collection, documents: StagedDocuments, slots: Uint32Array, placed: (slot: number, content: string | undefined) => void): Steps<void> {
  const { ids, contents, metadata } = documents;
  for (let i = 0; i < ids.length; i++) {
    collection.place(slots[i], ids[i], contents?.[i], metadata?.[i]);
    placed(slots[i], contents?.[i]);
    if (i % PLACE_BATCH === PLACE_BATCH - 1) yield KEEP;
  }
}
