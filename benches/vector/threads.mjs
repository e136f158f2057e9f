/** simd-threads against simd, both in a worker: batches of queries, and building a graph. */
import { availableParallelism } from 'node:os';
import { measure, median, ratio } from '../lib/measure.mjs';
import { row, x } from '../lib/rows.mjs';
import { collection } from './contenders.mjs';
import { realText } from './data.mjs';

const BUILDS = 3;
const VARIANTS = ['simd', 'simd-threads'];
const GRAPH = { index: 'hnsw', hnsw: { m: 16, efConstruction: 200 } };

const at = (implementation, config) => ({ ...config, implementation, host: 'worker' });
const idsOf = (results) => results.map((hits) => hits.map((hit) => hit.id).join(' '));
const recallOf = (data, results) => results.reduce((sum, hits, i) => sum + hits.filter((hit) => data.truth[i % data.q].includes(Number(hit.id))).length, 0) / (results.length * 10);

/** Two copies of the queries in one call: 400. */
const queriesOf = (data) => { const all = new Float32Array(2 * data.queries.length); all.set(data.queries); all.set(data.queries, data.queries.length); return all; };

async function batches(api, data, name, config, options) {
  const services = [];
  for (const variant of VARIANTS) services.push((await collection(api, data, at(variant, config))).service);
  const queries = queriesOf(data), ask = (service) => service.searchBatch(queries, { maxResults: 10, ...options });
  const [alone, shared] = [await ask(services[0]), await ask(services[1])];
  const graphs = config.index === 'hnsw';
  // The two graphs differ, so their answers are judged by recall; everything else must be the same to the last id.
  if (!graphs && idsOf(alone).join() !== idsOf(shared).join()) throw new Error(`${name}: threads answered something else`);
  if (graphs && recallOf(data, shared) < recallOf(data, alone) - 0.005) throw new Error(`${name}: recall ${recallOf(data, shared)} with threads, ${recallOf(data, alone)} without`);
  const t = await measure([{ name: 'simd', run: () => ask(services[0]) }, { name: 'simd-threads', run: () => ask(services[1]) }], { calls: 3 });
  const { threads } = services[1].info;
  for (const service of services) await service.dispose();
  const gain = ratio(t.simd, t['simd-threads']), perQuery = (v) => `${(v.median / alone.length * 1000).toFixed(1)} µs`;
  return { t, threads, row: row(`searchBatch, ${name}`, `${x(gain)} (a query ${perQuery(t.simd)}, with threads ${perQuery(t['simd-threads'])})`, '>= 1.6x', gain >= 1.6) };
}

async function builds(api, data) {
  const times = { simd: [], 'simd-threads': [] };
  for (let i = 0; i < BUILDS; i++) {
    for (const variant of VARIANTS) {
      const { service, addMs } = await collection(api, data, at(variant, GRAPH));
      times[variant].push(addMs);
      await service.dispose();
    }
  }
  const gain = median(times.simd.map((ms, i) => ms / times['simd-threads'][i]));
  const seconds = (list) => `${(median(list) / 1000).toFixed(2)} s`;
  return { times, row: row('HNSW build (M 16, efConstruction 200)', `${x(gain)} (${seconds(times.simd)}, with threads ${seconds(times['simd-threads'])})`, '>= 1.6x', gain >= 1.6) };
}

export async function threads(api, { folder }) {
  const data = realText(folder);
  const build = await builds(api, data);
  const parts = [
    await batches(api, data, 'exact', {}, { exact: true }),
    await batches(api, data, "'auto'", {}, {}),
    await batches(api, data, 'HNSW', GRAPH, {}),
  ];
  return {
    title: `Threads: ${parts[0].threads} of them on ${availableParallelism()} cores, ${data.name}`,
    samples: { build: build.times, exact: parts[0].t, auto: parts[1].t, hnsw: parts[2].t },
    rows: [build.row, ...parts.map((part) => part.row)],
  };
}
