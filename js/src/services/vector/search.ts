/** Answers: from a checked request to results. Pure reading; what may trap is the engine, and the core retries the whole. */
import { ServiceError } from '../../errors.js';
import type { SearchRequest } from './backend.js';
import type { Collection } from './collection.js';
import type { EngineQuery, VectorEngine } from './engine.js';
import { cloneMetadata } from './metadata.js';
import type { VectorDocument, VectorSearchResult } from './types.js';

/** Slots and scores, best first. */
export interface Ranking {
  slots: ArrayLike<number>;
  scores: ArrayLike<number>;
  count: number;
}

const NOTHING: Ranking = { slots: [], scores: [], count: 0 };

export function engineQuery(collection: Collection, engine: VectorEngine, request: SearchRequest, k: number): EngineQuery | undefined {
  const query: EngineQuery = { k: Math.min(k, collection.size), exact: request.exact, ef: request.ef };
  if (request.filter) {
    const { words, count } = collection.filters.evaluate(request.filter, engine.slots);
    if (count === 0) return undefined;
    query.allow = words;
    query.allowCount = count;
    query.k = Math.min(query.k, count);
  }
  return query.k === 0 ? undefined : query;
}

/** The best `k` by vector; everything below the threshold is cut off. The arrays may be the engine's own: read them before its next call. */
export function rankByVector(collection: Collection, engine: VectorEngine, vector: Float32Array, request: SearchRequest, k: number): Ranking {
  const query = engineQuery(collection, engine, request, k);
  return query === undefined ? NOTHING : cutBelow(engine.search(vector, query), request.threshold);
}

export function cutBelow(ranking: Ranking, threshold: number | undefined): Ranking {
  if (threshold === undefined) return ranking;
  let { count } = ranking;
  while (count > 0 && ranking.scores[count - 1] < threshold) count--;
  return { slots: ranking.slots, scores: ranking.scores, count };
}

/** A copy that outlives the engine's next call, without one slot if it is there, `k` long at the most. */
export function keep(ranking: Ranking, k = ranking.count, without = -1): Ranking {
  const slots: number[] = [];
  const scores: number[] = [];
  for (let i = 0; i < ranking.count && slots.length < k; i++) {
    if (ranking.slots[i] === without) continue;
    slots.push(ranking.slots[i]);
    scores.push(ranking.scores[i]);
  }
  return { slots, scores, count: slots.length };
}

export function results(collection: Collection, engine: VectorEngine | undefined, ranking: Ranking, includeEmbedding: boolean): VectorSearchResult[] {
  const out = new Array<VectorSearchResult>(ranking.count);
  for (let i = 0; i < ranking.count; i++) {
    const slot = ranking.slots[i];
    const result: VectorSearchResult = { id: collection.idAt(slot)!, score: ranking.scores[i] };
    const content = collection.contentAt(slot);
    if (content !== undefined) result.content = content;
    const metadata = collection.metadataAt(slot);
    if (metadata !== undefined) result.metadata = cloneMetadata(metadata);
    out[i] = result;
  }
  // Rows come last: asking for one may overwrite the arrays that the ranking points into.
  if (includeEmbedding && engine) {
    const slots = Array.from({ length: ranking.count }, (_, i) => ranking.slots[i]);
    slots.forEach((slot, i) => { out[i].embedding = engine.row(slot); });
  }
  return out;
}

export function documentAt(collection: Collection, engine: VectorEngine | undefined, slot: number): VectorDocument {
  const document: VectorDocument = { id: collection.idAt(slot)! };
  const content = collection.contentAt(slot);
  if (content !== undefined) document.content = content;
  if (engine) document.embedding = engine.row(slot);
  const metadata = collection.metadataAt(slot);
  if (metadata !== undefined) document.metadata = cloneMetadata(metadata);
  return document;
}

export function notFound(id: string): ServiceError {
  return new ServiceError('NOT_FOUND', `there is no document with the id ${JSON.stringify(id.slice(0, 100))}`, { service: 'vector', detail: { id } });
}
