// The dashboard used as a person would, isolated and plain.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser?.close());

const shots = new URL('../../build/screenshots/', import.meta.url);
mkdirSync(shots, { recursive: true });

for (const isolated of [true, false]) {
  describe(isolated ? 'an isolated page' : 'a plain page', () => {
    let server, page;
    const problems = [];
    before(async () => {
      server = await serve({ isolated });
      page = await browser.newPage({ viewport: { width: 1000, height: 1300 } });
      page.on('pageerror', (e) => problems.push(String(e)));
      page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()); });
      await page.goto(`${server.url}#search`);
      await page.waitForSelector('#search-form:not([hidden])', { timeout: 60_000 });
    });
    after(async () => { await page?.close(); await server?.close(); });

    const results = () => page.$$eval('#results li', (items) => items.map((li) => ({ id: li.dataset.id, text: li.textContent })));
    const settled = (pattern) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById('timing').textContent), pattern);

    test('says what the browser can do, what was chosen and what was passed over', async () => {
      const threads = await page.textContent('[data-capability=hasThreads]');
      if (isolated) assert.match(threads, /✓ threads/);
      else assert.match(threads, /✗ threads \(not-isolated\)/);
      const choice = await page.textContent('#choice');
      assert.match(choice, /Answers(simd|relaxed-simd|simd-threads), in a worker/);
      assert.match(choice, /Because\S/);
    });

    test('a sample query is answered by meaning', async () => {
      const query = await page.$eval('#sample-queries option', (o) => o.value);
      await page.fill('#query', query);
      await settled('by meaning');
      assert.equal((await results()).length, 10);
      assert.match(await page.textContent('#mode'), /by meaning/);
    });

    test('free text is answered by its words', async () => {
      await page.fill('#query', 'python library');
      await page.press('#query', 'Enter');
      await settled('by words');
      const found = await results();
      assert.equal(found.length, 10);
      assert.ok(found.every((r) => /python|librar/i.test(r.text)), found[0].text);
    });

    test('a section filters inside the search', async () => {
      await page.selectOption('#section', 'games');
      await page.fill('#query', 'puzzle game');
      await page.press('#query', 'Enter');
      await settled('by words');
      await page.waitForFunction(() => [...document.querySelectorAll('#results .meta')].length > 0 && [...document.querySelectorAll('#results .meta')].every((m) => m.textContent.startsWith('games')));
      await page.selectOption('#section', '');
    });

    test('"similar to this" finds neighbours and not the document itself', async () => {
      await page.fill('#query', 'puzzle game');
      await page.press('#query', 'Enter');
      await settled('by words');
      const [first] = await results();
      await page.click('#results li:first-child button');
      await settled('similar to');
      const similar = await results();
      assert.equal(similar.length, 10);
      assert.ok(!similar.some((r) => r.id === first.id));
    });

    test('markup in a description stays text', async () => {
      assert.equal(await page.$$eval('#results li div *', (nodes) => nodes.length), 0);
    });

    test('the race runs every implementation and finds equal answers', async () => {
      await page.click('#race');
      await page.waitForFunction(() => document.getElementById('race-status').textContent === 'Finished.', undefined, { timeout: 120_000 });
      const rows = await page.$$eval('#race-table tbody tr', (trs) => trs.map((tr) => ({ variant: tr.dataset.variant, answers: tr.dataset.answers ?? null })));
      assert.ok(rows.some((r) => r.variant === 'js' && r.answers === 'equal'));
      assert.ok(rows.some((r) => r.variant === 'simd' && r.answers === 'equal'));
      assert.ok(!rows.some((r) => r.answers === 'DIFFERENT'), JSON.stringify(rows));
    });

    test('nothing was logged as an error', async () => {
      await page.screenshot({ path: new URL(`dashboard-${isolated ? 'isolated' : 'plain'}.png`, shots).pathname, fullPage: true });
      assert.deepEqual(problems, []);
    });
  });
}
