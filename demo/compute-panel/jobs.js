/** Jobs long enough to watch, from the sample's embeddings or seeded numbers. Each gives what it says of its answer. Names no page. */

/** Numbers in [-1, 1) from a seed: the same everywhere. */
export function seeded(length, seed = 1) {
  let state = seed >>> 0;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const matrixOf = ({ rows, docs, dimensions }, most = docs.length) => ({ data: rows.subarray(0, most * dimensions), rows: most, cols: dimensions });
const square = (n, seed) => ({ data: seeded(n * n, seed), rows: n, cols: n });

export const JOBS = {
  kmeans: {
    name: '200 clusters of all embeddings',
    run: async (engine, sample, options) => {
      const { inertia, iterations } = await engine.kmeans(matrixOf(sample), 200, { seed: 3, ...options });
      return `${iterations} rounds, squared distances sum to ${inertia.toFixed(2)}`;
    },
  },
  svd: {
    name: 'singular values of 700 x 700',
    run: async (engine, _, options) => {
      const { s } = await engine.svd(square(700, 5), options);
      return `from ${s[0].toFixed(4)} down to ${s.at(-1).toFixed(6)}`;
    },
  },
  distances: {
    name: 'distances of all packages, 5,000 x 5,000',
    run: async (engine, sample, options) => {
      const all = await engine.pairwiseDistances(matrixOf(sample), undefined, { metric: 'cosine', keep: true, ...options });
      const { rows, cols } = all;
      all.free();
      return `${(rows * cols).toLocaleString('en')} cosine distances, kept in the engine`;
    },
  },
};

/** For the race: short enough to repeat, the same for every implementation. `digits`: what must agree; undefined means bit for bit. */
export const RACES = [
  { name: 'matrix product, f32 384 x 384', prepare: (sample) => ({ a: { data: sample.rows.slice(0, 384 * 384), rows: 384, cols: 384 } }), run: async (engine, { a }) => (await engine.matmul(a, a)).data, digits: 4 },
  { name: 'k-means, 2,000 embeddings, k = 16', prepare: (sample) => ({ points: matrixOf(sample, Math.min(2000, sample.docs.length)) }), run: async (engine, { points }) => (await engine.kmeans(points, 16, { seed: 1, maxIterations: 8 })).labels },
  { name: 'singular values, 200 x 200', prepare: () => ({ a: square(200, 2) }), run: async (engine, { a }) => (await engine.svd(a)).s, digits: 9 },
  { name: 'Fourier transform, 2^16 f32', prepare: () => ({ re: Float32Array.from(seeded(65536, 9)) }), run: async (engine, { re }) => (await engine.fft(re)).re, digits: 3 },
  { name: 'sort, 500,000 f64', prepare: () => ({ values: seeded(500_000, 4) }), run: (engine, { values }) => engine.sort(values) },
  { name: 'expression over 500,000 rows', prepare: () => ({ x: seeded(500_000, 6), y: seeded(500_000, 7) }), run: (engine, { x, y }) => engine.evaluate('sqrt(x*x + y*y) > 1 ? 0 : 1', { x, y }) },
];

/**
 * Where two answers differ first, or undefined.
 * @param {number} [digits] after the point, of the largest value's magnitude; left out: equal bit for bit
 */
export function firstDifference(a, b, digits) {
  if (a.length !== b.length) return `${a.length} values against ${b.length}`;
  let largest = 0;
  for (const x of a) largest = Math.max(largest, Math.abs(x));
  const tolerance = digits === undefined ? 0 : (largest || 1) * 10 ** -digits;
  for (let i = 0; i < a.length; i++) {
    if (!(Object.is(a[i], b[i]) || Math.abs(a[i] - b[i]) <= tolerance)) return `value ${i + 1}: ${a[i]} against ${b[i]}`;
  }
  return undefined;
}
