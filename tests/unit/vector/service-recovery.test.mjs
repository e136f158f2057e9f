// After a trap the instance is replaced, the call is repeated, and nobody can tell by the answers. Real traps in the shipped artifact.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeFault } from '../../../js/dist/faults.js';
import { createVectorSearch as createWith } from '../../../js/dist/services/vector/index.js';
import { VectorStore } from '../../../js/dist/services/vector/storage/store.js';
import { faults } from '../../../js/dist/testing.js';
import { createVectorSearch } from '../../../js/dist/vector.js';
import { documents, everything, later, quietly, rows, watched } from './service-helpers.mjs';

const D = 24;
const query = rows(99, 1, D);

async function pair(config = {}) {
  const hit = watched({ implementation: 'simd', index: 'flat', ...config });
  const model = createVectorSearch({ implementation: 'simd', index: 'flat', ...config });
  for (const service of [hit.service, model]) {
    await service.addDocuments(documents(1, 60, D));
    await service.removeDocuments(['d5', 'd6', 'd59']);
    await service.searchByText('word1');
  }
  return { ...hit, model };
}

const CALLS = {
  addDocuments: (s) => s.addDocuments(documents(2, 5, D, 'new')),
  'addDocuments that replaces': (s) => s.addDocuments([...documents(3, 30, D), ...documents(4, 3, D, 'x')]),
  addVectors: (s) => s.addVectors(['v1', 'd1'], rows(5, 2, D)),
  removeDocuments: (s) => s.removeDocuments(['d0', 'd7']),
  removeWhere: (s) => s.removeWhere({ n: { $gte: 40 } }),
  search: (s) => s.search(query),
  'search with a filter': (s) => s.search(query, { filters: { n: { $lt: 20 } }, includeEmbedding: true }),
  searchBatch: (s) => s.searchBatch(rows(7, 3, D)),
  'hybrid search': (s) => s.search(query, { text: 'word2', mmr: 0.5 }),
  findSimilar: (s) => s.findSimilar('d9'),
  getDocument: (s) => s.getDocument('d9'),
  list: (s) => s.list({ limit: 3 }),
  save: async (s) => (await s.save()).length,
  compact: (s) => s.compact(),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`16: ${name}: a trap inside is not seen from outside`, async () => {
    const { service, model, types } = await pair();
    const expected = await call(model);
    faults.trapNextCall('vector');
    assert.deepEqual(await call(service), expected);
    assert.deepEqual(types().filter((type) => type === 'recovery'), ['recovery'], 'the trap happened, and was told once');
    assert.deepEqual(await everything(service, query), await everything(model, query));
    assert.equal(service.info.variant, 'simd');
    await Promise.all([service.dispose(), model.dispose()]);
  });
}

for (const quantization of ['int8', 'f16', 'binary']) {
  test(`rows without f32 copies come over unchanged (${quantization})`, async () => {
    const { service, model } = await pair({ quantization, rescore: false });
    faults.trapNextCall('vector');
    await service.search(query);
    assert.deepEqual(await everything(service, query), await everything(model, query));
    await Promise.all([service.dispose(), model.dispose()]);
  });
}

test('a query that its owner changes meanwhile is answered as it was', async () => {
  const { service, model } = await pair();
  const own = query.slice();
  faults.trapNextCall('vector');
  const pending = service.search(own);
  own.fill(0);
  assert.deepEqual(await pending, await model.search(query));
  await Promise.all([service.dispose(), model.dispose()]);
});

test('calls made during the replacement wait for it, in order', async () => {
  const { service, model } = await pair();
  faults.trapNextCall('vector');
  const results = await Promise.all([service.search(query), service.addDocuments(documents(8, 2, D, 'late')), service.count(), service.search(query)]);
  const expected = [await model.search(query), await model.addDocuments(documents(8, 2, D, 'late')), await model.count(), await model.search(query)];
  assert.deepEqual(results, expected);
  await Promise.all([service.dispose(), model.dispose()]);
});

test("a call that traps twice is answered by JavaScript under 'auto', with one event and one line on the console", async () => {
  const { service, events } = watched({ index: 'flat' });
  await service.addDocuments(documents(1, 50, D));
  const expected = await service.search(query);
  assert.equal(service.info.variant, 'simd');
  const { value, lines } = await quietly(async () => {
    faults.trapNextCall('vector');
    faults.trapNextCall('vector');
    return service.search(query);
  });
  assert.deepEqual(value, expected);
  assert.equal(service.info.variant, 'js');
  assert.match(service.info.reason, /trapped/);
  assert.equal(service.info.rejected[0].variant, 'simd');
  assert.equal(events.filter(({ type }) => type === 'fallback').length, 1);
  assert.equal(lines.length, 1);
  assert.equal(service.size, 50);
  await service.dispose();
});

test('14: a minute after JavaScript took over, WebAssembly is tried again', async () => {
  const { service, types } = watched({ index: 'flat' });
  await service.addDocuments(documents(1, 50, D));
  await service.removeDocuments(['d7']);
  const expected = await everything(service, query);
  await quietly(async () => { faults.trapNextCall('vector'); faults.trapNextCall('vector'); await service.count(); await service.search(query); });
  assert.equal(service.info.variant, 'js');
  await later(61_000, async () => {
    await service.search(query);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await service.ready();
  });
  assert.equal(service.info.variant, 'simd');
  assert.equal(types().at(-1), 'recovery');
  assert.deepEqual(await everything(service, query), expected);
  await service.dispose();
});

test('16: a pinned variant never falls back: a call that traps twice fails with a code, and the next one is right', async () => {
  let armed = true;
  const events = [];
  const sink = {
    call: () => undefined,
    event(event) {
      events.push(event.type);
      // The repetition of the call, right after the replacement, traps again.
      if (event.type === 'recovery' && armed) { armed = false; faults.trapNextCall('vector'); }
    },
  };
  const service = createWith({ implementation: 'simd', index: 'flat' }, { sink, attach: () => undefined });
  await service.addDocuments(documents(1, 50, D));
  const expected = await service.search(query);
  faults.trapNextCall('vector');
  await assert.rejects(service.search(query), { code: 'INSTANCE_POISONED' });
  assert.deepEqual(await service.search(query), expected);
  assert.equal(service.info.variant, 'simd');
  assert.deepEqual(events.filter((type) => type === 'recovery' || type === 'fallback'), ['recovery', 'recovery']);
  await service.dispose();
});

test('an artifact that traps whatever it is asked: an error with a code, on every call, and no endless loop', async () => {
  const service = createVectorSearch({ implementation: 'simd', index: 'flat' });
  await service.addDocuments(documents(1, 5, D));
  try {
    for (let i = 0; i < 20; i++) faults.trapNextCall('vector');
    await assert.rejects(service.search(query), { code: 'INSTANCE_POISONED' });
    await assert.rejects(service.addDocuments(documents(2, 1, D)), { code: 'INSTANCE_POISONED' });
  } finally {
    while (takeFault('vector', 'trap'));
  }
  await service.dispose();
});

/** A clock that leaps, so that every progress is told and every pause is taken. */
async function withLeapingClock(work) {
  const original = performance.now;
  const real = original.bind(performance);
  let leaps = 0;
  performance.now = () => real() + 150 * ++leaps;
  try { return await work(); } finally { performance.now = original; }
}

for (const [name, index] of [['rows', 'flat'], ['rows and links', 'hnsw']]) {
  test(`16: a trap at any place of an add that replaces and appends: done whole, or not at all (${name})`, async () => {
    for (const place of [1, 2, 7, 25, 31]) {
      for (const stopped of [false, true]) {
        const { service, model, types } = await pair({ index });
        const before = await everything(model, query);
        const batch = [...documents(3, 30, D), ...documents(4, 9, D, 'x')];
        const controller = new AbortController();
        let told = 0;
        const onProgress = () => {
          if (++told !== place) return;
          faults.trapNextCall('vector');
          if (stopped) controller.abort();
        };
        const outcome = await withLeapingClock(() => service.addDocuments(batch, { onProgress, signal: controller.signal })).then(() => 'done', ({ code }) => code);
        while (takeFault('vector', 'trap'));
        if (outcome === 'done') await model.addDocuments(batch);
        else assert.equal(outcome, 'ABORTED');
        assert.deepEqual(await everything(service, query), outcome === 'done' ? await everything(model, query) : before, `${place} ${stopped}`);
        if (!stopped && told > place) assert.ok(types().includes('recovery'));
        await Promise.all([service.dispose(), model.dispose()]);
      }
    }
  });
}

/** Makes services whose instances' memory the test can reach, to damage it as no API can. */
async function withMemories(work) {
  const { Instance } = WebAssembly;
  const memories = [];
  WebAssembly.Instance = function (...args) {
    const instance = new Instance(...args);
    if (instance.exports.memory) memories.push(instance.exports.memory);
    return instance;
  };
  WebAssembly.Instance.prototype = Instance.prototype;
  try { return await work(memories); } finally { WebAssembly.Instance = Instance; }
}

/** Flips a bit of every copy of the row in the memories. */
function damage(memories, row) {
  let found = 0;
  for (const { buffer } of memories) {
    const floats = new Float32Array(buffer);
    for (let at = floats.indexOf(row[0]); at >= 0; at = floats.indexOf(row[0], at + 1)) {
      if (row.every((x, i) => floats[at + i] === x)) { floats[at + 1] += 1; found++; }
    }
  }
  assert.ok(found > 0, 'the row was found in memory');
}

test('rows damaged in a trapped instance: an error with a code and a cure on every call, at once, never a wrong answer', async () => {
  await withMemories(async (memories) => {
    const { service } = watched({ index: 'flat' });
    const all = documents(1, 50, D);
    await service.addDocuments(all);
    damage(memories, all[20].embedding);
    faults.trapNextCall('vector');
    await quietly(async () => {
      for (const call of [() => service.search(query), () => service.count(), () => service.addDocuments(documents(2, 1, D))]) {
        await assert.rejects(call(), (error) => error.code === 'INSTANCE_POISONED' && /new service/.test(error.message));
      }
    });
    await service.dispose();
  });
});

test('… and with a durable storage everything comes back from there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vector-recovery-'));
  try {
    await withMemories(async (memories) => {
      const { service } = watched({ index: 'flat', implementation: 'simd', storage: { directory } });
      const all = documents(1, 50, D);
      await service.addDocuments(all);
      const expected = await everything(service, query);
      damage(memories, all[20].embedding);
      faults.trapNextCall('vector');
      await service.search(query);
      assert.deepEqual(await everything(service, query), expected);
      await service.addDocuments(documents(2, 1, D, 'more'));
      assert.equal(service.size, 51);
      await service.dispose();
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Runs `work` with `before` called whenever the store is told of a renumbering. */
async function beforeCompaction(before, work) {
  const { append } = VectorStore.prototype;
  VectorStore.prototype.append = function (records) {
    if (records.some(({ type }) => type === 'compact')) before();
    return append.call(this, records);
  };
  try { return await work(); } finally { VectorStore.prototype.append = append; }
}

/** A stored collection of a few documents and thousands of dead slots, which the next change has compacted away. */
async function withDeadSlots(work) {
  const directory = mkdtempSync(join(tmpdir(), 'vector-compaction-'));
  const open = () => watched({ index: 'flat', implementation: 'simd', storage: { directory } });
  try {
    const { service, events } = open();
    await service.addDocuments(documents(1, 9, D));
    faults.failStorageAfter('vector', 0, 'quota');
    await assert.rejects(service.addDocuments(documents(2, 5000, D, 'undone')), { code: 'QUOTA' });
    const model = createVectorSearch({ index: 'flat', implementation: 'simd' });
    await model.addDocuments(documents(1, 9, D));
    await work({ service, model, events });
    assert.deepEqual(await everything(service, query), await everything(model, query), 'while it is open');
    await service.dispose();
    const again = open().service;
    await again.ready();
    assert.deepEqual(await everything(again, query), await everything(model, query), 'opened again');
    await Promise.all([again.dispose(), model.dispose()]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a trap while dead slots are compacted away after an add: the add is done once, also on the disk', async () => {
  for (const traps of [0, 1]) {
    await withDeadSlots(async ({ service, model }) => {
      let compactions = 0;
      await beforeCompaction(() => { if (compactions++ === 0 && traps > 0) faults.trapNextCall('vector'); }, () => service.addDocuments(documents(3, 4, D, 'new')));
      assert.ok(compactions > 0, 'dead slots were compacted away');
      assert.equal(takeFault('vector', 'trap'), undefined, 'the trap happened');
      assert.equal(service.info.variant, 'simd');
      await model.addDocuments(documents(3, 4, D, 'new'));
    });
  }
});

test('compact() that traps again and again fails with a code, and what is added afterwards is read back right', async () => {
  await withDeadSlots(async ({ service, model }) => {
    await beforeCompaction(() => { for (let i = 0; i < 10; i++) faults.trapNextCall('vector'); }, () => assert.rejects(service.compact(), { code: 'INSTANCE_POISONED' }));
    while (takeFault('vector', 'trap'));
    await service.addDocuments(documents(3, 4, D, 'new'));
    await model.addDocuments(documents(3, 4, D, 'new'));
  });
});

test('storage that refuses the compaction after a change: the change itself is done and stays', async () => {
  await withDeadSlots(async ({ service, model, events }) => {
    let compactions = 0;
    await beforeCompaction(() => { compactions++; faults.failStorageAfter('vector', 0, 'io'); }, async () => {
      await service.addDocuments(documents(3, 4, D, 'new'));
      assert.equal(await service.removeWhere({ n: 3 }), 2);
    });
    assert.equal(compactions, 2);
    assert.ok(events.some(({ type, message }) => type === 'error' && /compacted/.test(message)));
    await model.addDocuments(documents(3, 4, D, 'new'));
    await model.removeWhere({ n: 3 });
  });
});

test('a removal whose rows came back damaged from a trap still says how many it removed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vector-recovery-'));
  try {
    await withMemories(async (memories) => {
      const { service } = watched({ index: 'flat', implementation: 'simd', storage: { directory } });
      const all = documents(1, 50, D);
      await service.addDocuments(all);
      damage(memories, all[20].embedding);
      faults.trapNextCall('vector');
      assert.equal(await service.removeWhere({ n: { $gte: 40 } }), 10);
      assert.equal(await service.count(), 40);
      await service.dispose();
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('19: compact gives the memory of removed documents back, graph or not', async () => {
  for (const index of ['flat', 'hnsw']) {
    let probe;
    const service = createWith({ implementation: 'simd', index }, { sink: { call: () => undefined, event: () => undefined }, attach: (_, given) => { probe = given; } });
    const count = index === 'flat' ? 12_000 : 2_500;
    const wide = index === 'flat' ? 256 : 1024;
    await service.addVectors(Array.from({ length: count }, (_, i) => `v${i}`), rows(1, count, wide));
    const before = probe.memoryBytes();
    await service.removeDocuments(Array.from({ length: count - 300 }, (_, i) => `v${i}`));
    const wideQuery = rows(5, 1, wide);
    const expected = await service.search(wideQuery, { exact: true });
    await service.compact();
    assert.ok(probe.memoryBytes() < before / 2, `${index}: ${probe.memoryBytes()} bytes after, ${before} before`);
    assert.deepEqual(await service.search(wideQuery, { exact: true }), expected);
    await service.addVectors(['after'], rows(6, 1, wide));
    assert.equal(service.size, 301);
    await service.dispose();
  }
});
