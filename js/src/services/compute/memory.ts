/** How large the result of a call will be, known from shapes alone: what is refused is refused before anything happens. */
import { isResident, type Operand, type Operation, type Plans } from './engine.js';
import { computeError } from './errors.js';

const isF32 = (operand: Operand): boolean => (isResident(operand) ? operand.f32 : operand.data instanceof Float32Array);
const width = (...operands: (Operand | undefined)[]): number => (operands.every((operand) => operand === undefined || isF32(operand)) ? 4 : 8);

const BYTES: { [K in Operation]: (plan: Plans[K]) => number } = {
  matmul: ({ a, b }) => a.rows * b.cols * width(a, b),
  solve: ({ a, b }) => a.rows * b.cols * width(a, b),
  svd: ({ a }) => Math.min(a.rows, a.cols) * ((a.rows + a.cols) * width(a) + 8),
  eigh: ({ a }) => a.rows * (a.cols * width(a) + 8),
  qr: ({ a }) => Math.min(a.rows, a.cols) * (a.rows + a.cols) * width(a),
  cholesky: ({ a }) => a.rows * a.cols * width(a),
  pca: ({ a, components }) => components * ((a.rows + a.cols) * width(a) + 8),
  correlation: ({ a }) => a.cols * a.cols * width(a),
  covariance: ({ a }) => a.cols * a.cols * width(a),
  pairwiseDistances: ({ a, b }) => a.rows * (b ?? a).rows * width(a, b),
  kmeans: ({ points, k }) => k * points.cols * width(points) + points.rows * 4,
  sort: ({ values }) => values.byteLength,
  argsort: ({ values }) => values.length * 4,
  describe: ({ quantiles }) => quantiles.length * 8,
  histogram: ({ bins }) => (typeof bins === 'number' ? 2 * bins : 2 * bins.length) * 8,
  fft: ({ re, im }) => re.length * 2 * (re instanceof Float32Array && !(im instanceof Float64Array) ? 4 : 8),
  convolve2d: ({ image, kernel, mode }) => (mode === 'full' ? (image.rows + kernel.rows - 1) * (image.cols + kernel.cols - 1) : image.rows * image.cols) * width(image, kernel),
  evaluate: ({ rows }) => rows * 8,
  reduce: () => 8,
  upload: ({ matrix }) => matrix.data.byteLength,
  // It leaves the engine at once.
  download: () => 0,
};

/** Where WebAssembly's addresses end. */
const MOST = 2 ** 32;

/** @throws ServiceError OUT_OF_MEMORY, TOO_LARGE of a result that no engine can have */
export function checkMemory<K extends Operation>(operation: K, plan: Plans[K], held: number, maxMemory: number): void {
  const needed = BYTES[operation](plan);
  if (needed >= MOST && maxMemory >= MOST) throw computeError('TOO_LARGE', `the result of ${operation} takes ${needed} bytes, and no result may take 4 GiB: cut the work in parts`, { needed });
  if (needed + held <= maxMemory) return;
  throw computeError('OUT_OF_MEMORY', `the result of ${operation} takes ${needed} bytes, kept matrices hold ${held}, and maxMemory allows ${maxMemory} together: cut the work in parts, free handles, or raise maxMemory`, { needed, held, maxMemory });
}
