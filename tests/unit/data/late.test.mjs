// Tables that a worker makes for calls that were given up meanwhile are freed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDataProcessor as create } from '../../../js/dist/services/data/index.js';

test('what a call made that was given up meanwhile is freed in the worker', async () => {
  let probe;
  const service = create({ host: 'worker', implementation: 'js' }, { sink: { event() {}, call() {} }, attach: (_, given) => { probe = given; } });
  const n = 100_000, csv = `v\n${Array.from({ length: 20_000 }, (_, i) => i).join('\n')}\n`;
  const table = await service.load({ v: Float64Array.from({ length: n }, (_, i) => (i * 7919) % n) });
  const settled = async () => { for (let i = 0; i < 3; i++) (await table.slice(0, 1)).free(); return probe.memoryBytes(); };
  const before = await settled();
  assert.ok(before >= n * 8, String(before));
  let given = 0;
  for (let i = 0; i < 16; i++) {
    const controller = new AbortController(), { signal } = controller;
    const call = [() => table.sort([{ field: 'v' }], { signal }), () => service.load({ w: new Float64Array(n) }, { signal }), () => service.load(csv, { format: 'csv', signal })][i % 3]();
    setTimeout(() => controller.abort(), i >> 1);
    await call.then((made) => { made.free(); }, (error) => { given++; assert.equal(error.code, 'ABORTED'); });
  }
  assert.ok(given > 0, 'some were given up');
  assert.equal(await settled(), before);
  await service.dispose();
});
