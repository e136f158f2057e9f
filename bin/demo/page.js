// One question to each service, the time to its answer after loading, and what answered.
import { createComputeEngine, createDataProcessor, createSQLiteUtils, createVectorSearch, wasmDetector } from '/dist/index.js';

const QUESTIONS = [
  ['vector', createVectorSearch, 'nearest of 2,000 x 128 vectors to number 1234', async (s) => {
    let state = 1;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
    const vectors = Float32Array.from({ length: 2000 * 128 }, next);
    await s.addVectors(Array.from({ length: 2000 }, (_, i) => `number ${i}`), vectors);
    return async () => (await s.search(vectors.slice(1234 * 128, 1235 * 128), { maxResults: 1 }))[0].id;
  }],
  ['sqlite', createSQLiteUtils, 'sum of the primes below 100, in SQL', async (s) => async () => {
    const { rows } = await s.executeQuery('WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 99) SELECT sum(i) AS s FROM n AS a WHERE NOT EXISTS (SELECT 1 FROM n AS b WHERE b.i < a.i AND a.i % b.i = 0)');
    return String(rows[0].s);
  }],
  ['compute', createComputeEngine, 'product of 256 x 256 matrices, a corner', async (s) => {
    const a = { rows: 256, cols: 256, data: Float64Array.from({ length: 65536 }, (_, i) => i % 7) };
    return async () => String((await s.matmul(a, a)).data[0]);
  }],
  ['data', createDataProcessor, 'rows in the largest of 10 groups of 100,000', async (s) => {
    const table = await s.load({ key: Int32Array.from({ length: 100_000 }, (_, i) => (i * i) % 10) });
    return async () => String(Math.max(...(await (await table.aggregate({ groupBy: ['key'], operations: [{ field: '*', operation: 'count', alias: 'n' }] })).toRows()).map((row) => row.n)));
  }],
];

const { hasSIMD, hasThreads, missing, hardwareConcurrency } = await wasmDetector.detectCapabilities();
document.getElementById('capabilities').textContent = `SIMD: ${hasSIMD ? 'yes' : `no, ${missing.hasSIMD.fix}`} · threads: ${hasThreads ? 'yes' : `no, ${missing.hasThreads.fix}`} · ${hardwareConcurrency} processors`;

for (const [name, create, asked, prepare] of QUESTIONS) {
  const row = document.getElementById('out').insertRow();
  const say = (...cells) => { row.replaceChildren(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text }))); };
  say(name, asked, '…', '', '');
  const service = create();
  try {
    const ask = await prepare(service);
    await ask();
    const start = performance.now();
    const answer = await ask();
    say(name, asked, answer, (performance.now() - start).toFixed(1), `${service.info.variant}, ${service.info.host}`);
  } catch (error) {
    say(name, asked, `${error.code}: ${error.message}`, '', '');
  }
  await service.dispose();
}
document.documentElement.dataset.done = 'yes';
