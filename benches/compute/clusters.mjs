/** Many points of few columns: k-means and distances. */
import { lines, race } from '../lib/race.mjs';
import * as careful from '../baselines/compute.mjs';
import { answer, equalAnswers } from './answers.mjs';
import { kmeans as carefulKmeans, seeds } from './careful-more.mjs';
import { CAREFUL, everyone, OURS, ours } from './contenders.mjs';
import { points, rows } from './data.mjs';
import { numpyRow } from './numpy.mjs';

const SEED = 7;
/** How many points each centroid has. A point between two may go to either by the last bit; a share of them may not. */
const sizes = (labels, k) => { const out = new Float64Array(k); for (const l of labels) out[l]++; return out; };

async function kmeans(api, { quick }) {
  const all = await everyone(api), p = points(quick), { n, d, k, x, iters } = p;
  const proof = ({ centroids, labels }) => answer([centroids.data ?? centroids, 1e-3], [sizes(labels, k), 1e-3]);
  const call = (s) => s.kmeans({ data: x, rows: n, cols: d }, k, { seed: SEED, maxIterations: iters, tolerance: 0 });
  const results = await race([{ name: CAREFUL, run: () => carefulKmeans(p, SEED), proof }, ...ours(all, call, proof)], { quick, equal: equalAnswers });
  const reference = numpyRow({ task: 'kmeans', inputs: { x, c: seeds(x, n, d, k, SEED) }, sizes: [n, d, k, iters], types: [Float64Array, Uint32Array], proof: (centroids, labels) => proof({ centroids, labels }), right: () => proof(carefulKmeans(p, SEED)), mine: results[OURS] }, quick);
  return {
    title: `k-means of ${n.toLocaleString('en')} x ${d} f32, k = ${k}: k-means++ seeds and ${iters} iterations`, samples: results,
    rows: [...lines(results, OURS, { [CAREFUL]: 8 }), reference],
    notes: ['All begin at the same seeds, so the centroids are compared one by one. numpy computes in f64 and is given the seeds: its time is without them.'],
  };
}

async function pairwise(api, { quick }) {
  const all = await everyone(api), { n, d, x } = rows(quick), out = new Float32Array(n * n), proof = (m) => answer([m.data ?? m, 1e-5]), loop = () => { careful.pdist(x, n, d, out, 0, n); return out; };
  const results = await race([{ name: CAREFUL, run: loop, proof, slow: true }, ...ours(all, (s) => s.pairwiseDistances({ data: x, rows: n, cols: d }), proof)], { quick, equal: equalAnswers });
  return { title: `Distances between ${n.toLocaleString('en')} rows of ${d} f32`, samples: results, rows: [...lines(results, OURS, { [CAREFUL]: 8 }), numpyRow({ task: 'pairwise', inputs: { x }, sizes: [n, d], types: [Float32Array], proof, right: () => proof(loop()), mine: results[OURS] }, quick)] };
}

export const CLUSTERS = { kmeans, pairwise };
