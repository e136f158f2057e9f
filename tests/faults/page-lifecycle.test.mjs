// A page that goes to sleep (frozen, or into the back/forward cache) lets its durable collection go (FAULTS 39): another tab opens it;
// when the page wakes, it has its collection again, or says BUSY. Collections in memory notice nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import { servePackage } from '../conformance/lib/serve.mjs';
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.mjs';

let browser;
let server;
before(async () => {
  const { chromium } = createRequire(new URL('../hosts/package.json', import.meta.url))('playwright-core');
  browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  server = await servePackage({
    // The package stays cached: what the page's workers load must not depend on the tab that asks.
    cache: true,
    answer(path, response) {
      if (!path.startsWith('/blank')) return false;
      response.writeHead(200, { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=60' }).end('<!doctype html><link rel="icon" href="data:,">');
      return true;
    },
  });
});
after(async () => { await browser?.close(); await server?.close(); });

async function tab(context, config) {
  const page = await context.newPage();
  await page.goto(`${server.url}/blank.html`);
  await page.evaluate(async (config) => {
    const { createVectorSearch } = await import('/dist/vector.js');
    globalThis.vectors = createVectorSearch({ name: 'sleepy', ...config });
    globalThis.outcome = (promise) => promise.then((value) => ({ value }), ({ code, message }) => ({ code, message }));
  }, config);
  return page;
}
const add = (page, id) => page.evaluate((id) => outcome(vectors.addVectors([id], Float32Array.of(1, 2)).then(() => 'added')), id);
const listed = (page) => page.evaluate(() => outcome(vectors.list().then((all) => all.map(({ id }) => id))));
const fire = (page, type) => page.evaluate((type) => { (type.startsWith('page') ? window : document).dispatchEvent(new Event(type)); }, type);

const PLACES = [{ storage: 'opfs' }, { storage: 'indexeddb', host: 'worker' }, { storage: 'indexeddb', host: 'inline' }];

for (const config of PLACES) {
  const what = JSON.stringify(config);

  test(`control ${what}: while the page is awake, another tab is told BUSY`, async () => {
    const context = await browser.newContext();
    const [first, second] = [await tab(context, config), await tab(context, config)];
    assert.deepEqual(await add(first, 'a'), { value: 'added' });
    assert.equal((await listed(second)).code, 'BUSY');
    await context.close();
  });

  for (const [hide, show] of [['freeze', 'resume'], ['pagehide', 'pageshow']]) {
    test(`${what}: after ${hide} another tab has the collection; after ${show} calls made meanwhile are answered from it`, async () => {
      const context = await browser.newContext();
      const [first, second] = [await tab(context, config), await tab(context, config)];
      await add(first, 'a');
      await fire(first, hide);
      assert.deepEqual(await add(second, 'b'), { value: 'added' });
      await first.evaluate(() => { globalThis.meanwhile = outcome(vectors.list().then((all) => all.map(({ id }) => id))); globalThis.added = outcome(vectors.addVectors(['c'], Float32Array.of(3, 1))); });
      assert.equal(await first.evaluate(() => Promise.race([meanwhile, new Promise((resolve) => { setTimeout(resolve, 200, 'waits'); })])), 'waits');
      await second.evaluate(() => vectors.dispose());
      await fire(first, show);
      assert.deepEqual(await first.evaluate(() => meanwhile), { value: ['a', 'b'] });
      assert.equal((await first.evaluate(() => added)).code, undefined);
      assert.deepEqual(await listed(first), { value: ['a', 'b', 'c'] });
      await context.close();
    });
  }

  test(`${what}: a page that wakes while another tab has the collection says BUSY, and works when that one is closed`, async () => {
    const context = await browser.newContext();
    const [first, second] = [await tab(context, config), await tab(context, config)];
    await add(first, 'a');
    await fire(first, 'freeze');
    await add(second, 'b');
    await fire(first, 'resume');
    const refused = await listed(first);
    assert.equal(refused.code, 'BUSY', JSON.stringify(refused));
    await second.evaluate(() => vectors.dispose());
    assert.deepEqual(await listed(first), { value: ['a', 'b'] });
    await context.close();
  });
}

/**
 * Chromium drops a page out of the cache when another tab asks for its lock before the release has got through ('weblocks-contention'), which a loaded
 * machine brings about. Nothing is lost then, but no page comes back: the scene is set again.
 */
const TRIES = 5;

for (const storage of ['opfs', 'indexeddb']) {
  test(`${storage}: a page in the back/forward cache gives its collection to another tab, and has it again when it comes back`, async () => {
    let cameBack = false;
    const dropped = [];
    for (let i = 0; i < TRIES && !cameBack; i++) {
      const context = await browser.newContext();
      const first = await tab(context, { storage });
      await add(first, 'a');
      await first.evaluate(() => { globalThis.addEventListener('pageshow', ({ persisted }) => { globalThis.cameBack = persisted; }); });
      await first.goto(`${server.url}/blank2.html`);
      const second = await tab(context, { storage });
      assert.deepEqual(await add(second, 'b'), { value: 'added' });
      await second.evaluate(() => vectors.dispose());
      await first.goBack({ waitUntil: 'commit' });
      // `pageshow` comes after the commit; a new page has no collection.
      await first.waitForFunction(() => globalThis.cameBack !== undefined || globalThis.vectors === undefined);
      cameBack = await first.evaluate(() => globalThis.cameBack === true);
      if (cameBack) assert.deepEqual(await listed(first), { value: ['a', 'b'] });
      else dropped.push(await first.evaluate(() => JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)));
      await context.close();
    }
    assert.ok(cameBack, `the page itself came back, not a new one: ${dropped.join(', ')}`);
  });
}

test('a collection in memory goes on while the page is hidden', async () => {
  const context = await browser.newContext();
  const page = await tab(context, { storage: 'memory' });
  await add(page, 'a');
  await fire(page, 'pagehide');
  assert.deepEqual(await listed(page), { value: ['a'] });
  await context.close();
});

test('disposing of a sleeping collection ends its waiting calls', async () => {
  const context = await browser.newContext();
  const page = await tab(context, { storage: 'indexeddb' });
  await add(page, 'a');
  await fire(page, 'freeze');
  assert.equal(await page.evaluate(async () => { const waits = outcome(vectors.count()); await vectors.dispose(); return (await waits).code; }), 'DISPOSED');
  await context.close();
});
