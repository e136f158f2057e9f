// The dashboard's data panel used as a person would, isolated and plain. Answers are compared with plain loops over the same rows.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createDataProcessor } from '../../dist/data.js';
import { serve } from '../../scripts/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

const shots = new URL('../../build/screenshots/', import.meta.url);
mkdirSync(shots, { recursive: true });
const docs = readFileSync(new URL('../../demo/data/docs.jsonl', import.meta.url), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));

/** Sections in order of first appearance, with what a loop finds in the rows that count. */
function bySection(counts = () => true) {
  const groups = new Map();
  for (const doc of docs) {
    if (!counts(doc)) continue;
    const group = groups.get(doc.section) ?? { section: doc.section, count: 0, bytes: 0, least: Infinity };
    group.count++;
    group.bytes += doc.download_bytes;
    group.least = Math.min(group.least, doc.installed_kib);
    groups.set(doc.section, group);
  }
  return [...groups.values()];
}

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser?.close());

for (const isolated of [true, false]) {
  describe(isolated ? 'an isolated page' : 'a plain page', () => {
    let server, context, page;
    const problems = [];
    before(async () => {
      server = await serve({ isolated });
      context = await browser.newContext({ viewport: { width: 1000, height: 1300 } });
      page = await context.newPage();
      page.on('pageerror', (e) => problems.push(String(e)));
      page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()); });
      await page.goto(`${server.url}#data`);
      await settled(/Nothing is open yet/);
    });
    after(async () => { await context?.close(); await server?.close(); });

    const status = () => page.textContent('#data-status');
    /** Waits until the panel is at rest and says this. */
    const settled = (pattern) => page.waitForFunction(({ source }) => !document.getElementById('data').hasAttribute('aria-busy') && new RegExp(source).test(document.getElementById('data-status').textContent), { source: pattern.source }, { timeout: 60_000 })
      .catch(async () => assert.fail(`the panel says "${await status()}", expected ${pattern}`));
    const doing = async (work, pattern) => {
      await page.evaluate(() => { document.getElementById('data-status').textContent = ''; });
      await work();
      await settled(pattern);
    };
    const drop = (name, bytes) => page.evaluate(({ name, base64 }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      for (const type of ['dragover', 'drop']) document.getElementById('data-title').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }, { name, base64: Buffer.from(bytes).toString('base64') });
    const choose = (name, bytes) => page.setInputFiles('#data-file', { name, mimeType: '', buffer: Buffer.from(bytes) });
    const grid = (id) => page.$$eval(`#${id} tbody tr:not(.spacer)`, (trs) => trs.map((tr) => [...tr.cells].map((td) => td.textContent)));
    const head = (id) => page.$$eval(`#${id} thead th`, (cells) => cells.map((th) => th.textContent));
    const columns = () => page.$$eval('#data-schema tbody tr', (trs) => trs.map((tr) => [...tr.cells].map((td) => td.textContent)));
    const ask = (pattern = /^Answered/) => doing(() => page.click('#data-ask'), pattern);
    /** The form, from nothing. */
    const question = async ({ keys = [], operations, where = '', having = '', order = '', descending = true, limit = '' }) => {
      for (const box of await page.$$('#data-keys input')) await box.setChecked(keys.includes(await box.getAttribute('value')));
      while (await page.$('#data-operations li')) await page.click('#data-operations li [data-action=remove]');
      for (const [operation, field, extra] of operations) {
        await page.click('#data-add');
        const line = page.locator('#data-operations li').last();
        await line.locator('[name=operation]').selectOption(operation);
        await line.locator('[name=field]').selectOption(field);
        if (operation === 'quantile') await line.locator('[name=q]').fill(String(extra));
        if (operation === 'correlation') await line.locator('[name=with]').selectOption(extra);
      }
      await page.fill('#data-where', where);
      await page.fill('#data-having', having);
      await page.selectOption('#data-order', order);
      await page.setChecked('#data-descending', descending);
      await page.fill('#data-limit', String(limit));
    };

    test('the sample loads by its button and shows its schema, its rows and how fast it was', async () => {
      await doing(() => page.click('#data-sample'), /^5,000 rows loaded in/);
      assert.deepEqual((await columns()).map(([name, type]) => [name, type]), [['id', 'i32'], ['name', 'utf8'], ['section', 'utf8'], ['text', 'utf8'], ['download_bytes', 'i32'], ['installed_kib', 'i32']]);
      assert.deepEqual(await head('data-rows'), ['id', 'name', 'section', 'text', 'download_bytes', 'installed_kib']);
      const rows = await grid('data-rows');
      assert.ok(rows.length >= 10 && rows.length < 200, `${rows.length} rows are in the page`);
      assert.deepEqual(rows[0], ['0', docs[0].name, docs[0].section, docs[0].text, String(docs[0].download_bytes), String(docs[0].installed_kib)]);
      const facts = await page.textContent('#data-facts');
      assert.match(facts, /5,000 rows × 6 columns from docs\.jsonl/);
      assert.match(facts, /rows\/s, .*MB\/s/);
      assert.match(facts, /Memory[\d.]+ [kM]B for the whole service/);
      assert.match(facts, /Answerssimd, in a worker: \S/);
    });

    test('the facts of columns are those of the rows', async () => {
      await page.waitForFunction(() => !/…/.test(document.querySelector('#data-schema tr:last-child').textContent));
      const found = Object.fromEntries((await columns()).map(([name, , ...facts]) => [name, facts]));
      const distinct = (field) => new Set(docs.map((d) => d[field])).size.toLocaleString('en');
      const sizes = docs.map((d) => d.download_bytes), sections = docs.map((d) => d.section).sort();
      assert.deepEqual(found.download_bytes, ['0', distinct('download_bytes'), String(Math.min(...sizes)), String(Math.max(...sizes))]);
      assert.deepEqual(found.section, ['0', distinct('section'), sections[0], sections.at(-1)]);
    });

    test('a first question is asked at once: sections by their number of packages', async () => {
      const expected = bySection().sort((a, b) => b.count - a.count).slice(0, 20);
      assert.deepEqual((await grid('data-result')).map(([section, count, sum]) => [section, count, sum]), expected.map((g) => [g.section, String(g.count), String(g.bytes)]));
      assert.match(await page.textContent('#data-answer'), /^20 groups from 5,000 rows in .* by simd: the table is resident/);
      assert.equal(await page.$$eval('#data-chart .bar', (bars) => bars.length), 20);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'data-sample', 'the focus is where it was');
    });

    test('every row can be scrolled to, while only those in sight are in the page', async () => {
      await page.$eval('#data-rows .scroll', (box) => { box.scrollTop = box.scrollHeight; });
      await page.waitForFunction((name) => [...document.querySelectorAll('#data-rows tbody tr')].some((tr) => tr.cells[1]?.textContent === name), docs.at(-1).name);
      const rows = await grid('data-rows');
      assert.ok(rows.length < 200);
      assert.equal(await page.getAttribute('#data-rows tbody tr:nth-last-child(2)', 'aria-rowindex'), '5001');
      assert.deepEqual(await page.$$eval('#data-rows td.number', (cells) => cells.filter((td) => td.scrollWidth > td.clientWidth).map((td) => td.textContent)), [], 'numbers are not cut');
      await page.$eval('#data-rows .scroll', (box) => { box.scrollTop = box.scrollHeight / 2; });
      await page.waitForFunction((name) => [...document.querySelectorAll('#data-rows tbody tr')].some((tr) => tr.cells[1]?.textContent === name), docs[2500].name);
    });

    test('a group-by with conditions, order and limit gives what a plain loop gives', async () => {
      await question({ keys: ['section'], operations: [['count', '*'], ['sum', 'download_bytes'], ['min', 'installed_kib']], where: "installed_kib > 500 AND name LIKE 'lib%'", having: 'count > 3', order: 'sum_download_bytes', limit: 7 });
      await ask();
      const expected = bySection((d) => d.installed_kib > 500 && d.name.startsWith('lib')).filter((g) => g.count > 3).sort((a, b) => b.bytes - a.bytes).slice(0, 7);
      assert.equal(expected.length, 7);
      assert.deepEqual(await head('data-result'), ['section', 'count', 'sum_download_bytes', 'min_installed_kib']);
      assert.deepEqual(await grid('data-result'), expected.map((g) => [g.section, String(g.count), String(g.bytes), String(g.least)]));
    });

    test('the chart has a bar for each group, as long as its value, and another measure when it is chosen', async () => {
      const bars = () => page.$$eval('#data-chart .bar', (groups) => groups.map((g) => ({ label: g.querySelector('.label').textContent, length: Number(g.querySelector('rect').getAttribute('width')) })));
      const rows = await grid('data-result');
      for (const [place, measure] of [[1, 'count'], [2, 'sum_download_bytes']]) {
        await page.selectOption('#data-measure', measure);
        const shown = await bars();
        assert.deepEqual(shown.map((b) => b.label), rows.map(([section]) => section));
        const values = rows.map((row) => Number(row[place])), most = values.indexOf(Math.max(...values));
        shown.forEach((bar, i) => assert.ok(Math.abs(bar.length / shown[most].length - values[i] / values[most]) < 1e-6, `${measure} of ${bar.label}`));
      }
      assert.match(await page.getAttribute('#data-chart svg', 'aria-label'), new RegExp(`the longest is ${rows[0][0]}`));
    });

    test('every operation of the chooser answers; of several keys, in order of appearance', async () => {
      const operations = await page.$$eval('#data-operations li:first-child [name=operation] option', (options) => options.map((o) => o.value));
      assert.ok(operations.length >= 15);
      await question({ operations: operations.map((name) => [name, 'download_bytes', name === 'quantile' ? 0.25 : 'installed_kib']) });
      await ask();
      assert.equal((await grid('data-result')).length, 1);
      assert.equal((await head('data-result')).length, operations.length);
      await question({ keys: ['id', 'section'], operations: [['quantile', 'installed_kib', 0.5]] });
      await ask();
      assert.deepEqual((await grid('data-result')).slice(0, 5), docs.slice(0, 5).map((d) => [String(d.id), d.section, String(d.installed_kib)]));
      assert.equal(await page.$$eval('#data-chart .bar', (bars) => bars.length), 40);
      assert.match(await page.textContent('#data-chart .cut'), /first 40 of 5,000 groups/);
      assert.match(await page.textContent('#data-code'), /groupBy: \['id', 'section'\]/);
    });

    test('a question with a mistake shows the message of the service, and the next one is answered', async () => {
      await question({ keys: ['section'], operations: [['count', '*']], where: 'instaled_kib > 5' });
      await ask(/could not be answered/);
      assert.match(await page.textContent('#data-answer .error'), /INVALID_ARGUMENT.*did you mean 'installed_kib'/);
      await page.fill('#data-where', 'installed_kib >');
      await ask(/could not be answered/);
      assert.match(await page.textContent('#data-answer .error'), /^PARSE.*15/);
      await page.fill('#data-where', '');
      await ask();
      assert.equal((await grid('data-result'))[0][0], docs[0].section);
    });

    test('the race shows both implementations, with equal answers, and names the winner', async () => {
      await question({ keys: ['section'], operations: [['count', '*'], ['sum', 'download_bytes'], ['stddev', 'installed_kib']], where: 'installed_kib > 100', order: 'count' });
      await doing(() => page.click('#data-race'), /race is over/);
      const rows = await page.$$eval('#data-race-table tbody tr', (trs) => trs.map((tr) => ({ variant: tr.dataset.variant, answers: tr.dataset.answers, cells: [...tr.cells].map((c) => c.textContent) })));
      assert.deepEqual(rows.map((r) => [r.variant, r.answers]), [['js', 'equal'], ['simd', 'equal']], JSON.stringify(rows));
      for (const { cells } of rows) for (const cell of cells.slice(1, 3)) assert.match(cell, /^(?:under )?[\d.e+]+ (?:ms|µs)$/);
      assert.match(await page.textContent('#data-race-verdict'), /(?:(?:js|simd) wins, [\d.]+x as fast as (?:js|simd).*Why it answers as it does: the table is resident|^Even: )/);
    });

    test('the compress meter: size, ratio, rates, and the round trip checked', async () => {
      await page.selectOption('#data-algorithm', 'zstd');
      assert.equal(await page.$$eval('#data-level option', (options) => options.length), 19);
      await page.selectOption('#data-level', '1');
      await doing(() => page.click('#data-compress'), /^Measured/);
      await doing(() => page.click('#data-compress-all'), /^Measured/);
      const rows = await page.$$eval('#data-meter-table tbody tr', (trs) => trs.map((tr) => ({ job: tr.dataset.job, trip: tr.dataset.roundTrip, cells: [...tr.cells].map((c) => c.textContent) })));
      assert.deepEqual(rows.map((r) => [r.job, r.trip]), ['zstd 1', 'gzip', 'deflate', 'brotli 4', 'zstd 3', 'lz4'].map((job) => [job, 'ok']), JSON.stringify(rows));
      for (const { cells } of rows) {
        assert.match(cells[1], / kB$/);
        assert.ok(Number.parseFloat(cells[2]) > 1.5, `${cells[0]}: ${cells[2]}`);
        for (const cell of cells.slice(3, 5)) assert.ok(Number(cell) > 0, `${cells[0]}: ${cell}`);
      }
      await page.locator('#data').screenshot({ path: new URL(`data-${isolated ? 'isolated' : 'plain'}.png`, shots).pathname });
    });

    test('a dropped CSV file, with what CSV files have: semicolons, quotes, CRLF, nulls, markup', async () => {
      await doing(() => drop('towns.csv', 'town;people;coast\r\n"Spa; ""the""";10543;false\r\nÄ<b>b</b>;;true\r\n東京;13960000;true\r\n'), /^3 rows loaded/);
      assert.deepEqual((await columns()).map(([name, type]) => [name, type]), [['town', 'utf8'], ['people', 'i32'], ['coast', 'bool']]);
      assert.deepEqual(await grid('data-rows'), [['Spa; "the"', '10543', 'false'], ['Ä<b>b</b>', 'null', 'true'], ['東京', '13960000', 'true']]);
      assert.equal(await page.$$eval('#data-rows td *', (nodes) => nodes.length), 0);
      await question({ keys: ['coast'], operations: [['sum', 'people'], ['count', 'people']] });
      await ask();
      assert.deepEqual(await grid('data-result'), [['false', '10543', '1'], ['true', '13960000', '1']]);
    });

    test('a ragged CSV shows the line that is wrong; what was open stays; other rules take it', async () => {
      await doing(() => drop('bad.csv', 'a,b\n1,2\n1,2,3\n'), /PARSE .*line 3/);
      assert.equal(await page.textContent('#data-status .error code'), 'PARSE');
      assert.equal((await grid('data-rows')).length, 3, 'the table before it is still there');
      await ask();
      await doing(() => page.selectOption('#data-ragged', 'fill'), /^2 rows loaded/);
      assert.deepEqual(await grid('data-rows'), [['1', '2'], ['1', '2']]);
      await doing(() => page.selectOption('#data-ragged', 'skip'), /^1 row loaded/);
      await doing(() => page.setChecked('#data-header', false), /^2 rows loaded/);
      assert.deepEqual(await head('data-rows'), ['column1', 'column2']);
      await page.setChecked('#data-header', true);
      await settled(/^1 row loaded/);
      await doing(() => page.selectOption('#data-ragged', 'error'), /PARSE/);
    });

    test('an unclosed quote, damaged JSON and an empty file each say what is wrong, or nothing is', async () => {
      await doing(() => drop('open.csv', 'a,b\n1,"never closed\n'), /PARSE .*line 2/);
      await doing(() => drop('broken.ndjson', '{"a":1}\n{"a":}\n'), /PARSE .*line 2/);
      await doing(() => drop('torn.arrow', 'ARROW1\0\0 and then nothing'), /CORRUPT|PARSE|INVALID_ARGUMENT/);
      await doing(() => drop('head.csv', 'only,names\n'), /^0 rows loaded/);
      assert.deepEqual((await columns()).map(([name]) => name), ['only', 'names']);
    });

    test('chosen files of every format, and a packed one', async () => {
      const data = createDataProcessor({ implementation: 'js' });
      const table = await data.load([{ day: new Date(0), n: 1.5, big: 2n ** 60n }, { day: new Date(86_400_000), n: null, big: 1n }]);
      const arrow = await table.toArrow({ format: 'file' });
      await data.dispose();
      await doing(() => choose('days.arrow', arrow), /^2 rows loaded/);
      assert.deepEqual(await grid('data-rows'), [['1970-01-01', '1.5', String(2n ** 60n)], ['1970-01-02', 'null', '1']]);
      await doing(() => choose('list.json', '[{"a":1,"tags":["x"]},{"a":2}]'), /^2 rows loaded/);
      assert.deepEqual(await grid('data-rows'), [['1', '["x"]'], ['2', 'null']]);
      await doing(() => choose('lines', '{"a":1}\n{"a":2}\n{"a":3}\n'), /^3 rows loaded/);
      await doing(() => choose('packed.csv.gz', gzipSync('a,b\n1,x\n2,y\n')), /^2 rows loaded/);
      assert.match(await page.textContent('#data-facts'), /from packed\.csv \(12 bytes\)/);
    });

    test('on a phone, nothing is wider than the screen', async () => {
      await page.setViewportSize({ width: 360, height: 780 });
      await doing(() => page.click('#data-sample'), /^5,000 rows loaded/);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.ok(await page.$eval('#data-chart svg', (svg) => svg.getBoundingClientRect().right <= innerWidth));
      await page.locator('#data').screenshot({ path: new URL(`data-phone-${isolated ? 'isolated' : 'plain'}.png`, shots).pathname });
    });

    test('every control has a name', async () => {
      assert.deepEqual(await page.$$eval('#data button, #data input, #data select', (nodes) => nodes.filter((n) => !(n.getAttribute('aria-label') || n.labels?.length || n.textContent.trim() && n.tagName === 'BUTTON')).map((n) => n.outerHTML)), []);
    });

    test('nothing was logged as an error', () => {
      assert.deepEqual(problems, []);
    });
  });
}
