// A load that fails, seen through the public service on Node (FAULTS 1, 3, 4, 6, 68): JavaScript answers the same, with one event;
// pinned, or with requireWasm, it is the caller's error; the next service is as if nothing had been.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVectorSearch, createWASMServices, wasmDetector } from '../../js/dist/index.js';
import { faults } from '../../js/dist/testing.js';
import { availableVariants } from '../../js/dist/loader/index.js';
import { createManager } from '../../js/dist/manager.js';

const HOW = { status: 'WASM_FETCH', html: 'WASM_FETCH', truncated: 'WASM_COMPILE' };
const DIMENSIONS = 24;
const vector = (seed) => Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.fround(Math.sin(seed * 17 + i * 3)));

async function answers(vectors) {
  const rows = new Float32Array(100 * DIMENSIONS);
  for (let i = 0; i < 100; i++) rows.set(vector(i), i * DIMENSIONS);
  await vectors.addVectors(Array.from({ length: 100 }, (_, i) => `d${i}`), rows);
  return [await vectors.search(vector(3.5), { maxResults: 7, exact: true }), await vectors.findSimilar('d5', { maxResults: 3, exact: true })];
}

function manager() {
  const events = [];
  return { services: createManager({ call() {}, event: (e) => events.push(e) }), fallbacks: () => events.filter((e) => e.type === 'fallback') };
}

test('1, 3, 4, 6, 68 control: nothing fails, WebAssembly answers, no fallback event', async () => {
  const { services, fallbacks } = manager();
  await services.initialize();
  const vectors = services.getVectorSearch();
  await answers(vectors);
  assert.equal(vectors.info.variant, 'simd');
  assert.equal(fallbacks().length, 0);
  await services.dispose();
});

for (const [how, code] of Object.entries(HOW)) {
  test(`1, 3, 6, 68: a load that ends in '${how}': the same answers from JavaScript, one event, and the next service is on WebAssembly again`, async () => {
    const wasm = createVectorSearch();
    const expected = await answers(wasm);
    assert.equal(wasm.info.variant, 'simd');

    const { services, fallbacks } = manager();
    await services.initialize();
    faults.failNextLoad('vector', how);
    const vectors = services.getVectorSearch();
    assert.deepEqual(await answers(vectors), expected);
    assert.equal(vectors.info.variant, 'js');
    assert.match(vectors.info.rejected.find((r) => r.variant === 'simd').reason, new RegExp(code));
    assert.deepEqual(fallbacks().map((e) => e.data.code), [code]);

    const next = createVectorSearch();
    await next.ready();
    assert.equal(next.info.variant, 'simd');
    await Promise.all([wasm.dispose(), services.dispose(), next.dispose()]);
  });

  test(`1, 3: '${how}' is the caller's error when the variant is pinned, and the next call tries again`, async () => {
    const vectors = createVectorSearch({ implementation: 'simd' });
    faults.failNextLoad('vector', how);
    await assert.rejects(vectors.ready(), { code });
    assert.equal((await answers(vectors))[0].length, 7);
    await vectors.dispose();
  });
}

test('68: requireWasm: a failed load is VARIANT_UNAVAILABLE with its cause, at initialize() when preloaded', async () => {
  const services = createWASMServices();
  faults.failNextLoad('vector', 'status');
  await assert.rejects(services.initialize({ requireWasm: true, preload: ['vector'] }), (e) => e.code === 'VARIANT_UNAVAILABLE' && e.cause.code === 'WASM_FETCH');
  await services.initialize({ requireWasm: true, preload: ['vector'] });
  assert.equal(services.getVectorSearch().info.variant, 'simd');
  await services.dispose();
});

test('a pin that can not run is VARIANT_UNAVAILABLE; the plan says why before anything is loaded', async () => {
  const { hasRelaxedSIMD } = await wasmDetector.detectCapabilities();
  const canRun = hasRelaxedSIMD && availableVariants('vector').includes('relaxed-simd');
  const vectors = createVectorSearch({ implementation: 'relaxed-simd', host: 'inline' });
  assert.deepEqual([vectors.info.loaded, vectors.info.variant], [false, 'relaxed-simd']);
  assert.equal(/can not run/.test(vectors.info.reason), !canRun);
  assert.equal(await vectors.ready().then(() => 'ran', (e) => e.code), canRun ? 'ran' : 'VARIANT_UNAVAILABLE');
  await vectors.dispose();
});
