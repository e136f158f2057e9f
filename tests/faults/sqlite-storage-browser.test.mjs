// SQLite's storages in Chromium: the suite of every SqlFiles on OPFS, blocks in IndexedDB, tabs that pass a database around, holders that are killed or do not answer, a full quota.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium, startBrowser } from '../support/chromium.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULE = '/tests/faults/sqlite-storage.page.mjs';
let browser;
let server;

before(async () => {
  browser = await launchChromium();
  server = await servePackage({
    answer(path, response) {
      if (path !== '/blank.html') return false;
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
      return true;
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function blank(context) {
  const page = await context.newPage();
  await page.goto(`${server.url}/blank.html`);
  return page;
}

/** Runs a job in a worker of the page (or in the page); figures go to `onFigure`. The page's `endWorker()` kills it. */
async function run(page, job, onFigure = () => undefined, where = 'worker') {
  const channel = `figure${Math.random().toString(36).slice(2)}`;
  await page.exposeFunction(channel, onFigure);
  return page.evaluate(([module, job, channel, where]) => new Promise((resolve, reject) => {
    if (where === 'page') { import(module).then(({ runJob }) => runJob(job, globalThis[channel])).then(resolve, reject); return; }
    const worker = new Worker(module, { type: 'module' });
    globalThis.endWorker = () => { worker.terminate(); resolve('killed'); };
    worker.onerror = (event) => reject(new Error(event.message ?? 'the worker script failed'));
    worker.onmessage = ({ data }) => {
      if (data.error) reject(new Error(data.error));
      else if ('result' in data) resolve(data.result);
      else void globalThis[channel](data.figure);
    };
    worker.postMessage(job);
  }), [MODULE, job, channel, where]);
}

/** Runs a job and resolves with its first figure; the job goes on. */
const begun = (page, job) => new Promise((resolve, reject) => { run(page, job, resolve).catch(reject); });

test('the suite of SqlFiles on OPFS, in a worker', async () => {
  const context = await browser.newContext();
  const results = await run(await blank(context), { do: 'suite' });
  await context.close();
  assert.deepEqual(results.filter(({ ok }) => !ok), []);
  assert.ok(results.length >= 21, `only ${results.length} cases ran`);
});

for (const [where, more] of [['worker', {}], ['page', {}], ['page', { locks: false }]]) {
  test(`blocks in IndexedDB, in a ${where} ${JSON.stringify(more)}`, async () => {
    const context = await browser.newContext();
    assert.equal(await run(await blank(context), { do: 'blocks', name: 'Blöcke', ...more }, undefined, where), 'done');
    await context.close();
  });
}

for (const storage of ['opfs', 'indexeddb']) {
  describe(storage, () => {
    test('what it opens with', async () => {
      const context = await browser.newContext();
      const page = await blank(context);
      const opened = await run(page, { do: 'open', storage, name: 'a b' });
      assert.equal(opened.value, 0, JSON.stringify(opened));
      assert.deepEqual([opened.journalMode, opened.synchronous], storage === 'opfs' ? ['wal', 'normal'] : ['delete', 'full']);
      assert.match(opened.label, /"a b"/);
      assert.equal((await run(page, { do: 'open', storage, name: 'a b' })).value, 1);
      assert.equal((await run(page, { do: 'open', storage, name: 'A b' })).value, 0, 'another name is another database');
      await context.close();
    });

    test('39: five tabs pass the database around; every one of their counts is there', async () => {
      const context = await browser.newContext();
      const pages = await Promise.all(Array.from({ length: 5 }, () => blank(context)));
      const seen = [];
      const ends = await Promise.all(pages.map((page) => run(page, { do: 'count', storage, name: 'shared', turns: 30, pause: 15 }, (figure) => { seen.push(figure); })));
      assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 150 }, (_, i) => i));
      assert.ok(ends.some(({ lent }) => lent > 0), 'nobody had to let go: the tabs did not compete');
      await context.close();
    });

    test('a holder that finishes something first is waited for', async () => {
      const context = await browser.newContext();
      const [first, second] = [await blank(context), await blank(context)];
      await begun(first, { do: 'keep', storage, name: 'slow', busyMs: 0, freeAfterMs: 7000 });
      const opened = await run(second, { do: 'open', storage, name: 'slow' });
      assert.equal(opened.value, 1, JSON.stringify(opened));
      assert.ok(opened.ms > 6000);
      await context.close();
    });

    test('39: a holder that does not answer is BUSY, and named', async () => {
      const context = await browser.newContext();
      const [first, second] = [await blank(context), await blank(context)];
      await begun(first, { do: 'keep', storage, name: 'silent', busyMs: 9000 });
      const refused = await run(second, { do: 'open', storage, name: 'silent' });
      assert.equal(refused.code, 'BUSY', JSON.stringify(refused));
      assert.match(refused.message, /open in another tab.*client/);
      assert.ok(refused.ms > 4000 && refused.ms < 8000, `after ${refused.ms} ms`);
      await context.close();
    });

    test('37, 39: a holder killed while it writes: the next one opens at once and has what was acknowledged', async () => {
      const context = await browser.newContext();
      const page = await blank(context);
      let last = -1;
      for (let round = 0; round < 4; round++) {
        let figures = 0;
        await run(page, { do: 'count', storage, name: 'killed', turns: 1e9 }, (figure) => { last = figure; if (++figures === 10 + round * 7) return page.evaluate(() => globalThis.endWorker()); });
        const opened = await run(page, { do: 'open', storage, name: 'killed' });
        assert.ok(opened.value > last, `${opened.value} found, ${last + 1} acknowledged (${JSON.stringify(opened)})`);
        assert.ok(opened.ms < 3500, `opened after ${opened.ms} ms`);
      }
      await context.close();
    });

    test('38: a full quota is QUOTA with the cure, and there is room again later', async () => {
      const profile = mkdtempSync(join(tmpdir(), 'wasm-services-'));
      const { page, kill } = await startBrowser(profile, `${server.url}/blank.html`);
      try {
        const control = await page.context().newCDPSession(page);
        const setQuota = (quotaSize) => control.send('Storage.overrideQuotaForOrigin', { origin: server.url, ...(quotaSize && { quotaSize }) });
        await setQuota(3_000_000);
        const full = await run(page, { do: 'fill', storage, name: 'full', most: 6 << 20 });
        assert.equal(full.refused?.code, 'QUOTA', JSON.stringify(full));
        assert.match(full.refused.message, /persist\(\)/);
        await setQuota(undefined);
        const roomy = await run(page, { do: 'fill', storage, name: 'full', most: 6 << 20 });
        assert.equal(roomy.refused, undefined, JSON.stringify(roomy));
      } finally {
        await kill();
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      }
    });
  });
}

test("a page's own thread has no OPFS, a browser no files, and a missing database can not be opened read-only", async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const onPage = await run(page, { do: 'open', storage: 'opfs', name: 'x' }, undefined, 'page');
  assert.equal(onPage.code, 'UNSUPPORTED');
  assert.match(onPage.message, /host: 'worker'/);
  const file = await run(page, { do: 'open', storage: { file: 'x.db' } });
  assert.equal(file.code, 'UNSUPPORTED');
  assert.match(file.message, /'opfs' or 'indexeddb'/);
  assert.equal((await run(page, { do: 'open', storage: 'opfs', name: 'none', readonly: true })).code, 'NOT_FOUND');
  assert.equal((await run(page, { do: 'open', storage: 'opfs', name: '' })).code, 'INVALID_ARGUMENT');
  await context.close();
});
