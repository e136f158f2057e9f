/** Direct 2-D convolution: a row of the result grows by one row of the kernel at a time, ten taps a pass. */
import type { Steps } from '../../../calls/steps.js';
import type { Job, Plans } from '../engine.js';
import type { Matrix } from '../types.js';
import { isF32, matrixOf, toDoubles } from './matrix.js';

/** Zeros around the image: before it, and in all. In 'same' the kernel's middle, the later one of two, lies on the element. */
function padding(size: number, mode: Plans['convolve2d']['mode']): { before: number; around: number } {
  if (mode === 'valid') return { before: 0, around: 0 };
  return mode === 'full' ? { before: size - 1, around: 2 * (size - 1) } : { before: size >> 1, around: size - 1 };
}

export function* convolve2d(image: Matrix, kernel: Matrix, mode: Plans['convolve2d']['mode'], flip: boolean, job: Job): Steps<Matrix> {
  const { rows: kh, cols: kw } = kernel;
  const taps = toDoubles(kernel.data);
  if (flip) taps.reverse();
  const top = padding(kh, mode);
  const side = padding(kw, mode);
  const width = image.cols + side.around;
  const height = image.rows + top.around;
  const padded = new Float64Array(width * height);
  for (let i = 0; i < image.rows; i++) padded.set(image.data.subarray(i * image.cols, (i + 1) * image.cols), (i + top.before) * width + side.before);
  yield;
  const rows = Math.max(0, height - kh + 1);
  const cols = Math.max(0, width - kw + 1);
  const out = new Float64Array(rows * cols);
  const work = cols * kh * kw;
  for (let i = 0, done = 0; i < rows; i++) {
    const to = i * cols;
    let c = 0;
    for (; c + 4 < kw; c += 5) {
      let r = 0;
      for (; r + 1 < kh; r += 2) ten(out, to, cols, padded, (i + r) * width + c, width, taps, r * kw + c, kw);
      if (r < kh) five(out, to, cols, padded, (i + r) * width + c, taps, r * kw + c);
    }
    for (; c < kw; c++) for (let r = 0; r < kh; r++) one(out, to, cols, padded, (i + r) * width + c, taps[r * kw + c]);
    done += work;
    if (done > 1 << 19) { done = 0; job.progress(i, rows); yield; }
  }
  return matrixOf(out, rows, cols, isF32(image) && isF32(kernel));
}

/** Five taps of two rows of the kernel: the row of the result is read and written once for both. */
function ten(out: Float64Array, to: number, n: number, x: Float64Array, at: number, width: number, taps: Float64Array, k: number, kw: number): void {
  const k0 = taps[k], k1 = taps[k + 1], k2 = taps[k + 2], k3 = taps[k + 3], k4 = taps[k + 4];
  const l0 = taps[k + kw], l1 = taps[k + kw + 1], l2 = taps[k + kw + 2], l3 = taps[k + kw + 3], l4 = taps[k + kw + 4];
  for (let j = 0, a = at, b = at + width; j < n; j++, a++, b++) {
    out[to + j] += x[a] * k0 + x[a + 1] * k1 + x[a + 2] * k2 + x[a + 3] * k3 + x[a + 4] * k4
      + (x[b] * l0 + x[b + 1] * l1 + x[b + 2] * l2 + x[b + 3] * l3 + x[b + 4] * l4);
  }
}

function five(out: Float64Array, to: number, n: number, x: Float64Array, at: number, taps: Float64Array, k: number): void {
  const k0 = taps[k], k1 = taps[k + 1], k2 = taps[k + 2], k3 = taps[k + 3], k4 = taps[k + 4];
  let x0 = x[at], x1 = x[at + 1], x2 = x[at + 2], x3 = x[at + 3];
  for (let j = 0; j < n; j++) {
    const x4 = x[at + j + 4];
    out[to + j] += x0 * k0 + x1 * k1 + x2 * k2 + x3 * k3 + x4 * k4;
    x0 = x1; x1 = x2; x2 = x3; x3 = x4;
  }
}

function one(out: Float64Array, to: number, n: number, x: Float64Array, at: number, k: number): void {
  for (let j = 0; j < n; j++) out[to + j] += x[at + j] * k;
}
