// Detection by instantiating. Each host is played in a process of its own, with the globals it lacks taken away first.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const DETECT = new URL('../../../js/dist/detect.js', import.meta.url).href;

/** Runs `prepare` in a fresh process, then detects; returns what the process printed as JSON. */
function detectIn(prepare = '', { env = {}, after = '' } = {}) {
  const program = `${prepare}
    const { wasmDetector } = await import(${JSON.stringify(DETECT)});
    ${after || 'console.log(JSON.stringify(await wasmDetector.detectCapabilities()));'}`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 30_000 }));
}
const ALL_WASM = ['isSupported', 'hasSIMD', 'hasRelaxedSIMD', 'hasThreads', 'hasBulkMemory'];

test('this Node has SIMD, bulk memory and threads, and says why not for each thing it lacks', () => {
  const found = detectIn();
  for (const name of ['isSupported', 'hasSIMD', 'hasBulkMemory', 'hasThreads']) assert.equal(found[name], true, name);
  assert.equal(found.runtime, 'node');
  assert.ok(found.hardwareConcurrency >= 1);
  for (const [name, value] of Object.entries(found)) {
    if (value !== false || name === 'crossOriginIsolated') continue; // there are no origins to isolate on a server
    assert.ok(['engine', 'disabled', 'csp', 'embedder', 'not-isolated'].includes(found.missing[name]?.reason), name);
    assert.ok(found.missing[name].fix.length > 10, name);
  }
  for (const name of Object.keys(found.missing)) assert.equal(found[name], false, name);
});

test('relaxed SIMD is what the engine says when it is asked to run one', () => {
  const { hasRelaxedSIMD } = detectIn();
  assert.equal(hasRelaxedSIMD, Number(process.versions.node.split('.')[0]) > 20);
});

test('DISABLE_WASM=true answers no without touching WebAssembly, and names the variable', () => {
  const found = detectIn(`for (const name of ['Module', 'Instance', 'Memory', 'compile', 'instantiate', 'validate']) {
    Object.defineProperty(WebAssembly, name, { get() { throw new Error('touched ' + name); } });
  }`, { env: { DISABLE_WASM: 'true' } });
  for (const name of ALL_WASM) {
    assert.equal(found[name], false, name);
    assert.equal(found.missing[name].reason, 'disabled');
    assert.match(found.missing[name].fix, /DISABLE_WASM/);
  }
});

test('DISABLE_WASM=false disables nothing', () => {
  assert.equal(detectIn('', { env: { DISABLE_WASM: 'false' } }).isSupported, true);
});

test('without a WebAssembly global the engine is the reason', () => {
  const found = detectIn('delete globalThis.WebAssembly;');
  for (const name of ALL_WASM) assert.equal(found.missing[name]?.reason, 'engine', name);
});

test('where bytes validate and may not be compiled, it is the embedder on a server', () => {
  const found = detectIn(`
    const refuse = class { constructor() { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); } };
    WebAssembly.Module = refuse;`);
  for (const name of ALL_WASM) assert.equal(found.missing[name]?.reason, 'embedder', name);
});

test('where bytes validate and may not be compiled on a page, it is the CSP', () => {
  const found = detectIn(`
    globalThis.window = globalThis; globalThis.document = {}; globalThis.process.type = 'renderer'; globalThis.crossOriginIsolated = true;
    WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('violates the Content Security Policy'); } };`);
  assert.equal(found.runtime, 'browser');
  for (const name of ALL_WASM) assert.equal(found.missing[name]?.reason, 'csp', name);
  assert.match(found.missing.isSupported.fix, /'wasm-unsafe-eval'/);
});

test('an engine that instantiates but computes wrong has no SIMD', () => {
  const found = detectIn(`
    const Real = WebAssembly.Instance;
    WebAssembly.Instance = class { constructor(module, imports) { const { exports } = new Real(module, imports); this.exports = { f: (n) => exports.f(n) + 1 }; } };`);
  assert.equal(found.isSupported, false);
});

test('a page that is not isolated has no threads although a shared memory can be made there', () => {
  const page = "globalThis.window = globalThis; globalThis.document = {}; globalThis.process.type = 'renderer'; globalThis.Worker = class {};";
  const plain = detectIn(`${page} globalThis.crossOriginIsolated = false;`);
  assert.equal(plain.hasSIMD, true);
  assert.equal(plain.hasThreads, false);
  assert.deepEqual([plain.missing.hasThreads.reason, plain.missing.crossOriginIsolated.reason], ['not-isolated', 'not-isolated']);
  assert.match(plain.missing.hasThreads.fix, /Cross-Origin-Opener-Policy/);
  const isolated = detectIn(`${page} globalThis.crossOriginIsolated = true;`);
  assert.equal(isolated.hasThreads, true);
  assert.equal(isolated.missing.crossOriginIsolated, undefined);
});

test('the plan that does not wait says the same of such a page', () => {
  const detect = new URL('../../../js/dist/capabilities/detect.js', import.meta.url).href;
  for (const isolated of [true, false]) {
    const found = detectIn(`globalThis.window = globalThis; globalThis.document = {}; globalThis.process.type = 'renderer'; globalThis.Worker = class {}; globalThis.crossOriginIsolated = ${isolated};`,
      { after: `const { capabilitiesNow } = await import(${JSON.stringify(detect)}); console.log(JSON.stringify(capabilitiesNow()));` });
    assert.equal(found.hasThreads, isolated);
    assert.equal(found.missing.hasThreads?.reason, isolated ? undefined : 'not-isolated');
  }
});

test('an isolated page without SharedArrayBuffer (WebKitGTK) has no threads because of its engine', () => {
  const found = detectIn("globalThis.window = globalThis; globalThis.document = {}; globalThis.process.type = 'renderer'; globalThis.Worker = class {}; globalThis.crossOriginIsolated = true; delete globalThis.SharedArrayBuffer;");
  assert.equal(found.hasThreads, false);
  assert.equal(found.missing.hasThreads.reason, 'engine');
});

test('a host whose channel refuses shared memory has no threads', () => {
  const found = detectIn(`
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (value) { if (value instanceof WebAssembly.Memory) throw new Error('DataCloneError'); return post.call(this, value); };`);
  assert.equal(found.hasThreads, false);
});

test('answers are cached; refresh asks again; a caller can not change the cache', () => {
  const seen = detectIn('', { after: `
    let modules = 0;
    const Real = WebAssembly.Module;
    WebAssembly.Module = class extends Real { constructor(bytes) { super(bytes); modules++; } };
    const first = await wasmDetector.detectCapabilities();
    const once = modules;
    first.hasSIMD = false; first.missing.x = {};
    const second = await wasmDetector.detectCapabilities();
    const cached = modules;
    await wasmDetector.detectCapabilities({ refresh: true });
    console.log(JSON.stringify({ once, cached, refreshed: modules, kept: second.hasSIMD && !second.missing.x }));` });
  assert.ok(seen.once > 0);
  assert.equal(seen.cached, seen.once);
  assert.equal(seen.refreshed, 2 * seen.once);
  assert.equal(seen.kept, true);
});

test('WebGPU is an adapter that answers, not the mere object', () => {
  const withGpu = (gpu) => detectIn(`Object.defineProperty(globalThis, 'navigator', { value: { gpu: ${gpu}, hardwareConcurrency: 3 }, configurable: true });`);
  assert.equal(withGpu('{ requestAdapter: async () => ({}) }').hasWebGPU, true);
  for (const gpu of ['{ requestAdapter: async () => null }', '{ requestAdapter() { throw new Error(); } }', '{}', 'undefined']) {
    const found = withGpu(gpu);
    assert.equal(found.hasWebGPU, false);
    assert.equal(found.missing.hasWebGPU.reason, 'engine');
  }
});

test('the process ends by itself after detection', () => {
  assert.equal(detectIn().isSupported, true); // a channel left open would run into the time limit
});
