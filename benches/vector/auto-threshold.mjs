/** `index: 'auto'` on both sides of the size at which it turns to a graph, against the scan and the graph asked for by name. */
import { measure, ratio } from '../lib/measure.mjs';
import { ms, row, x } from '../lib/rows.mjs';
import { collection, recall } from './contenders.mjs';
import { clustered } from './data.mjs';

/** Until the links are made in the background. */
async function settled({ service, search }, limitMs = 120_000) {
  const start = performance.now();
  while (!service.info.index.startsWith('hnsw') && performance.now() - start < limitMs) {
    await search(0);
    await new Promise((done) => { setTimeout(done, 20); });
  }
  return performance.now() - start;
}

export async function autoThreshold(api) {
  const rows = [], samples = {};
  for (const [n, above] of [[25_000, false], [100_000, true]]) {
    const data = clustered(n, 128, 1000);
    const auto = await collection(api, data);
    const scanned = auto.service.info.index, scanRecall = await recall(data, (i) => auto.ids(i));
    const scan = (await measure([{ name: 'scan', run: (i) => auto.search(i), calls: 100 }])).scan;
    const builtMs = above ? await settled(auto) : 0;
    const graph = await collection(api, data, { index: 'hnsw', quantization: 'int8' });
    const r = await recall(data, (i) => auto.ids(i)), exact = await recall(data, (i) => auto.ids(i, { exact: true }));
    if (exact !== 1) throw new Error(`exact search beside a graph is wrong: recall ${exact} where 1 is owed`);
    const t = await measure([{ name: 'auto', run: (i) => auto.search(i), calls: 200 }, { name: 'hnsw', run: (i) => graph.search(i), calls: 200 }]);
    samples[data.name] = { ...t, scan };
    const index = auto.service.info.index;
    rows.push(
      row(`${data.name}: answers from`, above ? `${index}, after ${(builtMs / 1000).toFixed(1)} s in the background; ${scanned} until then` : index, above ? 'hnsw' : 'a scan', index.startsWith('hnsw') === above),
      row(`${data.name}: recall@10`, `${r.toFixed(4)} (scan ${scanRecall.toFixed(4)})`, '>= 0.995', Math.min(r, scanRecall) >= 0.995),
      row(`${data.name}: search`, `${ms(t.auto.median)}; scan ${ms(scan.median)}, graph by name (ef 96) ${ms(t.hnsw.median)} = ${x(ratio(scan, t.hnsw))} the scan`, above ? 'faster than the scan' : undefined, above ? ratio(scan, t.auto) > 1 : undefined),
    );
    await auto.service.dispose(); await graph.service.dispose();
  }
  return { title: "'auto' below and above the size for a graph", samples, rows };
}
