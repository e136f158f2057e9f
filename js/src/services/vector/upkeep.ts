/** What a collection needs done that no caller waits for: the room of removed rows, snapshots, links, the way back to WebAssembly. */
import type { Steps } from '../../calls/steps.js';
import type { ServiceSink } from '../../types.js';
import type { Durable } from './durable.js';
import { THREADED_LINKS } from './engine.js';
import type { Engines } from './engines.js';
import { moveToSmaller, returnToWasm } from './recovery.js';
import { compactState } from './restore.js';
import type { State } from './state.js';

/** Dead slots that are tolerated before they are compacted away: this many, and as many as live ones. */
const TOLERATED_DEAD = 4096;
const BUDGET_MS = 8;

/** A collection with all that keeps it. */
export interface Home {
  readonly state: State;
  readonly engines: Engines;
  readonly durable: Durable;
  readonly sink: ServiceSink;
}

export function isMostlyDead({ slots, collection: { size } }: State): boolean {
  const dead = slots - size;
  return dead > TOLERATED_DEAD && dead > size;
}

/** Lets go of everything; the next call reads it again from durable storage. */
export function* forget({ state, durable }: Home): Steps<void> {
  yield durable.close();
  state.clear();
}

/** Renumbers the live slots and gives the room of the dead ones back. */
export function* compactSteps(home: Home): Steps<void> {
  const { state, durable } = home;
  if (state.slots === state.collection.size) return;
  yield* durable.persist(() => [{ type: 'compact' }]);
  try {
    compactState(state);
  } catch (error) {
    // Storage has been told of new places that do not hold here: from now on it would misread ours. What it has is read again.
    if (state.config.storage !== 'memory') yield* forget(home);
    throw error;
  }
  yield* moveToSmaller(state);
}

/**
 * Whether `upkeepSteps` has something to do. Asked after every call: it must not call into the engine.
 * @param pending rows without links, and `index` its name, as the engine last said
 */
export function isUpkeepDue({ state, engines, durable }: Home, pending: number, index: string | undefined): boolean {
  return pending > 0 || durable.checkpointDue(hasGraph(pending, index)) || durable.shrinkDue(state.collection) || engines.returnDue;
}

function hasGraph(pending: number, index: string | undefined): boolean {
  return pending === 0 && index?.startsWith('hnsw') === true;
}

/** One slice of it. */
export function* upkeepSteps(home: Home, pending: number, index: string | undefined): Steps<void> {
  const { state, engines, durable, sink } = home;
  if (engines.returnDue) yield* returnToWasm(state, sink);
  else if (durable.shrinkDue(state.collection)) {
    yield* compactSteps(home);
    yield* durable.checkpoint(state);
  }
  else if (durable.checkpointDue(hasGraph(pending, index))) yield* durable.checkpoint(state);
  else if (pending > 0) {
    const { engine } = state;
    // Codes first: they are no work for threads.
    if (engine?.prepare(BUDGET_MS) === 0) {
      const starting = engine.pending >= THREADED_LINKS ? engine.startThreads?.() : undefined;
      if (starting) yield starting;
      engine.step(BUDGET_MS);
    }
  }
}
