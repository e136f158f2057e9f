// The manager with the real vector search under abuse (FAULTS 7, 8): every promise settles, in time, with a right answer or DISPOSED.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWASMServices } from 'wasm-services';

const DIMENSIONS = 16;
const vector = (seed) => Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(seed * 31 + i));

async function filled(services, host, count = 200) {
  await services.initialize({ host, vectorSearch: { dimensions: DIMENSIONS } });
  const vectors = services.getVectorSearch();
  const rows = new Float32Array(count * DIMENSIONS);
  for (let i = 0; i < count; i++) rows.set(vector(i), i * DIMENSIONS);
  await vectors.addVectors(Array.from({ length: count }, (_, i) => `d${i}`), rows);
  return vectors;
}
const outcome = (promise) => promise.then((value) => ({ value }), (error) => ({ code: error.code, error }));

for (const host of ['inline', 'worker']) {
  test(`8 control: ${host}: a hundred calls in flight without cleanup all give their answer`, async () => {
    const services = createWASMServices();
    const vectors = await filled(services, host);
    const found = await Promise.all(Array.from({ length: 100 }, (_, i) => vectors.search(vector(i), { maxResults: 1 })));
    found.forEach(([hit], i) => assert.equal(hit.id, `d${i}`));
    await services.dispose();
  });

  test(`8: cleanup (${host}) during a hundred calls: each settles in less than a second with its answer or DISPOSED, and re-initialize works`, async () => {
    const services = createWASMServices();
    const vectors = await filled(services, host);
    const late = vectors.addDocuments([{ id: 'late', embedding: vector(999) }]);
    const calls = [late, ...Array.from({ length: 100 }, (_, i) => (i % 3 ? vectors.search(vector(i), { maxResults: 1 }) : vectors.addVectors([`n${i}`], vector(1000 + i))))].map(outcome);
    const began = performance.now();
    services.cleanup();
    assert.throws(() => services.getVectorSearch(), { code: 'DISPOSED' });
    await assert.rejects(vectors.search(vector(1)), { code: 'DISPOSED' });
    for (const { code, error } of await Promise.all(calls)) assert.ok(code === undefined || code === 'DISPOSED', error?.stack);
    assert.ok(performance.now() - began < 1000);
    const again = await filled(services, host);
    assert.equal(again.size, 200);
    assert.equal((await again.search(vector(7), { maxResults: 1 }))[0].id, 'd7');
    await services.dispose();
  });
}

test('8: calls that wait for vectors from `embed` end with DISPOSED', async () => {
  const services = createWASMServices();
  await services.initialize({ vectorSearch: { embed: () => new Promise(() => undefined) } });
  const vectors = services.getVectorSearch();
  const calls = [vectors.addDocuments([{ id: 'a', content: 'never embedded' }]), vectors.count()].map(outcome);
  services.cleanup();
  const settled = await Promise.race([Promise.all(calls), new Promise((resolve) => setTimeout(resolve, 1000, 'late').unref())]);
  assert.notEqual(settled, 'late');
  for (const { code } of settled) assert.equal(code, 'DISPOSED');
});

test('8: property: whatever the order of starts, calls and cleanups, nothing hangs and answers are never wrong', async () => {
  await fc.assert(fc.asyncProperty(
    fc.constantFrom('inline', 'inline', 'inline', 'worker'), fc.array(fc.tuple(fc.constantFrom('start', 'add', 'search', 'cleanup', 'dispose'), fc.boolean()), { minLength: 2, maxLength: 25 }),
    async (host, steps) => {
      const services = createWASMServices();
      const outcomes = [];
      for (const [step, turn] of steps) {
        if (step === 'start') outcomes.push(outcome(services.initialize({ host, vectorSearch: { dimensions: DIMENSIONS } })));
        else if (step === 'cleanup') services.cleanup();
        else if (step === 'dispose') outcomes.push(outcome(services.dispose()));
        else {
          try {
            const vectors = services.getVectorSearch();
            if (step === 'add') outcomes.push(outcome(vectors.addVectors(['only'], vector(5))));
            else outcomes.push(outcome(vectors.search(vector(5)).then((hits) => { for (const hit of hits) assert.equal(hit.id, 'only'); })));
          } catch (error) { outcomes.push(Promise.resolve({ code: error.code, error })); }
        }
        if (turn) await new Promise((resolve) => setImmediate(resolve));
      }
      await services.dispose();
      const late = new Promise((resolve) => setTimeout(resolve, 5000, 'late').unref());
      const settled = await Promise.race([Promise.all(outcomes), late]);
      assert.notEqual(settled, 'late');
      for (const { code, error } of settled) assert.ok([undefined, 'DISPOSED', 'NOT_INITIALIZED'].includes(code), error?.stack);
    },
  ), { seed: 20261121, numRuns: 150 });
});
