/** A collection from what storage gives back: a snapshot, then the changes made since. */
import type { Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import { engineConfig } from './config.js';
import type { VectorEngine } from './engine.js';
import { createJsEngine } from './js-engine.js';
import type { State } from './state.js';
import type { JournalRecord, JournalRows, Snapshot } from './storage/format.js';

const CHUNK_BYTES = 1 << 20;

/**
 * Fills an empty state.
 * @param strictGraph a graph that does not fit the rows is CORRUPT; else it is built again
 * @throws ServiceError DIMENSION_MISMATCH when the configuration names other dimensions; CORRUPT; OUT_OF_MEMORY.
 */
export function* restoreSnapshot(state: State, snapshot: Snapshot, strictGraph: boolean): Steps<void> {
  const { collection } = state;
  const { slots, config, ids, contents, metadata } = snapshot;
  const { dimensions, encoding } = config;
  if (dimensions > 0) {
    const engine = state.engineFor(dimensions, 'the saved collection');
    const stride = slots === 0 ? 1 : snapshot.rows(0, 1).length;
    const step = Math.max(1, Math.floor(CHUNK_BYTES / stride));
    for (let from = 0; from < slots; from += step) {
      const to = Math.min(slots, from + step);
      takeRows(state, engine, { dimensions, encoding, bytes: snapshot.rows(from, to) }, to - from);
      yield;
    }
  }
  for (let slot = 0; slot < slots; slot++) {
    const id = ids[slot];
    if (id !== undefined) collection.place(slot, id, contents[slot], metadata[slot]);
    if (slot % 1024 === 1023) yield;
  }
  collection.padTo(slots);
  const { engine } = state;
  if (!engine) return;
  engine.remove(collection.deadSlots(slots));
  if (!snapshot.graph || !state.takesGraphOf(config.metric, config['m'])) return;
  try {
    engine.importGraph(snapshot.graph);
  } catch (error) {
    if (strictGraph || !(error instanceof ServiceError && error.code === 'CORRUPT')) throw error;
  }
}

/** Appends rows of any encoding. Another encoding than the engine's is decoded first, by the one engine that needs no loading. */
function takeRows(state: State, engine: VectorEngine, { dimensions, encoding, bytes }: JournalRows, count: number): void {
  if (encoding === engine.encoding) {
    engine.importRows(bytes, count);
    return;
  }
  engine.append(decodeRows(state, { dimensions, encoding, bytes }, count));
}

function decodeRows(state: State, { dimensions, encoding, bytes }: JournalRows, count: number): Float32Array {
  if (encoding === 'f32') {
    // A view needs its bytes aligned; these come from the middle of a file.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer, aligned.byteOffset, count * dimensions);
  }
  const decoder = createJsEngine({ ...engineConfig(state.config, dimensions), index: 'flat', quantization: encoding, rescore: false });
  decoder.importRows(bytes, count);
  const rows = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) rows.set(decoder.row(i), i * dimensions);
  decoder.dispose();
  return rows;
}

/** One change of the journal, as it was made. */
export function applyRecord(state: State, record: JournalRecord): void {
  const { collection } = state;
  switch (record.type) {
    case 'config': return;
    case 'upsert': applyUpsert(state, record); return;
    case 'metadata':
      for (let i = 0; i < record.slots.length; i++) if (collection.idAt(record.slots[i]) !== undefined) collection.setMetadata(record.slots[i], record.metadata[i]);
      return;
    case 'remove': {
      const slots = Uint32Array.from(record.slots).filter((slot) => collection.idAt(slot) !== undefined);
      state.engine?.remove(slots);
      for (const slot of slots) collection.delete(slot);
      return;
    }
    case 'clear': state.clear(); return;
    case 'compact': compactState(state); return;
  }
}

/** Renumbers live slots 0..n-1 in order, everywhere. */
export function compactState(state: State): void {
  if (state.collection.size === 0) { state.clear(); return; }
  const live = state.collection.liveSlots();
  state.engine?.compact();
  state.collection.compact(live);
  state.contents.compact(live);
}

function applyUpsert(state: State, { slots, ids, contents, metadata, rows }: Extract<JournalRecord, { type: 'upsert' }>): void {
  const { collection } = state;
  const { dimensions } = rows;
  if (dimensions > 0) {
    const engine = state.engineFor(dimensions, 'the stored collection');
    const values = decodeRows(state, rows, slots.length);
    const row = (i: number): Float32Array => values.subarray(i * dimensions, (i + 1) * dimensions);
    // Runs of new slots are appended together; a slot skipped by a call that was undone stays dead.
    for (let i = 0; i < slots.length;) {
      if (slots[i] < engine.slots) { engine.write(slots[i], row(i)); i++; continue; }
      padEngine(engine, slots[i], dimensions);
      let end = i + 1;
      while (end < slots.length && slots[end] === slots[i] + end - i) end++;
      engine.append(values.subarray(i * dimensions, end * dimensions));
      i = end;
    }
    collection.padTo(engine.slots);
  } else state.refuseVectors('the stored collection');
  for (let i = 0; i < slots.length; i++) collection.place(slots[i], ids[i], contents[i], metadata[i]);
}

function padEngine(engine: VectorEngine, slots: number, dimensions: number): void {
  const missing = slots - engine.slots;
  if (missing <= 0) return;
  const from = engine.slots;
  engine.append(new Float32Array(missing * dimensions));
  engine.remove(Uint32Array.from({ length: missing }, (_, i) => from + i));
}
