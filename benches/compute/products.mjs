/** Products of square matrices, beside the machine's peak of multiplications and additions. */
import { peak } from '../lib/peak.mjs';
import { lines, over, race } from '../lib/race.mjs';
import { ms, row } from '../lib/rows.mjs';
import { answer, equalAnswers, judged } from './answers.mjs';
import { CAREFUL, everyone, OURS, ours, peer, variant } from './contenders.mjs';
import { product } from './data.mjs';
import { numpyRow } from './numpy.mjs';

const PEAK = 'peak of 128-bit mul + add', BLOCKED = `${CAREFUL}, blocked`;
const TYPES = { f32: { Type: Float32Array, tolerance: 1e-5, share: 0.9, musts: { [CAREFUL]: 10, [BLOCKED]: 10, 'tfjs-wasm': 1.7 } }, f64: { Type: Float64Array, tolerance: 1e-12, share: 0.75, musts: {} } };

async function at(api, type, n, quick) {
  const all = await everyone(api), careful = await loops(type), { Type, tolerance, share, musts } = TYPES[type], { a, b } = product(type, n), flops = 2 * n ** 3, label = `${type} ${n}`, out = new Type(n * n), most = peak(type, flops);
  const matrix = (data) => ({ data, rows: n, cols: n }), proof = (c) => answer([c.data ?? c, tolerance]), figure = (r) => `${ms(r.median)}, ${(flops / 1e6 / r.median).toFixed(1)} GFLOP/s`;
  const loop = (name, f) => ({ name, run: () => { f(n, a, b, out, 0, n); return out; }, proof, slow: n > 512 });
  const call = (service) => service.matmul(matrix(a), matrix(b));
  const operands = [], others = type === 'f32' ? ['tfjs-wasm'] : ['ml-matrix'];
  const results = await race([
    loop(CAREFUL, careful.gemm), loop(BLOCKED, careful.gemmBlocked), ...ours(all, call, proof),
    ...others.map((name) => peer(all, name, (p) => { const [x, y] = [p.matrix(n, a), p.matrix(n, b)]; operands.push([p, x, y]); return { name, run: () => p.multiply(x, y), proof: (c) => proof(p.flat?.(c) ?? c), slow: n > 512 }; })),
    { name: PEAK, run: most.run, proof: (sum) => judged(most.right(sum), `its chains sum to ${sum}`) },
  ], { quick, equal: equalAnswers });
  for (const [p, x, y] of operands) { p.free?.(x); p.free?.(y); }
  const times = over(results, PEAK, OURS), reached = times === undefined ? undefined : times * flops / most.flops;
  const relaxed = await variant(api, 'relaxed-simd'), must = '>= 1.10x simd';
  let relaxedRow = row(`${label}: relaxed SIMD`, `not measured: ${relaxed.why}`, must, false);
  if (relaxed.service) {
    const both = await race([{ name: OURS, run: () => call(all.services[OURS]), proof }, { name: 'relaxed', run: () => call(relaxed.service), proof }], { quick, equal: equalAnswers }), gain = over(both, OURS, 'relaxed');
    relaxedRow = row(`${label}: relaxed SIMD`, gain === undefined ? `no time: ${both.relaxed.note}` : `${figure(both.relaxed)} = ${gain.toFixed(2)}x simd`, must, gain >= 1.1);
    await relaxed.service.dispose();
  }
  const right = () => { careful.gemm(n, a, b, out, 0, n); return proof(out); };
  return {
    results,
    rows: [
      row(`${label}: share of the peak`, reached === undefined ? `no time: ${results[OURS].note}` : `${(100 * reached).toFixed(0)} %`, `>= ${100 * share} %`, reached >= share), relaxedRow, ...lines(results, OURS, musts, { label, figure }),
      numpyRow({ task: 'matmul', inputs: { a, b }, sizes: [n], types: [Type], proof, right, label, mine: results[OURS], figure }, quick),
    ],
  };
}

/** The loops of the baseline, an instance for each type: one that has met both is compiled for both, and slower. */
const loops = (type) => import(`../baselines/compute.mjs?${type}`);

const both = (type) => async (api, { quick }) => {
  const samples = {}, rows = [];
  for (const n of quick ? [128] : [512, 1024]) { const one = await at(api, type, n, quick); samples[n] = one.results; rows.push(...one.rows); }
  return { title: `Products of square matrices, ${type}, one thread`, samples, rows, notes: ['tfjs-wasm and ml-matrix have their operands before the clock runs; ours are copied in by each call.'] };
};
export const PRODUCTS = { gemm32: both('f32'), gemm64: both('f64') };
