// Calls of a given amount of work, by operation: what the calibration and the bench of dispatch measure. Units are those of js/src/services/compute/dispatch.ts.
const random = (n, make = Float64Array) => make.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 43758.5453 % 1);
const matrix = (rows, cols) => ({ data: random(rows * cols), rows, cols });
const side = (units, power) => Math.max(2, Math.round(units ** (1 / power)));
const square = (n) => matrix(n, n);
function definite(n) {
  const a = square(n);
  for (let i = 0; i < n; i++) { for (let j = 0; j < i; j++) a.data[i * n + j] = a.data[j * n + i]; a.data[i * n + i] = n + 1; }
  return a;
}
const on = (make, run) => (units) => { const input = make(units); return (engine) => run(engine, input); };
const cube = (units) => side(units, 3);
/** Columns are few. */
const tall = (units, cols, power = 2) => matrix(Math.max(cols, Math.round(units / cols ** power)), cols);
const length = (units) => Math.max(2, Math.round(units));
const vector = (units) => random(length(units));
const power = (units) => 2 ** Math.max(1, Math.round(Math.log2(units)));

/** at(units) → a call; units(units) → what it really is; shape(units) → what explain() is told. */
export const CASES = {
  matmul: { at: on((u) => [square(cube(u)), square(cube(u))], (e, [a, b]) => e.matmul(a, b)), units: (u) => cube(u) ** 3, shape: (u) => ({ rows: cube(u), cols: cube(u) }) },
  solve: { at: on((u) => [definite(cube(u)), matrix(cube(u), 1)], (e, [a, b]) => e.solve(a, b)), units: (u) => cube(u) ** 2 * (cube(u) + 1), shape: (u) => ({ rows: cube(u), cols: cube(u), b: { rows: cube(u), cols: 1 } }) },
  svd: { at: on((u) => square(cube(u)), (e, a) => e.svd(a)), units: (u) => cube(u) ** 3, shape: (u) => ({ rows: cube(u), cols: cube(u) }) },
  eigh: { at: on((u) => definite(cube(u)), (e, a) => e.eigh(a)), units: (u) => cube(u) ** 3, shape: (u) => ({ rows: cube(u), cols: cube(u) }) },
  qr: { at: on((u) => square(cube(u)), (e, a) => e.qr(a)), units: (u) => cube(u) ** 3, shape: (u) => ({ rows: cube(u), cols: cube(u) }) },
  cholesky: { at: on((u) => definite(cube(u)), (e, a) => e.cholesky(a)), units: (u) => cube(u) ** 3, shape: (u) => ({ rows: cube(u), cols: cube(u) }) },
  pca: { at: on((u) => tall(u, 8), (e, a) => e.pca(a, 2)), units: (u) => tall(u, 8).rows * 64, shape: (u) => ({ rows: tall(u, 8).rows, cols: 8 }) },
  correlation: { at: on((u) => tall(u, 8), (e, a) => e.correlation(a)), units: (u) => tall(u, 8).rows * 64, shape: (u) => ({ rows: tall(u, 8).rows, cols: 8 }) },
  covariance: { at: on((u) => tall(u, 8), (e, a) => e.covariance(a)), units: (u) => tall(u, 8).rows * 64, shape: (u) => ({ rows: tall(u, 8).rows, cols: 8 }) },
  pairwiseDistances: { at: on((u) => matrix(side(u / 16, 2), 16), (e, a) => e.pairwiseDistances(a)), units: (u) => side(u / 16, 2) ** 2 * 16, shape: (u) => ({ rows: side(u / 16, 2), cols: 16 }) },
  kmeans: { at: on((u) => tall(u / 4, 4, 1), (e, a) => e.kmeans(a, 4, { maxIterations: 10 })), units: (u) => tall(u / 4, 4, 1).rows * 16, shape: (u) => ({ rows: tall(u / 4, 4, 1).rows, cols: 4, k: 4 }) },
  convolve2d: { at: on((u) => [square(side(u / 9, 2)), square(3)], (e, [a, k]) => e.convolve2d(a, k, { mode: 'same' })), units: (u) => side(u / 9, 2) ** 2 * 9, shape: (u) => ({ rows: side(u / 9, 2), cols: side(u / 9, 2), kernel: { rows: 3, cols: 3 } }) },
  sort: { at: on(vector, (e, v) => e.sort(v)), units: length, shape: (u) => ({ length: length(u) }) },
  argsort: { at: on(vector, (e, v) => e.argsort(v)), units: length, shape: (u) => ({ length: length(u) }) },
  describe: { at: on(vector, (e, v) => e.describe(v)), units: length, shape: (u) => ({ length: length(u) }) },
  histogram: { at: on(vector, (e, v) => e.histogram(v, 32)), units: length, shape: (u) => ({ length: length(u) }) },
  fft: { at: on((u) => random(power(u), Float32Array), (e, v) => e.fft(v)), units: power, shape: (u) => ({ length: power(u), f32: true }) },
  fftPowers: { operation: 'fft', at: on((u) => random(power(u)), (e, v) => e.fft(v)), units: power, shape: (u) => ({ length: power(u) }) },
  evaluate: { at: on(vector, (e, x) => e.evaluate('coalesce(nullif(x, 0), 1) * 2 + 1', { x })), units: length, shape: (u) => ({ rows: length(u), expression: 'coalesce(nullif(x, 0), 1) * 2 + 1', columns: ['x'] }) },
  loop: { operation: 'evaluate', at: on(vector, (e, x) => e.evaluate('sqrt(x * x + 1) * 2 + 1', { x })), units: length, shape: (u) => ({ rows: length(u), expression: 'sqrt(x * x + 1) * 2 + 1', columns: ['x'] }) },
  reduce: { at: on(vector, (e, x) => e.reduce('x * 2', { x }, 'max')), units: length, shape: (u) => ({ rows: length(u), expression: 'x * 2', columns: ['x'], reducer: 'max' }) },
  reduceLoop: { operation: 'reduce', at: on(vector, (e, x) => e.reduce('x * 2', { x }, 'sum')), units: length, shape: (u) => ({ rows: length(u), expression: 'x * 2', columns: ['x'], reducer: 'sum' }) },
};
