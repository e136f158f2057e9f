// Loading, detection and worker start in Chromium, under servers and headers that go wrong (FAULTS 1, 2, 5, 6, 11, 12). Each
// page has a control: the same page, rightly served.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

const WASM_PATH = '/js/dist/loader/wasm/vector.simd.wasm';
const wasmBytes = () => readFileSync(new URL(`../..${WASM_PATH}`, import.meta.url));
let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

/** Opens a page of a server that behaves as `serverOptions` say and runs `work` in it. */
async function onPage(t, serverOptions, work, argument) {
  const server = await servePackage({ ...serverOptions, answer: async (path, response) => {
    if (path === '/page') { response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>page</title>'); return true; }
    return serverOptions.answer?.(path, response) ?? false;
  } });
  const page = await browser.newPage();
  t.after(async () => { await page.close(); await server.close(); });
  await page.goto(`${server.url}/page`);
  return page.evaluate(work, argument);
}

const detect = async () => {
  const { wasmDetector } = await import('/js/dist/detect.js');
  return wasmDetector.detectCapabilities();
};
/** Loads the best variant and reports what came of it, with every event. */
const load = async (options) => {
  const [{ loadBest }, { VECTOR }] = await Promise.all([import('/js/dist/loader/index.js'), import('/js/dist/loader/vector.gen.js')]);
  const events = [];
  const sink = { call() {}, event: ({ type, data, message }) => events.push({ type, code: data?.code, hint: data?.hint === true, message }) };
  try {
    const choice = await loadBest(VECTOR, { ...options, implementation: options?.implementation ?? 'auto', sink });
    return { variant: choice.variant, rejected: choice.rejected, abi: choice.loaded?.createInstance().abi(), events };
  } catch (error) {
    return { code: error.code, message: error.message, detail: error.detail, events };
  }
};
const wasmAnswered = (answer) => ({ answer: (path, response) => { if (path !== WASM_PATH) return false; answer(response); return true; } });
const CSP = (script) => ({ 'Content-Security-Policy': `default-src 'self'; script-src 'self' ${script}` });

test('11: a plain page: SIMD runs, threads are missing because it is not isolated', async (t) => {
  const found = await onPage(t, {}, detect);
  assert.deepEqual([found.runtime, found.hasSIMD, found.hasThreads, found.crossOriginIsolated], ['browser', true, false, false]);
  assert.equal(found.missing.hasThreads.reason, 'not-isolated');
});

test('11: on a plain page a shared memory can be made and not posted: why detection posts one', async (t) => {
  assert.equal(await onPage(t, {}, () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    try { new MessageChannel().port1.postMessage(memory); return 'posted'; } catch (error) { return error.name; }
  }), 'DataCloneError');
});

test('11 control: an isolated page has threads', async (t) => {
  const found = await onPage(t, { isolated: true }, detect);
  assert.deepEqual([found.hasThreads, found.crossOriginIsolated, found.missing.hasThreads], [true, true, undefined]);
});

test("5: a CSP without 'wasm-unsafe-eval': detection names it, JavaScript answers; with it, WebAssembly runs", async (t) => {
  const forbidden = await onPage(t, { headers: CSP('') }, detect);
  for (const name of ['isSupported', 'hasSIMD', 'hasThreads']) assert.deepEqual([forbidden[name], forbidden.missing[name].reason], [false, 'csp'], name);
  assert.match(forbidden.missing.isSupported.fix, /'wasm-unsafe-eval'/);
  const choice = await onPage(t, { headers: CSP('') }, load);
  assert.equal(choice.variant, 'js');
  assert.match(choice.rejected.map((r) => r.reason).join(), /csp/);
  assert.equal((await onPage(t, { headers: CSP("'wasm-unsafe-eval'") }, load)).variant, 'simd');
});

test('5: a pinned variant under that CSP is VARIANT_UNAVAILABLE naming the directive; loading it all the same is WASM_COMPILE', async (t) => {
  const pinned = await onPage(t, { headers: CSP('') }, load, { implementation: 'simd' });
  assert.equal(pinned.code, 'VARIANT_UNAVAILABLE');
  assert.match(pinned.message, /'wasm-unsafe-eval'/);
  const forced = await onPage(t, { headers: CSP('') }, async () => {
    const [{ loadModule }, { VECTOR }] = await Promise.all([import('/js/dist/loader/index.js'), import('/js/dist/loader/vector.gen.js')]);
    return loadModule(VECTOR, 'simd').then(() => 'loaded', ({ code, message }) => ({ code, message }));
  });
  assert.equal(forced.code, 'WASM_COMPILE');
  assert.match(forced.message, /'wasm-unsafe-eval'/);
});

test('1, 2, 3, 4, 5, 6 control: a rightly served file is compiled while it streams, with one event', async (t) => {
  const got = await onPage(t, {}, load);
  assert.deepEqual([got.variant, got.abi, got.events.map((e) => e.type)], ['simd', 1, ['load']]);
});

for (const [what, status, type, body] of [['404', 404, 'text/plain', 'no'], ['500', 500, 'text/plain', 'no'], ['an HTML page', 200, 'text/html', '<!doctype html><title>app</title>']]) {
  test(`1: ${what} instead of the file: JavaScript answers with one fallback event; pinned it is WASM_FETCH`, async (t) => {
    const wrong = wasmAnswered((response) => response.writeHead(status, { 'Content-Type': type }).end(body));
    const auto = await onPage(t, wrong, load);
    assert.equal(auto.variant, 'js');
    assert.deepEqual(auto.events.map((e) => [e.type, e.code]), [['fallback', 'WASM_FETCH']]);
    const pinned = await onPage(t, wrong, load, { implementation: 'simd' });
    assert.equal(pinned.code, 'WASM_FETCH');
    assert.equal(pinned.detail.status, status);
    assert.match(pinned.message, what === 'an HTML page' ? /an HTML page came back/ : new RegExp(what));
  });
}

for (const type of ['application/octet-stream', 'text/plain']) {
  test(`2: served as ${type} it works, with one hint`, async (t) => {
    const got = await onPage(t, wasmAnswered((response) => response.writeHead(200, { 'Content-Type': type }).end(wasmBytes())), load);
    assert.deepEqual([got.variant, got.abi, got.events.map((e) => [e.type, e.hint])], ['simd', 1, [['load', true], ['load', false]]]);
  });
}

test('3, 4: half of the file is WASM_COMPILE, a flipped byte with integrity is INTEGRITY', async (t) => {
  const half = await onPage(t, wasmAnswered((response) => response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(wasmBytes().subarray(0, 20_000))), load, { implementation: 'simd' });
  assert.equal(half.code, 'WASM_COMPILE');
  const flipped = wasmBytes();
  flipped[flipped.length - 9] ^= 1;
  const tampered = wasmAnswered((response) => response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(flipped));
  assert.equal((await onPage(t, tampered, load, { integrity: true })).code, 'INTEGRITY');
  assert.equal((await onPage(t, {}, load, { integrity: true })).variant, 'simd');
});

test('6: a server that never answers: TIMEOUT, then JavaScript', async (t) => {
  const got = await onPage(t, wasmAnswered(() => undefined), load, { timeoutMs: 200 });
  assert.deepEqual([got.variant, got.events.map((e) => e.code)], ['js', ['TIMEOUT']]);
});

test('6: a browser that went offline: WASM_FETCH, and right again when it is back', async (t) => {
  const server = await servePackage({ answer: (path, response) => { if (path !== '/page') return false; response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>'); return true; } });
  const context = await browser.newContext();
  t.after(async () => { await context.close(); await server.close(); });
  const page = await context.newPage();
  await page.goto(`${server.url}/page`);
  await page.evaluate(() => Promise.all([import('/js/dist/loader/index.js'), import('/js/dist/loader/vector.gen.js'), import('/js/dist/loader/glue/vector.simd.js')]));
  await context.setOffline(true);
  assert.equal((await page.evaluate(load, { implementation: 'simd' })).code, 'WASM_FETCH');
  await context.setOffline(false);
  assert.equal((await page.evaluate(load, { implementation: 'simd' })).variant, 'simd');
});

/** Starts a worker through the protocol; the script's address is the fault. */
const startWorker = async ({ script, name }) => {
  const { WorkerClient } = await import('/js/dist/worker/client.js');
  const { host } = await import('/js/dist/host/index.js');
  const began = performance.now();
  const client = new WorkerClient({ service: 'vector', start: () => host.adoptWorker(new Worker(script, { type: 'module' })) });
  try {
    const greeting = await client.start({ name });
    const echo = await client.call('echo', [[1, { two: new Float32Array([2]) }]]);
    const moved = await client.call('bytes', [3]);
    await client.dispose();
    return { greeting, echo: echo[1].two[0], moved: moved.length, ms: performance.now() - began };
  } catch (error) {
    return { code: error.code, message: error.message, ms: performance.now() - began };
  }
};
const ECHO = '/tests/unit/worker/echo.worker.mjs';

test('12 control: a worker of ours starts and answers in a page, also where its memory could be shared', async (t) => {
  for (const isolated of [false, true]) {
    const got = await onPage(t, { isolated }, startWorker, { script: ECHO, name: 'page' });
    assert.deepEqual([got.greeting, got.echo, got.moved], [{ pid: 'page' }, 2, 3], got.message);
  }
});

test('12: a worker script that is missing, broken, or forbidden by worker-src is WORKER_START in less than 5 s', async (t) => {
  const broken = { answer: (path, response) => { if (path !== '/broken.mjs') return false; response.writeHead(200, { 'Content-Type': 'text/javascript' }).end('let let = 1;'); return true; } };
  for (const [serverOptions, script] of [[{}, '/no-such-worker.mjs'], [broken, '/broken.mjs'], [{ headers: { 'Content-Security-Policy': "default-src 'self'; worker-src 'none'" } }, ECHO]]) {
    const got = await onPage(t, serverOptions, startWorker, { script, name: 'page' });
    assert.equal(got.code, 'WORKER_START', script);
    assert.ok(got.ms < 5000, `${got.ms} ms`);
  }
});

/** A vector search whose worker comes from `script`, used as a page would; says who answered and what was told. */
const searchBehind = async (script) => {
  const { createManager } = await import('/js/dist/manager.js');
  const events = [];
  const services = createManager({ call() {}, event: ({ type, data }) => events.push([type, data?.code]) });
  const began = performance.now();
  await services.initialize(script ? { worker: () => new Worker(script, { type: 'module' }) } : {});
  const vectors = services.getVectorSearch();
  await vectors.addDocuments([{ id: 'near', embedding: [1, 0] }, { id: 'far', embedding: [0, 1] }]);
  const ids = (await vectors.search([0.9, 0.1])).map(({ id }) => id);
  const { host, variant } = vectors.info;
  await services.dispose();
  return { ids, host, variant, fallbacks: events.filter(([type]) => type === 'fallback'), ms: performance.now() - began };
};

test("12: a worker that can not start: the page's own thread answers, on WebAssembly still, with one fallback event; control: with a right one the worker does", async (t) => {
  const right = { ids: ['near', 'far'], variant: 'simd' };
  const control = await onPage(t, {}, searchBehind);
  assert.deepEqual(control, { ...right, host: 'worker', fallbacks: [], ms: control.ms });
  const missing = await onPage(t, {}, searchBehind, '/no-such-worker.mjs');
  assert.deepEqual(missing, { ...right, host: 'inline', fallbacks: [['fallback', 'WORKER_START']], ms: missing.ms });
  assert.ok(missing.ms < 5000, `${missing.ms} ms`);
});

test("5: Trusted Types let WebAssembly load; a worker's address needs the page's own policy, and the error says so", async (t) => {
  const headers = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; require-trusted-types-for 'script'; trusted-types page" };
  assert.equal((await onPage(t, { headers }, load)).variant, 'simd');
  const refused = await onPage(t, { headers }, startWorker, { script: ECHO, name: 'page' });
  assert.equal(refused.code, 'WORKER_START');
  assert.match(refused.message, /TrustedScriptURL.*pass `worker`/);
  const allowed = await onPage(t, { headers }, async ({ script, start }) => {
    const policy = trustedTypes.createPolicy('page', { createScriptURL: (url) => url });
    const { WorkerClient } = await import('/js/dist/worker/client.js');
    const { host } = await import('/js/dist/host/index.js');
    const client = new WorkerClient({ service: 'vector', start: () => host.adoptWorker(new Worker(policy.createScriptURL(script), { type: 'module' })) });
    return client.start({ name: start });
  }, { script: ECHO, start: 'by policy' });
  assert.deepEqual(allowed, { pid: 'by policy' });
});
