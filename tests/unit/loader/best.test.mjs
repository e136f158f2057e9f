// What happens when a load fails: one event and the next variant, or the caller's error, by one rule.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { answer, createGlue, glue, OTHER_ABI, serve, sha384, WASM } from './fixture.mjs';
import { loadBestFrom } from '../../../js/dist/loader/best.js';
import { ModuleLoader } from '../../../js/dist/loader/load.js';

const MIME = 'application/wasm';
const features = { simd: true, relaxedSimd: false, atomics: false, sharedMemory: false };
const artifact = (url) => ({ url: () => new URL(url), glue, abi: 1, bytes: WASM.length, gzip: 1, sha384: sha384(WASM), features });
const loader = (variants) => new ModuleLoader({ vector: Object.fromEntries(Object.entries(variants).map(([name, url]) => [name, artifact(url)])) });

function listener() {
  const events = [];
  return { events, sink: { call() {}, event: (e) => events.push(e) }, of: (type) => events.filter((e) => e.type === type) };
}

test('control: what can be loaded is loaded, with one load event and no fallback', async (t) => {
  const { url } = await serve(t, answer(200, MIME, WASM));
  const heard = listener();
  const choice = await loadBestFrom(loader({ simd: url }), 'vector', heard);
  assert.equal(choice.variant, 'simd');
  assert.equal(choice.loaded.createInstance().exports.peek(0), 'o'.charCodeAt(0));
  assert.deepEqual(heard.events.map((e) => e.type), ['load']);
});

test('a failed load is one fallback event and the next variant answers, down to js', async (t) => {
  const gone = await serve(t, answer(404, 'text/plain', ''));
  const good = await serve(t, answer(200, MIME, WASM));
  const heard = listener();
  const choice = await loadBestFrom(loader({ 'simd-threads': gone.url, simd: good.url }), 'vector', heard);
  assert.equal(choice.variant, 'simd');
  assert.match(choice.rejected[0].reason, /WASM_FETCH.*404/);
  assert.equal(heard.of('fallback').length, 1);
  assert.equal(heard.of('fallback')[0].data.code, 'WASM_FETCH');
  const js = await loadBestFrom(loader({ simd: gone.url }), 'vector', heard);
  assert.equal(js.variant, 'js');
  assert.equal(js.loaded, undefined);
  assert.equal(heard.of('fallback').length, 2);
});

test('every kind of failed load ends in js when nothing forbids it', async (t) => {
  const cases = { html: answer(200, 'text/html', '<!doctype html>'), truncated: answer(200, MIME, WASM.subarray(0, 50)), abi: answer(200, MIME, OTHER_ABI), stalled: () => undefined };
  for (const [name, handler] of Object.entries(cases)) {
    const { url } = await serve(t, handler);
    const heard = listener();
    const choice = await loadBestFrom(loader({ simd: url }), 'vector', { ...heard, timeoutMs: 100 });
    assert.equal(choice.variant, 'js', name);
    assert.equal(heard.of('fallback').length, 1, name);
  }
});

test('a pinned variant rejects with the error of its load, without a fallback event', async (t) => {
  const { url } = await serve(t, answer(500, 'text/plain', ''));
  for (const pin of [{ implementation: 'simd' }, { managerPin: 'simd' }]) {
    const heard = listener();
    await assert.rejects(loadBestFrom(loader({ simd: url }), 'vector', { ...heard, ...pin }), { code: 'WASM_FETCH', detail: { url, status: 500, html: false } });
    assert.deepEqual(heard.events, []);
  }
});

test('requireWasm rejects with VARIANT_UNAVAILABLE, caused by the error of the load', async (t) => {
  const { url } = await serve(t, answer(500, 'text/plain', ''));
  await assert.rejects(loadBestFrom(loader({ simd: url }), 'vector', { requireWasm: true }), (e) => e.code === 'VARIANT_UNAVAILABLE' && e.cause.code === 'WASM_FETCH');
});

test('4: INTEGRITY, a wrong argument and a cancelled signal are never fallen back from', async (t) => {
  const { url } = await serve(t, answer(200, MIME, OTHER_ABI));
  const heard = listener();
  await assert.rejects(loadBestFrom(loader({ simd: url }), 'vector', { ...heard, integrity: true }), { code: 'INTEGRITY' });
  await assert.rejects(loadBestFrom(loader({ simd: url }), 'vector', { ...heard, wasm: 42 }), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(loadBestFrom(loader({ simd: url }), 'vector', { ...heard, signal: AbortSignal.abort() }), { code: 'ABORTED' });
  assert.deepEqual(heard.events, []);
});

test('a wrong MIME type is one hint event', async (t) => {
  const { url } = await serve(t, answer(200, 'text/plain', WASM));
  const heard = listener();
  const it = loader({ simd: url });
  await loadBestFrom(it, 'vector', heard);
  await loadBestFrom(it, 'vector', heard);
  assert.equal(heard.of('load').filter((e) => e.data.hint).length, 1);
});

test('the instance made to prove a file is handed out first; a page that only compiles makes none', async () => {
  let made = 0, fetched = 0;
  const counting = { ...artifact('file:///unused'), glue: async () => { fetched++; return { createGlue: () => { made++; return createGlue(); } }; } };
  const it = new ModuleLoader({ vector: { simd: counting } });
  const posted = await loadBestFrom(it, 'vector', { wasm: WASM, prove: false });
  assert.deepEqual({ made, fetched }, { made: 0, fetched: 0 });
  assert.ok(posted.loaded.module instanceof WebAssembly.Module);
  const { loaded } = await loadBestFrom(it, 'vector', { wasm: WASM });
  assert.equal(made, 1);
  const first = loaded.createInstance();
  assert.equal(made, 1);
  assert.notEqual(loaded.createInstance(), first);
  assert.equal(made, 2);
});

test('a refusal to compile where the engine knows WebAssembly names the policy: CSP on a page, the embedder elsewhere', () => {
  const ask = (prepare) => execFileSync(process.execPath, ['--input-type=module', '-e', `${prepare}
    const refuse = () => { throw new WebAssembly.CompileError('Compiling or instantiating WebAssembly module violates the following Content Security policy directive'); };
    const { loaderFor, WASM } = await import(${JSON.stringify(new URL('./fixture.mjs', import.meta.url).href)});
    WebAssembly.Module = class { constructor() { refuse(); } }; WebAssembly.compile = async () => refuse(); WebAssembly.compileStreaming = async () => refuse();
    await loaderFor('file:///unused').load('vector', 'simd', { wasm: WASM }).catch((e) => console.log(e.code, e.message, JSON.stringify(e.detail)));`], { encoding: 'utf8' });
  assert.match(ask("globalThis.window = globalThis; globalThis.document = { baseURI: 'https://example.invalid/' }; process.type = 'renderer';"), /^WASM_COMPILE.*'wasm-unsafe-eval'.*"csp"/);
  assert.match(ask(''), /^WASM_COMPILE.*WebAssembly\.Module.*"embedder"/);
});

test('a host that refuses bytes runs the compiled module it is given', () => {
  const program = `
    const { WASM, glue } = await import(${JSON.stringify(new URL('./fixture.mjs', import.meta.url).href)});
    const wasm = await WebAssembly.compile(WASM);
    const refuse = () => { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); };
    const Real = WebAssembly.Module;
    WebAssembly.Module = class { constructor() { refuse(); } static exports(module) { return Real.exports(module); } }; WebAssembly.compile = async () => refuse();
    const { loadBestFrom } = await import(${JSON.stringify(new URL('../../../js/dist/loader/best.js', import.meta.url).href)});
    const { ModuleLoader } = await import(${JSON.stringify(new URL('../../../js/dist/loader/load.js', import.meta.url).href)});
    const loader = new ModuleLoader({ vector: { simd: { glue, abi: 1, url: () => new URL('file:///unused') } } });
    const bytes = await loadBestFrom(loader, 'vector', { wasm: WASM });
    const module = await loadBestFrom(loader, 'vector', { wasm: () => wasm });
    console.log(bytes.variant, module.variant, module.loaded.createInstance().exports.peek(0));`;
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).trim(), `js simd ${'o'.charCodeAt(0)}`);
});
