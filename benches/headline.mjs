/** The four rows this kind of bundle is asked for: JavaScript fallback, WebAssembly and ratio side by side, wins and losses alike. */
import { measure, ratio } from './lib/measure.mjs';
import { collection, recall } from './vector/contenders.mjs';
import { randomVectors } from './vector/data.mjs';

export async function headline(api) {
  const data = randomVectors(10_000, 384, 50);
  const js = await collection(api, data, { implementation: 'js' });
  const wasm = await collection(api, data);
  for (const c of [js, wasm]) if (await recall(data, (i) => c.ids(i, { exact: true })) !== 1) throw new Error(`${c.service.info.variant}: exact answers are wrong`);
  const t = await measure([{ name: 'js', run: (i) => js.search(i, { exact: true }), calls: 30 }, { name: 'wasm', run: (i) => wasm.search(i, { exact: true }), calls: 100 }]);
  const { variant } = wasm.service.info;
  await js.service.dispose(); await wasm.service.dispose();
  const row = (name, why) => [name, '', '', `not measured: ${why}`];
  return {
    samples: t,
    table: {
      title: 'Headline', columns: ['workload', 'JS fallback', 'WASM', 'ratio'],
      rows: [
        ['vector search, 10k docs x 384, exact top 10', `${t.js.median.toFixed(3)} ms`, `${t.wasm.median.toFixed(3)} ms (${variant})`, `${ratio(t.js, t.wasm).toFixed(1)}x`],
        row('aggregation, 100k rows', 'the data processor is not in this release'),
        row('batch transform, 50k items', 'the data processor is not in this release'),
        row('complex SQL query', 'SQLite is not in this release'),
      ],
    },
  };
}
