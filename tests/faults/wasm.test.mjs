// What every WebAssembly service must do with its memory (FAULTS 15, 17, 19), each with its control.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerClient } from '../../js/dist/worker/client.js';
import { PROTOCOL_VERSION } from '../../js/dist/worker/protocol.js';
import { createComputeEngine } from '../../js/dist/compute.js';
import { createDataProcessor } from '../../js/dist/data.js';
import { createSQLiteUtils } from '../../js/dist/sqlite.js';
import { createVectorSearch } from '../../js/dist/vector.js';

test('15 control: a proxy that took answers in the order of its calls would give a call another one\'s answer', async () => {
  let say;
  const sent = [];
  const worker = {
    post(message) { sent.push(message); if (message.t === 'init') say({ t: 'result', id: message.id, value: 0 }); },
    onMessage(listener) { say = listener; queueMicrotask(() => say({ t: 'hello', version: PROTOCOL_VERSION })); },
    onFailure() {}, terminate: async () => undefined, keepAlive() {},
  };
  const client = new WorkerClient({ service: 'vector', start: () => worker });
  await client.start({});
  const answers = Promise.all([client.call('echo', ['a']), client.call('echo', ['b'])]);
  const calls = sent.filter(({ t }) => t === 'call');
  for (const { id, args } of calls.toReversed?.() ?? [...calls].reverse()) say({ t: 'result', id, value: args[0] });
  assert.deepEqual(await answers, ['a', 'b']);
  assert.deepEqual(calls.map(({ args }) => args[0]).reverse(), ['b', 'a'], 'as they arrived');
  client.terminate();
});

test('17 control: a view that was stored loses its memory when that grows', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const stored = new Uint8Array(memory.buffer);
  memory.grow(1);
  assert.equal(stored.length, 0);
});

const growing = [1, 10, 1000, 60_000, 3, 400_000, 7, 1_500_000];
const numbers = (n) => Float64Array.from({ length: n }, (_, i) => Math.sin(i) * 1000);
const GROWING = {
  async compute(implementation) {
    const service = createComputeEngine({ implementation, host: 'inline' }), out = [];
    for (const n of growing) {
      const kept = await service.upload({ data: numbers(n), rows: 1, cols: n });
      out.push([...(await service.sort(numbers(n))).subarray(0, 5)], (await kept.download()).data.at(-1));
    }
    await service.dispose();
    return out;
  },
  async data(implementation) {
    const service = createDataProcessor({ implementation, host: 'inline' }), out = [], kept = [];
    for (const n of growing) {
      const table = await service.load({ x: numbers(n), s: Array.from({ length: Math.min(n, 50_000) }, (_, i) => `s${i}`).concat(Array(Math.max(0, n - 50_000)).fill('rest')) });
      kept.push(table);
      out.push((await (await table.filter('x > 900')).column('s')).length, (await kept[0].toRows())[0]);
    }
    await service.dispose();
    return out;
  },
  async vector(implementation) {
    const service = createVectorSearch({ implementation, host: 'inline', index: 'flat', dimensions: 64 }), out = [];
    for (const [at, n] of [1, 50, 3000, 9, 12_000].entries()) {
      await service.addVectors(Array.from({ length: n }, (_, i) => `${at}:${i}`), Float32Array.from({ length: n * 64 }, (_, i) => Math.fround(Math.sin(i + at))));
      out.push(await service.search(new Float32Array(64).fill(1), { maxResults: 3, exact: true }), (await service.getDocument('0:0')).embedding.slice(0, 4));
    }
    await service.dispose();
    return out;
  },
};
for (const [name, run] of Object.entries(GROWING)) {
  test(`17: ${name}: memory that grows in the middle of calls leaves no stale view: every answer is JavaScript's`, async () => {
    assert.deepEqual(await run('simd'), await run('js'));
  });
}
test('17: sqlite: values of every size come back as they went in while its memory grows', async () => {
  const db = createSQLiteUtils({ implementation: 'simd', host: 'inline' });
  await db.executeQuery('CREATE TABLE t (n INTEGER, a BLOB, s TEXT)');
  for (const n of growing) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 7) % 251);
    await db.executeQuery('INSERT INTO t VALUES (?, ?, ?)', [n, bytes, 'é'.repeat(n % 5000)]);
    const { rows } = await db.executeQuery('SELECT a, s FROM t WHERE n = ?', [n]);
    assert.ok(Buffer.from(rows[0].a).equals(Buffer.from(bytes)));
    assert.equal(rows[0].s, 'é'.repeat(n % 5000));
  }
  await db.dispose();
});

test('19: compact() gives the memory of what is gone back. Control: without it the memory stays, however much was freed', async () => {
  const service = createVectorSearch({ implementation: 'simd', host: 'inline', index: 'flat', dimensions: 128 });
  const n = 40_000, names = Array.from({ length: n }, (_, i) => `d${i}`);
  await service.addVectors(names, Float32Array.from({ length: n * 128 }, (_, i) => Math.fround(Math.sin(i))));
  const full = service.memory?.().total ?? service.backend?.memory?.().total;
  await service.removeDocuments(names.slice(100));
  const data = createDataProcessor({ implementation: 'simd', host: 'inline' });
  const small = await data.load({ x: numbers(1000) });
  (await data.load({ x: numbers(4_000_000) })).free();
  const before = data.backend.memoryBytes();
  assert.ok(before > 30 << 20, `control: ${before}`);
  await small.compact();
  assert.ok(data.backend.memoryBytes() < before / 4, `${data.backend.memoryBytes()} of ${before}`);
  assert.equal((await small.column('x')).length, 1000);
  if (full !== undefined) assert.ok(full > 0);
  assert.equal(service.size, 100);
  await Promise.all([service.dispose(), data.dispose()]);
});
