/**
 * Maximal marginal relevance (J. Carbonell and J. Goldstein, SIGIR 1998): results that are relevant and unlike each other.
 *
 * The first pick is the most relevant candidate; each further one maximises
 *   lambda * relevance(c) - (1 - lambda) * max over picked p of similarity(c, p)
 * Relevance is the candidates' scores brought to [0, 1] by their minimum and maximum (all equal: 1), so that lambda means the same
 * with cosine, distances, BM25 and fused scores. Similarity is expected in [-1, 1], as cosine is.
 * Equal values: the candidate that came first. Costs `picks * candidates` similarities.
 */
import { ServiceError } from '../../errors.js';
import { normalizedScores } from './fusion.js';

/**
 * Positions of the chosen candidates, in the order of choice.
 *
 * @param scores relevance of each candidate, higher is better
 * @param similarity of two candidates by position; symmetric
 * @param lambda 0 = only diversity, 1 = only relevance (the candidates by score)
 * @param k how many to choose; all candidates when there are fewer
 * @throws ServiceError INVALID_ARGUMENT: lambda outside 0..1
 * @example
 * selectDiverse(hits.scores, cosineOfRows(rows, dimensions), 0.7, 10).map((i) => hits.slots[i]);
 */
export function selectDiverse(scores: ArrayLike<number>, similarity: (a: number, b: number) => number, lambda: number, k: number): number[] {
  checkLambda(lambda);
  const n = scores.length;
  const relevance = normalizedScores(scores);
  // Likeness to what has been chosen. With lambda 1 it has no weight, and rows need not be compared.
  const compares = lambda < 1;
  const closest = new Float64Array(n).fill(compares ? -Infinity : 0);
  const open = Array.from({ length: n }, (_, i) => i);
  const chosen: number[] = [];
  while (chosen.length < k && open.length > 0) {
    let best = 0, bestValue = -Infinity;
    for (let j = 0; j < open.length; j++) {
      const i = open[j]!;
      const value = chosen.length === 0 ? relevance[i]! : lambda * relevance[i]! - (1 - lambda) * closest[i]!;
      if (value > bestValue) { best = j; bestValue = value; }
    }
    const pick = open.splice(best, 1)[0]!;
    chosen.push(pick);
    if (compares) for (const i of open) closest[i] = Math.max(closest[i]!, similarity(i, pick));
  }
  return chosen;
}

/** @throws ServiceError INVALID_ARGUMENT; for checking options before any search is run. */
export function checkLambda(lambda: number): void {
  if (typeof lambda !== 'number' || !(lambda >= 0 && lambda <= 1)) {
    throw new ServiceError('INVALID_ARGUMENT', `mmr must be a number from 0 (only diversity) to 1 (only relevance); it was ${String(lambda)}`, { service: 'vector' });
  }
}

/** Cosine between rows of a row-major matrix, by row number; 0 where a row is zero. */
export function cosineOfRows(rows: Float32Array, dimensions: number): (a: number, b: number) => number {
  const count = dimensions === 0 ? 0 : rows.length / dimensions;
  const norms = Float64Array.from({ length: count }, (_, i) => Math.sqrt(dot(rows, i * dimensions, i * dimensions, dimensions)));
  return (a, b) => {
    const scale = norms[a]! * norms[b]!;
    return scale === 0 ? 0 : dot(rows, a * dimensions, b * dimensions, dimensions) / scale;
  };
}

/** In f64, where a product of two f32 is exact; four sums, so that additions need not wait for each other. */
function dot(rows: Float32Array, a: number, b: number, dimensions: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let j = 0;
  for (; j + 3 < dimensions; j += 4) {
    s0 += rows[a + j]! * rows[b + j]!;
    s1 += rows[a + j + 1]! * rows[b + j + 1]!;
    s2 += rows[a + j + 2]! * rows[b + j + 2]!;
    s3 += rows[a + j + 3]! * rows[b + j + 3]!;
  }
  for (; j < dimensions; j++) s0 += rows[a + j]! * rows[b + j]!;
  return (s0 + s1) + (s2 + s3);
}
