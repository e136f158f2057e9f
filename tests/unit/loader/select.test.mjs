// The ladder, in sentences. selectVariant is pure: what a host can do comes in as data.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectVariant } from '../../../js/dist/loader/select.js';

const ALL = ['simd-threads', 'relaxed-simd', 'simd', 'js'];
const FULL = { isSupported: true, hasSIMD: true, hasRelaxedSIMD: true, hasThreads: true, hasBulkMemory: true, crossOriginIsolated: true, hasOPFS: true, hasWebGPU: false, hardwareConcurrency: 8, runtime: 'browser', missing: {} };
const without = (changes) => {
  const missing = Object.fromEntries(Object.entries(changes).map(([name, reason]) => [name, { reason, fix: `fix of ${reason}` }]));
  return { ...FULL, ...Object.fromEntries(Object.keys(changes).map((name) => [name, false])), missing };
};
const NO_WASM = without({ isSupported: 'csp', hasSIMD: 'csp', hasRelaxedSIMD: 'csp', hasThreads: 'csp' });
const reasons = (selection) => Object.fromEntries(selection.rejected.map((r) => [r.variant, r.reason]));

test('Chromium with isolation gets simd-threads and passes nothing over', () => {
  const choice = selectVariant(ALL, FULL);
  assert.equal(choice.variant, 'simd-threads');
  assert.deepEqual(choice.rejected, []);
});

test('Chromium without isolation gets relaxed-simd because a page that is not isolated has no threads', () => {
  const choice = selectVariant(ALL, without({ hasThreads: 'not-isolated' }));
  assert.equal(choice.variant, 'relaxed-simd');
  assert.match(reasons(choice)['simd-threads'], /no threads here \(not-isolated\): fix of not-isolated/);
});

test('Safari without isolation gets simd because it has neither threads nor relaxed SIMD', () => {
  const choice = selectVariant(ALL, without({ hasThreads: 'not-isolated', hasRelaxedSIMD: 'engine' }));
  assert.equal(choice.variant, 'simd');
  assert.deepEqual(choice.rejected.map((r) => r.variant), ['simd-threads', 'relaxed-simd']);
});

test('Node 20 gets simd-threads, and simd where no threads are shipped, because its engine lacks relaxed SIMD', () => {
  const node20 = { ...without({ hasRelaxedSIMD: 'engine' }), runtime: 'node' };
  assert.equal(selectVariant(ALL, node20).variant, 'simd-threads');
  const choice = selectVariant(['relaxed-simd', 'simd', 'js'], node20);
  assert.equal(choice.variant, 'simd');
  assert.match(reasons(choice)['relaxed-simd'], /no relaxed SIMD here \(engine\)/);
});

test('a page whose CSP forbids WebAssembly gets js, and each rejection names the policy', () => {
  const choice = selectVariant(ALL, NO_WASM);
  assert.equal(choice.variant, 'js');
  assert.match(choice.reason, /csp/);
  assert.deepEqual(choice.rejected.map((r) => r.variant), ['simd-threads', 'relaxed-simd', 'simd']);
  for (const { reason } of choice.rejected) assert.match(reason, /no WebAssembly here \(csp\)/);
});

test('an engine without SIMD gets js because every artifact needs SIMD', () => {
  assert.equal(selectVariant(ALL, without({ hasSIMD: 'engine' })).variant, 'js');
});

test('a variant that was never built is not mentioned', () => {
  assert.deepEqual(selectVariant(['simd', 'js'], FULL).rejected, []);
  const none = selectVariant(['js'], FULL);
  assert.equal(none.variant, 'js');
  assert.match(none.reason, /no WebAssembly build is shipped/);
});

test('a pinned variant that can run is taken and nothing else is asked', () => {
  for (const pin of ALL) assert.equal(selectVariant(ALL, FULL, { pin }).variant, pin);
  assert.equal(selectVariant(ALL, NO_WASM, { pin: 'js' }).variant, 'js');
});

test('a pinned variant that can not run throws VARIANT_UNAVAILABLE with the reason instead of sliding down', () => {
  const ask = (available, capabilities, pin) => () => selectVariant(available, capabilities, { pin, service: 'vector' });
  assert.throws(ask(ALL, without({ hasThreads: 'not-isolated' }), 'simd-threads'), { code: 'VARIANT_UNAVAILABLE', service: 'vector', variant: 'simd-threads', message: /not-isolated/ });
  assert.throws(ask(['simd', 'js'], FULL, 'relaxed-simd'), { code: 'VARIANT_UNAVAILABLE', message: /not shipped for vector/ });
});

test("the manager's pin binds a service that ships the variant, and is noted by one that does not", () => {
  assert.equal(selectVariant(ALL, FULL, { managerPin: 'simd' }).variant, 'simd');
  assert.throws(() => selectVariant(ALL, without({ hasThreads: 'engine' }), { managerPin: 'simd-threads' }), { code: 'VARIANT_UNAVAILABLE' });
  const choice = selectVariant(['simd', 'js'], FULL, { managerPin: 'relaxed-simd', service: 'sqlite' });
  assert.equal(choice.variant, 'simd');
  assert.match(reasons(choice)['relaxed-simd'], /pinned by the manager, but not shipped for sqlite/);
});

test("the service's own pin wins over the manager's", () => {
  assert.equal(selectVariant(ALL, FULL, { pin: 'js', managerPin: 'simd' }).variant, 'js');
});

test('DISABLE_WASM wins over both pins and says what it switched off', () => {
  const choice = selectVariant(ALL, FULL, { disabled: true, pin: 'simd', managerPin: 'relaxed-simd' });
  assert.equal(choice.variant, 'js');
  assert.match(choice.reason, /DISABLE_WASM/);
  assert.deepEqual(choice.rejected.map((r) => r.variant), ['simd-threads', 'relaxed-simd', 'simd']);
});

test('requireWasm makes every way to js an error, and changes nothing where WebAssembly runs', () => {
  assert.equal(selectVariant(ALL, FULL, { requireWasm: true }).variant, 'simd-threads');
  for (const [capabilities, more] of [[NO_WASM, {}], [FULL, { disabled: true }], [FULL, { pin: 'js' }], [FULL, { managerPin: 'js' }]]) {
    assert.throws(() => selectVariant(ALL, capabilities, { requireWasm: true, ...more }), { code: 'VARIANT_UNAVAILABLE' });
  }
});

test('a variant whose load failed is passed over with its error; a pinned one throws', () => {
  const failed = { 'simd-threads': 'WASM_FETCH: the server answered 404' };
  const choice = selectVariant(ALL, FULL, { failed });
  assert.equal(choice.variant, 'relaxed-simd');
  assert.match(reasons(choice)['simd-threads'], /its load failed: WASM_FETCH/);
  assert.match(choice.reason, /^[\w-]+ answers in the place of simd-threads: its load failed: WASM_FETCH: the server answered 404$/);
  assert.throws(() => selectVariant(ALL, FULL, { failed, pin: 'simd-threads' }), { code: 'VARIANT_UNAVAILABLE', message: /404/ });
});

test("a service's veto is passed over with its words, but a pin overrules it", () => {
  const avoid = { 'simd-threads': "host: 'inline' means one thread" };
  assert.equal(selectVariant(ALL, FULL, { avoid }).variant, 'relaxed-simd');
  assert.equal(selectVariant(ALL, FULL, { avoid, pin: 'simd-threads' }).variant, 'simd-threads');
});

test('an edge isolate that refuses bytes gets js, and simd when the caller supplies a compiled module; threads never', () => {
  const edge = { ...without({ isSupported: 'embedder', hasSIMD: 'embedder', hasRelaxedSIMD: 'engine', hasThreads: 'embedder' }), runtime: 'workerd' };
  assert.equal(selectVariant(ALL, edge).variant, 'js');
  const choice = selectVariant(ALL, edge, { supplied: true });
  assert.equal(choice.variant, 'simd');
  assert.deepEqual(choice.rejected.map((r) => r.variant), ['simd-threads', 'relaxed-simd']);
  assert.equal(selectVariant(ALL, NO_WASM, { supplied: true }).variant, 'js'); // what a CSP forbids stays forbidden
});
