// The entries that carry no service: headers, vite, store, react, inline, worker; and what edge hosts get.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { installPackage } from './install.mjs';

const dir = installPackage(['react', 'react-test-renderer', 'scheduler', 'react-is']);
const dist = join(dir, 'node_modules/wasm-services/dist');
const entry = (name) => import(pathToFileURL(join(dist, `${name}.js`)).href);
const inside = (program, ...flags) => execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], { cwd: dir, encoding: 'utf8' }).trim();

// ── headers ──

test('headers: each policy, each form', async () => {
  const h = await entry('headers');
  assert.deepEqual(h.isolationHeaders(), { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' });
  assert.deepEqual(h.isolationHeaders('document-isolation'), { 'Document-Isolation-Policy': 'isolate-and-credentialless' });
  assert.throws(() => h.isolationHeaders('none'), { code: 'INVALID_ARGUMENT', message: /take 'require-corp'/ });
  assert.throws(() => h.isolationHeaders('toString'), { code: 'INVALID_ARGUMENT' });
  const pairs = [{ key: 'Cross-Origin-Opener-Policy', value: 'same-origin' }, { key: 'Cross-Origin-Embedder-Policy', value: 'credentialless' }];
  assert.deepEqual(await h.nextHeaders('credentialless')(), [{ source: '/:path*', headers: pairs }]);
  assert.deepEqual(h.vercelHeaders('credentialless'), { headers: [{ source: '/(.*)', headers: pairs }] });
  assert.equal(h.headersFile('credentialless'), '/*\n  Cross-Origin-Opener-Policy: same-origin\n  Cross-Origin-Embedder-Policy: credentialless\n');
  const set = [];
  let went = 0;
  h.expressHeaders()({}, { setHeader: (...pair) => set.push(pair) }, () => went++);
  await h.honoHeaders()({ header: (...pair) => set.push(pair) }, async () => { went++; });
  assert.deepEqual([set.length, went], [4, 2]);
  h.isolationHeaders()['x'] = '1';
  assert.equal(h.isolationHeaders().x, undefined, 'a copy');
});

// ── vite ──

test('vite: sets what is not set, and nothing over the user', async () => {
  const { default: plugin } = await entry('vite');
  const all = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
  assert.deepEqual(plugin().config({}), { optimizeDeps: { exclude: ['wasm-services'] }, worker: { format: 'es' }, server: { headers: all }, preview: { headers: all } });
  const set = plugin().config({ worker: { format: 'iife' }, server: { headers: { 'cross-origin-embedder-policy': 'credentialless' } } });
  assert.equal(set.worker, undefined);
  assert.deepEqual(set.server.headers, { 'Cross-Origin-Opener-Policy': 'same-origin' });
  assert.deepEqual(plugin({ isolation: false }).config({}).server, { headers: {} });
  assert.throws(() => plugin({ isolation: 'some' }), { code: 'INVALID_ARGUMENT' });
});

// ── store and react ──

/** A service that is ready, or fails, when it is told. */
function fake() {
  const made = [];
  const create = () => {
    let tell;
    const ready = new Promise((resolve, reject) => { tell = { resolve, reject }; });
    const service = { info: { variant: 'simd' }, disposed: 0, ready: () => ready, dispose: async () => { service.disposed++; }, tell };
    made.push(service);
    return service;
  };
  return { made, create };
}
const turn = () => new Promise((done) => { setTimeout(done, 5); });

test('store: starts with the first subscriber, ends with the last, starts anew after', async () => {
  const { createServiceStore } = await entry('store');
  const { made, create } = fake();
  const store = createServiceStore(create);
  assert.deepEqual([store.getState().status, made.length], ['idle', 0]);
  const seen = [];
  const stop = store.subscribe(({ status }) => seen.push(status));
  const stopToo = store.subscribe(() => undefined);
  assert.deepEqual(seen, ['loading']);
  made[0].tell.resolve();
  await turn();
  assert.deepEqual([seen, store.getState().service, store.getState() === store.getState()], [['loading', 'ready'], made[0], true]);
  stop(); stop(); await turn();
  assert.equal(made[0].disposed, 0, 'another still listens');
  stopToo(); await turn();
  assert.deepEqual([made[0].disposed, store.getState().status], [1, 'idle']);
  store.subscribe(() => undefined);
  assert.equal(made.length, 2);
});

test('store: leaving and coming back within a turn keeps the service', async () => {
  const { createServiceStore } = await entry('store');
  const { made, create } = fake();
  const store = createServiceStore(create);
  store.subscribe(() => undefined)();
  store.subscribe(() => undefined);
  await turn();
  assert.deepEqual([made.length, made[0].disposed], [1, 0]);
});

test('store: a failure says why, retry ends what failed and starts anew; what throws at once fails too', async () => {
  const { createServiceStore } = await entry('store');
  const { made, create } = fake();
  const store = createServiceStore(create);
  store.subscribe(() => undefined);
  store.retry();
  assert.equal(made.length, 1, 'nothing has failed');
  made[0].tell.reject(new Error('no'));
  await turn();
  assert.deepEqual([store.getState().status, store.getState().error.message], ['failed', 'no']);
  store.retry();
  assert.deepEqual([store.getState().status, made[0].disposed, made.length], ['loading', 1, 2]);
  made[1].tell.resolve();
  await turn();
  assert.equal(store.getState().status, 'ready');
  const broken = createServiceStore(() => { throw new Error('bad configuration'); });
  broken.subscribe(() => undefined);
  assert.deepEqual([broken.getState().status, broken.getState().error.message], ['failed', 'bad configuration']);
});

test('store: what an ended service says later changes nothing', async () => {
  const { createServiceStore } = await entry('store');
  const { made, create } = fake();
  const store = createServiceStore(create);
  store.subscribe(() => undefined)();
  await turn();
  made[0].tell.reject(new Error('disposed while loading'));
  await turn();
  assert.equal(store.getState().status, 'idle');
});

test('react: StrictMode keeps one service, unmounting ends it, retry starts another, a server renders idle', () => {
  const program = `
    globalThis.IS_REACT_ACT_ENVIRONMENT = true;
    console.error = (text) => { if (!/deprecated/.test(text)) console.log('ERROR', text); };
    const { createElement: h, StrictMode } = await import('react');
    const { default: renderer } = await import('react-test-renderer');
    const { useService } = await import('wasm-services/react');
    const made = [];
    const create = () => { let tell; const ready = new Promise((resolve, reject) => { tell = { resolve, reject }; }); const s = { info: { variant: 'simd' }, disposed: 0, ready: () => ready, dispose: async () => { s.disposed++; }, tell }; made.push(s); return s; };
    let last;
    const C = () => { last = useService(create); return last.status; };
    let root;
    await renderer.act(async () => { root = renderer.create(h(StrictMode, null, h(C))); });
    const out = [[last.status, made.length, made[0].disposed]];
    await renderer.act(async () => { made[0].tell.reject(new Error('no')); });
    out.push([last.status, last.error.message]);
    await renderer.act(async () => { last.retry(); });
    await renderer.act(async () => { made[1].tell.resolve(); });
    out.push([last.status, made.length, made[0].disposed]);
    await renderer.act(async () => { root.unmount(); });
    out.push([made[1].disposed]);
    console.log(JSON.stringify(out));`;
  assert.deepEqual(JSON.parse(inside(program)), [['loading', 1, 0], ['failed', 'no'], ['ready', 2, 1], [1]]);
});

test('importing react touches no global', () => {
  assert.equal(inside("await import('react'); const touched = []; for (const g of ['navigator', 'Worker', 'fetch', 'WebAssembly', 'document', 'window', 'performance', 'MessageChannel', 'setTimeout']) Object.defineProperty(globalThis, g, { configurable: true, get() { touched.push(g); } }); await import('wasm-services/react'); console.log(touched.length);"), '0');
});

// ── inline ──

for (const service of ['vector', 'sqlite', 'compute', 'data']) {
  test(`inline/${service}: the very bytes of the .wasm file`, async () => {
    const { inlineWasm } = await entry(`inline-${service}`);
    assert.deepEqual(Buffer.from(await inlineWasm(service, 'simd')), readFileSync(join(dist, `wasm/${service}.simd.wasm`)));
    assert.throws(() => inlineWasm(service, 'simd-threads'), { code: 'VARIANT_UNAVAILABLE', message: /is not inlined/ });
    assert.equal(inlineWasm(service, 'simd'), inlineWasm(service, 'simd'), 'inflated once');
  });
}

test('inline: a manager answers without its .wasm files; control: without the entry it can not', () => {
  const program = (option) => `
    import { createWASMServices } from 'wasm-services'; ${option ? "import { inlineWasm } from 'wasm-services/inline';" : ''}
    const services = createWASMServices();
    process.chdir('/');
    const files = globalThis.process.getBuiltinModule('node:fs/promises'), { readFile } = files;
    files.readFile = (path, ...rest) => (/\\.wasm$/.test(path) ? Promise.reject(Object.assign(new Error('gone'), { code: 'EACCES' })) : readFile(path, ...rest)); // the JavaScript comes as it is needed
    await services.initialize({ integrity: true ${option ? ', wasm: inlineWasm' : ''} });
    const search = services.getVectorSearch();
    await search.addDocuments([{ id: 'a', embedding: [1, 0] }]);
    await services.getComputeEngine().ready();
    console.log(search.info.variant, services.getComputeEngine().info.variant);
    await services.dispose();`;
  assert.equal(inside(program(true)), 'simd simd');
  assert.equal(inside(program(false)), 'js js');
});

// ── worker, edge ──

test('worker: one script serves each service that asks, in a worker of Node', () => {
  const program = `
    import { Worker } from 'node:worker_threads';
    import { createWASMServices } from 'wasm-services';
    import { fileURLToPath } from 'node:url';
    const services = createWASMServices();
    await services.initialize({ host: 'worker', worker: () => new Worker(fileURLToPath(import.meta.resolve('wasm-services/worker')), { execArgv: [] }) });
    const search = services.getVectorSearch(), db = services.getSQLiteUtils(), compute = services.getComputeEngine(), data = services.getDataProcessor();
    await search.addDocuments([{ id: 'a', embedding: [1, 0] }]);
    const { rows } = await db.executeQuery('SELECT 42 AS n');
    const { data: values } = await compute.matmul({ rows: 1, cols: 1, data: Float64Array.of(6) }, { rows: 1, cols: 1, data: Float64Array.of(7) });
    const table = await data.load([{ n: 42 }]);
    console.log(JSON.stringify([search.size, rows[0].n, values[0], (await table.toRows())[0].n, ...[search, db, compute, data].map((s) => s.info.host)]));
    await services.dispose();`;
  assert.deepEqual(JSON.parse(inside(program)), [1, 42, 42, 42, 'worker', 'worker', 'worker', 'worker']);
});

test('edge: the condition workerd resolves to entries with the same names, which import their own modules; control: what others get imports none', async () => {
  const { exports } = JSON.parse(readFileSync(join(dir, 'node_modules/wasm-services/package.json'), 'utf8'));
  // By reading: Node imports no .wasm file as a Module.
  const read = async (path) => {
    const { metafile, outputFiles: [{ text }] } = await build({ entryPoints: [join(dir, 'node_modules/wasm-services', path)], bundle: true, format: 'esm', write: false, metafile: true, outdir: 'out', external: ['*.wasm'], logLevel: 'error' });
    const [{ exports: names, imports }] = Object.values(metafile.outputs);
    return { text, names: names.sort(), modules: imports.map((i) => i.path).filter((p) => p.endsWith('.wasm')).sort() };
  };
  const all = ['compute', 'data', 'sqlite', 'vector'];
  for (const name of ['.', './vector', './sqlite', './compute', './data']) {
    assert.deepEqual(Object.keys(exports[name]), ['types', 'workerd', 'default'], name);
    const edge = await read(exports[name].workerd), other = await read(exports[name].default);
    assert.deepEqual(edge.names, other.names, name);
    assert.deepEqual(edge.modules, (name === '.' ? all : [name.slice(2)]).map((service) => `./wasm/${service}.simd.wasm`), name);
    assert.deepEqual(other.modules, [], name);
    assert.match(edge.text, name === '.' ? /createManager\(void 0, void 0, \{ wasm/ : /\{ wasm[^}]*\.\.\.config \}, context\)/, name);
  }
});

test('require() of the package works, since no entry has a top-level await', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--experimental-require-module', '--no-warnings', '-e', "for (const e of ['', '/vector', '/headers', '/vite', '/store', '/inline/vector']) require('wasm-services' + e)"], { cwd: dir, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
