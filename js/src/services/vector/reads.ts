/** The reading calls over a collection as it stands. */
import type { Steps } from '../../calls/steps.js';
import { ServiceError } from '../../errors.js';
import type { ListRequest, SearchRequest } from './backend.js';
import { hasBit } from './filters/index.js';
import { documentAt, notFound, results, textOnly } from './results.js';
import { choose, cutBelow, engineQuery, keep, poolSize, rankByText, rankByVector, rankHybrid } from './search.js';
import type { State } from './state.js';
import type { VectorDocument, VectorSearchResult } from './types.js';
import { dimensionMismatch, firstNotFinite, notFinite } from './vectors.js';

/** Queries handed to a threaded engine at once, per thread. */
const QUERIES_PER_THREAD = 32;

/** Whether a query is answered by the engine alone, in one go. */
export function isPlain(request: SearchRequest): boolean {
  return request.text === undefined && request.mmr === undefined;
}

function checkQuery(state: State, query: Float32Array, label: string): void {
  const expected = state.dimensions;
  if (expected !== undefined && query.length !== expected) throw dimensionMismatch(label, query.length, expected);
  const bad = firstNotFinite(query);
  if (bad >= 0) throw notFinite(label, bad, query[bad]);
  if (!state.engine && state.collection.size > 0) throw textOnly();
}

/** A plain search, synchronous. */
export function search(state: State, query: Float32Array, request: SearchRequest): VectorSearchResult[] {
  checkQuery(state, query, 'embedding');
  const { engine, collection } = state;
  if (!engine) return [];
  return results(collection, engine, rankByVector(collection, engine, query, request, request.k), request.includeEmbedding);
}

/** A search with a text part, diversity, or both. */
export function* searchSteps(state: State, query: Float32Array, request: SearchRequest, without = -1): Steps<VectorSearchResult[]> {
  checkQuery(state, query, 'embedding');
  const { engine, collection, contents } = state;
  if (!engine) return [];
  // The excluded document takes a place in the ranking until it is taken out.
  const pool = poolSize(request) + (without >= 0 ? 1 : 0);
  let ranking;
  if (request.text === undefined) ranking = rankByVector(collection, engine, query, request, pool);
  else {
    yield* contents.build(collection);
    ranking = rankHybrid(collection, engine, contents, query, request, pool);
  }
  if (without >= 0) ranking = keep(ranking, without);
  return results(collection, engine, choose(engine, ranking, request), request.includeEmbedding);
}

export function* similarSteps(state: State, id: string, request: SearchRequest): Steps<VectorSearchResult[]> {
  const slot = state.collection.slotOf(id);
  if (slot === undefined) throw notFound(id);
  if (!state.engine) throw textOnly();
  return yield* searchSteps(state, state.engine.row(slot), request, slot);
}

export function* textSteps(state: State, query: string, request: SearchRequest): Steps<VectorSearchResult[]> {
  const { engine, collection, contents } = state;
  if (request.mmr !== undefined && !engine && collection.size > 0) throw textOnly();
  yield* contents.build(collection);
  const ranking = cutBelow(rankByText(collection, contents, query, request, poolSize(request)), request.threshold);
  return results(collection, engine, choose(engine, ranking, request), request.includeEmbedding);
}

export function* batchSteps(state: State, queries: Float32Array, request: SearchRequest): Steps<VectorSearchResult[][]> {
  const { dimensions, engine, collection } = state;
  if (queries.length === 0) return [];
  if (dimensions === undefined) {
    if (collection.size > 0) throw textOnly();
    throw new ServiceError('INVALID_ARGUMENT', 'searchBatch on an empty collection needs `dimensions` in the configuration, or nobody knows how many queries these numbers are', { service: 'vector' });
  }
  if (queries.length % dimensions !== 0) {
    throw new ServiceError('DIMENSION_MISMATCH', `searchBatch got ${queries.length} numbers, which is no whole number of queries of ${dimensions} dimensions`, { service: 'vector', detail: { found: queries.length, expected: dimensions } });
  }
  const count = queries.length / dimensions;
  for (let q = 0; q < count; q++) {
    checkQuery(state, queries.subarray(q * dimensions, (q + 1) * dimensions), `embeddings[${q}]`);
    yield;
  }
  const out: VectorSearchResult[][] = [];
  if (!isPlain(request)) {
    for (let q = 0; q < count; q++) {
      out.push(yield* searchSteps(state, queries.subarray(q * dimensions, (q + 1) * dimensions), request));
      yield;
    }
    return out;
  }
  const query = engine && engineQuery(collection, engine, request, request.k);
  if (!engine || !query) return Array.from({ length: count }, () => []);
  if (count > 1) {
    const starting = engine.startThreads?.();
    if (starting) yield starting;
  }
  // One thread answers query after query, so that the call can pause in between; a pool gets work for all of its threads.
  const together = engine.threads > 1 ? QUERIES_PER_THREAD * engine.threads : 1;
  for (let q = 0; q < count; q += together) {
    for (const { slots, scores } of engine.searchBatch(queries.subarray(q * dimensions, Math.min(count, q + together) * dimensions), query)) {
      out.push(results(collection, engine, cutBelow({ slots, scores, count: slots.length }, request.threshold), request.includeEmbedding));
    }
    yield;
  }
  return out;
}

export function* listSteps(state: State, { filter, offset, limit }: ListRequest): Steps<VectorDocument[]> {
  const { collection, engine } = state;
  const words = filter && collection.filters.evaluate(filter, collection.slots).words;
  const out: VectorDocument[] = [];
  let skip = offset;
  for (let slot = 0; slot < collection.slots && out.length < limit; slot++) {
    if (words ? !hasBit(words, slot) : collection.idAt(slot) === undefined) continue;
    if (skip > 0) { skip--; continue; }
    out.push(documentAt(collection, engine, slot));
    if (out.length % 256 === 0) yield;
  }
  return out;
}

/** For health checks: a stored row must find itself, or one that is as near. Leaves no trace. */
export function selfCheck({ engine, collection }: State): void {
  const slot = collection.firstLiveSlot();
  if (!engine || slot < 0) return;
  const row = engine.row(slot);
  const expected = engine.score(row, Uint32Array.of(slot))[0];
  const { count, scores } = engine.search(row, { k: 1, exact: true, ef: 0 });
  if (count !== 1 || !(scores[0] >= expected)) {
    throw new ServiceError('CORRUPT', `the self-check failed: a stored vector is no longer among the nearest to itself (${engine.variant}): make a new service and report this`, { service: 'vector', variant: engine.variant });
  }
}
