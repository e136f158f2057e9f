// Disk is given back in the background: after clear(), and after more than half of a collection was removed.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createVectorSearch } from 'wasm-services/vector';
import { rows } from './service-helpers.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));

const D = 64, N = 1000;
const ids = Array.from({ length: N }, (_, i) => `d${i}`);
const data = rows(1, N, D);
const open = (name, config = {}) => createVectorSearch({ implementation: 'js', host: 'inline', storage: { directory: root }, name, ...config });
// The worker deletes files while this looks: one that went between the list and the look holds nothing.
const stored = (name) => readdirSync(join(root, name)).filter((file) => /^(snapshot|journal)/.test(file)).reduce((sum, file) => sum + (statSync(join(root, name, file), { throwIfNoEntry: false })?.size ?? 0), 0);

/** The stored bytes once they are below the limit, or after a while. */
async function settled(name, limit) {
  const deadline = Date.now() + 5000;
  while (stored(name) > limit && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 10); });
  return stored(name);
}
async function filled(name, config) {
  const service = open(name, config);
  await service.addVectors(ids, data);
  assert.ok(stored(name) > N * D * 4);
  return service;
}

for (const host of ['inline', 'worker']) {
  test(`clear() (${host}): the disk is free soon after, and stays right`, async () => {
    const service = await filled(`clear-${host}`, { host });
    await service.clear();
    assert.ok(await settled(`clear-${host}`, 4096) <= 4096, `${stored(`clear-${host}`)} bytes are left`);
    await service.addVectors(['x'], data.subarray(0, D));
    await service.dispose();
    const again = open(`clear-${host}`);
    assert.deepEqual((await again.list()).map(({ id }) => id), ['x']);
    await again.dispose();
  });
}

test('removing more than half frees its share, and the rest is there after reopening', async () => {
  const service = await filled('most');
  await service.removeDocuments(ids.slice(100));
  const limit = 100 * D * 4 * 2;
  assert.ok(await settled('most', limit) <= limit, `${stored('most')} bytes are left`);
  const before = await service.search(data.subarray(0, D), { maxResults: 20 });
  await service.dispose();
  const again = open('most');
  assert.equal(await again.count(), 100);
  assert.deepEqual(await again.search(data.subarray(0, D), { maxResults: 20 }), before);
  await again.dispose();
});

test('a collection cleared and closed at once is made small after it is opened again', async () => {
  const service = await filled('closed');
  await service.clear();
  await service.dispose();
  const again = open('closed');
  await again.ready();
  assert.ok(await settled('closed', 4096) <= 4096);
  await again.dispose();
});

test('control: removing less than half writes nothing new, and neither does clearing a small collection', async () => {
  const service = await filled('half');
  await service.removeDocuments(ids.slice(600));
  const small = open('small');
  await small.addVectors(ids.slice(0, 10), data.subarray(0, 10 * D));
  await small.clear();
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  assert.ok(stored('half') > N * D * 4);
  assert.deepEqual(readdirSync(join(root, 'small')).filter((file) => file.startsWith('snapshot')), []);
  await Promise.all([service.dispose(), small.dispose()]);
});
