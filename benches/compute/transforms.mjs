/** The discrete Fourier transform of complex signals of 2^20 values. */
import { lines, race } from '../lib/race.mjs';
import * as careful from '../baselines/compute.mjs';
import { answer, equalAnswers } from './answers.mjs';
import { CAREFUL, everyone, FALLBACK, OURS, ours, PINNED } from './contenders.mjs';
import { signal } from './data.mjs';
import { numpyRow } from './numpy.mjs';
import { fftJs } from './peers.mjs';

const fft = (Type, tolerance, least) => async (api, { quick }) => {
  const all = await everyone(api), { n, ...wide } = signal(quick), re = Type.from(wide.re), im = Type.from(wide.im), type = Type === Float32Array ? 'f32' : 'f64';
  const a = new Float64Array(n), b = new Float64Array(n), loop = careful.fft(n, a, b), run = () => { a.set(re); b.set(im); loop(); return { re: a, im: b }; };
  const proof = (s) => answer([s.re, tolerance], [s.im, tolerance]);
  const library = () => { const p = fftJs(n), x = p.input(re, im); return { name: p.name, run: () => p.run(x), proof: (y) => proof(p.apart(y)) }; };
  const results = await race([
    { name: CAREFUL, run, proof }, ...ours(all, (s) => s.fft(re, im), proof, { names: [OURS, PINNED, FALLBACK] }), all.lacks['fft.js'] ? { name: 'fft.js', lacks: all.lacks['fft.js'] } : library(),
  ], { quick, equal: equalAnswers });
  const apart = (z) => { const r = new Float64Array(n), i = new Float64Array(n); for (let j = 0; j < n; j++) { r[j] = z[2 * j]; i[j] = z[2 * j + 1]; } return proof({ re: r, im: i }); };
  return {
    title: `Complex Fourier transform of 2^${Math.log2(n)} values, ${type}`, samples: results,
    rows: [...lines(results, OURS, { 'fft.js': least }), numpyRow({ task: 'fft', inputs: { re, im }, proof: apart, right: () => proof(run()), mine: results[OURS] }, quick)],
    notes: ['Careful JS, fft.js and numpy compute in f64 from either type, with tables made before the clock runs; fft.js writes into the same array at each call.'],
  };
};
export const TRANSFORMS = { fft64: fft(Float64Array, 1e-12, 1.8), fft32: fft(Float32Array, 1e-5, 3) };
