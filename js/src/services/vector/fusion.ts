/**
 * One ranking out of two: vector hits and text hits of a hybrid query. Pure arithmetic on slots and scores.
 *
 * - `rrf`, reciprocal rank fusion (G. Cormack, C. Clarke, S. Büttcher, SIGIR 2009): a document at rank r (first = 1) of a list
 *   gets 1 / (60 + r) from it; the lists' own scores do not matter, so nothing has to be calibrated.
 * - `weighted`: each list's scores are brought to [0, 1] by its own minimum and maximum (all equal: 1 each), then
 *   weight * vector + (1 - weight) * text.
 *
 * A document missing from a list gets 0 from it. `weight` is the vector part's share, 0..1, in both: rrf multiplies its terms by
 * 2 * weight and 2 * (1 - weight), so that the default 0.5 leaves the published formula as it is.
 * Order: fused score descending, equal scores by ascending slot.
 */
import { invalid } from './errors.js';

/** Best first; `scores[i]` belongs to `slots[i]`. */
export interface RankedSlots { slots: ArrayLike<number>; scores: ArrayLike<number> }

export interface FusionOptions {
  /** Default 'rrf'. */
  fusion?: 'rrf' | 'weighted';
  /** Share of the vector part, 0..1; default 0.5. */
  weight?: number;
}

/** The constant of the paper: how fast the lead of the first ranks falls off. */
const RRF_K = 60;

/**
 * The k best of both lists together, or all of them.
 *
 * @throws ServiceError INVALID_ARGUMENT: unknown fusion, weight outside 0..1
 * @example
 * fuse({ slots: [7, 3], scores: [0.9, 0.8] }, { slots: [3], scores: [11.2] });
 * // { slots: [3, 7], scores: [1/62 + 1/61, 1/61] }
 */
export function fuse(vector: RankedSlots, text: RankedSlots, options: FusionOptions = {}, k = Infinity): { slots: Uint32Array; scores: Float64Array } {
  const { fusion, weight } = checkFusion(options);
  const share = fusion === 'rrf' ? reciprocalRanks : normalizedScores;
  const scale = fusion === 'rrf' ? 2 : 1;
  const fused = new Map<number, number>();
  addShares(fused, vector.slots, share(vector.scores), scale * weight);
  addShares(fused, text.slots, share(text.scores), scale * (1 - weight));
  const order = [...fused].sort(([slotA, a], [slotB, b]) => b - a || slotA - slotB);
  const count = Math.min(k, order.length);
  const slots = new Uint32Array(count), scores = new Float64Array(count);
  for (let i = 0; i < count; i++) [slots[i], scores[i]] = order[i]!;
  return { slots, scores };
}

/** Defaults filled in; what `hybrid` may hold, checked before any search is run. */
export function checkFusion(options: FusionOptions): Required<FusionOptions> {
  const { fusion = 'rrf', weight = 0.5 } = options;
  if (fusion !== 'rrf' && fusion !== 'weighted') throw invalid(`hybrid.fusion must be 'rrf' or 'weighted'; it was ${String(fusion)}`);
  if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1)) {
    throw invalid(`hybrid.weight is the vector part's share and must be a number from 0 to 1; it was ${String(weight)}`);
  }
  return { fusion, weight };
}

function reciprocalRanks(scores: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: scores.length }, (_, i) => 1 / (RRF_K + i + 1));
}

/** Scores brought to [0, 1] by their own minimum and maximum; 1 each where all are equal. */
export function normalizedScores(scores: ArrayLike<number>): Float64Array {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    low = Math.min(low, scores[i]!);
    high = Math.max(high, scores[i]!);
  }
  return Float64Array.from(scores, (score) => (high > low ? (score - low) / (high - low) : 1));
}

function addShares(fused: Map<number, number>, slots: ArrayLike<number>, shares: Float64Array, weight: number): void {
  for (let i = 0; i < slots.length; i++) fused.set(slots[i]!, (fused.get(slots[i]!) ?? 0) + weight * shares[i]!);
}
