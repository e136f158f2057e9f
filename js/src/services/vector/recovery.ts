/**
 * After a trap: a fresh engine with the rows of the dead one. The documents themselves never were in wasm memory; only rows are
 * brought over, under checksums. A graph is not: it is built again, and until it stands the scan answers.
 */
import { KEEP, type Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import type { ServiceSink } from '../../types.js';
import type { Undo } from './add.js';
import type { VectorEngine } from './engine.js';
import { disposeQuietly, isPoisoned, type SalvagedRows } from './engines.js';
import type { State } from './state.js';

/** A pinned variant whose fresh instances trap as often while they take rows is broken here. */
const MOST_ATTEMPTS = 3;
/** Less than this is not worth moving for. */
const LEAST_GAIN_BYTES = 4 << 20;
const MOVED_ROWS = 1024;

/**
 * Replaces the state's engine. Afterwards it holds exactly the collection's slots: rows that the interrupted call had appended
 * are left behind, rows that it had overwritten are as they were (`undo`).
 * @param repeats how often the same call was made again on a fresh instance before
 * @returns whether the call is to be made again
 * @throws ServiceError CORRUPT when the dead instance's rows fail their checksums; OUT_OF_MEMORY; INSTANCE_POISONED.
 */
export function* replaceEngine(state: State, undo: Undo, trap: ServiceError, repeats: number, sink: ServiceSink): Steps<boolean> {
  const { engines, collection, dimensions } = state;
  const again = engines.trapped(trap, repeats);
  const dead = state.releaseEngine();
  if (!dead || dimensions === undefined) return again;
  const salvaged = dead.salvageRows();
  for (let attempt = 1; ; attempt++) {
    try {
      state.adoptEngine(yield* engineOf(state, salvaged, dimensions, undo), dimensions);
      break;
    } catch (error) {
      // JavaScript may have the room that another instance is refused.
      if (!(isPoisoned(error) || isRefused(error)) || engines.selection.variant === 'js') throw error;
      if (!engines.giveUp(`its replacement trapped too (${error.message})`) && attempt === MOST_ATTEMPTS) throw error;
    }
  }
  disposeQuietly(dead);
  sink.event({
    type: 'recovery', service: 'vector', data: { documents: collection.size, variant: engines.selection.variant },
    message: `vector: an instance trapped (${trap.message}) and was replaced; all ${collection.size} documents stand`,
  });
  return again;
}

/** Some time after traps made JavaScript take over: WebAssembly is tried again, and kept when it takes all rows. */
export function* returnToWasm(state: State, sink: ServiceSink): Steps<void> {
  const { engines, engine, dimensions } = state;
  try {
    const fresh = yield* engines.returning(function* () {
      return engine && dimensions !== undefined ? yield* engineOf(state, engine.salvageRows(), dimensions, new Map()) : undefined;
    });
    if (!fresh || !engine || dimensions === undefined) return;
    state.adoptEngine(fresh, dimensions);
    disposeQuietly(engine);
    sink.event({ type: 'recovery', service: 'vector', message: `vector: ${fresh.variant} answers again`, data: { variant: fresh.variant } });
  } catch (error) {
    sink.event({ type: 'error', service: 'vector', message: `vector: WebAssembly was tried again and failed (${(error as Error).message}); JavaScript goes on` });
  }
}

/**
 * Memory of an instance never shrinks, so after a compaction that freed much of it the rows (and the graph) move to a fresh one.
 * Nothing happens when the host refuses the room for both: the old engine is as right as the new one.
 */
export function* moveToSmaller(state: State): Steps<void> {
  const { engines, engine, dimensions } = state;
  if (!engine || dimensions === undefined) return;
  const { total, rows, codes, graph } = engine.memory();
  if (total - (rows + codes + graph) < Math.max(LEAST_GAIN_BYTES, total / 2)) return;
  let fresh: VectorEngine | undefined;
  try {
    fresh = engines.create(dimensions);
    for (let from = 0; from < engine.slots; from += MOVED_ROWS) {
      const to = Math.min(engine.slots, from + MOVED_ROWS);
      fresh.importRows(engine.exportRows(from, to), to - from);
      yield KEEP;
    }
    const graphBytes = engine.exportGraph();
    if (graphBytes) fresh.importGraph(graphBytes);
  } catch (error) {
    if (fresh) disposeQuietly(fresh);
    if (error instanceof ServiceError && error.code === 'OUT_OF_MEMORY') return;
    throw error;
  }
  state.adoptEngine(fresh, dimensions);
  disposeQuietly(engine);
}

const isRefused = (error: unknown): error is ServiceError => error instanceof ServiceError && error.code === 'OUT_OF_MEMORY';

/** A fresh engine that holds the collection's slots. */
function* engineOf({ engines, collection }: State, salvaged: SalvagedRows, dimensions: number, undo: Undo): Steps<VectorEngine> {
  let fresh: VectorEngine | undefined;
  try {
    fresh = engines.create(dimensions);
    yield* importAll(fresh, salvaged, collection.slots);
    if (collection.size < collection.slots) fresh.remove(collection.deadSlots(collection.slots));
    for (const [slot, row] of undo) if (collection.idAt(slot) !== undefined) fresh.write(slot, row);
    return fresh;
  } catch (error) {
    if (fresh) disposeQuietly(fresh);
    throw error;
  }
}

/** The first `slots` rows, chunk by chunk. */
function* importAll(engine: VectorEngine, { chunks, counts }: SalvagedRows, slots: number): Steps<void> {
  let left = slots;
  for (let i = 0; i < chunks.length && left > 0; i++) {
    const count = Math.min(left, counts[i]);
    engine.importRows(count === counts[i] ? chunks[i] : chunks[i].subarray(0, chunks[i].length / counts[i] * count), count);
    left -= count;
    yield KEEP;
  }
  if (left > 0) throw new ServiceError('CORRUPT', `the trapped instance gave back ${slots - left} of ${slots} rows`, { service: 'vector' });
}
