// What the service itself promises beyond the conformance cases: all or nothing, turns, the embed hook, storage that fails.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createVectorSearch as createWith } from '../../../js/dist/services/vector/index.js';
import { faults } from '../../../js/dist/testing.js';
import { createVectorSearch, ServiceError } from '../../../js/dist/vector.js';
import { documents, everything, rows, watched } from './service-helpers.mjs';

const D = 16;
const query = rows(99, 1, D);
const js = (config = {}) => createVectorSearch({ implementation: 'js', host: 'inline', ...config });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('a configuration with a wrong value is refused at once, by field and accepted values', () => {
  const wrong = [
    [{ dimensions: 0 }, /dimensions.*1 to 65536/], [{ dimensions: 1.5 }, /dimensions/], [{ maxResults: -1 }, /maxResults/], [{ metric: 'euclid' }, /metric.*'cosine', 'dot', 'l2sq', 'hamming'/],
    [{ index: 'ivf' }, /index/], [{ quantization: 'int4' }, /quantization/], [{ rescore: 'yes' }, /rescore/], [{ hnsw: { m: 1 } }, /hnsw\.m/], [{ hnsw: { seed: -1 } }, /hnsw\.seed/], [{ hnsw: 16 }, /hnsw/],
    [{ language: 'klingon' }, /language/], [{ embed: 'no' }, /embed/], [{ storage: 'disk' }, /storage/], [{ storage: { directory: '' } }, /storage/], [{ name: '' }, /name/],
    [{ implementation: 'scalar' }, /implementation/], [{ host: 'iframe' }, /host/], [null, /config/],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => createVectorSearch(config), (error) => error instanceof ServiceError && error.code === 'INVALID_ARGUMENT' && message.test(error.message), JSON.stringify(config));
  }
  createVectorSearch({ aKeyOfALaterRelease: 1 });
});

test('nothing is loaded by making a service, and info is the plan', () => {
  const { service, events } = watched({});
  assert.equal(service.info.loaded, false);
  assert.deepEqual(events, []);
});

test('a long add gives other work its turns, and reports its end once', async () => {
  const service = js({ index: 'flat' });
  const seen = [];
  const adding = service.addVectors(Array.from({ length: 120_000 }, (_, i) => `v${i}`), rows(1, 120_000, D), { onProgress: (done, total) => seen.push([done, total]) });
  let turns = 0;
  const ticker = setInterval(() => { turns++; }, 1);
  await adding;
  clearInterval(ticker);
  assert.ok(turns >= 3, `other work had ${turns} turns`);
  assert.deepEqual(seen.at(-1), [120_000, 120_000]);
  assert.equal(seen.filter(([done]) => done === 120_000).length, 1);
  await service.dispose();
});

test('29: an add stopped half-way leaves no trace, replaced documents included', async () => {
  const service = js({ index: 'flat' });
  await service.addDocuments(documents(1, 200, D));
  const before = await everything(service, query);
  for (const options of [{ timeoutMs: 12 }, { signal: AbortSignal.timeout(12) }]) {
    const ids = Array.from({ length: 150_000 }, (_, i) => (i % 2 ? `d${i % 200}` : `v${i}`)).slice(0, 150_000);
    const outcome = await service.addVectors(ids, rows(2, ids.length, D), options).then(() => 'done', (error) => error.code);
    assert.ok(['ABORTED', 'TIMEOUT'].includes(outcome), outcome);
    assert.deepEqual(await everything(service, query), before);
  }
  await service.addDocuments(documents(3, 2, D, 'after'));
  assert.deepEqual((await service.list()).slice(-2).map(({ id }) => id), ['after0', 'after1']);
  await service.dispose();
});

test('with a graph, stopped while it is linked: no trace, and the graph stays right', async () => {
  const service = js({ index: 'hnsw' });
  await service.addDocuments(documents(1, 300, D));
  const before = await everything(service, query);
  const outcome = await service.addVectors(Array.from({ length: 20_000 }, (_, i) => `v${i}`), rows(2, 20_000, D), { timeoutMs: 60 }).then(() => 'done', (error) => error.code);
  assert.equal(outcome, 'TIMEOUT');
  assert.deepEqual(await everything(service, query), before);
  await service.dispose();
});

test('what the caller changes after the call has no effect', async () => {
  const service = js();
  const vector = Float32Array.of(1, 0);
  const document = { id: 'a', content: 'before', embedding: vector, metadata: { tags: ['before'] } };
  const list = [document];
  const adding = service.addDocuments(list);
  vector[0] = 9;
  document.content = 'after';
  document.metadata.tags[0] = 'after';
  list.push({ id: 'b' });
  await adding;
  assert.deepEqual(await service.getDocument('a'), { id: 'a', content: 'before', embedding: Float32Array.of(1, 0), metadata: { tags: ['before'] } });
  const [hit] = await service.search([1, 0]);
  hit.metadata.tags.push('mine');
  hit.metadata.more = 1;
  assert.deepEqual((await service.getDocument('a')).metadata, { tags: ['before'] });
  await service.dispose();
});

test('27: numbers that another thread writes meanwhile are judged as they are kept: NOT_FINITE, or finite in the collection', async () => {
  const numbers = new Float32Array(new SharedArrayBuffer(4 * 4096)), stop = new Int32Array(new SharedArrayBuffer(4));
  const mutator = new Worker(new URL('./mutator.worker.mjs', import.meta.url), { workerData: { numbers, stop } });
  await once(mutator, 'message');
  const seen = { refused: 0, kept: 0 };
  try {
    for (const implementation of ['js', 'simd']) {
      const service = createVectorSearch({ implementation, dimensions: 4096 });
      for (let i = 0; i < 2000 && !(i >= 300 && seen.refused > 20 && seen.kept > 20); i++) {
        const outcome = await service.addDocuments([{ id: 'shared', embedding: numbers }]).then(() => 'kept', ({ code }) => code);
        const asked = await service.search(numbers).then(() => 'kept', ({ code }) => code);
        for (const one of [outcome, asked]) assert.ok(one === 'kept' || one === 'NOT_FINITE', one);
        seen[outcome === 'kept' ? 'kept' : 'refused']++;
        const kept = await service.getDocument('shared');
        assert.ok(kept === undefined || kept.embedding.every(Number.isFinite));
      }
      await service.dispose();
    }
  } finally {
    Atomics.store(stop, 0, 1);
    await once(mutator, 'exit');
  }
  assert.ok(seen.refused > 0 && seen.kept > 0, `the other thread did write: ${JSON.stringify(seen)}`);
});

test('embed: texts that need vectors are embedded together, the order of calls holds, lexical documents need none', async () => {
  const asked = [];
  const embed = async (texts) => { asked.push(texts); await sleep(10); return texts.map((text) => Float32Array.of(text.length, 1)); };
  const service = js({ embed });
  const adding = service.addDocuments([{ id: 'a', content: 'xx' }, { id: 'b', embedding: [5, 1] }, { id: 'c', content: 'xxxx' }]);
  const counting = service.count();
  const removing = service.removeDocuments(['b']);
  const after = service.searchByText('xx');
  assert.equal(await counting, 3, 'count was called after the add');
  await adding;
  await removing;
  assert.deepEqual(asked, [['xx', 'xxxx'], ['xx']]);
  assert.deepEqual((await after).map(({ id }) => id), ['a', 'c']);
  assert.deepEqual((await service.getDocument('c')).embedding, Float32Array.of(4, 1));
  const hybrid = await service.searchByText('xxxx', { hybrid: {} });
  assert.equal(hybrid[0].id, 'c');
  await service.dispose();
});

test('embed: several searches are embedded at the same time', async () => {
  let running = 0, most = 0;
  const embed = async (texts) => { most = Math.max(most, ++running); await sleep(5); running--; return texts.map(() => Float32Array.of(1, 1)); };
  const service = js({ embed });
  await Promise.all(Array.from({ length: 8 }, () => service.searchByText('x')));
  assert.equal(most, 8);
  await service.dispose();
});

test('embed: a hook that fails, lies or never answers is an error with a code, and the service goes on', async () => {
  const answers = [async () => { throw new Error('no model'); }, () => { throw new Error('at once'); }, async () => 'nonsense', async () => [], async () => [[1, 'x']], async () => [Float32Array.of(NaN, 1)], async () => [new Float32Array(0)], async () => [[1, 2, 3]]];
  const service = js({ dimensions: 2, embed: (...args) => answers[0](...args) });
  const codes = [];
  while (answers.length > 0) {
    codes.push(await service.addDocuments([{ id: 'a', content: 'x' }]).then(() => 'done', (error) => error.code));
    answers.shift();
  }
  assert.deepEqual(codes, ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'NOT_FINITE', 'DIMENSION_MISMATCH', 'DIMENSION_MISMATCH']);
  let told;
  answers.push((_, signal) => new Promise(() => { told = signal; }));
  await assert.rejects(service.searchByText('x', { timeoutMs: 10 }), { code: 'TIMEOUT' });
  assert.ok(told.aborted, 'the hook hears of it');
  const controller = new AbortController();
  const stopped = service.searchByText('x', { signal: controller.signal });
  controller.abort();
  await assert.rejects(stopped, { code: 'ABORTED' });
  const forever = service.searchByText('x').then(() => 'done', (error) => error.code);
  const behind = service.count().then(() => 'done', (error) => error.code);
  await service.dispose();
  assert.deepEqual([await forever, await behind], ['DISPOSED', 'DISPOSED']);
});

test('documents of text alone: searched by words, not by vectors, and not mixed with vectors in silence', async () => {
  const service = js();
  await service.addDocuments([{ id: 'a', content: 'red fox' }, { id: 'b', content: 'blue whale' }]);
  assert.deepEqual((await service.searchByText('foxes')).map(({ id }) => id), ['a']);
  await assert.rejects(service.search([1, 2]), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(service.findSimilar('a'), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(service.addDocuments([{ id: 'c', embedding: [1, 2] }]), { code: 'INVALID_ARGUMENT' });
  const other = js();
  await other.load(await service.save());
  assert.deepEqual((await other.searchByText('whale')).map(({ id }) => id), ['b']);
  await service.clear();
  await service.addDocuments([{ id: 'c', embedding: [1, 2] }]);
  await assert.rejects(service.addDocuments([{ id: 'd', content: 'no vector' }]), (error) => error.code === 'INVALID_ARGUMENT' && /embed/.test(error.message));
  await Promise.all([service.dispose(), other.dispose()]);
});

test('storage that fails takes nothing half: the write is refused, what stood still stands', async () => {
  for (const how of ['quota', 'io', 'torn']) {
    const directory = mkdtempSync(join(tmpdir(), 'vector-service-'));
    try {
      const service = js({ storage: { directory } });
      await service.addDocuments(documents(1, 30, D));
      const before = await everything(service, query);
      for (const change of [() => service.addDocuments([...documents(2, 3, D), ...documents(2, 3, D, 'x')]), () => service.removeDocuments(['d1']), () => service.updateMetadata('d1', { n: 99 }), () => service.clear()]) {
        faults.failStorageAfter('vector', 0, how);
        await assert.rejects(change(), (error) => error instanceof ServiceError);
        assert.deepEqual(await everything(service, query), before, how);
      }
      await service.addDocuments(documents(4, 2, D, 'later')).catch((error) => assert.ok(error instanceof ServiceError));
      const stands = await everything(service, query);
      await service.dispose();
      const again = js({ storage: { directory } });
      await again.ready();
      assert.deepEqual(await everything(again, query), stands, how);
      await again.dispose();
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
});

test('a reopened collection is the one that was closed: places, removals, dead slots of undone calls, a checkpoint in between', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vector-service-'));
  try {
    let service = js({ storage: { directory }, index: 'flat' });
    const model = js({ index: 'flat' });
    const apply = async (change) => { await change(service); await change(model); };
    await apply((s) => s.addDocuments(documents(1, 100, D)));
    await apply((s) => s.removeDocuments(['d3', 'd99']));
    await service.addVectors(Array.from({ length: 150_000 }, (_, i) => `v${i}`), rows(2, 150_000, D), { timeoutMs: 15 }).catch((error) => assert.equal(error.code, 'TIMEOUT'));
    await apply((s) => s.addDocuments([...documents(5, 10, D), ...documents(6, 10, D, 'x')]));
    await apply((s) => s.updateMetadata('d4', { n: -4 }));
    for (let round = 0; round < 3; round++) {
      await service.dispose();
      service = js({ storage: { directory }, index: 'flat' });
      await service.ready();
      assert.deepEqual(await everything(service, query), await everything(model, query), `round ${round}`);
      if (round === 0) await apply((s) => s.compact());
      if (round === 1) { const bytes = await model.save(); await apply((s) => s.load(bytes)); }
      await apply((s) => s.addDocuments(documents(7 + round, 2, D, `r${round}`)));
    }
    const second = js({ storage: { directory } });
    await assert.rejects(second.ready(), { code: 'BUSY' });
    await Promise.all([service.dispose(), second.dispose(), model.dispose()]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('32: load keeps what it had when the file is damaged, foreign or of other dimensions', async () => {
  const service = js({ dimensions: D });
  await service.addDocuments(documents(1, 20, D));
  const before = await everything(service, query);
  const bytes = await service.save();
  const other = js();
  await other.addDocuments([{ id: 'x', embedding: [1, 2] }]);
  const foreign = await other.save();
  const damaged = bytes.slice();
  damaged[damaged.length >> 1] ^= 1;
  for (const [file, code] of [[damaged, 'CORRUPT'], [new Uint8Array(100), 'CORRUPT'], [bytes.subarray(0, 80), 'CORRUPT'], [foreign, 'DIMENSION_MISMATCH']]) {
    await assert.rejects(service.load(file), { code });
    assert.deepEqual(await everything(service, query), before);
  }
  await Promise.all([service.dispose(), other.dispose()]);
});

test('rows saved in one encoding are loaded into another', async () => {
  const wide = js({ index: 'flat', quantization: 'int8', rescore: false });
  await wide.addDocuments(documents(1, 20, D));
  const plain = js({ index: 'flat' });
  await plain.load(await wide.save());
  assert.deepEqual((await plain.getDocument('d3')).embedding, (await wide.getDocument('d3')).embedding);
  const back = js({ index: 'flat', quantization: 'int8', rescore: false });
  await back.load(await plain.save());
  assert.deepEqual(await back.list(), await wide.list());
  await Promise.all([wide.dispose(), plain.dispose(), back.dispose()]);
});

test('30: a thousand rounds of adding and removing do not pile up dead rows', async () => {
  let probe;
  const churned = createWith({ implementation: 'js', index: 'flat' }, { sink: { call: () => undefined, event: () => undefined }, attach: (_, given) => { probe = given; } });
  await churned.addDocuments(documents(0, 500, D));
  const least = probe.memoryBytes();
  for (let round = 1; round < 60; round++) {
    await churned.addDocuments(documents(round, 500, D, `r${round}-`));
    await churned.removeDocuments(Array.from({ length: 500 }, (_, i) => (round === 1 ? `d${i}` : `r${round - 1}-${i}`)));
  }
  assert.equal(churned.size, 500);
  assert.ok(probe.memoryBytes() < 20 * least, `${probe.memoryBytes()} bytes after churn, ${least} before`);
  await probe.check();
  await churned.dispose();
});

test('every public call is one record of the sink, with its error code', async () => {
  const { service, calls } = watched({ implementation: 'js' });
  await service.addDocuments(documents(1, 3, D));
  await service.search(query);
  await service.search([1]).catch(() => undefined);
  await service.searchByText(5).catch(() => undefined);
  assert.deepEqual(calls.map(({ operation, error, variant }) => [operation, error, variant]), [['addDocuments', undefined, 'js'], ['search', undefined, 'js'], ['search', 'DIMENSION_MISMATCH', 'js'], ['searchByText', 'INVALID_ARGUMENT', 'js']]);
  assert.ok(calls.every(({ durationMs }) => durationMs >= 0));
  await service.dispose();
});

test('arguments that throw while they are read are errors with a code', async () => {
  const service = js();
  const trapped = { get id() { throw new TypeError('mine'); } };
  await assert.rejects(service.addDocuments([trapped]), (error) => error instanceof ServiceError);
  const detached = new Float32Array(4);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  await assert.rejects(service.addDocuments([{ id: 'a', embedding: detached }]), { code: 'DIMENSION_MISMATCH' });
  await assert.rejects(service.addDocuments([{ id: 'a', embedding: [1n, 2n] }]), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(service.addDocuments([{ id: 'a', embedding: [1, , 2] }]), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(service.addDocuments([{ id: 'a', embedding: [1e39, 2] }]), { code: 'NOT_FINITE' });
  await assert.rejects(service.addDocuments([{ id: 'x'.repeat(70_000), embedding: [1, 2] }]), { code: 'TOO_LARGE' });
  assert.equal(service.size, 0);
  await service.dispose();
});
