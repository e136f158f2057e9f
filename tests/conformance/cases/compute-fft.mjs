/** Fourier transforms of any length against the defining sum, and convolutions against four loops. */
import { EPS32, EPS64, TYPES, dft, epsOf, exactly, mat, near, nearValues, norm, randomMat, rng, sameShape, unharmed, viewOf } from '../lib/compute.mjs';

const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 24, 25, 27, 30, 31, 32, 36, 45, 49, 60, 64, 97, 100, 121, 125, 127, 128, 144, 210, 243, 255, 256, 257, 300];
const signal = (seed, n, Type) => { const next = rng(seed); return Type.from({ length: n }, () => next() * 2 - 1); };
const slack = (n, re, im, Type) => 8 * Math.max(1, Math.log2(n)) * epsOf(Type) * Math.hypot(norm(re), norm(im)) + 1e-300;

function convolved(image, kernel, mode = 'valid', flip = false) {
  const { rows: kh, cols: kw } = kernel, pad = (k) => (mode === 'valid' ? 0 : mode === 'full' ? k - 1 : k >> 1), size = (n, k) => (mode === 'valid' ? n - k + 1 : mode === 'full' ? n + k - 1 : n);
  const rows = size(image.rows, kh), cols = size(image.cols, kw), data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) for (let r = 0; r < kh; r++) for (let c = 0; c < kw; c++) {
    const y = i + r - pad(kh), x = j + c - pad(kw);
    if (y >= 0 && x >= 0 && y < image.rows && x < image.cols) data[i * cols + j] += image.data[y * image.cols + x] * kernel.data[flip ? (kh - 1 - r) * kw + kw - 1 - c : r * kw + c];
  }
  return { data, rows, cols };
}

export default [
  ...TYPES.flatMap((Type) => [false, true].map((inverse) => ({
    name: `fft: ${inverse ? 'inverse' : 'forward'} of every kind of length, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of LENGTHS) {
        const re = signal(n, n, Type), im = signal(n + 1000, n, Type), expected = dft(re, im, inverse), made = await unharmed(assert, [re, im], () => service.fft(re, im, { inverse }));
        assert.equal(made.re.constructor.name, Type.name);
        assert.equal(made.im.constructor.name, Type.name);
        const tolerance = slack(n, re, im, Type) / (inverse ? n : 1) + slack(n, expected.re, expected.im, Type);
        nearValues(assert, made.re, expected.re, tolerance, `re of ${n}`);
        nearValues(assert, made.im, expected.im, tolerance, `im of ${n}`);
      }
    },
  }))),
  {
    name: 'fft: real signals need no imaginary part, and their spectrum is symmetric',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of [1, 2, 7, 16, 30]) {
        const re = signal(n, n, Float64Array), made = await service.fft(re), both = await service.fft(re, new Float64Array(n));
        nearValues(assert, made.re, both.re, 1e-14);
        nearValues(assert, made.im, both.im, 1e-14);
        for (let k = 1; k < n; k++) { assert.close(made.re[k], made.re[n - k], 1e-13); assert.close(made.im[k], -made.im[n - k], 1e-13); }
      }
    },
  },
  {
    name: 'fft: known spectra',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, (await service.fft(new Float64Array([1, 0, 0, 0]))).re, [1, 1, 1, 1], 'impulse');
      exactly(assert, (await service.fft(new Float64Array([1, 2, 3, 4]))).re, [10, -2, -2, -2]);
      exactly(assert, (await service.fft(new Float64Array([1, 2, 3, 4]))).im.map((v) => v + 0), [0, 2, 0, -2], 'imaginary part');
      const n = 48, tone = await service.fft(Float64Array.from({ length: n }, (_, j) => Math.cos((2 * Math.PI * 5 * j) / n)));
      nearValues(assert, tone.re, Array.from({ length: n }, (_, k) => (k === 5 || k === n - 5 ? n / 2 : 0)), 1e-13, 'a tone');
      exactly(assert, (await service.fft(new Float32Array([3]), new Float32Array([4]))).im, [4], 'length one');
    },
  },
  {
    name: 'fft: there and back again, and Parseval, of long signals',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        for (const n of [4096, 5000, 7919, 3 * 2048, 65536]) {
          const re = signal(n, n, Type), im = signal(n + 1, n, Type), there = await service.fft(re, im), back = await service.fft(there.re, there.im, { inverse: true }), eps = epsOf(Type);
          nearValues(assert, back.re, re, 16 * Math.log2(n) * eps * (Type === Float32Array ? 1 : 4), `${n} re`);
          nearValues(assert, back.im, im, 16 * Math.log2(n) * eps * (Type === Float32Array ? 1 : 4), `${n} im`);
          const energy = norm(re) ** 2 + norm(im) ** 2, spectrum = (norm(there.re) ** 2 + norm(there.im) ** 2) / n;
          assert.close(spectrum / energy, 1, 64 * eps, `Parseval of ${n}`);
        }
      }
    },
  },
  {
    name: 'fft: f32 with f64 is f64; empty; NaN spreads',
    async run({ createCompute, assert }) {
      const service = createCompute();
      assert.equal((await service.fft(new Float32Array(4), new Float64Array(4))).re.constructor.name, 'Float64Array');
      for (const Type of TYPES) { const made = await service.fft(new Type(0)); assert.equal(made.re.length, 0); assert.equal(made.im.length, 0); assert.equal(made.re.constructor.name, Type.name); }
      assert.ok((await service.fft(new Float64Array([1, NaN, 2, 3]))).re.every(Number.isNaN), 'NaN');
    },
  },
  {
    name: 'fft: lengths that differ, with both in the message; views; bad arguments',
    async run({ createCompute, assert }) {
      const service = createCompute(), error = await assert.code(service.fft(new Float64Array(4), new Float64Array(5)), 'DIMENSION_MISMATCH');
      assert.ok(/4/.test(error.message) && /5/.test(error.message), error.message);
      const { view, intact } = viewOf(new Float64Array([1, 2, 3, 4]));
      exactly(assert, (await service.fft(view)).re, [10, -2, -2, -2]);
      intact(assert);
      for (const bad of [[1, 2], new Int32Array(2), 'x', null, undefined, {}]) await assert.code(service.fft(bad), 'INVALID_ARGUMENT');
      for (const bad of [[1, 2], 'x', 5]) await assert.code(service.fft(new Float64Array(2), bad), 'INVALID_ARGUMENT');
      await assert.code(service.fft(new Float64Array(2), undefined, { inverse: 'yes' }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'convolve2d: the kernel is laid on as it is, where it fits',
    async run({ createCompute, assert }) {
      const service = createCompute(), image = mat([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), kernel = mat([[1, 2], [3, 4]]);
      exactly(assert, (await service.convolve2d(image, kernel)).data, [37, 47, 67, 77]);
      exactly(assert, (await service.convolve2d(image, kernel, { flip: true })).data, [23, 33, 53, 63], 'turned');
      exactly(assert, (await service.convolve2d(image, mat([[1]]))).data, image.data, 'a kernel of one');
      exactly(assert, (await service.convolve2d(image, image)).data, [285], 'a kernel as large as the image');
      exactly(assert, (await service.convolve2d(mat([[1, 2], [3, 4]]), kernel, { mode: 'full', flip: true })).data, [1, 4, 4, 6, 20, 16, 9, 24, 16], 'the mathematical one in full');
    },
  },
  ...TYPES.map((Type) => ({
    name: `convolve2d: every mode against four loops, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [h, w, kh, kw] of [[5, 7, 3, 3], [8, 8, 2, 2], [9, 6, 1, 5], [6, 9, 5, 1], [20, 30, 4, 7], [12, 12, 11, 6], [3, 40, 3, 17], [1, 1, 1, 1]]) {
        const image = randomMat(h, h, w, Type), kernel = randomMat(kw, kh, kw, Type);
        for (const mode of ['valid', 'same', 'full']) {
          for (const flip of [false, true]) {
            const made = await unharmed(assert, [image.data, kernel.data], () => service.convolve2d(image, kernel, { mode, flip })), expected = convolved(image, kernel, mode, flip);
            sameShape(assert, made, expected.rows, expected.cols, Type);
            near(assert, made, expected, kh * kw * (Type === Float32Array ? EPS32 : EPS64) * kh * kw, `${h} x ${w} by ${kh} x ${kw} ${mode} ${flip}`);
          }
        }
      }
    },
  })),
  {
    name: 'convolve2d: a kernel larger than the image, with both shapes; empty ones',
    async run({ createCompute, assert }) {
      const service = createCompute(), error = await assert.code(service.convolve2d(randomMat(1, 2, 5), randomMat(1, 3, 3)), 'DIMENSION_MISMATCH');
      assert.ok(/2 x 5/.test(error.message) && /3 x 3/.test(error.message), error.message);
      near(assert, await service.convolve2d(randomMat(1, 2, 5), randomMat(1, 3, 3), { mode: 'same' }), convolved(randomMat(1, 2, 5), randomMat(1, 3, 3), 'same'), 1e-14);
      await assert.code(service.convolve2d(randomMat(1, 2, 2), { data: new Float64Array(0), rows: 0, cols: 2 }), 'INVALID_ARGUMENT');
      await assert.code(service.convolve2d(mat([]), mat([[1]])), 'DIMENSION_MISMATCH');
      sameShape(assert, await service.convolve2d(mat([]), mat([[1]]), { mode: 'same' }), 0, 0);
      for (const mode of ['valids', 5, null]) await assert.code(service.convolve2d(randomMat(1, 2, 2), mat([[1]]), { mode }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'convolve2d: NaN and infinities reach what they touch',
    async run({ createCompute, assert }) {
      const image = mat([[1, 1, 1, NaN], [1, 1, 1, 1], [Infinity, 1, 1, 1]]), made = await createCompute().convolve2d(image, mat([[1, 1], [1, 1]]));
      exactly(assert, made.data, [4, 4, NaN, Infinity, 4, 4]);
    },
  },
];
