// What is in the tarball, and what the field's checkers say of its shape.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pack, root, tool } from './install.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { artifacts } = JSON.parse(readFileSync(join(root, 'pkg/manifest.json'), 'utf8'));
const paths = () => pack().files.map((f) => f.path);

test('every artifact is in the tarball', () => {
  for (const a of artifacts) assert.ok(paths().includes(`dist/wasm/${a.file}`), a.file);
  assert.ok(artifacts.length > 0);
});

test('every file that exports names is in the tarball', () => {
  for (const [name, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      if (!file.includes('*')) assert.ok(paths().includes(file.slice(2)), `${name} -> ${file}`);
    }
  }
});

test('each service has an entry of its own, beside the one with everything', () => {
  for (const name of ['.', './vector', './sqlite', './sqlite/kysely', './sqlite/drizzle', './compute', './data', './detect', './testing', './observability', './otel', './inline', './inline/vector', './inline/sqlite', './inline/compute', './inline/data', './worker', './headers', './vite', './store', './react']) assert.ok(manifest.exports[name]?.types, name);
});

test('nothing but the package is in the tarball', () => {
  const foreign = paths().filter((p) => !/^(bin\/|dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE|THIRD-PARTY-NOTICES\.md$|SBOM\.cdx\.json$)/.test(p));
  assert.deepEqual(foreign, []);
  assert.deepEqual(paths().filter((p) => p.startsWith('dist/') && !/^dist\/([\w.-]+\.js|types\/[\w./-]+\.d\.ts|wasm\/[\w.-]+\.(wasm|json))$/.test(p)), [], 'chunks, declarations, artifacts');
  assert.ok(!paths().some((p) => /\.gitignore$|tsbuildinfo|\.test\.|\.map$/.test(p)));
});

test('it says what it is made of: notices with their texts, and an SBOM that knows each artifact', () => {
  for (const name of ['THIRD-PARTY-NOTICES.md', 'SBOM.cdx.json']) assert.ok(paths().includes(name), name);
  const { components } = JSON.parse(readFileSync(join(root, 'SBOM.cdx.json'), 'utf8'));
  const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES.md'), 'utf8');
  for (const name of ['libsqlite3-sys', 'rusqlite', 'wasm-bindgen', 'brotli', '@orama/stemmers']) {
    assert.ok(components.some((c) => c.name === name && c.purl && c.licenses[0].expression), name);
    assert.match(notices, new RegExp(`\\| ${name} \\|`), name);
  }
  for (const a of artifacts) assert.ok(components.some((c) => c.type === 'file' && c.name.endsWith(`/${a.file}`) && c.hashes[0].content === Buffer.from(a.sha384, 'base64').toString('hex')), a.file);
  assert.ok(!components.some((c) => ['typescript', 'binaryen', 'fast-check'].includes(c.name)), 'tools are no part of it');
});

test('it has no install scripts and no runtime dependencies', () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) assert.equal(manifest.scripts[script], undefined, script);
  assert.equal(manifest.dependencies, undefined);
});

// The aim is 4 MB: 2.5 MB are artifacts, 1.3 MB the same four builds inlined (docs/decisions/0015).
test('the tarball stays under 4.6 MB and each artifact within its budget', () => {
  assert.ok(pack().size < 4.6e6, `${pack().size} bytes`);
  for (const a of artifacts.filter((x) => x.module === 'vector')) assert.ok(a.gzip <= 110 * 1024, `${a.file}: ${a.gzip} bytes gzip`);
  // The aims for data and compute are 250,000.
  for (const a of artifacts.filter((x) => x.module === 'data')) assert.ok(a.gzip <= (a.variant === "simd" ? 316_000 : 360_000), `${a.file}: ${a.gzip} bytes gzip`);
  for (const a of artifacts.filter((x) => x.module === 'compute')) assert.ok(a.gzip <= 300_000, `${a.file}: ${a.gzip} bytes gzip`);
  for (const a of artifacts.filter((x) => x.module === 'sqlite')) assert.ok(a.brotli <= 500_000, `${a.file}: ${a.brotli} bytes brotli`);
});

test('publint finds nothing, strictly', () => {
  const run = spawnSync(process.execPath, [tool('publint/src/cli.js'), 'run', '--strict', '--pack', 'npm', root], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
});

test('the types are right for ESM users', () => {
  const run = spawnSync(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), pack().tarball, '--profile', 'esm-only', '--exclude-entrypoints', './wasm/*.wasm', './manifest.json'], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
});
