// The packed tarball, installed into each example and run there.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installExample, root, tool } from './install.mjs';
import { openPage } from './pages.mjs';

test('plain Node renders results on a server', async () => {
  const dir = installExample('ssr-node');
  const server = spawn(process.execPath, ['server.mjs'], { cwd: dir, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise((found, failed) => {
      server.stdout.setEncoding('utf8').on('data', (text) => { const m = /http:\S+/.exec(text); if (m) found(m[0]); });
      server.once('exit', (code) => failed(new Error(`server ended with ${code}`)));
    });
    const html = await (await fetch(url)).text();
    assert.match(html, /answered by simd/);
    assert.match(html, /<li>WebAssembly runs compiled code/);
    assert.match(html, /asked 1x, says SQLite 3\.\d+\.\d+ \(simd\)/);
    assert.match(await (await fetch(url)).text(), /asked 2x/);
  } finally {
    server.kill();
  }
});

test('a Bun script gets SIMD and right answers of both services', () => {
  const dir = installExample('bun-script');
  const platform = `bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
  const bun = join(root, 'tests/hosts/node_modules/@oven', platform, 'bin/bun');
  assert.ok(existsSync(bun), `${bun} is missing: npm ci --prefix tests/hosts`);
  assert.deepEqual(JSON.parse(execFileSync(bun, ['run', 'search.ts'], { cwd: dir, encoding: 'utf8' })), { variant: 'simd', ids: ['near', 'far'], sql: { variant: 'simd', row: { place: 2, id: 'far' } } });
});

const pageAnswer = ({ text, problems, requests }) => {
  const failed = requests.filter((r) => r.status >= 400);
  assert.deepEqual({ problems, failed }, { problems: [], failed: [] });
  const { search, sql, ids, row } = JSON.parse(text);
  for (const service of [search, sql]) {
    assert.equal(service.variant, 'simd', service.reason);
    assert.equal(service.host, 'worker');
  }
  assert.deepEqual(ids, ['red', 'blue']);
  assert.equal(sql.engine, 'rusqlite');
  assert.deepEqual(row, { hex: '#c00' });
  const modules = requests.map((r) => new URL(r.url).pathname).filter((path) => path.endsWith('.wasm'));
  for (const name of ['vector', 'sqlite']) assert.ok(modules.some((path) => path.includes(name)), `${name}'s .wasm file was fetched: ${modules}`);
};

test('a page without a bundler gets search and SQL in workers', async () => {
  pageAnswer(await openPage(installExample('plain-html')));
});

test('a page built by Vite gets search and SQL in workers', async () => {
  const dir = installExample('vite-app');
  execFileSync(process.execPath, [tool('vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  pageAnswer(await openPage(join(dir, 'dist')));
});
