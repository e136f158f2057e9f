// index 'auto' turns from scans to a graph by itself when a collection has grown, and back when it has shrunk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createVectorSearch } from '../../../js/dist/vector.js';
import { random } from './naive-engine.mjs';

/** What crates/vector-search/src/auto_graph.rs calls AUTO_GRAPH_ROWS. */
const LEAST_ROWS = 50_000;
const DIMENSIONS = 32;

/** Rows around 500 centres. */
function clustered(seed, count) {
  const centre = random(1), next = random(seed);
  const centres = Float32Array.from({ length: 500 * DIMENSIONS }, () => 2 * centre() - 1);
  const rows = new Float32Array(count * DIMENSIONS);
  for (let i = 0; i < count; i++) {
    const at = Math.floor(next() * 500) * DIMENSIONS;
    for (let j = 0; j < DIMENSIONS; j++) rows[i * DIMENSIONS + j] = centres[at + j] + 0.6 * (next() - 0.5);
  }
  return rows;
}
const ids = (from, to) => Array.from({ length: to - from }, (_, i) => `d${from + i}`);
const queries = clustered(3, 40);

async function recall(service) {
  let found = 0;
  for (let q = 0; q < 40; q++) {
    const query = queries.slice(q * DIMENSIONS, (q + 1) * DIMENSIONS);
    const truth = new Set((await service.search(query, { exact: true })).map((hit) => hit.id));
    for (const hit of await service.search(query)) found += truth.has(hit.id);
  }
  return found / 400;
}

/** A collection that small graphs are made for: the links are quick to make. */
const small = (config) => createVectorSearch({ implementation: 'simd', hnsw: { m: 12, efConstruction: 60 }, ...config });

async function built(service) {
  for (let i = 0; i < 6000 && !service.info.index.startsWith('hnsw'); i++) await new Promise((done) => { setTimeout(done, 10); });
  assert.match(service.info.index, /^hnsw/);
}

for (const host of ['inline', 'worker']) {
  test(`${host}: scans answer up to the threshold and while the graph is made, then the graph`, { timeout: 120_000 }, async () => {
    const rows = clustered(2, LEAST_ROWS);
    const service = small({ host });
    await service.addVectors(ids(0, LEAST_ROWS - 1), rows.slice(0, -DIMENSIONS));
    await new Promise((done) => { setTimeout(done, 200); });
    assert.doesNotMatch(service.info.index, /hnsw/);
    assert.ok(service.memory().graph === 0);

    await service.addVectors(ids(LEAST_ROWS - 1, LEAST_ROWS), rows.slice(-DIMENSIONS));
    assert.doesNotMatch(service.info.index, /hnsw/);
    assert.ok(await recall(service) >= 0.995);
    await built(service);
    assert.ok(await recall(service) >= 0.995);

    await service.removeDocuments(ids(0, LEAST_ROWS / 2 + 1));
    assert.doesNotMatch(service.info.index, /hnsw/);
    assert.equal(service.size, LEAST_ROWS / 2 - 1);
    assert.ok(await recall(service) >= 0.995);
    await service.dispose();
  });
}

test('dispose ends the work in the background', async () => {
  const service = small({ host: 'inline' });
  await service.addVectors(ids(0, LEAST_ROWS), clustered(2, LEAST_ROWS));
  await new Promise((done) => { setTimeout(done, 50); });
  assert.doesNotMatch(service.info.index, /hnsw/);
  await service.dispose();
  await assert.rejects(async () => service.search(queries.slice(0, DIMENSIONS)), { code: 'DISPOSED' });
});

test('a graph in the making keeps no thread alive', { timeout: 60_000 }, async () => {
  const worker = new Worker(new URL('./auto-index.worker.mjs', import.meta.url), { workerData: { rows: LEAST_ROWS, dimensions: DIMENSIONS } });
  const said = [];
  worker.on('message', (message) => said.push(message));
  const code = await new Promise((done, failed) => { worker.once('exit', done); worker.once('error', failed); });
  assert.equal(code, 0);
  assert.equal(said.length, 1);
  assert.doesNotMatch(said[0], /hnsw/);
});

test('an add leaves nothing to encode for the search after it', async () => {
  for (const implementation of ['js', 'simd']) {
    const service = createVectorSearch({ implementation, dimensions: 384 });
    const next = random(4);
    const rows = Float32Array.from({ length: 6000 * 384 }, () => next() - 0.5);
    await service.addVectors(ids(0, 6000), rows);
    const { codes } = service.memory();
    assert.ok(codes > 6000 * 384 / 8, `${implementation}: ${codes} bytes of codes`);
    await service.search(rows.slice(0, 384));
    assert.equal(service.memory().codes, codes, implementation);
    await service.dispose();
  }
});
