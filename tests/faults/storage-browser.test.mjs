// OPFS and IndexedDB in Chromium: the suite of every backend, then workers, tabs and whole browsers killed in the middle of adding, tabs in competition, a full quota.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium, startBrowser } from '../support/chromium.mjs';

const MODULE = '/tests/faults/storage-writer.page.mjs';
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

/** Runs a job in a worker of the page; figures go to `onFigure` in this process. The page's `endWorker()` kills it. */
async function startJob(page, job, onFigure = () => undefined) {
  const channel = `figure${Math.random().toString(36).slice(2)}`;
  await page.exposeFunction(channel, onFigure);
  return page.evaluate(([module, job, channel]) => new Promise((resolve, reject) => {
    const worker = new Worker(module, { type: 'module' });
    globalThis.endWorker = () => { worker.terminate(); resolve('killed'); };
    worker.onerror = (event) => reject(new Error(event.message ?? 'the worker script failed'));
    worker.onmessage = ({ data }) => {
      if (data.error) reject(new Error(data.error));
      else if ('result' in data) resolve(data.result);
      else void globalThis[channel](data.figure);
    };
    worker.postMessage(job);
  }), [MODULE, job, channel]);
}

/** The stored ids must be whole pairs, and at least what was acknowledged. */
function judge(ids, acknowledged) {
  assert.deepEqual(ids, Array.from({ length: ids.length }, (_, i) => `id-${i}`));
  assert.equal(ids.length % 2, 0, 'half of a change was found');
  assert.ok(ids.length >= acknowledged, `${ids.length} found, ${acknowledged} acknowledged`);
}

for (const [where, job] of [['worker', { storage: 'opfs' }], ['worker', { storage: 'indexeddb' }], ['page', { storage: 'indexeddb' }], ['page', { storage: 'indexeddb', locks: false }]]) {
  test(`the storage suite in a ${where}: ${JSON.stringify(job)}`, async () => {
    const context = await browser.newContext();
    const page = await blank(context);
    const results = await page.evaluate(([where, job]) => {
      const module = '/tests/conformance/storage-page.mjs';
      if (where === 'page') return import(module).then((suite) => suite.runStorageSuite(job));
      return new Promise((resolve, reject) => {
        const worker = new Worker(module, { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message ?? 'the worker script failed'));
        worker.postMessage(job);
      });
    }, [where, job]);
    await context.close();
    assert.deepEqual(results.filter((result) => !result.ok), []);
    assert.ok(results.length >= 21, `only ${results.length} cases ran`);
  });
}

for (const storage of ['opfs', 'indexeddb']) {
  describe(storage, () => {
    test('a worker killed in the middle of adding loses nothing acknowledged, and its successor opens at once', async () => {
      const context = await browser.newContext();
      const page = await blank(context);
      let total = 0;
      for (let round = 0; round < 5; round++) {
        let last = 0;
        let figures = 0;
        const limit = 5 + round * 23;
        await startJob(page, { do: 'write', storage, name: 'killed' }, (figure) => { last = figure; if (++figures === limit) return page.evaluate(() => globalThis.endWorker()); });
        const ids = await startJob(page, { do: 'check', storage, name: 'killed' });
        judge(ids, last);
        assert.ok(ids.length > total);
        total = ids.length;
      }
      assert.ok(total > 200, `only ${total} documents were written`);
      await context.close();
    });

    test('a tab closed in the middle of adding loses nothing acknowledged', async () => {
      const context = await browser.newContext();
      for (let round = 0; round < 3; round++) {
        const page = await blank(context);
        let last = 0;
        await new Promise((resolve) => {
          let figures = 0;
          startJob(page, { do: 'write', storage, name: 'closed' }, (figure) => { last = figure; if (++figures === 20 + round * 40) resolve(); }).catch(() => undefined);
        });
        await page.close();
        const next = await blank(context);
        judge(await startJob(next, { do: 'check', storage, name: 'closed' }), last);
        await next.close();
      }
      await context.close();
    });

    test('five tabs in competition, some of them reloaded: one at a time, nothing acknowledged is lost', async () => {
      const context = await browser.newContext();
      let acknowledged = 0;
      const pages = await Promise.all(Array.from({ length: 5 }, () => blank(context)));
      const job = { do: 'turns', turns: 4, storage, name: 'shared' };
      const lives = pages.map((page, i) => startJob(page, job, () => { acknowledged += 2; }).catch((error) => {
        if (i < 2) return 'reloaded';
        throw error;
      }));
      await new Promise((resolve) => { setTimeout(resolve, 150); });
      await Promise.all(pages.slice(0, 2).map((page) => page.reload()));
      const again = pages.slice(0, 2).map((page) => startJob(page, job, () => { acknowledged += 2; }));
      const ends = await Promise.all([...lives.slice(2), ...again]);
      assert.deepEqual(ends, Array(5).fill('done'));
      const ids = await startJob(pages[4], { do: 'check', storage, name: 'shared' });
      judge(ids, acknowledged);
      assert.ok(ids.length <= acknowledged + 4, `${ids.length} found, ${acknowledged} acknowledged: more than the reloaded tabs can have left`);
      await context.close();
    });

    test('a full quota refuses with QUOTA and the cure, keeps what was acknowledged, and works again when there is room', async () => {
      // A profile on disk: in a private window Chromium does not count what synchronous handles write.
      const profile = mkdtempSync(join(tmpdir(), 'wasm-services-'));
      const { page, kill } = await startBrowser(profile, `${server.url}/blank.html`);
      try {
        const control = await page.context().newCDPSession(page);
        const setQuota = (quotaSize) => control.send('Storage.overrideQuotaForOrigin', { origin: server.url, ...(quotaSize && { quotaSize }) });
        await setQuota(3_000_000);
        const full = await startJob(page, { do: 'quota', storage, name: 'full' });
        assert.equal(full.refused?.code, 'QUOTA', JSON.stringify(full.refused));
        assert.match(full.refused.message, /persist\(\)/);
        await setQuota(undefined);
        judge(await startJob(page, { do: 'check', storage, name: 'full' }), full.acknowledged);
        const roomy = await startJob(page, { do: 'quota', storage, name: 'full' });
        assert.equal(roomy.refused, undefined);
        judge(await startJob(page, { do: 'check', storage, name: 'full' }), roomy.acknowledged);
      } finally {
        await kill();
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      }
    });

    test('a browser killed with SIGKILL in the middle of adding loses nothing acknowledged', async () => {
      const profile = mkdtempSync(join(tmpdir(), 'wasm-services-'));
      try {
        let total = 0;
        for (let round = 0; round < 2; round++) {
          let last = 0;
          const killed = await startBrowser(profile, `${server.url}/blank.html`);
          await new Promise((resolve) => {
            let figures = 0;
            startJob(killed.page, { do: 'write', storage, name: 'crashed' }, (figure) => { last = figure; if (++figures === 60) resolve(); }).catch(() => undefined);
          });
          await killed.kill();
          const next = await startBrowser(profile, `${server.url}/blank.html`);
          const ids = await startJob(next.page, { do: 'check', storage, name: 'crashed' });
          await next.kill();
          judge(ids, last);
          assert.ok(ids.length > total);
          total = ids.length;
        }
      } finally {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      }
    });
  });
}

test("OPFS on a page's own thread is UNSUPPORTED and names the worker; a directory names the browser's storages", async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const refusal = (storage) => page.evaluate(async (storage) => {
    const { storageBackend } = await import('/js/dist/host/storage/index.js');
    try {
      await storageBackend({ storage, name: 'x', service: 'vector' }).open();
      return 'opened';
    } catch (error) {
      return `${error.code} ${error.message}`;
    }
  }, storage);
  assert.match(await refusal('opfs'), /^UNSUPPORTED .*host: 'worker'/);
  assert.match(await refusal({ directory: '/data' }), /^UNSUPPORTED .*'opfs' or 'indexeddb'/);
  await context.close();
});

test('the page lifecycle is told once per change: hidden or frozen, shown or resumed', async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const calls = await page.evaluate(async () => {
    const { watchPageLifecycle } = await import('/js/dist/host/storage/index.js');
    const calls = [];
    const stop = watchPageLifecycle({ hide: () => calls.push('hide'), show: () => calls.push('show') });
    const fire = (target, type) => target.dispatchEvent(new Event(type));
    fire(window, 'pageshow');
    fire(document, 'freeze');
    fire(window, 'pagehide');
    fire(document, 'resume');
    fire(window, 'pageshow');
    fire(window, 'pagehide');
    stop();
    fire(window, 'pageshow');
    return calls;
  });
  await context.close();
  assert.deepEqual(calls, ['hide', 'show', 'hide']);
});
