/** The JavaScript engine: typed arrays, one thread, every operation in steps. */
import type { Steps } from '../../../calls/steps.js';
import { isResident, MATRICES, ONE_MATRIX, type ComputeEngine, type Job, type Operand, type Operation, type Outcomes, type Plans, type Resident } from '../engine.js';
import { freed } from '../errors.js';
import type { Matrix } from '../types.js';
import { convolve2d } from './convolve.js';
import { describe } from './describe.js';
import { eigh } from './eigen.js';
import { evaluate, reduce } from './evaluate.js';
import { Fourier } from './fft.js';
import { gemm, strided } from './gemm.js';
import { histogram } from './histogram.js';
import { kmeans } from './kmeans.js';
import { isF32 } from './matrix.js';
import { pairwiseDistances } from './pairwise.js';
import { qr } from './qr.js';
import { cholesky, solve } from './solve.js';
import { argsort, sort } from './sort.js';
import { correlation, covariance, pca } from './spread.js';
import { svd } from './svd.js';

type Table = { [K in Operation]: (plan: Plans[K], job: Job) => Steps<Outcomes[K]> };

export class JsEngine implements ComputeEngine {
  readonly variant = 'js';
  readonly threads = 1;
  readonly #held = new Map<number, Matrix>();
  readonly #fourier = new Fourier();
  readonly #table: Table;
  #next = 1;
  #bytes = 0;

  constructor() {
    const at = (operand: Operand): Matrix => this.#matrix(operand);
    this.#table = {
      matmul: ({ a, b }, job) => matmul(at(a), at(b), job),
      solve: ({ a, b }, job) => solve(at(a), at(b), job),
      svd: ({ a }, job) => svd(at(a), job),
      eigh: ({ a }, job) => eigh(at(a), job),
      qr: ({ a }, job) => qr(at(a), job),
      cholesky: ({ a }, job) => cholesky(at(a), job),
      pca: ({ a, components }, job) => pca(at(a), components, job),
      correlation: ({ a }, job) => correlation(at(a), job),
      covariance: ({ a }, job) => covariance(at(a), job),
      pairwiseDistances: ({ a, b, metric }, job) => pairwiseDistances(at(a), b && at(b), metric, job),
      kmeans: ({ points, ...rest }, job) => kmeans(at(points), rest, job),
      sort: ({ values, descending }, job) => sort(values, descending, job),
      argsort: ({ values, descending }, job) => argsort(values, descending, job),
      describe: ({ values, quantiles }, job) => describe(values, quantiles, job),
      histogram: ({ values, bins }, job) => histogram(values, bins, job),
      fft: ({ re, im, inverse }, job) => this.#fourier.fft(re, im, inverse, job),
      convolve2d: ({ image, kernel, mode, flip }, job) => convolve2d(at(image), at(kernel), mode, flip, job),
      evaluate: (plan, job) => evaluate(plan, job),
      reduce: (plan, job) => reduce(plan, job),
      upload: ({ matrix }) => copy(matrix),
      download: ({ a }) => copy(at(a)),
    };
  }

  *run<K extends Operation>(operation: K, plan: Plans[K], job: Job): Steps<Outcomes[K]> {
    const outcome = yield* this.#table[operation](plan, job);
    if (!job.keep && operation !== 'upload') return outcome;
    if (ONE_MATRIX.has(operation)) return this.hold(outcome as Matrix) as Outcomes[K];
    const names = MATRICES[operation];
    if (!names) return outcome;
    const kept = { ...(outcome as object) } as Record<string, unknown>;
    for (const name of names) kept[name] = this.hold(kept[name] as Matrix);
    return kept as Outcomes[K];
  }

  read(id: number): Matrix { return this.#matrix({ id, rows: 0, cols: 0, f32: false }); }

  hold(matrix: Matrix): Resident {
    const id = this.#next++;
    this.#held.set(id, matrix);
    this.#bytes += matrix.data.byteLength;
    return { id, rows: matrix.rows, cols: matrix.cols, f32: isF32(matrix) };
  }

  free(id: number): void {
    this.#bytes -= this.#held.get(id)?.data.byteLength ?? 0;
    this.#held.delete(id);
  }

  memoryBytes(): number { return this.#bytes + this.#fourier.bytes(); }

  dispose(): void {
    this.#held.clear();
    this.#fourier.clear();
    this.#bytes = 0;
  }

  #matrix(operand: Operand): Matrix {
    if (!isResident(operand)) return operand;
    const held = this.#held.get(operand.id);
    if (!held) throw freed();
    return held;
  }
}

function* matmul(a: Matrix, b: Matrix, job: Job): Steps<Matrix> {
  const n = a.rows * b.cols;
  const data = isF32(a) && isF32(b) ? new Float32Array(n) : new Float64Array(n);
  yield* gemm(strided(a), strided(b), data, job);
  return { data, rows: a.rows, cols: b.cols };
}

function* copy({ data, rows, cols }: Matrix): Steps<Matrix> {
  return { data: data.slice(), rows, cols };
}
