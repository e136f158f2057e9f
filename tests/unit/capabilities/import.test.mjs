// Importing on a server: no entry touches a global that a server may lack (FAULTS 10).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const entry = (name) => new URL(`../../../dist/${name}.js`, import.meta.url).href;
/** The module that tsc made of it: which rooms an entry reaches is seen there. */
const source = (name) => new URL(`../../../js/dist/${name}.js`, import.meta.url).href;
const run = (program) => execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 30_000 }).trim();
const GLOBALS = ['navigator', 'Worker', 'fetch', 'WebAssembly', 'Response', 'Request', 'crypto', 'MessageChannel', 'SharedArrayBuffer', 'performance', 'atob', 'btoa', 'structuredClone', 'TextDecoder'];

for (const name of ['index', 'vector', 'sqlite', 'data', 'compute', 'detect', 'testing', 'observability', 'headers', 'vite', 'store', 'inline', 'inline-vector']) {
  test(`10: importing '${name}' touches none of ${GLOBALS.length} globals: each is a trap`, () => {
    const traps = GLOBALS.map((g) => `Object.defineProperty(globalThis, ${JSON.stringify(g)}, { configurable: true, get() { touched.push(${JSON.stringify(g)}); return undefined; } });`).join('\n');
    assert.equal(run(`const touched = []; ${traps} await import(${JSON.stringify(entry(name))}); console.log(touched.length ? touched.join() : 'none');`), 'none');
  });
}

test('10 control: such a trap does see a touch', () => {
  assert.equal(run(`const touched = []; Object.defineProperty(globalThis, 'fetch', { get() { touched.push('fetch'); } }); void globalThis.fetch; console.log(touched.join());`), 'fetch');
});

test('10: on a server without any of them, detection says why and the service answers in JavaScript', () => {
  const program = `
    for (const name of ['navigator', 'Worker', 'fetch', 'WebAssembly', 'Response', 'Request', 'MessageChannel', 'SharedArrayBuffer']) delete globalThis[name];
    const { wasmServices, wasmDetector } = await import(${JSON.stringify(entry('index'))});
    const { isSupported, missing } = await wasmDetector.detectCapabilities();
    await wasmServices.initialize();
    const vectors = wasmServices.getVectorSearch();
    await vectors.addDocuments([{ id: 'a', embedding: [1, 0] }, { id: 'b', embedding: [0, 1] }]);
    const [best] = await vectors.search([0.1, 0.9], { maxResults: 1 });
    console.log(JSON.stringify([isSupported, missing.isSupported.reason, best.id, vectors.info.variant]));
    await wasmServices.dispose();`;
  assert.deepEqual(JSON.parse(run(program)), [false, 'engine', 'b', 'js']);
});

test("the 'detect' entry is one file that imports nothing", async () => {
  const { readFileSync } = await import('node:fs');
  const seen = new Set();
  const follow = (url) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [, specifier] of readFileSync(url, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) follow(new URL(specifier, url));
  };
  follow(new URL(entry('detect')));
  assert.deepEqual([...seen], [entry('detect')]);
});

test("a service's entry pulls in neither the tracker nor observability, and 'observability' pulls in no service", async () => {
  const { readFileSync } = await import('node:fs');
  const filesOf = (name) => {
    const seen = new Set();
    const follow = (url) => {
      if (seen.has(url.href)) return;
      seen.add(url.href);
      for (const [, specifier] of readFileSync(url, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) follow(new URL(specifier, url));
    };
    follow(new URL(source(name)));
    return [...seen];
  };
  for (const name of ['vector', 'sqlite', 'compute', 'data']) assert.deepEqual(filesOf(name).filter((file) => /\/(performance|observability)\/|manager|health/.test(file)), [], name);
  assert.deepEqual(filesOf('observability').filter((file) => /\/(services|loader|worker)\/|manager/.test(file)), []);
  assert.ok(filesOf('index').some((file) => /\/observability\//.test(file)), 'control');
});
