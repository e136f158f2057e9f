/** The four rows this kind of bundle is asked for: JavaScript fallback, WebAssembly and ratio side by side, wins and losses alike. */
import { dataHeadline } from './data/headline.mjs';
import { measure, ratio } from './lib/measure.mjs';
import { sqlAsm } from './sqlite/engines.mjs';
import { ours } from './sqlite/ours.mjs';
import { over, turns, here } from './sqlite/turns.mjs';
import { collection, recall } from './vector/contenders.mjs';
import { randomVectors } from './vector/data.mjs';

async function vectorSearch(api) {
  const data = randomVectors(10_000, 384, 50);
  const js = await collection(api, data, { implementation: 'js' });
  const wasm = await collection(api, data);
  for (const c of [js, wasm]) if (await recall(data, (i) => c.ids(i, { exact: true })) !== 1) throw new Error(`${c.service.info.variant}: exact answers are wrong`);
  const samples = await measure([{ name: 'js', run: (i) => js.search(i, { exact: true }), calls: 30 }, { name: 'wasm', run: (i) => wasm.search(i, { exact: true }), calls: 100 }]);
  const { variant } = wasm.service.info;
  await js.service.dispose(); await wasm.service.dispose();
  return { samples, row: ['vector search, 10k docs x 384, exact top 10', `${samples.js.median.toFixed(3)} ms`, `${samples.wasm.median.toFixed(3)} ms (${variant})`, `${ratio(samples.js, samples.wasm).toFixed(1)}x`] };
}

/** The join of the SQLite bench through the package on both sides. The fallback is the host's own SQLite where it has one, else sql.js; the row names it. */
async function complexQuery(api) {
  const warn = console.warn;
  console.warn = () => {}; // sql.js says at each start that its JavaScript build is deprecated
  const library = await sqlAsm();
  console.warn = warn;
  const js = ours(api, { implementation: 'js', sqljs: () => library.SQL }, 'js'), wasm = ours(api, {}, 'wasm');
  const engines = [await js.info(), await wasm.info()];
  const results = await turns('complex', [here({ ...wasm.awaited }), here({ ...js.awaited, rounds: 3 })]);
  const [a, b] = ['js, awaited', 'wasm, awaited'].map((name) => results[name]);
  if (!a.samples || !b.samples) throw new Error(`the complex query has no time: ${a.note ?? b.note}`);
  return { samples: results, row: ['complex SQL query, 3-table join with windows over 200k rows', `${a.median.toFixed(0)} ms (${engines[0].engine})`, `${b.median.toFixed(0)} ms (${engines[1].engine}, ${engines[1].variant})`, `${over(results, 'js, awaited', 'wasm, awaited').toFixed(1)}x`] };
}

export async function headline(api) {
  const vector = await vectorSearch(api), [aggregation, transform] = await dataHeadline(api), sql = await complexQuery(api);
  return {
    samples: { vector: vector.samples, aggregation: aggregation.samples, transform: transform.samples, sql: sql.samples },
    table: {
      title: 'Headline', columns: ['workload', 'JS fallback', 'WASM', 'ratio'],
      rows: [
        vector.row,
        aggregation.row,
        transform.row,
        sql.row,
      ],
    },
  };
}
