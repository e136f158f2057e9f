/** What a user of the package meets: entries that do nothing at import, codes that are documented, no dependency. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files, read, root } from './sources.mjs';

const manifest = JSON.parse(read('package.json'));
const ENTRIES = Object.keys(manifest.exports).filter((key) => !key.includes('*') && !key.endsWith('.json')).map((key) => manifest.name + key.slice(1));

test('the package depends on nothing and runs no install script', () => {
  for (const field of ['dependencies', 'optionalDependencies']) assert.equal(manifest[field], undefined, field);
  // The exceptions, which nothing installs by itself: docs/decisions/0008-sqljs-optional-peer.md, 0012-observability.md, 0015-what-the-package-holds.md.
  assert.deepEqual(Object.keys(manifest.peerDependencies), ['@opentelemetry/api', 'drizzle-orm', 'kysely', 'react', 'sql.js']);
  assert.deepEqual(manifest.peerDependenciesMeta, { '@opentelemetry/api': { optional: true }, 'drizzle-orm': { optional: true }, kysely: { optional: true }, react: { optional: true }, 'sql.js': { optional: true } });
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(manifest.scripts[hook], undefined, hook);
  assert.equal(manifest.type, 'module');
});

// 'react' needs a package that only its user has; tests/packaging imports it beside one.
for (const entry of ENTRIES.filter((name) => name !== 'wasm-services/react')) {
  test(`importing ${entry} touches nothing: no global is read, written, or needed`, () => {
    const script = `
      const gone = ['navigator', 'Worker', 'fetch', 'WebAssembly', 'crypto', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'structuredClone', 'MessageChannel', 'BroadcastChannel', 'SharedArrayBuffer', 'indexedDB', 'location', 'document', 'window', 'self'];
      const touched = [];
      const before = new Set(Object.getOwnPropertyNames(globalThis));
      for (const name of gone) Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return undefined; } });
      for (const name of gone) before.add(name);
      await import(${JSON.stringify(entry)});
      const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
      console.log(JSON.stringify({ touched, added, handles: process.getActiveResourcesInfo().filter((r) => !/Pipe|TTY|Process|FS|CloseReq/.test(r)) }));
    `;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const found = JSON.parse(stdout.trim().split('\n').at(-1));
    // The worker's script asks node:worker_threads whether it is in a worker, and that module of Node's own reads this global.
    if (entry === 'wasm-services/worker') found.touched = found.touched.filter((name) => name !== 'SharedArrayBuffer');
    assert.deepEqual(found, { touched: [], added: [], handles: [] });
  });
}

test('every entry lies where package.json says, with its types', () => {
  for (const [key, target] of Object.entries(manifest.exports)) {
    if (typeof target !== 'object') continue;
    for (const path of [target.types, target.default]) assert.ok(existsSync(join(root, path)), `${key}: ${path} is missing`);
  }
});

test('every error code is documented with its cure, and no other', () => {
  const codes = [...read('js/src/errors.ts').matchAll(/ERROR_CODES = \[([\s\S]*?)\]/g)].flatMap(([, list]) => [...list.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code));
  assert.ok(codes.length >= 25);
  const document = read('docs/error-codes.md');
  const documented = new Set([...document.matchAll(/`([A-Z][A-Z_]{2,})`/g)].map(([, code]) => code));
  assert.deepEqual(codes.filter((code) => !documented.has(code)), []);
});

test('every code that is thrown is a known code', () => {
  const known = new Set([...read('js/src/errors.ts').matchAll(/'([A-Z_]{2,})'/g)].map(([, code]) => code));
  const used = files('js/src', /\.ts$/).flatMap((path) => [...read(path).matchAll(/new ServiceError\(\s*'([A-Z_]+)'/g)].map(([, code]) => [path, code]));
  assert.ok(used.length > 20);
  assert.deepEqual(used.filter(([, code]) => !known.has(code)), []);
});

test('every promise that is rejected on purpose carries a ServiceError', () => {
  const plain = files('js/src', /\.ts$/).filter((path) => !path.includes('/vendor/')).flatMap((path) =>
    read(path).split('\n').flatMap((line, i) => (/throw new (?:Type|Range)?Error\(/.test(line) || /reject\(new (?:Type|Range)?Error\(/.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])));
  assert.deepEqual(plain, []);
});

test('the conformance cells cover what the project promises', () => {
  const { cells, leastCases } = JSON.parse(read('tests/conformance/expected-cells.json'));
  for (const host of ['node20', 'node-newest', 'bun', 'chromium-isolated', 'chromium-plain']) for (const variant of ['js', 'simd']) assert.ok(`${host}/${variant}` in cells, `${host}/${variant}`);
  const { modules } = JSON.parse(read('variants.json'));
  if ('relaxed-simd' in modules.vector.variants) for (const host of ['node-newest', 'bun', 'chromium-isolated']) assert.ok(`${host}/relaxed-simd` in cells, `${host}/relaxed-simd`);
  if ('simd-threads' in modules.vector.variants) for (const host of ['node20', 'node-newest', 'bun', 'chromium-isolated']) assert.ok(`${host}/simd-threads` in cells, `${host}/simd-threads`);
  assert.ok(leastCases.vector >= 300 && leastCases.manager >= 19);
});
