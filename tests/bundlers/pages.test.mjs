// Each example is installed from the packed tarball with its own tools, built as its user would, and opened in Chromium.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installExample } from '../packaging/install.mjs';
import { openPage } from '../packaging/pages.mjs';
import { build } from './support.mjs';

function searchAndSql({ text, problems, requests }) {
  assert.deepEqual({ problems, failed: requests.filter((r) => r.status >= 400) }, { problems: [], failed: [] });
  const { search, sql, ids, row } = JSON.parse(text);
  for (const service of [search, sql]) assert.deepEqual([service.variant, service.host], ['simd', 'worker'], service.reason);
  assert.equal(sql.engine, 'rusqlite');
  assert.deepEqual({ ids, row }, { ids: ['red', 'blue'], row: { hex: '#c00' } });
  return requests.map((r) => new URL(r.url).pathname);
}

function usesCopies(paths) {
  for (const path of ['/wasm/vector.simd.wasm', '/wasm/sqlite.simd.wasm', '/worker.js']) assert.ok(paths.includes(path), path);
}

test('webpack finds .wasm files and workers by itself', async () => {
  const dir = installExample('webpack-app', { tools: true });
  build(dir);
  searchAndSql(await openPage(join(dir, 'dist')));
});

test('Rollup: copy-wasm, and the worker as an input of its own', async () => {
  const dir = installExample('rollup-app', { tools: true });
  build(dir);
  usesCopies(searchAndSql(await openPage(join(dir, 'dist'))));
});

test('esbuild: copy-wasm, and the worker as an input of its own; control: where a file is missing the page says which, and JavaScript answers', async () => {
  const dir = installExample('esbuild-app', { tools: true });
  build(dir);
  usesCopies(searchAndSql(await openPage(join(dir, 'dist'))));

  rmSync(join(dir, 'dist/wasm/vector.simd.wasm'));
  const { text, requests } = await openPage(join(dir, 'dist'));
  const { search, ids } = JSON.parse(text);
  assert.equal(search.variant, 'js');
  assert.match(search.reason, /404/);
  assert.deepEqual(ids, ['red', 'blue']);
  assert.ok(requests.some((r) => r.status === 404 && r.url.endsWith('vector.simd.wasm')));
});
