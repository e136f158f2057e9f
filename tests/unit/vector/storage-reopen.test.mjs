// A collection in a directory through the public service: the graph is stored with it and not built again; faults refuse one call and leave the rest.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createVectorSearch } from 'wasm-services/vector';
import { faults } from 'wasm-services/testing';
import { random, readSnapshot } from './storage-samples.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));

const DIMENSIONS = 16;
function rows(count, seed) {
  const next = random(seed);
  return Float32Array.from({ length: count * DIMENSIONS }, () => next() - 0.5);
}
const ids = (from, count) => Array.from({ length: count }, (_, i) => `d${from + i}`);

test('an HNSW collection reopens with its graph: nothing is built again, answers are the same', async () => {
  const open = () => createVectorSearch({ index: 'hnsw', implementation: 'js', storage: { directory: root }, name: 'graph' });
  const first = open();
  const data = rows(1500, 1);
  await first.addVectors(ids(0, 1500), data);
  const folder = join(root, 'graph');
  const snapshot = () => {
    const name = readdirSync(folder).find((file) => file.startsWith('snapshot'));
    try {
      return name && readSnapshot(new Uint8Array(readFileSync(join(folder, name))));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      return undefined; // the next one took its place meanwhile
    }
  };
  const deadline = Date.now() + 60_000;
  while (!snapshot()?.graph && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 20); });
  const queries = data.slice(0, 20 * DIMENSIONS);
  const before = await first.searchBatch(queries);
  await first.dispose();
  assert.ok(snapshot().graph.length > 1500, 'the graph is in the snapshot');

  const again = open();
  await again.ready();
  assert.equal(again.size, 1500);
  assert.match(again.info.index, /^hnsw/, 'the graph answers at once');
  assert.deepEqual(await again.searchBatch(queries), before);
  await again.dispose();
});

for (const how of ['quota', 'io', 'torn']) {
  test(`a storage that fails (${how}) refuses that call alone; the rest is there after reopening`, async () => {
    const open = () => createVectorSearch({ storage: { directory: root }, name: `fault-${how}` });
    const first = open();
    await first.addVectors(ids(0, 10), rows(10, 2));
    faults.failStorageAfter('vector', 0, how);
    await assert.rejects(first.addVectors(ids(10, 5), rows(5, 3)), { code: how === 'quota' ? 'QUOTA' : 'STORAGE_IO' });
    assert.equal(first.size, 10);
    await first.addVectors(ids(20, 5), rows(5, 4));
    await first.removeDocuments(['d0']);
    const before = await first.list();
    await first.dispose();
    const again = open();
    assert.deepEqual(await again.list(), before);
    assert.deepEqual(before.map((d) => d.id), [...ids(1, 9), ...ids(20, 5)]);
    await again.dispose();
  });
}
