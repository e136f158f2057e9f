// The constants of the compute engine's cost model (js/src/services/compute/dispatch.ts): nanoseconds a unit of work in each implementation, from sizes of 4 to 64 times the
// amount from which on WebAssembly pays. Run it on a quiet machine: node benches/compute/calibrate.mjs [operation …]
import { createComputeEngine } from 'wasm-services/compute';
import { COSTS } from '../../js/dist/services/compute/dispatch.js';
import { CASES } from './grid.mjs';

const js = createComputeEngine({ implementation: 'js', host: 'inline' }), wasm = createComputeEngine({ implementation: 'simd', host: 'inline' });
await Promise.all([js.ready(), wasm.ready()]);

/** Microseconds of the better half of the rounds, by turns. */
async function time(run) {
  const samples = [[], []];
  for (let warm = performance.now(); performance.now() - warm < 60;) { await run(js); await run(wasm); }
  for (let round = 0; round < 9; round++) {
    for (const [i, engine] of [js, wasm].entries()) {
      const calls = Math.max(1, Math.min(2000, Math.ceil(3 / (samples[i].at(-1) ?? 1) * 1e3)));
      const began = performance.now();
      for (let n = 0; n < calls; n++) await run(engine);
      samples[i].push((performance.now() - began) / calls * 1e3);
    }
  }
  return samples.map((list) => list.sort((a, b) => a - b)[2]);
}

const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
const only = process.argv.slice(2);
for (const [kind, { at, units }] of Object.entries(CASES)) {
  if (only.length && !only.includes(kind)) continue;
  const pays = Number.isFinite(COSTS[kind].pays) && COSTS[kind].pays > 1 ? COSTS[kind].pays : 4096;
  const slopes = { js: [], wasm: [] };
  let line = '';
  for (const times of [0.5, 1, 2, 4, 16, 64]) {
    const call = at(pays * times), u = units(pays * times);
    const [a, b] = await time(call);
    line += ` ${times}x: ${a.toFixed(1)}/${b.toFixed(1)}=${(a / b).toFixed(2)}`;
    if (times < 4) continue;
    slopes.js.push(a * 1e3 / u);
    slopes.wasm.push([b * 1e3, u]);
  }
  const j = middle(slopes.js), w = middle(slopes.wasm.map(([ns, u]) => Math.max(0, (ns - pays * j) / (u - pays))));
  console.log(`${kind}: { pays: ${COSTS[kind].pays}, js: ${j.toPrecision(2)}, wasm: ${w.toPrecision(2)} },   //${line}`);
}
await Promise.all([js.dispose(), wasm.dispose()]);
