/** Rankings: from a checked request to slots and scores. What may trap here is the engine, and the core then repeats the whole. */
import type { SearchRequest } from './backend.js';
import type { Collection } from './collection.js';
import type { Contents } from './contents.js';
import type { EngineQuery, VectorEngine } from './engine.js';
import { fuse } from './fusion.js';
import { cosineOfRows, selectDiverse } from './mmr.js';

/** Slots and scores, best first. */
export interface Ranking {
  slots: ArrayLike<number>;
  scores: ArrayLike<number>;
  count: number;
}

const NOTHING: Ranking = { slots: [], scores: [], count: 0 };
/** Fusion looks this deep into both rankings at least, diversity this wide: deeper changes the first results little. */
const FUSION_DEPTH = 100;
const DIVERSITY_POOL = 50;

/** Undefined when nothing can match. */
export function engineQuery(collection: Collection, engine: VectorEngine, request: SearchRequest, k: number): EngineQuery | undefined {
  // No beam holds more rows than there are; what is larger may not even fit the engine's numbers.
  const query: EngineQuery = { k: Math.min(k, collection.size), exact: request.exact, ef: Math.min(request.ef, collection.size) };
  if (request.filter) {
    const { words, count } = collection.filters.evaluate(request.filter, engine.slots);
    query.allow = words;
    query.allowCount = count;
    query.k = Math.min(query.k, count);
  }
  return query.k === 0 ? undefined : query;
}

/** The best `k` by vector, none below the threshold. The arrays may be the engine's own: read them before its next call. */
export function rankByVector(collection: Collection, engine: VectorEngine, vector: Float32Array, request: SearchRequest, k: number): Ranking {
  const query = engineQuery(collection, engine, request, k);
  return query === undefined ? NOTHING : cutBelow(engine.search(vector, query), request.threshold);
}

export function rankByText(collection: Collection, contents: Contents, text: string, request: SearchRequest, k: number): Ranking {
  const allow = request.filter && collection.filters.evaluate(request.filter, collection.slots).words;
  const { slots, scores } = contents.search(text, Math.min(k, collection.size), allow);
  return { slots, scores, count: slots.length };
}

/** Vector and text part of a hybrid query as one ranking. The threshold has been applied to the vector part. */
export function rankHybrid(collection: Collection, engine: VectorEngine, contents: Contents, vector: Float32Array, request: SearchRequest, k: number): Ranking {
  const depth = Math.max(2 * k, FUSION_DEPTH);
  const byVector = keep(rankByVector(collection, engine, vector, request, depth));
  const byText = rankByText(collection, contents, request.text!, request, depth);
  const { slots, scores } = fuse(byVector, byText, { fusion: request.fusion, ...(request.weight !== undefined && { weight: request.weight }) }, k);
  return { slots, scores, count: slots.length };
}

/** How many candidates a request needs before diversity chooses among them. */
export function poolSize(request: SearchRequest): number {
  return request.mmr === undefined ? request.k : Math.max(4 * request.k, DIVERSITY_POOL);
}

/** The first k, or with `mmr` the k that are relevant and unlike each other, in the order of choice. */
export function choose(engine: VectorEngine | undefined, ranking: Ranking, request: SearchRequest): Ranking {
  if (request.mmr === undefined || !engine || ranking.count === 0) return ranking.count <= request.k ? ranking : { ...ranking, count: request.k };
  const pool = keep(ranking);
  const rows = Array.from(pool.slots, (slot) => engine.row(slot));
  const dimensions = rows[0].length;
  const matrix = new Float32Array(pool.count * dimensions);
  rows.forEach((row, i) => matrix.set(row, i * dimensions));
  const chosen = selectDiverse(pool.scores, cosineOfRows(matrix, dimensions), request.mmr, request.k);
  return { slots: chosen.map((i) => pool.slots[i]), scores: chosen.map((i) => pool.scores[i]), count: chosen.length };
}

export function cutBelow(ranking: Ranking, threshold: number | undefined): Ranking {
  if (threshold === undefined) return ranking;
  let { count } = ranking;
  while (count > 0 && ranking.scores[count - 1] < threshold) count--;
  return { slots: ranking.slots, scores: ranking.scores, count };
}

/** A copy that outlives the engine's next call, without one slot if it is there. */
export function keep(ranking: Ranking, without = -1): Ranking {
  const slots: number[] = [];
  const scores: number[] = [];
  for (let i = 0; i < ranking.count; i++) {
    if (ranking.slots[i] === without) continue;
    slots.push(ranking.slots[i]);
    scores.push(ranking.scores[i]);
  }
  return { slots, scores, count: slots.length };
}
