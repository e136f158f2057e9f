/**
 * Adding documents, all or nothing. Rows go into the engine first, because only there something can go wrong; then the change
 * is made durable; then the documents join the collection. Whatever stops the call before that is undone.
 */
import type { Call } from '../../calls/call.js';
import { KEEP, type Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import { host } from '../../host/index.js';
import type { StagedDocuments } from './backend.js';
import { THREADED_LINKS, type VectorEngine } from './engine.js';
import { isPoisoned } from './engines.js';
import { documentLabel } from './stage.js';
import type { State } from './state.js';
import { f32Rows, type JournalRecord } from './storage/format.js';
import { allocateRows, firstNotFinite, notFinite, stagedRow, type StagedRows } from './vectors.js';

/** IEEE half precision ends here. */
const F16_MAX = 65504;
/** Documents placed between two pauses. */
const PLACE_BATCH = 1024;
const STEP_BUDGET_MS = 8;
const UNDO_BATCH = 16_384;
/** Documents whose copying alone takes several milliseconds. */
const MANY = 1000;
/** Part of the progress that linking takes where there is a graph: it is most of the work. */
const LINK_SHARE = 0.9;

/** What an interrupted call has to put back: old rows by slot. */
export type Undo = Map<number, Float32Array>;

/** Where the documents of a call go: entry i to `slots[i]`. */
interface Placement {
  slots: Uint32Array;
  /** Entries that replace a standing document. */
  replaced: number[];
  /** Entries that are new, in order. */
  fresh: number[];
}

export interface AddTools {
  /** Makes a change durable; nothing to do for a collection in memory. */
  persist(records: () => JournalRecord[]): Steps<void>;
  /** Told of the old rows when the instance trapped: the rebuilt engine gets them back. */
  trapped(undo: Undo): void;
}

export function* addSteps(state: State, documents: StagedDocuments, call: Call, tools: AddTools): Steps<void> {
  const { ids, rows, contents, metadata } = documents;
  const { collection } = state;
  // Copying them took its time in the caller's turn; the rest is for later turns.
  if (ids.length > MANY) yield host.yieldNow();
  if (!rows) state.refuseVectors(labelOf(documents, 0));
  const engine = rows && state.engineFor(rows.dimensions, labelOf(documents, 0));
  if (rows && engine) yield* checkRows(documents, rows, engine.encoding);

  const slotsBefore = state.slots;
  const placement = placeDocuments(state, ids, slotsBefore);
  const undo: Undo = new Map();
  try {
    if (rows && engine) yield* writeRows(engine, rows, placement, undo, state.config.index === 'hnsw', call);
    yield* tools.persist(() => upserts(documents, placement.slots));
  } catch (error) {
    if (engine) undoOrPassOn(state, engine, slotsBefore, undo, error, tools);
    throw error;
  }

  for (let i = 0; i < ids.length; i++) {
    collection.place(placement.slots[i], ids[i], contents?.[i], metadata?.[i]);
    if (i % PLACE_BATCH === PLACE_BATCH - 1) yield KEEP;
  }
  yield* state.contents.set(placement.slots, contents);
}

function labelOf(documents: StagedDocuments, place: number): string {
  return documentLabel(documents.noun, documents.positions?.[place] ?? place, documents.ids[place]);
}

/** Every component finite and within the encoding's range. */
function* checkRows(documents: StagedDocuments, rows: StagedRows, encoding: VectorEngine['encoding']): Steps<void> {
  const label = (chunk: number, at: number): string => labelOf(documents, chunk * rows.rowsPerChunk + Math.floor(at / rows.dimensions));
  for (let c = 0; c < rows.chunks.length; c++) {
    const chunk = rows.chunks[c];
    const bad = firstNotFinite(chunk);
    if (bad >= 0) throw notFinite(label(c, bad), bad % rows.dimensions, chunk[bad]);
    const wide = encoding === 'f16' ? chunk.findIndex((x) => Math.abs(x) > F16_MAX) : -1;
    if (wide >= 0) {
      throw new ServiceError('INVALID_ARGUMENT', `${label(c, wide)}: component ${wide % rows.dimensions} is ${chunk[wide]}, and half precision without f32 rows ends at ${F16_MAX}: scale the vectors, or leave rescore on`, { service: 'vector' });
    }
    yield;
  }
}

/** @param base the slot that the next new document gets */
function placeDocuments({ collection }: State, ids: readonly string[], base: number): Placement {
  const slots = new Uint32Array(ids.length);
  const replaced: number[] = [];
  const fresh: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const slot = collection.slotOf(ids[i]);
    slots[i] = slot ?? base + fresh.length;
    (slot === undefined ? fresh : replaced).push(i);
  }
  return { slots, replaced, fresh };
}

/** New rows appended, standing ones overwritten (noted in `undo`), the codes made that the next search reads, and with `link` the graph brought up to date. */
function* writeRows(engine: VectorEngine, rows: StagedRows, { fresh, replaced, slots }: Placement, undo: Undo, link: boolean, call: Call): Steps<void> {
  const writing = link ? 1 - LINK_SHARE : 1;
  const report = (share: number): void => { if (call.reportsProgress) call.progress(Math.min(rows.count - 1, Math.floor(share * rows.count)), rows.count); };
  let written = 0;
  for (const chunk of freshChunks(rows, fresh)) {
    engine.append(chunk);
    written += chunk.length / rows.dimensions;
    report(writing * written / rows.count);
    yield;
  }
  for (const i of replaced) {
    undo.set(slots[i], engine.row(slots[i]));
    engine.write(slots[i], stagedRow(rows, i));
    report(writing * ++written / rows.count);
    yield;
  }
  while (engine.prepare(STEP_BUDGET_MS) > 0) yield;
  if (!link) return;
  const toLink = engine.pending;
  const starting = toLink >= THREADED_LINKS ? engine.startThreads?.() : undefined;
  if (starting) yield starting;
  for (let left = toLink; left > 0; left = engine.step(STEP_BUDGET_MS)) {
    report(1 - LINK_SHARE * left / toLink);
    yield;
  }
}

/** The new rows in order; the staged chunks themselves when nothing else lies between them. */
function* freshChunks(rows: StagedRows, fresh: readonly number[]): Generator<Float32Array> {
  if (fresh.length === rows.count) { yield* rows.chunks; return; }
  const packed = allocateRows(fresh.length, rows.dimensions);
  fresh.forEach((place, i) => stagedRow(packed, i).set(stagedRow(rows, place)));
  yield* packed.chunks;
}

/** An instance that has trapped can undo nothing, and one may trap while it does: then the engine that replaces it gets the old rows. */
function undoOrPassOn(state: State, engine: VectorEngine, slotsBefore: number, undo: Undo, error: unknown, tools: AddTools): void {
  if (isPoisoned(error)) { tools.trapped(undo); return; }
  try {
    undoRows(state, engine, slotsBefore, undo);
  } catch (failure) {
    if (isPoisoned(failure)) tools.trapped(undo);
    throw failure;
  }
}

/** Takes back what `writeRows` did; the slots it was given stay dead. */
function undoRows(state: State, engine: VectorEngine, slotsBefore: number, undo: Undo): void {
  // In parts, so that undoing what ran out of memory needs next to none.
  for (let from = slotsBefore; from < engine.slots; from += UNDO_BATCH) {
    engine.remove(Uint32Array.from({ length: Math.min(UNDO_BATCH, engine.slots - from) }, (_, i) => from + i));
  }
  state.collection.padTo(engine.slots);
  for (const [slot, row] of undo) engine.write(slot, row);
}

/** The change as journal records, one per chunk of rows; together they are one atomic unit. */
function upserts({ ids, rows, contents, metadata }: StagedDocuments, slots: Uint32Array): JournalRecord[] {
  const none = (count: number): undefined[] => new Array<undefined>(count).fill(undefined);
  const step = rows?.rowsPerChunk ?? Math.max(1, ids.length);
  const records: JournalRecord[] = [];
  for (let from = 0; from < ids.length; from += step) {
    const to = Math.min(ids.length, from + step);
    records.push({
      type: 'upsert', slots: slots.subarray(from, to), ids: ids.slice(from, to),
      contents: contents?.slice(from, to) ?? none(to - from), metadata: metadata?.slice(from, to) ?? none(to - from),
      rows: f32Rows(rows?.chunks[from / step] ?? new Float32Array(0), rows?.dimensions ?? 0),
    });
  }
  return records;
}
