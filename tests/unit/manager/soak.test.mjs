// Many lives of one manager: handles, listeners and memory come back to where they were (FAULTS 9).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVectorSearch, createWASMServices } from '../../../js/dist/index.js';

/** Bytes per round that the engine's own housekeeping (feedback, compiled code) may leave; a kept service holds far more. */
const NOISE = 4096;
/** SOAK_ROUNDS for a longer or shorter run. */
const ROUNDS = Number(process.env.SOAK_ROUNDS ?? 1000);

async function live(services, host = 'inline') {
  await services.initialize({ host, vectorSearch: { dimensions: 64 } });
  const vectors = services.getVectorSearch();
  await vectors.addVectors(['a', 'b'], new Float32Array(128).fill(1));
  assert.equal((await vectors.search(new Float32Array(64).fill(1))).length, 2);
  await services.dispose();
}

const settled = async () => { for (let i = 0; i < 3; i++) { globalThis.gc?.(); await new Promise((resolve) => setImmediate(resolve)); } };
const handles = () => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').sort().join();
const listeners = () => process.eventNames().map((name) => process.listenerCount(name)).reduce((a, b) => a + b, 0);
const held = () => { const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers; };

test(`9: ${ROUNDS} times initialize, use, dispose: no handle, listener or memory is left behind`, async () => {
  const services = createWASMServices();
  for (let i = 0; i < 30; i++) await live(services); // what grows once (caches, compiled code) grows here
  await settled();
  const before = { handles: handles(), listeners: listeners(), held: held() };
  for (let i = 0; i < ROUNDS; i++) await live(services);
  await settled();
  assert.equal(handles(), before.handles);
  assert.equal(listeners(), before.listeners);
  if (globalThis.gc) {
    const perRound = (held() - before.held) / ROUNDS;
    assert.ok(perRound < NOISE, `${Math.round(perRound)} bytes stay behind after each round`);
  }
});

test('9: 20 times in a worker: every thread ends with its service', async () => {
  const services = createWASMServices();
  await live(services, 'worker');
  await settled();
  const before = { handles: handles(), listeners: listeners() };
  for (let i = 0; i < 20; i++) await live(services, 'worker');
  await settled();
  assert.deepEqual({ handles: handles(), listeners: listeners() }, before);
});

/** How many of 200 services are collected that nobody disposes of, of those that `keep` lets go. */
async function collected(keep) {
  let gone = 0;
  const registry = new FinalizationRegistry(() => { gone++; });
  for (let i = 0; i < 200; i++) {
    const vectors = createVectorSearch({ host: 'inline', implementation: i % 2 ? 'js' : 'simd' });
    registry.register(vectors, undefined);
    await vectors.addVectors(['a', 'b'], new Float32Array(128).fill(i + 1));
    keep(vectors);
  }
  for (let i = 0; i < 20 && gone < 190; i++) await settled();
  return gone;
}

test('20: forgotten without dispose: services and the memories of their instances are collected all the same (FAULTS 20)', async () => {
  assert.ok(globalThis.gc, 'run with --expose-gc');
  await collected(() => undefined);
  await settled();
  const { external } = process.memoryUsage();
  const gone = await collected(() => undefined);
  assert.ok(gone >= 190, `${gone} of 200`);
  await settled();
  assert.ok(process.memoryUsage().external - external < 200 * 64 * 1024, 'not even one page of memory for each is left');
});

test('20 control: services that are held on to are not collected', async () => {
  const kept = [];
  const gone = await collected((vectors) => kept.push(vectors));
  assert.equal(gone, 0, `${kept.length} are kept`);
  await Promise.all(kept.map((vectors) => vectors.dispose()));
});

test('9 control: one kept vector search per round is seen', async () => {
  if (!globalThis.gc) return;
  const kept = [];
  await settled();
  const before = held();
  for (let i = 0; i < 20; i++) {
    const services = createWASMServices();
    await services.initialize({ vectorSearch: { dimensions: 64 } });
    await services.getVectorSearch().addVectors(['a'], new Float32Array(64).fill(1));
    kept.push(services);
  }
  await settled();
  assert.ok((held() - before) / 20 > 2 * NOISE);
  for (const services of kept) await services.dispose();
});

/** A call on every service, some of what they gave kept by nobody. */
async function liveAll(services, host) {
  await services.initialize({ host });
  await services.getVectorSearch().addVectors(['a'], new Float32Array(64).fill(1));
  await services.getSQLiteUtils().executeQuery('CREATE TABLE t (a)');
  await services.getComputeEngine().matmul({ data: new Float64Array([2]), rows: 1, cols: 1 }, { data: new Float64Array([3]), rows: 1, cols: 1 }, { keep: true });
  assert.equal((await services.getDataProcessor().load([{ a: 1 }])).rowCount, 1);
  await services.dispose();
}

for (const [host, rounds] of [['inline', ROUNDS / 10], ['worker', 10]]) {
  test(`9: ${rounds} times all four services (${host}): no handle, listener, worker or memory is left behind`, async () => {
    const services = createWASMServices();
    for (let i = 0; i < (host === 'inline' ? 30 : 4); i++) await liveAll(services, host);
    await settled();
    const before = { handles: handles(), listeners: listeners(), held: held() };
    for (let i = 0; i < rounds; i++) await liveAll(services, host);
    await settled();
    assert.deepEqual([handles(), listeners()], [before.handles, before.listeners]);
    if (globalThis.gc && host === 'inline') {
      const perRound = (held() - before.held) / rounds;
      assert.ok(perRound < 4 * NOISE, `${Math.round(perRound)} bytes stay behind after each round`);
    }
  });
}
