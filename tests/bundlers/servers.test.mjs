// Each example is installed from the packed tarball with its own tools, built as its user would, and served: what the server renders, then what the browser makes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installExample } from '../packaging/install.mjs';
import { visit } from '../packaging/pages.mjs';
import { build, serving } from './support.mjs';

test('Next.js: a server component searches while rendering, a client page in a worker', async () => {
  const dir = installExample('next-app', { tools: true });
  build(dir);
  await serving(dir, 'npx', ['next', 'start', '-p', '0'], async (url) => {
    const html = await (await fetch(`${url}/?q=compiled`)).text();
    assert.match(html.replaceAll('&quot;', '"'), /<p id="out">\{"ids":\["wasm"\],"variant":"simd"\}/);
    const { text, problems, requests } = await visit(`${url}/client`);
    assert.deepEqual({ problems, failed: requests.filter((r) => r.status >= 400) }, { problems: [], failed: [] });
    assert.deepEqual(JSON.parse(text), { ids: ['wasm'], variant: 'simd', host: 'worker', isolated: true });
  });
});

test('search results of the server are hydrated, and the browser searches on', async () => {
  const dir = installExample('ssr-hydrate', { tools: true });
  await serving(dir, process.execPath, ['server.mjs'], async (url) => {
    assert.match(await (await fetch(`${url}/?q=tables`)).text(), /<li>SQL asks questions of tables<\/li>/);
    const { text, problems } = await visit(`${url}/?q=tables`, async (page) => {
      await page.waitForFunction(() => /^ready: simd/.test(document.getElementById('status')?.textContent), undefined, { timeout: 30_000 });
      await page.fill('#query', 'yeast');
      await page.waitForFunction(() => document.querySelector('#hits li')?.textContent.startsWith('Bread'), undefined, { timeout: 10_000 });
    });
    assert.deepEqual(problems, []); // a hydration that did not match would be one
    assert.match(text, /^Bread rises/);
  });
});
