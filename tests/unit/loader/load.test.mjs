// Loading from servers that misbehave (FAULTS 1-4, 6) and from every form of the `wasm` option. The control of each fault is
// the first test: the same loader and the same bytes, served rightly.
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { answer, loaderFor, OTHER_ABI, serve, sha384, WASM } from './fixture.mjs';
import { ModuleLoader } from '../../../js/dist/loader/load.js';
import { faults } from '../../../js/dist/testing.js';

const glue = async () => ({ createGlue: () => ({}) });

const MIME = 'application/wasm';

test('1, 2, 3, 4 control: rightly served bytes give instances with memories of their own', async (t) => {
  const { url } = await serve(t, answer(200, MIME, WASM));
  const hints = [];
  const loaded = await loaderFor(url).load('vector', 'simd', { onHint: (m) => hints.push(m) });
  const [a, b] = [loaded.createInstance(), loaded.createInstance()];
  a.exports.poke(0, 1);
  assert.deepEqual([a.exports.peek(0), b.exports.peek(0)], [1, 'o'.charCodeAt(0)]);
  assert.throws(() => a.exports.trap(), WebAssembly.RuntimeError);
  assert.equal(b.exports.peek(1), 'k'.charCodeAt(0)); // the other one and a replacement are right
  assert.equal(loaded.createInstance().exports.peek(1), 'k'.charCodeAt(0));
  assert.deepEqual(hints, []);
});

for (const status of [404, 500]) {
  test(`1: status ${status} is WASM_FETCH with URL and status`, async (t) => {
    const { url } = await serve(t, answer(status, 'text/plain', 'no'));
    await assert.rejects(loaderFor(url).load('vector', 'simd'), { code: 'WASM_FETCH', service: 'vector', variant: 'simd', detail: { url, status, html: false }, message: new RegExp(`${url}.*${status}`) });
  });
}

test('1: an HTML page is WASM_FETCH that says so, whatever its status and type', async (t) => {
  for (const [status, type] of [[404, 'text/html; charset=utf-8'], [200, 'text/html'], [200, 'text/plain'], [200, undefined]]) {
    const { url } = await serve(t, answer(status, type, '\n<!DOCTYPE html><html><title>My app</title>'));
    await assert.rejects(loaderFor(url).load('vector', 'simd'), { code: 'WASM_FETCH', message: /an HTML page came back/ });
  }
});

test('2: a wrong MIME type works and gives one hint', async (t) => {
  for (const type of ['application/octet-stream', 'text/plain', undefined]) {
    const { url } = await serve(t, answer(200, type, WASM));
    const hints = [];
    const loaded = await loaderFor(url).load('vector', 'simd', { onHint: (message, data) => hints.push(data.type) });
    assert.equal(loaded.createInstance().exports.peek(0), 'o'.charCodeAt(0));
    assert.deepEqual(hints, [type ?? '']);
  }
});

test('3: a file cut at any of its bytes is a typed error, streamed or not', async (t) => {
  for (const type of [MIME, 'application/octet-stream']) {
    let length = 0;
    const { url } = await serve(t, (_, response) => { response.writeHead(200, { 'content-type': type }); response.end(WASM.subarray(0, length)); });
    for (length = 0; length < WASM.length; length += 3) {
      const failure = await loaderFor(url).load('vector', 'simd').then((l) => l.createInstance(), (e) => e);
      assert.ok(['WASM_COMPILE', 'WASM_ABI'].includes(failure.code), `${length} bytes as ${type}: ${failure.code} ${failure.message}`);
    }
  }
});

test('3: a flipped bit is caught or harmless, never a raw error', async () => {
  for (let at = 0; at < WASM.length; at++) {
    const bytes = WASM.slice();
    bytes[at] ^= 1 << (at % 8);
    const outcome = await loaderFor('file:///unused').load('vector', 'simd', { wasm: bytes }).then((l) => { l.createInstance(); return 'ran'; }).catch((e) => e.code);
    assert.ok(['ran', 'WASM_COMPILE', 'WASM_ABI', 'WASM_FETCH'].includes(outcome), `byte ${at}: ${outcome}`);
  }
});

test("3: another release's file is WASM_ABI, before the first call", async () => {
  const loader = loaderFor('file:///unused');
  const loaded = await loader.load('vector', 'simd', { wasm: OTHER_ABI });
  assert.throws(() => loaded.createInstance(), { code: 'WASM_ABI', message: /ABI number is 2, this release needs 1/ });
  const foreign = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]); // a valid module that is nothing of ours
  await assert.rejects(loader.load('vector', 'simd', { wasm: foreign }), { code: 'WASM_ABI' });
});

test('4: integrity: the released bytes pass; one flipped byte of the same length is INTEGRITY', async (t) => {
  const good = await serve(t, answer(200, MIME, WASM));
  assert.ok((await loaderFor(good.url).load('vector', 'simd', { integrity: true })).createInstance());
  const bad = await serve(t, answer(200, MIME, OTHER_ABI));
  await assert.rejects(loaderFor(bad.url).load('vector', 'simd', { integrity: true }), { code: 'INTEGRITY' });
  const failure = await loaderFor(bad.url, { sha384: sha384(OTHER_ABI), abi: 2 }).load('vector', 'simd', { integrity: true });
  assert.ok(failure.createInstance()); // control: it is the digest that decides
  await assert.rejects(loaderFor(good.url).load('vector', 'simd', { integrity: true, wasm: new WebAssembly.Module(WASM) }), { code: 'INTEGRITY' });
});

test('6: a server that never answers is TIMEOUT, and the request is ended', async (t) => {
  let closed;
  const gone = new Promise((resolve) => { closed = resolve; });
  const { url } = await serve(t, (_, response) => { response.on('close', closed); });
  await assert.rejects(loaderFor(url).load('vector', 'simd', { timeoutMs: 80 }), { code: 'TIMEOUT', message: /80 ms/ });
  await gone;
});

test('6: a load without a deadline of its own ends after 15 s, not before', async (t) => {
  faults.failNextLoad('vector', 'stalled');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let outcome = 'waits';
  loaderFor('http://localhost/never').load('vector', 'simd').then(() => { outcome = 'loaded'; }, ({ code }) => { outcome = code; });
  const turns = async () => { for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve)); };
  await turns();
  t.mock.timers.tick(14_999);
  await turns();
  assert.equal(outcome, 'waits');
  t.mock.timers.tick(1);
  await turns();
  assert.equal(outcome, 'TIMEOUT');
});

test('6: a server that stops midway is TIMEOUT; one that hangs up midway is WASM_FETCH or WASM_COMPILE', async (t) => {
  for (const type of [MIME, 'text/plain']) {
    const stall = await serve(t, (_, response) => { response.writeHead(200, { 'content-type': type, 'content-length': WASM.length }); response.write(WASM.subarray(0, 20)); });
    await assert.rejects(loaderFor(stall.url).load('vector', 'simd', { timeoutMs: 80 }), { code: 'TIMEOUT' });
    const hangUp = await serve(t, (_, response) => { response.writeHead(200, { 'content-type': type, 'content-length': WASM.length }); response.write(WASM.subarray(0, 20), () => response.destroy()); });
    const failure = await loaderFor(hangUp.url).load('vector', 'simd').catch((e) => e);
    assert.ok(['WASM_FETCH', 'WASM_COMPILE'].includes(failure.code), failure.message);
  }
});

test('6: a signal cancels at once, also before the start', async (t) => {
  const { url } = await serve(t, () => undefined);
  const controller = new AbortController();
  const loading = loaderFor(url).load('vector', 'simd', { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  const begun = performance.now();
  await assert.rejects(loading, { code: 'ABORTED' });
  assert.ok(performance.now() - begun < 1000);
  await assert.rejects(loaderFor(url).load('vector', 'simd', { signal: controller.signal }), { code: 'ABORTED' });
});

test('a host that is not there is WASM_FETCH', async () => {
  await assert.rejects(loaderFor('http://127.0.0.1:9/vector.wasm').load('vector', 'simd'), { code: 'WASM_FETCH' });
});

test('a missing file is WASM_FETCH that tells what bundlers do', async () => {
  await assert.rejects(loaderFor('file:///unused').load('vector', 'simd', { wasm: new URL('file:///no/such/vector.wasm') }), { code: 'WASM_FETCH', message: /serverExternalPackages/ });
});

test('our own file that a bundler left behind is found in the installed package, or is WASM_FETCH', async () => {
    const loader = new ModuleLoader({ vector: { simd: { glue, abi: 1, url: () => new URL('file:///no/such/vector.wasm') } }, compute: { 'simd-threads-of-another-release': { glue, abi: 1, url: () => new URL('file:///no/such/compute.wasm') } } });
  const { module } = await loader.load('vector', 'simd');
  assert.ok(WebAssembly.Module.exports(module).some(({ name }) => name === 'abi'));
  await assert.rejects(loader.load('compute', 'simd-threads-of-another-release'), { code: 'WASM_FETCH' });
  // What Turbopack makes of `new URL(…, import.meta.url)` on a server.
  const relative = Object.defineProperty(Object.create(URL.prototype), 'href', { value: '/_next/static/media/vector.simd.wasm' });
  const bundled = new ModuleLoader({ vector: { simd: { glue, abi: 1, url: () => relative } } });
  assert.ok((await bundled.load('vector', 'simd')).module);
});

test('a module is fetched once for all who ask; a failure is never kept', async (t) => {
  const server = await serve(t, (_, response, hits) => { response.writeHead(hits === 1 ? 503 : 200, { 'content-type': MIME }); response.end(WASM); });
  const loader = loaderFor(server.url);
  await assert.rejects(loader.load('vector', 'simd'), { code: 'WASM_FETCH' });
  const loads = await Promise.all(Array.from({ length: 20 }, () => loader.load('vector', 'simd')));
  assert.equal(server.hits, 2);
  assert.ok(loads.every((l) => l.module === loads[0].module));
  await loader.load('vector', 'simd');
  assert.equal(server.hits, 2);
});

test('one caller who leaves does not end the load of the others', async (t) => {
  const server = await serve(t, (_, response) => { setTimeout(() => { response.writeHead(200, { 'content-type': MIME }); response.end(WASM); }, 60); });
  const loader = loaderFor(server.url);
  const controller = new AbortController();
  const leaver = loader.load('vector', 'simd', { signal: controller.signal });
  const hasty = loader.load('vector', 'simd', { timeoutMs: 10 });
  const stayer = loader.load('vector', 'simd');
  controller.abort();
  await assert.rejects(leaver, { code: 'ABORTED' });
  await assert.rejects(hasty, { code: 'TIMEOUT' });
  assert.ok((await stayer).createInstance());
  assert.equal(server.hits, 1);
});

test('the wasm option takes every form', async (t) => {
  const { url } = await serve(t, answer(200, MIME, WASM));
  const dir = mkdtempSync(join(tmpdir(), 'wasm-option-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'own.wasm');
  writeFileSync(file, WASM);
  const shifted = new Uint8Array([9, ...WASM, 9]).subarray(1, -1);
  const response = () => new Response(WASM, { headers: { 'content-type': MIME } });
  const forms = {
    'URL': new URL(url), 'file URL': pathToFileURL(file), 'string URL': url, 'file path': file, 'data URL': `data:application/wasm;base64,${Buffer.from(WASM).toString('base64')}`,
    'Request': new Request(url), 'Response': response(), 'ArrayBuffer': WASM.slice().buffer, 'a view with an offset': shifted, 'DataView': new DataView(WASM.slice().buffer),
    'Buffer': Buffer.from(WASM), 'Module': new WebAssembly.Module(WASM), 'a promise of a Response': Promise.resolve(response()), 'a promise of bytes': Promise.resolve(WASM),
    'a promise of a Module': WebAssembly.compile(WASM), 'a function of a URL': (service, variant) => new URL(`${url}?${service}-${variant}`), 'a function of a promise': async () => WASM,
  };
  for (const [name, wasm] of Object.entries(forms)) {
    const loaded = await loaderFor('file:///unused').load('vector', 'simd', { wasm });
    assert.equal(loaded.createInstance().exports.peek(0), 'o'.charCodeAt(0), name);
  }
});

test('one Response serves several loads; a Response read elsewhere is WASM_FETCH with the cure', async () => {
  const loader = loaderFor('file:///unused');
  const wasm = new Response(WASM);
  await Promise.all([loader.load('vector', 'simd', { wasm }), loader.load('vector', 'simd', { wasm })]);
  const read = new Response(WASM);
  await read.arrayBuffer();
  await assert.rejects(loader.load('vector', 'simd', { wasm: read }), { code: 'WASM_FETCH', message: /already read/ });
});

test('a wasm option of another kind is INVALID_ARGUMENT; one that throws or rejects is WASM_FETCH', async () => {
  const load = (wasm) => loaderFor('file:///unused').load('vector', 'simd', { wasm });
  for (const wasm of [42, null, {}, true, Promise.resolve('text'), Promise.resolve(undefined)]) await assert.rejects(load(wasm), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(load(() => { throw new Error('my bug'); }), { code: 'WASM_FETCH', message: /my bug/ });
  await assert.rejects(load(Promise.reject(new Error('my CDN'))), { code: 'WASM_FETCH', message: /my CDN/ });
});

test('a variant that is not shipped is VARIANT_UNAVAILABLE', async () => {
  await assert.rejects(loaderFor('file:///unused').load('vector', 'relaxed-simd'), { code: 'VARIANT_UNAVAILABLE', message: /simd, js/ });
});

test('faults.failNextLoad plays each failure once, even when the module is cached', async (t) => {
  const { url } = await serve(t, answer(200, MIME, WASM));
  const loader = loaderFor(url);
  await loader.load('vector', 'simd');
  for (const [how, code] of [['status', 'WASM_FETCH'], ['html', 'WASM_FETCH'], ['truncated', 'WASM_COMPILE'], ['stalled', 'TIMEOUT']]) {
    faults.failNextLoad('vector', how);
    await assert.rejects(loader.load('vector', 'simd', { timeoutMs: 50 }), { code });
    assert.ok((await loader.load('vector', 'simd')).createInstance());
  }
});
