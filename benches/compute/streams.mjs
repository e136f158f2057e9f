/** Long columns of numbers: describe, histogram, sort, expressions. */
import { plainRead } from '../lib/bandwidth.mjs';
import { lines, race } from '../lib/race.mjs';
import * as careful from '../baselines/compute.mjs';
import { answer, equalAnswers, judged } from './answers.mjs';
import { outside } from './careful-more.mjs';
import { CAREFUL, everyone, FALLBACK, OURS, ours, PINNED } from './contenders.mjs';
import { columns, numbers, sortable } from './data.mjs';
import { numpyRow } from './numpy.mjs';

const READ = 'plain 128-bit read of the same bytes', SORT = 'built-in sort';
const reader = (bytes) => ({ name: READ, run: plainRead(bytes), proof: (sum) => judged(typeof sum === 'number', 'it read nothing') });
const count = (n) => n.toLocaleString('en');

async function describe(api, { quick }) {
  const all = await everyone(api), v = numbers(quick), n = v.length, exact = 1e-10;
  // The sum of the plain loop is not compensated: 1e7 values of both signs cancel.
  const figures = (sum, min, max, variance) => answer([sum, 1e-9], [min, 0], [max, 0], [variance, exact]);
  const proof = (d) => figures(d.sum, d.min, d.max, d.variance), loop = ([sum, squares, min, max]) => figures(sum, min, max, (squares - sum * sum / n) / (n - 1));
  const results = await race([{ name: CAREFUL, run: () => careful.stats(v, 0, n), proof: loop }, ...ours(all, (s) => s.describe(v), proof), reader(v.byteLength)], { quick, equal: equalAnswers });
  return {
    title: `describe of ${count(n)} f64`, samples: results,
    rows: [...lines(results, OURS, { [CAREFUL]: 8 }), numpyRow({ task: 'describe', inputs: { v }, proof: ([sum, min, max, variance]) => figures(sum, min, max, variance), right: () => loop(careful.stats(v, 0, n)), mine: results[OURS] }, quick)],
    notes: ['The careful loop takes sum, squares, least and greatest; ours also skewness and kurtosis, with compensated sums and NaN left out. numpy: sum, min, max, var.'],
  };
}

async function histogram(api, { quick }) {
  const all = await everyone(api), v = numbers(quick), n = v.length, edges = Float64Array.from({ length: 257 }, (_, i) => i / 256 - 0.5), proof = (counts) => answer([counts, 0]);
  const loop = () => { const h = new Uint32Array(256); careful.hist(v, h, 0, n); return h; };
  const results = await race([{ name: CAREFUL, run: loop, proof }, ...ours(all, (s) => s.histogram(v, edges), (h) => proof(h.counts)), reader(v.byteLength)], { quick, equal: equalAnswers });
  return { title: `histogram of ${count(n)} f64 in 256 bins`, samples: results, rows: [...lines(results, OURS, { [CAREFUL]: 8 }), numpyRow({ task: 'histogram', inputs: { v }, proof, right: () => proof(loop()), mine: results[OURS] }, quick)] };
}

const sorted = (type, least) => async (api, { quick }) => {
  const all = await everyone(api), v = sortable(type, quick), proof = (s) => answer([s, 0]), radix = type === 'f64' ? careful.radixF64 : careful.radixU32;
  const results = await race([
    { name: `${CAREFUL}, radix`, run: () => radix(v), proof }, ...ours(all, (s) => s.sort(v), proof), { name: SORT, run: () => v.slice().sort(), proof, slow: true },
  ], { quick, equal: equalAnswers });
  return { title: `sort of ${count(v.length)} ${type}`, samples: results, rows: [...lines(results, OURS, { [SORT]: least }), numpyRow({ task: 'sort', inputs: { v }, types: [v.constructor], proof, right: () => proof(radix(v)), mine: results[OURS] }, quick)] };
};

async function evaluate(api, { quick }) {
  const all = await everyone(api), { x, y } = columns(quick), text = 'sqrt(x*x+y*y) > 1 ? 0 : 1', proof = (v) => answer([v, 0]);
  const results = await race([{ name: CAREFUL, run: () => outside(x, y), proof }, ...ours(all, (s) => s.evaluate(text, { x, y }), proof, { names: [OURS, PINNED, FALLBACK] })], { quick, equal: equalAnswers });
  return { title: `evaluate('${text}') over ${count(x.length)} rows`, samples: results, rows: [...lines(results, OURS, { [CAREFUL]: 3 }), numpyRow({ task: 'evaluate', inputs: { x, y }, proof, right: () => proof(outside(x, y)), mine: results[OURS] }, quick)] };
}

export const STREAMS = { describe, histogram, sortF64: sorted('f64', 2.5), sortU32: sorted('u32', 4.5), evaluate };
