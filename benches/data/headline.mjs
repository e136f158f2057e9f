/** The two headline rows of the data processor: the same resident table in JavaScript and in WebAssembly, the same answers. */
import { ms } from '../lib/rows.mjs';
import { digest, questions } from './baseline.mjs';
import { equalProofs } from './contenders.mjs';
import { columns, transformColumns } from './data.mjs';
import { ours } from './ours.mjs';
import { over, race } from '../lib/race.mjs';

const STEPS = { transformations: [{ field: 'label', operation: 'trim' }, { field: 'label', operation: 'uppercase' }, { field: 'amount', operation: 'normalize' }, { field: 'price', operation: 'scale', args: { factor: 1.19 } }, { field: 'price', operation: 'round', args: { digits: 2 } }] };
const proofOfTransform = async (t) => { const label = await t.column('label'), amount = await t.column('amount'); let n = 0, s = 0; for (let i = 0; i < amount.length; i++) { n += label[i].length; s += amount[i]; } return { n, s: +s.toPrecision(9) }; };

const line = (what, samples) => {
  const { js, wasm } = samples, times = over(samples, 'js', 'wasm');
  return { samples, row: [what, js.samples ? ms(js.median) : `no time: ${js.note}`, wasm.samples ? ms(wasm.median) : `no time: ${wasm.note}`, times === undefined ? '' : `${times.toFixed(1)}x`] };
};

export async function dataHeadline(api) {
  const js = await ours(api, { implementation: 'js' }, 'js'), wasm = await ours(api, {}, 'wasm'), both = [js, wasm];
  const groups = new Map(), items = new Map();
  for (const c of both) { groups.set(c, await c.load.columns(columns(100_000))); items.set(c, await c.load.columns(transformColumns(50_000))); }
  const aggregated = await race(both.map((c) => ({ name: c.name, run: () => c.ask(groups.get(c), 'q3'), drop: c.drop, proof: async (answer) => digest(await c.rows(answer), questions.q3) })), { equal: equalProofs });
  const transformed = await race(both.map((c) => ({ name: c.name, run: () => items.get(c).transform(STEPS), drop: (t) => t.free(), proof: proofOfTransform })));
  for (const c of both) await c.end();
  return [line('aggregation, 100k rows, resident: sum and average by 1,000 texts', aggregated), line('batch transform, 50k items, resident: trim, upper case, normalise, scale, round', transformed)];
}
