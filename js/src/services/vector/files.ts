/** `save` and `load`: a whole collection as bytes. */
import type { Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import { restoreSnapshot } from './restore.js';
import type { State } from './state.js';
import { readSnapshotSteps } from './storage/snapshot-reader.js';
import { snapshotChunks } from './storage/snapshot-writer.js';

export function* saveSteps(state: State): Steps<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of snapshotChunks(state.source())) {
    pieces.push(piece);
    length += piece.length;
    yield;
  }
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(length);
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `no room for a saved file of ${length} bytes: free memory, or use a durable storage, which streams`, { service: 'vector', cause });
  }
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    bytes.set(pieces[i], at);
    at += pieces[i].length;
    pieces[i] = undefined as never; // given back while the copy grows
    yield;
  }
  return bytes;
}

/**
 * Fills an empty state; on failure that state is given up and the collection keeps what it had.
 * @param bytes nobody else's: they must not change between two steps
 */
export function* loadSteps(state: State, bytes: Uint8Array): Steps<State> {
  const snapshot = yield* readSnapshotSteps(bytes);
  try {
    yield* restoreSnapshot(state, snapshot, true);
  } catch (error) {
    state.clear();
    throw error;
  }
  return state;
}
