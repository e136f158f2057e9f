// The same service in a worker: killed, starved, cancelled. Answers are compared with the service inline.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createVectorSearch as createWith } from '../../../js/dist/services/vector/index.js';
import { faults } from '../../../js/dist/testing.js';
import { createVectorSearch } from '../../../js/dist/vector.js';
import { RecoveryCopy } from '../../../js/dist/services/vector/recovery-copy.js';
import { documents, everything, later, quietly, random, rows, watched } from './service-helpers.mjs';

const D = 16;
const query = rows(99, 1, D);
const inline = () => createVectorSearch({ implementation: 'js', host: 'inline' });
const hosted = (config = {}) => watched({ implementation: 'js', host: 'worker', ...config });

test('every call answers as it does inline', async () => {
  const { service } = hosted();
  const model = inline();
  for (const s of [service, model]) {
    await s.addDocuments(documents(1, 40, D));
    await s.addVectors(['v', 'd3'], rows(2, 2, D), { metadata: [{ k: ['x', 1] }, undefined] });
    await s.updateMetadata('d1', { n: -1 });
    await s.removeDocuments(['d2', 'nobody']);
  }
  assert.equal(service.info.host, 'worker');
  assert.deepEqual(await everything(service, query), await everything(model, query));
  for (const call of [(s) => s.findSimilar('d4', { includeEmbedding: true }), (s) => s.searchBatch(rows(3, 2, D)), (s) => s.getDocument('v'), (s) => s.removeWhere({ n: { $gt: 30 } }), (s) => s.search(query, { text: 'word2', filters: { n: { $lt: 20 } } })]) {
    assert.deepEqual(await call(service), await call(model));
  }
  const bytes = await service.save();
  await service.clear();
  assert.equal(service.size, 0);
  await service.load(bytes);
  assert.deepEqual(await everything(service, query), await everything(model, query));
  await assert.rejects(service.addDocuments([{ id: 'bad', embedding: [1, 2] }]), { code: 'DIMENSION_MISMATCH' });
  await assert.rejects(service.findSimilar('nobody'), { code: 'NOT_FOUND' });
  await Promise.all([service.dispose(), model.dispose()]);
});

test('13: a killed worker: the pending read is answered, the pending write is WORKER_LOST, nothing acknowledged is gone', async () => {
  const { service, types } = hosted();
  await service.addDocuments(documents(1, 30, D));
  const expected = await service.search(query);
  const read = service.search(query);
  const write = service.addDocuments(documents(2, 3, D, 'lost'));
  faults.killWorker('vector');
  await assert.rejects(write, { code: 'WORKER_LOST' });
  assert.deepEqual(await read, expected);
  assert.equal(await service.count(), 30);
  await service.addDocuments(documents(2, 3, D, 'again'));
  assert.equal(service.size, 33);
  assert.ok(types().includes('restart'));
  await service.dispose();
});

test('13: killed at random places of a stream of changes, it agrees with a model that heard only what was acknowledged', async () => {
  const { service } = hosted();
  const model = inline();
  const next = random(7);
  let kills = 0;
  for (let step = 0; step < 120; step++) {
    const kind = next();
    const at = Math.floor(next() * 40);
    const change = kind < 0.5 ? (s) => s.addDocuments(documents(step, 1 + at % 3, D, `d${at}-`))
      : kind < 0.7 ? (s) => s.removeDocuments([`d${at}-0`, `d${at}-1`])
      : kind < 0.8 ? (s) => s.removeWhere({ n: 2 })
      : kind < 0.85 ? async (s) => s.load(await s.save())
      : (s) => s.updateMetadata(`d${at}-0`, { n: step }).catch((error) => { if (error.code !== 'NOT_FOUND') throw error; });
    const done = change(service).then(() => true, (error) => { assert.equal(error.code, 'WORKER_LOST'); return false; });
    if (step % 41 === 20) { kills++; faults.killWorker('vector'); }
    if (await done) await change(model);
  }
  assert.equal(kills, 3);
  assert.deepEqual(await service.list(), await model.list());
  assert.deepEqual(await service.search(query), await model.search(query));
  await Promise.all([service.dispose(), model.dispose()]);
});

test('14: workers that keep dying: this thread takes over with everything, and says so once', async () => {
  const { service, events } = hosted({ implementation: 'auto' });
  await service.addDocuments(documents(1, 20, D));
  const expected = await service.search(query, { exact: true });
  const { lines } = await quietly(async () => {
    for (let i = 0; i < 4; i++) { await service.count(); faults.killWorker('vector'); }
    assert.deepEqual(await service.search(query, { exact: true }), expected);
  });
  assert.equal(service.info.host, 'inline');
  assert.equal(service.info.variant, 'js');
  assert.match(service.info.reason, /died/);
  assert.equal(events.filter(({ type }) => type === 'fallback').length, 1);
  assert.equal(lines.length, 1);
  await service.addDocuments(documents(2, 1, D, 'after'));
  assert.equal(service.size, 21);
  await service.dispose();
});

test('14: a minute after this thread took over, a worker is tried again and gets everything back', async () => {
  const { service, types } = hosted();
  await service.addDocuments(documents(1, 20, D));
  await quietly(async () => { for (let i = 0; i < 4; i++) { await service.count(); faults.killWorker('vector'); } await service.count(); });
  assert.equal(service.info.host, 'inline');
  await service.addDocuments(documents(2, 2, D, 'between'));
  const expected = await everything(service, query);
  await later(61_000, async () => {
    assert.equal(await service.count(), 22);
    assert.equal(service.info.host, 'worker');
  });
  assert.equal(types().at(-1), 'restart');
  assert.deepEqual(await everything(service, query), expected);
  await service.dispose();
});

test('a trap inside the worker is mended there, and told here', async () => {
  const { service, types } = hosted({ implementation: 'simd', index: 'flat' });
  await service.addDocuments(documents(1, 20, D));
  const expected = await everything(service, query);
  faults.trapNextCall('vector');
  assert.deepEqual(await everything(service, query), expected);
  assert.deepEqual(types().filter((type) => type === 'recovery' || type === 'restart'), ['recovery']);
  await service.dispose();
});

test('a worker that can not start: this thread answers, with a fallback event that carries the code', async () => {
  const events = [];
  const worker = () => new Worker(new URL('./no-such-file.mjs', import.meta.url));
  const service = createWith({ implementation: 'js', host: 'worker' }, { worker, sink: { call: () => undefined, event: (event) => events.push(event) }, attach: () => undefined });
  const { lines } = await quietly(() => service.addDocuments(documents(1, 3, D)));
  assert.equal(service.info.host, 'inline');
  assert.equal((await service.search(query)).length, 3);
  assert.deepEqual(events.filter(({ type }) => type === 'fallback').map(({ data }) => data.code), ['WORKER_START']);
  assert.equal(lines.length, 1);
  await service.dispose();
});

test('cancelled: at once when it waits, never half done, and the service goes on', async () => {
  const { service } = hosted();
  await service.addDocuments(documents(1, 10, D));
  const controller = new AbortController();
  const big = service.addVectors(Array.from({ length: 60000 }, (_, i) => `b${i}`), rows(3, 60000, D), { signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  const outcome = await big.then(() => 'done', (error) => error.code);
  assert.ok(['done', 'ABORTED'].includes(outcome));
  assert.equal(service.size, outcome === 'done' ? 60010 : 10);
  assert.equal(await service.count(), service.size);
  await assert.rejects(service.search(query, { signal: AbortSignal.abort() }), { code: 'ABORTED' });
  await assert.rejects(service.search(query, { timeoutMs: 0 }), { code: 'TIMEOUT' });
  await service.dispose();
});

test('dispose with calls under way: all of them end with DISPOSED, soon', async () => {
  const { service } = hosted();
  await service.addDocuments(documents(1, 10, D));
  const calls = [service.search(query), service.addDocuments(documents(2, 5, D, 'x')), service.count()].map((call) => call.then(() => 'done', (error) => error.code));
  const began = performance.now();
  await service.dispose();
  for (const outcome of await Promise.all(calls)) assert.ok(['done', 'DISPOSED'].includes(outcome), outcome);
  assert.ok(performance.now() - began < 1000);
  await assert.rejects(service.search(query), { code: 'DISPOSED' });
  await service.dispose();
});

test('disposed before the first answer, it ends all the same', async () => {
  const { service } = hosted();
  const first = service.addDocuments(documents(1, 3, D)).then(() => 'done', (error) => error.code);
  await service.dispose();
  assert.equal(await first, 'DISPOSED');
});

test('a durable collection outlives its killed worker without any copy on this side', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vector-worker-'));
  try {
    const { service } = hosted({ storage: { directory } });
    await service.addDocuments(documents(1, 12, D));
    const expected = await everything(service, query);
    faults.killWorker('vector');
    assert.deepEqual(await everything(service, query), expected);
    await service.dispose();
    const again = createVectorSearch({ implementation: 'js', host: 'inline', storage: { directory } });
    await again.ready();
    assert.deepEqual(await everything(again, query), expected);
    await again.dispose();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the recovery copy does not keep the rows of documents that were replaced a thousand times', () => {
  const copy = new RecoveryCopy();
  const batch = (seed) => ({ ids: ['a', 'b'], noun: 'ids', rows: { dimensions: 2, count: 2, rowsPerChunk: 2, chunks: [Float32Array.of(seed, 1, seed, 2)] } });
  for (let i = 0; i < 5000; i++) copy.add(batch(i));
  copy.add({ ids: ['c'], noun: 'ids', rows: { dimensions: 2, count: 1, rowsPerChunk: 1, chunks: [Float32Array.of(7, 7)] } });
  copy.remove(['b']);
  const { add, load, remove } = copy.replay();
  assert.deepEqual([add.ids, Array.from(add.rows.chunks[0])], [['a', 'c'], [4999, 1, 7, 7]]);
  assert.deepEqual([load, remove], [undefined, []]);
});
