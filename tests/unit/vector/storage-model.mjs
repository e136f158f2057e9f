// The simplest right answer: what a collection holds after these records, and random records to try.
import { random, sampleRows } from './storage-samples.mjs';

export const DIMENSIONS = 3;

export const emptyState = () => ({ slots: [] });

/** Applies a journal record to a copy. */
export function applied(state, record) {
  const slots = state.slots.slice();
  switch (record.type) {
    case 'upsert': {
      const stride = DIMENSIONS * 4;
      for (let i = 0; i < record.slots.length; i++) {
        slots[record.slots[i]] = {
          id: record.ids[i], content: record.contents[i], metadata: record.metadata[i],
          row: Buffer.from(record.rows.bytes.subarray(i * stride, (i + 1) * stride)).toString('hex'),
        };
      }
      break;
    }
    case 'metadata': record.slots.forEach((slot, i) => { slots[slot] = { ...slots[slot], metadata: record.metadata[i] }; }); break;
    case 'remove': for (const slot of record.slots) slots[slot] = undefined; break;
    case 'clear': return emptyState();
    case 'compact': return { slots: slots.filter((slot) => slot !== undefined) };
    default: break;
  }
  return { slots };
}

export const appliedAll = (state, records) => records.reduce(applied, state);

/** Comparable text; dead slots count, their rows do not. */
export const fingerprint = (state) => JSON.stringify(state.slots, (_key, value) => (value === undefined ? null : value));

export function sourceOf(state) {
  const { slots } = state;
  return {
    config: { dimensions: DIMENSIONS, metric: 'cosine', encoding: 'f32' },
    slots: slots.length,
    ids: Array.from(slots, (slot) => slot?.id),
    contents: Array.from(slots, (slot) => slot?.content),
    metadata: Array.from(slots, (slot) => slot?.metadata),
    rows: (from, to) => new Uint8Array(Buffer.concat(Array.from(slots.slice(from, to), (slot) => (slot ? Buffer.from(slot.row, 'hex') : Buffer.alloc(DIMENSIONS * 4))))),
  };
}

export function stateOf({ snapshot, records }) {
  let state = emptyState();
  if (snapshot) {
    state = {
      slots: snapshot.ids.map((id, slot) => (id === undefined ? undefined : {
        id, content: snapshot.contents[slot], metadata: snapshot.metadata[slot], row: Buffer.from(snapshot.rows(slot, slot + 1)).toString('hex'),
      })),
    };
  }
  return appliedAll(state, records);
}

let serial = 0;

/** A random change that fits the state. */
export function randomRecord(state, next) {
  const live = state.slots.flatMap((slot, i) => (slot ? [i] : []));
  const pick = () => live[Math.floor(next() * live.length)];
  const kind = next();
  if (live.length > 0 && kind < 0.15) return { type: 'remove', slots: [pick()] };
  if (live.length > 0 && kind < 0.3) return { type: 'metadata', slots: [pick()], metadata: [next() < 0.2 ? undefined : { v: ++serial, s: '\udead' }] };
  if (kind < 0.33) return { type: 'compact' };
  if (kind < 0.35) return { type: 'clear' };
  const count = 1 + Math.floor(next() * 4);
  const slots = [];
  const ids = [];
  for (let i = 0; i < count; i++) {
    const replaced = live.length > 0 && next() < 0.3 ? pick() : undefined;
    if (replaced !== undefined && !slots.includes(replaced)) {
      slots.push(replaced);
      ids.push(state.slots[replaced].id);
    } else {
      slots.push(state.slots.length + slots.filter((slot) => slot >= state.slots.length).length);
      ids.push(`id-${++serial}-\ud800`);
    }
  }
  return {
    type: 'upsert', slots, ids,
    contents: ids.map(() => (next() < 0.3 ? undefined : 'text '.repeat(Math.floor(next() * 200)))),
    metadata: ids.map(() => (next() < 0.3 ? undefined : { n: ++serial })),
    rows: { dimensions: DIMENSIONS, encoding: 'f32', bytes: sampleRows('f32', DIMENSIONS, count, ++serial) },
  };
}

export { random };
