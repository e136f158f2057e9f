/**
 * The workloads of the vector bench. Each prepares its data, checks the answers of every contender, times them in turns and
 * returns `{ title, data, rows: [{ what, value, must, met }], samples }`. A contender whose answers are wrong has no time.
 */
import { measure, ratio } from '../lib/measure.mjs';
import { plainRead } from '../lib/bandwidth.mjs';
import { hnswlib, voy } from '../lib/peers.mjs';
import { ms, row, x } from '../lib/rows.mjs';
import { careful, collection, recall } from './contenders.mjs';
import { clustered, randomVectors, realText } from './data.mjs';
import { autoThreshold } from './auto-threshold.mjs';
import { threads } from './threads.mjs';

const mustBeExact = (name, r) => { if (r !== 1) throw new Error(`${name} is wrong: recall ${r} where 1 is owed`); };

/** Exact f32 scan and exact int8-bound scan, 10,000 x 768. */
export async function exactScan(api) {
  const data = randomVectors(10_000, 768);
  const js = await careful(data);
  const flat = await collection(api, data, { index: 'flat', quantization: 'none' });
  const auto = await collection(api, data, {}, { name: 'int8 bound' });
  const fallback = await collection(api, data, { index: 'flat', quantization: 'none', implementation: 'js' });
  const peer = await voy(data.unit, data.dim);
  const unitQuery = (i) => data.unitQueries.subarray((i % data.q) * data.dim, (i % data.q + 1) * data.dim);
  mustBeExact('f32 scan', await recall(data, (i) => flat.ids(i, { exact: true })));
  mustBeExact('int8 bound scan', await recall(data, (i) => auto.ids(i, { exact: true })));
  mustBeExact('js fallback', await recall(data, (i) => fallback.ids(i, { exact: true })));
  const voyRecall = await recall(data, (i) => peer.search(unitQuery(i), 10));
  const read = plainRead(data.n * data.dim * 4);
  const t = await measure([
    { name: 'careful', run: js.run, calls: 30 }, { name: 'flat', run: (i) => flat.search(i, { exact: true }) }, { name: 'int8', run: (i) => auto.search(i, { exact: true }) },
    { name: 'fallback', run: (i) => fallback.search(i, { exact: true }), calls: 30 }, { name: 'voy', run: (i) => peer.search(unitQuery(i), 10), calls: 30 }, { name: 'read', run: read },
  ]);
  for (const c of [flat, auto, fallback]) await c.service.dispose();
  const flatX = ratio(t.careful, t.flat), int8X = ratio(t.careful, t.int8), voyX = ratio(t.voy, t.flat), bandwidth = ratio(t.read, t.flat), jsX = ratio(t.careful, t.fallback);
  return {
    title: `Exact search, ${data.name}, top 10, one thread`, samples: t,
    rows: [
      row('careful JS', ms(t.careful.median)), row('js fallback', `${ms(t.fallback.median)} = ${x(jsX)} careful JS`, '>= 1x', jsX >= 0.97),
      row('f32 scan', `${ms(t.flat.median)} = ${x(flatX)} careful JS`, '>= 7x', flatX >= 7),
      row('f32 scan against voy-search', `${x(voyX)} (voy ${ms(t.voy.median)}, recall ${voyRecall.toFixed(3)})`, '>= 2.5x', voyX >= 2.5),
      row('f32 scan, share of a plain read', `${(bandwidth * 100).toFixed(0)} % (read ${ms(t.read.median)})`, '>= 60 %', bandwidth >= 0.6),
      row('exact through int8 bound', `${ms(t.int8.median)} = ${x(int8X)} careful JS`, '>= 15x', int8X >= 15),
    ],
  };
}

/** The default search on real text, and on random vectors that defeat its first stage. */
export async function autoSearch(api, { folder }) {
  const data = realText(folder), hard = randomVectors(10_000, 768);
  const js = await careful(data), hardJs = await careful(hard);
  const auto = await collection(api, data), hardAuto = await collection(api, hard);
  const r = await recall(data, (i) => auto.ids(i)), hardR = await recall(hard, (i) => hardAuto.ids(i));
  mustBeExact('exact', await recall(data, (i) => auto.ids(i, { exact: true })));
  const t = await measure([
    { name: 'careful', run: js.run, calls: 30 }, { name: 'auto', run: (i) => auto.search(i), calls: 200 }, { name: 'exact', run: (i) => auto.search(i, { exact: true }), calls: 100 },
    { name: 'hard careful', run: hardJs.run, calls: 30 }, { name: 'hard auto', run: (i) => hardAuto.search(i), calls: 50 },
  ]);
  const index = auto.service.info.index, hardIndex = hardAuto.service.info.index;
  await auto.service.dispose(); await hardAuto.service.dispose();
  const autoX = ratio(t.careful, t.auto), exactX = ratio(t.careful, t.exact), hardX = ratio(t['hard careful'], t['hard auto']);
  return {
    title: `Default search ('auto'), ${data.name}`, samples: t,
    rows: [
      row('careful JS', ms(t.careful.median)), row(`auto (${index})`, `${ms(t.auto.median)} = ${x(autoX)} careful JS`, '>= 40x', autoX >= 40), row('auto, recall@10', r.toFixed(4), '>= 0.995', r >= 0.995),
      row('data in to first answer', `${auto.readyMs.toFixed(0)} ms, of it add ${auto.addMs.toFixed(0)} ms`, 'ready < 500 ms after the data is in', auto.readyMs - auto.addMs < 500),
      row('exact: true', `${ms(t.exact.median)} = ${x(exactX)} careful JS`, '>= 15x', exactX >= 15),
      row(`auto on ${hard.name} (${hardIndex})`, `recall ${hardR.toFixed(4)}, ${x(hardX)} careful JS`, 'recall >= 0.99', hardR >= 0.99),
    ],
  };
}

/** Quantised collections: int8 alone, 1-bit with rescoring. */
export async function quantised(api, { folder }) {
  const data = realText(folder);
  const js = await careful(data);
  const int8 = await collection(api, data, { index: 'flat', quantization: 'int8', rescore: false });
  const binary = await collection(api, data, { index: 'flat', quantization: 'binary' });
  const raw = data.rows.byteLength;
  const int8R = await recall(data, (i) => int8.ids(i)), binaryR = await recall(data, (i) => binary.ids(i));
  const t = await measure([{ name: 'careful', run: js.run, calls: 30 }, { name: 'int8', run: (i) => int8.search(i), calls: 100 }, { name: 'binary', run: (i) => binary.search(i), calls: 200 }]);
  const memory = int8.service.memory();
  await int8.service.dispose(); await binary.service.dispose();
  const binaryX = ratio(t.careful, t.binary);
  return {
    title: `Quantised, ${data.name}`, samples: t,
    rows: [
      row('int8 without f32 rows, recall@10', int8R.toFixed(4), '>= 0.985', int8R >= 0.985),
      row('int8 without f32 rows, index memory', `${((memory.rows + memory.codes + memory.graph) / raw).toFixed(3)} of raw (whole linear memory ${(memory.engine / raw).toFixed(2)})`, '<= 0.30', (memory.rows + memory.codes + memory.graph) / raw <= 0.3),
      row('int8 without f32 rows', `${ms(t.int8.median)} = ${x(ratio(t.careful, t.int8))} careful JS`),
      row('1-bit + rescoring, recall@10', binaryR.toFixed(4), '>= 0.97', binaryR >= 0.97), row('1-bit + rescoring', `${ms(t.binary.median)} = ${x(binaryX)} careful JS`, '>= 60x', binaryX >= 60),
    ],
  };
}

/** Smallest beam that reaches the recall, so that two graphs are compared at the same quality. */
async function beamFor(target, data, idsAt) {
  for (const ef of [16, 24, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 200, 256, 320, 400]) {
    const r = await recall(data, (i) => idsAt(i, ef));
    if (r >= target) return { ef, r };
  }
  throw new Error(`no beam up to 400 reaches recall ${target} on ${data.name}`);
}

const GRAPH = { index: 'hnsw', hnsw: { m: 16, efConstruction: 200 } }, GRAPH_F32 = { ...GRAPH, quantization: 'none' };

async function graphAgainstPeer(api, data, config = GRAPH, built) {
  const ours = await collection(api, data, config);
  const peer = built ?? await hnswlib(data.unit, data.dim);
  const unitQuery = (i) => data.unitQueries.subarray((i % data.q) * data.dim, (i % data.q + 1) * data.dim);
  const mine = await beamFor(0.99, data, (i, ef) => ours.ids(i, { ef }));
  const theirs = await beamFor(0.99, data, (i, ef) => { peer.setEf(ef); return peer.search(unitQuery(i), 10); });
  peer.setEf(theirs.ef);
  const t = await measure([{ name: 'ours', run: (i) => ours.search(i, { ef: mine.ef }), calls: 200 }, { name: 'hnswlib-wasm', run: (i) => peer.search(unitQuery(i), 10), calls: 100 }]);
  const memory = ours.service.memory();
  return { ours, peer, mine, theirs, t, memory, speed: ratio(t['hnswlib-wasm'], t.ours), build: ours.addMs / peer.buildMs };
}

const graphRows = (g) => [
  row('recall@10 (ef)', `${g.mine.r.toFixed(4)} (${g.mine.ef}); hnswlib-wasm ${g.theirs.r.toFixed(4)} (${g.theirs.ef})`, '>= 0.99', g.mine.r >= 0.99),
  row('search', `${(1000 / g.t.ours.median).toFixed(0)} QPS = ${x(g.speed)} hnswlib-wasm (${(1000 / g.t['hnswlib-wasm'].median).toFixed(0)})`, '>= 3x', g.speed >= 3),
  row('build', `${(g.ours.addMs / 1000).toFixed(1)} s = ${x(g.build)} of hnswlib-wasm (${(g.peer.buildMs / 1000).toFixed(1)} s)`, '<= 0.3x', g.build <= 0.3),
];

/** The default graph (walked over int8 codes) and the one walked over f32 rows, against one build of the peer. */
async function bothGraphs(api, data, memoryLimit) {
  const rows = [], samples = {};
  let peer;
  for (const [name, config] of [['int8', GRAPH], ['f32', GRAPH_F32]]) {
    const g = await graphAgainstPeer(api, data, config, peer);
    peer = g.peer;
    samples[name] = g.t;
    rows.push(...graphRows(g).map((r) => ({ ...r, what: `${g.ours.service.info.index}: ${r.what}` })));
    if (memoryLimit) {
      const { rows: f32, codes, graph, engine, documents } = g.memory, raw = data.rows.byteLength, held = (f32 + codes + graph) / raw;
      rows.push(row(`${g.ours.service.info.index}: index memory`, `${held.toFixed(2)} of raw (linear memory ${(engine / raw).toFixed(2)}; ids apart ${(documents / raw).toFixed(2)})`, `<= ${memoryLimit[name]}`, held <= memoryLimit[name]));
    }
    await g.ours.service.dispose();
  }
  return { rows, samples };
}

/** HNSW against hnswlib-wasm at the same recall, and filters at 10 % and 1 %. */
export async function hnsw(api, { folder }) {
  const data = realText(folder);
  const { samples, rows } = await bothGraphs(api, data);
  return { title: `HNSW (M 16, efConstruction 200), ${data.name}`, samples, rows };
}

export async function filters(api, { folder }) {
  const data = realText(folder);
  const bucket = Uint8Array.from({ length: data.n }, (_, i) => (Math.imul(i, 2654435761) >>> 0) % 100);
  const ours = await collection(api, data, {}, { metadata: Array.from(bucket, (b) => ({ bucket: b })) });
  const js = await careful(data, { bucket });
  const peer = await hnswlib(data.unit, data.dim);
  peer.setEf(64);
  const unitQuery = (i) => data.unitQueries.subarray((i % data.q) * data.dim, (i % data.q + 1) * data.dim);
  const rows = [], samples = {};
  for (const [name, below] of [['10 %', 10], ['1 %', 1]]) {
    const filters = { bucket: { $lt: below } };
    const truth = Array.from({ length: data.q }, (_, i) => Array.from(js.filtered(i, below)));
    const got = await Promise.all(truth.map((_, i) => ours.ids(i, { filters })));
    const r = truth.reduce((s, ids, i) => s + ids.filter((id) => got[i].includes(id)).length, 0) / truth.flat().length;
    const t = await measure([
      { name: 'filtered', run: (i) => ours.search(i, { filters }), calls: 200 }, { name: 'unfiltered', run: (i) => ours.search(i), calls: 200 },
      { name: 'careful', run: (i) => js.filtered(i, below), calls: 50 }, { name: 'hnswlib-wasm', run: (i) => peer.search(unitQuery(i), 10, (label) => bucket[label] < below), calls: 5 },
    ]);
    samples[name] = t;
    const against = ratio(t.unfiltered, t.filtered), peerX = ratio(t['hnswlib-wasm'], t.filtered);
    rows.push(row(`${name}: recall@10`, r.toFixed(4), '>= 0.99', r >= 0.99), row(`${name}: against unfiltered`, `${ms(t.filtered.median)} = ${x(against)} unfiltered, ${x(ratio(t.careful, t.filtered))} careful JS`, 'never slower', against >= 1),
      row(`${name}: against hnswlib-wasm`, x(peerX), below === 1 ? '>= 30x' : undefined, below === 1 ? peerX >= 30 : undefined));
  }
  await ours.service.dispose();
  return { title: `Filtered search, ${data.name}`, samples, rows };
}

export async function large(api) {
  const data = clustered(100_000, 128, 1000);
  const { samples, rows } = await bothGraphs(api, data, { int8: 1.65, f32: 1.35 });
  return { title: `HNSW (M 16, efConstruction 200), ${data.name}`, samples, rows };
}

/** 100 documents, in place: the fixed cost of a call. */
export async function small(api) {
  const data = randomVectors(100, 384);
  const js = await careful(data);
  const inline = await collection(api, data, { host: 'inline' });
  const worker = await collection(api, data, { host: 'worker' });
  mustBeExact('inline', await recall(data, (i) => inline.ids(i)));
  mustBeExact('worker', await recall(data, (i) => worker.ids(i)));
  const t = await measure([{ name: 'careful', run: js.run, calls: 5000 }, { name: 'inline', run: (i) => inline.search(i), calls: 5000 }, { name: 'worker', run: (i) => worker.search(i), calls: 500 }]);
  await inline.service.dispose(); await worker.service.dispose();
  const inlineX = ratio(t.careful, t.inline);
  return { title: `Small collection, ${data.name}`, samples: t, rows: [row('careful JS', ms(t.careful.median)), row('inline', `${ms(t.inline.median)} = ${x(inlineX)} careful JS`, '>= 0.9x', inlineX >= 0.9), row('through a worker', `${ms(t.worker.median)}, hop ${ms(t.worker.median - t.inline.median)}`)] };
}

export const WORKLOADS = { exactScan, autoSearch, quantised, hnsw, filters, autoThreshold, large, small, threads };
