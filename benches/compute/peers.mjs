/** The peers of the compute bench, each asked as its own documentation shows. Their operands are made before the clock runs. */
import { require, versionOf } from '../lib/packages.mjs';

/** JavaScript, f64, rows as arrays. */
export function mlMatrix() {
  const { Matrix, SingularValueDecomposition, QrDecomposition, CholeskyDecomposition } = require('ml-matrix');
  return {
    name: 'ml-matrix', version: versionOf('ml-matrix'),
    matrix: (n, data) => Matrix.from1DArray(n, n, data), flat: (m) => Float64Array.from(m.to1DArray()),
    multiply: (a, b) => a.mmul(b),
    // Factors are made when they are read; what is read here is what ours gives.
    svd: (m) => { const s = new SingularValueDecomposition(m); return { u: s.leftSingularVectors, s: s.diagonal, v: s.rightSingularVectors }; },
    qr: (m) => { const d = new QrDecomposition(m); return { q: d.orthogonalMatrix, r: d.upperTriangularMatrix }; },
    cholesky: (m) => new CholeskyDecomposition(m).lowerTriangularMatrix,
  };
}

/** WebAssembly SIMD (XNNPACK), f32; in Node it has no threads. */
export async function tfjs() {
  const { log, warn } = console;
  console.log = console.warn = () => {}; // it advertises its native build
  try {
    const tf = require('@tensorflow/tfjs-core');
    require('@tensorflow/tfjs-backend-wasm');
    if (!await tf.setBackend('wasm')) throw new Error('its wasm backend did not start');
    await tf.ready();
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return { name: 'tfjs-wasm', version: `${versionOf('@tensorflow/tfjs-backend-wasm')}${simd ? ' (simd)' : ''}`, matrix: (n, data) => tf.tensor2d(data, [n, n]), multiply: (a, b) => { const c = tf.matMul(a, b), out = c.dataSync(); c.dispose(); return out; }, free: (m) => m.dispose() };
  } finally { Object.assign(console, { log, warn }); }
}

/** JavaScript, f64 whatever comes in, real and imaginary parts in turns. */
export function fftJs(n) {
  const FFT = require('fft.js'), plan = new FFT(n), out = new Float64Array(2 * n);
  return {
    name: 'fft.js', version: versionOf('fft.js'),
    input(re, im) { const x = new Float64Array(2 * n); for (let i = 0; i < n; i++) { x[2 * i] = re[i]; x[2 * i + 1] = im[i]; } return x; },
    run: (x) => { plan.transform(out, x); return out; },
    apart(x) { const re = new Float64Array(n), im = new Float64Array(n); for (let i = 0; i < n; i++) { re[i] = x[2 * i]; im[i] = x[2 * i + 1]; } return { re, im }; },
  };
}
