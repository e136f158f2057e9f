// The manager with services that do nothing but live, and with the real ones where that is what is claimed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createManager } from '../../../js/dist/manager.js';
import { createWASMServices, ServiceError } from '../../../js/dist/index.js';
import { fakeRegistry, sleep } from './fakes.mjs';

const GETTERS = ['getVectorSearch', 'getSQLiteUtils', 'getComputeEngine', 'getDataProcessor', 'getPerformanceTracker', 'getObservability'];

test('7 control: of one configuration, fifty calls of initialize at once are one start', async () => {
  const { registry, log } = fakeRegistry({ settle: () => sleep(5) });
  const services = createManager(undefined, registry);
  await Promise.all(Array.from({ length: 50 }, (_, i) => services.initialize(i % 2 ? { preload: ['vector'], vectorSearch: { hnsw: { m: 8 } } } : { vectorSearch: { hnsw: { m: 8 }, name: undefined }, preload: ['vector'] })));
  assert.equal(log.made.length, 1);
  await services.initialize(); // no configuration joins whatever runs
  assert.equal(log.made.length, 1);
});

test('7: another configuration is ALREADY_INITIALIZED, while starting and afterwards, and the first stays', async () => {
  const { registry } = fakeRegistry();
  const services = createManager(undefined, registry);
  const first = services.initialize({ vectorSearch: { dimensions: 3 } });
  await assert.rejects(services.initialize({ vectorSearch: { dimensions: 4 } }), { code: 'ALREADY_INITIALIZED' });
  await first;
  for (const other of [{}, { vectorSearch: { dimensions: 3 }, integrity: true }, { vectorSearch: { dimensions: 3, embed: () => [] } }]) {
    await assert.rejects(services.initialize(other), { code: 'ALREADY_INITIALIZED' });
  }
  await services.initialize({ vectorSearch: { dimensions: 3 } });
  assert.equal(services.getStats().initialized, true);
});

test('a configuration is copied: changing it afterwards changes nothing', async () => {
  const { registry, log } = fakeRegistry();
  const services = createManager(undefined, registry);
  const config = { vectorSearch: { dimensions: 3 } };
  await services.initialize(config);
  config.vectorSearch.dimensions = 4;
  services.getVectorSearch();
  assert.equal(log.made[0].config.dimensions, 3);
});

test('the getters throw NOT_INITIALIZED before and DISPOSED after', async () => {
  const services = createWASMServices();
  for (const getter of GETTERS) assert.throws(() => services[getter](), (e) => e instanceof ServiceError && e.code === 'NOT_INITIALIZED', getter);
  await services.initialize();
  for (const getter of GETTERS) assert.equal(services[getter](), services[getter](), getter);
  services.cleanup();
  services.cleanup();
  for (const getter of GETTERS) assert.throws(() => services[getter](), { code: 'DISPOSED' }, getter);
  await services.initialize();
  assert.ok(services.getVectorSearch());
  await services.dispose();
});

test('cleanup before initialize is nothing: the getters still say NOT_INITIALIZED', () => {
  const services = createWASMServices();
  services.cleanup();
  assert.throws(() => services.getVectorSearch(), { code: 'NOT_INITIALIZED' });
});

test('a service is made on its first use, or at once with preload', async () => {
  const { registry, log } = fakeRegistry();
  const services = createManager(undefined, registry);
  await services.initialize();
  assert.equal(log.made.length, 0);
  services.getVectorSearch();
  assert.equal(log.made.length, 1);
  await assert.rejects(createManager(undefined, registry).initialize({ preload: ['sqlite'] }), { code: 'UNSUPPORTED' });
});

test('what the manager was told reaches the service', async () => {
  const { registry, log } = fakeRegistry();
  const services = createManager(undefined, registry);
  const wasm = () => new URL('https://example.invalid/x.wasm');
  await services.initialize({ implementation: 'js', integrity: true, host: 'inline', wasm });
  services.getVectorSearch();
  const { managerPin, integrity, host, wasm: handed } = log.made[0].context;
  assert.deepEqual([managerPin, integrity, host, handed], ['js', true, 'inline', wasm]);
});

test('getStats counts calls, errors and memory, and answers before initialize too', async () => {
  const { registry } = fakeRegistry();
  const services = createManager(undefined, registry);
  const before = services.getStats();
  assert.deepEqual([before.initialized, before.uptimeMs, Object.keys(before.services).length], [false, 0, 0]);
  assert.equal(typeof before.capabilities.hasSIMD, 'boolean');
  await services.initialize();
  const vectors = services.getVectorSearch();
  vectors.work();
  vectors.work('NOT_FOUND');
  await sleep(5);
  const { initialized, uptimeMs, services: { vector } } = services.getStats();
  assert.ok(initialized && uptimeMs >= 4);
  assert.deepEqual([vector.calls, vector.errors, vector.memoryBytes, vector.variant], [2, 1, 1234, 'js']);
});

test('calls and events reach the sink behind the manager', async () => {
  const heard = [];
  const { registry } = fakeRegistry();
  const services = createManager({ call: (r) => heard.push(r.operation), event: (e) => heard.push(e.type) }, registry);
  await services.initialize();
  services.getVectorSearch().work();
  await services.dispose();
  assert.deepEqual(heard, ['work', 'dispose']);
});

test('a service that its user disposed of is made anew', async () => {
  const { registry, log } = fakeRegistry();
  const services = createManager(undefined, registry);
  await services.initialize();
  const first = services.getVectorSearch();
  await first.dispose();
  assert.notEqual(services.getVectorSearch(), first);
  assert.equal(log.made.length, 2);
});

test('a failed start rejects, leaves nothing behind, and may be tried again', async () => {
  let broken = true;
  const { registry, log } = fakeRegistry({ settle: async () => { if (broken) throw new ServiceError('WASM_FETCH', 'no network'); } });
  const services = createManager({ call() {}, event() {} }, registry);
  await assert.rejects(services.initialize({ preload: ['vector'] }), { code: 'WASM_FETCH' });
  assert.throws(() => services.getVectorSearch(), { code: 'NOT_INITIALIZED' });
  broken = false;
  await services.initialize({ preload: ['vector'] });
  assert.equal(log.made.length, 2);
});

test('a closing that fails is an event, not a rejection', async () => {
  const events = [];
  const { registry } = fakeRegistry({ failDispose: () => new ServiceError('QUOTA', 'disk full') });
  const services = createManager({ call() {}, event: (e) => events.push(e) }, registry);
  await services.initialize({ preload: ['vector'] });
  await services.dispose();
  assert.match(events.find((e) => e.type === 'error').message, /disk full/);
});

test('initialize waits for a closing that is under way', async () => {
  const order = [];
  const { registry } = fakeRegistry({ settle: async (what) => { if (what === 'dispose') await sleep(20); order.push(what); } });
  const services = createManager(undefined, registry);
  await services.initialize({ preload: ['vector'] });
  services.cleanup();
  await services.initialize({ preload: ['vector'] });
  assert.deepEqual(order, ['ready', 'dispose', 'ready']);
});

test('Symbol.asyncDispose is dispose, and its lack (Safari) is no error', async () => {
  const { execFileSync } = await import('node:child_process');
  const services = createWASMServices();
  assert.equal(typeof services[Symbol.asyncDispose], 'function');
  await services.initialize();
  await services[Symbol.asyncDispose]();
  assert.throws(() => services.getVectorSearch(), { code: 'DISPOSED' });
  const entry = new URL('../../../js/dist/index.js', import.meta.url).href;
  const program = `const real = Symbol; globalThis.Symbol = Object.assign((name) => real(name), { iterator: real.iterator, asyncIterator: real.asyncIterator, toStringTag: real.toStringTag, for: real.for });
    const { createWASMServices } = await import(${JSON.stringify(entry)});
    const s = createWASMServices(); await s.initialize(); await s.dispose(); console.log(Object.getOwnPropertyNames(s).length, Object.getOwnPropertySymbols(s).length);`;
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).trim(), '0 0');
});

for (const [what, config] of [
  ['no object', 42], ['null', null], ['an unknown field', { vectorsearch: {} }], ['a wrong implementation', { implementation: 'avx512' }], ['a wrong host', { host: 'moon' }],
  ['a worker that is no function', { worker: {} }], ['an unknown service to preload', { preload: ['vectors'] }], ['preload as a string', { preload: 'vector' }],
  ['a service configuration that is no object', { vectorSearch: 3 }], ['a truthy requireWasm', { requireWasm: 'yes' }], ['__proto__', JSON.parse('{"__proto__": {"a": 1}}')],
]) {
  test(`a configuration with ${what} is INVALID_ARGUMENT`, async () => {
    await assert.rejects(createWASMServices().initialize(config), { code: 'INVALID_ARGUMENT' });
  });
}

test('8: property: in any interleaving of initialize, get, cleanup and dispose every promise settles and nothing stays alive', async () => {
  await fc.assert(fc.asyncProperty(
    fc.scheduler(), fc.array(fc.constantFrom('initialize', 'get', 'cleanup', 'dispose', 'other'), { minLength: 1, maxLength: 12 }),
    async (scheduler, steps) => {
      const { registry, log } = fakeRegistry({ settle: (what) => scheduler.schedule(Promise.resolve(), what) });
      const services = createManager(undefined, registry);
      const outcomes = [];
      const seen = (promise) => outcomes.push(promise.then(() => 'ok', (e) => e.code));
      const { done } = scheduler.scheduleSequence(steps.map((step) => ({ label: step, builder: async () => {
        if (step === 'initialize') seen(services.initialize({ preload: ['vector'] }));
        else if (step === 'other') seen(services.initialize({ integrity: true }));
        else if (step === 'cleanup') services.cleanup();
        else if (step === 'dispose') seen(services.dispose());
        else try { services.getVectorSearch(); } catch (e) { assert.ok(['NOT_INITIALIZED', 'DISPOSED'].includes(e.code), e.message); }
      } })));
      void done;
      await scheduler.waitFor((async () => { await sleep(0); await Promise.all(outcomes); services.cleanup(); await services.dispose(); await Promise.all(outcomes); })());
      for (const outcome of await Promise.all(outcomes)) assert.ok(['ok', 'DISPOSED', 'ALREADY_INITIALIZED'].includes(outcome), outcome);
      assert.equal(log.alive, 0);
      assert.equal(log.made.length, log.disposed);
      seen(services.initialize());
      await scheduler.waitFor(Promise.all(outcomes));
      assert.equal(services.getStats().initialized, true); // it works again afterwards
    },
  ), { seed: 20261121, numRuns: 200 });
});
