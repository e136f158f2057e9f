// The dashboard's live panel, isolated and plain: every service of the page is seen, and faults on purpose end with the right answer and nothing lost.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from '../support/chromium.mjs';
import { openPage, says } from './lib.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser?.close());

const PLAYED = { vector: ['kill', 'trap', 'network'], sqlite: ['kill', 'trap', 'quota', 'network'], data: ['kill', 'trap', 'network'], compute: ['kill', 'trap', 'network'] };

for (const isolated of [true, false]) {
  describe(isolated ? 'an isolated page' : 'a plain page', () => {
    let opened, page;
    before(async () => {
      opened = await openPage(browser, '#live', { isolated });
      page = opened.page;
      await page.waitForSelector('#live-faults button', { timeout: 60_000 });
    });
    after(() => opened?.close());

    const rest = () => page.waitForFunction(() => !document.getElementById('live').hasAttribute('aria-busy'), undefined, { timeout: 60_000 });
    const services = () => page.$$eval('#live-services tbody tr', (all) => Object.fromEntries(all.map((tr) => [tr.cells[0].textContent, { calls: Number(tr.cells[3].textContent.replaceAll(',', '')), memory: tr.cells[5].textContent, health: tr.cells[6].textContent }])));

    test('before anything runs it says so', async () => {
      assert.ok(await page.isVisible('#live-none'));
      assert.deepEqual(await services(), {});
    });

    test('traffic is seen: calls of four services, their memory, the charts', async () => {
      await page.click('#live-traffic');
      await page.waitForFunction(() => document.querySelectorAll('#live-services tbody tr').length === 4, undefined, { timeout: 60_000 });
      const before = await services();
      await page.waitForFunction((least) => [...document.querySelectorAll('#live-services tbody tr')].every((tr) => Number(tr.cells[3].textContent.replaceAll(',', '')) > least), Math.max(...Object.values(before).map((s) => s.calls)) + 3, { timeout: 60_000 });
      assert.deepEqual(Object.keys(await services()).sort(), ['faults: compute', 'faults: data', 'faults: sqlite', 'faults: vector']);
      assert.match((await services())['faults: vector'].memory, /[kM]B/);
      assert.equal(await page.$$eval('#live-throughput canvas, #live-memory canvas', (all) => all.length), 2);
      assert.match(await page.textContent('#live-throughput-names'), /faults: vector [\d.]+\/s/);
      await page.click('#live-traffic');
      assert.equal(await page.textContent('#live-traffic-error'), '');
    });

    test('a service that another panel started is seen too', async () => {
      await page.click('nav a[href="#data"]');
      await says(page, 'data-status', /Nothing is open/);
      await page.click('#data-sample');
      await says(page, 'data-status', /rows loaded in [\d.]+ m?s\.$/);
      await page.click('nav a[href="#live"]');
      await page.waitForFunction(() => [...document.querySelectorAll('#live-services th')].some((th) => th.textContent === 'data'), undefined, { timeout: 10_000 });
    });

    test('health is asked of every service', async () => {
      await page.click('#live-check');
      await says(page, 'live-health', /^healthy; memory pressure low/);
      assert.match((await services())['faults: sqlite'].health, /^ready, answered in/);
    });

    test('latencies and events are shown, or the panel says that this build has none', async () => {
      if (await page.isVisible('#live-missing')) {
        assert.match(await page.textContent('#live-missing'), /Latencies are not shown: UNSUPPORTED: .*Events are not shown: UNSUPPORTED: /);
        assert.equal(await page.isVisible('#live-latency'), false);
        return;
      }
      await page.waitForFunction(() => document.querySelectorAll('#live-operations tbody tr').length >= 4);
      const [first] = await page.$$eval('#live-operations tbody tr', (all) => all.map((tr) => [...tr.cells].map((cell) => cell.textContent)));
      assert.match(first[1], /^[\d,]+$/);
      assert.match(first[3], /ms$/);
      assert.match(await page.getAttribute('#live-histogram', 'aria-label'), /most of them, \d+, up to/);
      assert.ok(await page.$$eval('#live-events li', (all) => all.length) > 0);
    });

    for (const [service, faults] of Object.entries(PLAYED)) {
      for (const fault of faults) {
        test(`${service}, ${fault}: the right answer comes again and nothing is lost`, async () => {
          await page.selectOption('#live-subject', service);
          await page.evaluate(() => { document.getElementById('live-fault-status').textContent = ''; });
          await page.click(`#live-faults [data-fault=${fault}]`);
          await page.waitForFunction(() => /[.:]/.test(document.getElementById('live-fault-status').textContent));
          await rest();
          assert.match(await page.textContent('#live-fault-status'), /answered rightly again after [\d.]+ m?s; nothing was lost\./);
          const row = await page.$eval('#live-fault-table tbody tr', (tr) => ({ ...tr.dataset, met: tr.cells[3].textContent, holds: tr.cells[2].textContent }));
          assert.deepEqual([row.fault, row.service, row.lost], [fault, service, 'nothing']);
          // Control: the fault did happen.
          if (fault === 'quota') assert.match(row.met, /^the write was refused, QUOTA/);
          // What has threads here falls to one thread.
          if (fault === 'network') assert.match(row.met, service === 'sqlite' ? /^rejected, UNSUPPORTED/ : service === 'compute' ? /^answered by (js|simd):/ : /^answered by js/);
          if (service === 'sqlite') assert.match(row.holds, /2,000 rows in the private file system, \d+ acknowledged writes/);
        });
      }
    }

    test('a fault that a service can not have is not offered', async () => {
      await page.selectOption('#live-subject', 'compute');
      assert.ok(await page.isDisabled('#live-faults [data-fault=quota]'));
      assert.match(await page.getAttribute('#live-faults [data-fault=quota]', 'title'), /Only of SQLite/);
    });

    test('nothing was logged as an error', () => assert.deepEqual(opened.problems, []));
  });
}
