// The dashboard's SQL panel used as a person would, isolated and plain. The SQL answers are those of the sqlite3 program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { hosts } from '../conformance/lib/hosts.mjs';
import { launchChromium } from '../support/chromium.mjs';

const shots = new URL('../../build/screenshots/', import.meta.url);
mkdirSync(shots, { recursive: true });
const { answers } = JSON.parse(readFileSync(new URL('../../demo/data/sql-answers.json', import.meta.url), 'utf8'));

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
      await page.goto(`${server.url}#sql`);
      await opened(/rows loaded in/);
    });
    after(async () => { await context?.close(); await server?.close(); });

    const status = () => page.textContent('#sql-status');
    /** Waits until the panel is at rest and says this. */
    const settled = async (pattern) => {
      await page.waitForFunction(({ source }) => !document.getElementById('sql-run').disabled && new RegExp(source).test(document.getElementById('sql-status').textContent), { source: pattern.source }, { timeout: 60_000 })
        .catch(async () => assert.fail(`the panel says "${await status()}", expected ${pattern}`));
    };
    const opened = async (pattern) => {
      await page.waitForSelector('#sql-form:not([hidden])', { timeout: 60_000 });
      await settled(pattern);
    };
    const ask = async (sql, pattern = /row|Done/) => {
      await page.evaluate(() => { document.getElementById('sql-status').textContent = ''; });
      await page.fill('#sql-text', sql);
      await page.press('#sql-text', 'Control+Enter');
      await settled(pattern);
    };
    const grid = () => page.$$eval('#sql-result tbody tr', (trs) => trs.map((tr) => [...tr.cells].map((td) => td.textContent)));
    const texts = (rows) => rows.map((row) => row.map((v) => (v === null ? 'NULL' : String(v))));
    const drop = (name, bytes) => page.evaluate(({ name, base64 }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      for (const type of ['dragover', 'drop']) document.getElementById('sql-text').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }, { name, base64: Buffer.from(bytes).toString('base64') });

    test('it says which engine answers and where the database is', async () => {
      assert.match(await page.textContent('#sql-engine'), /rusqlite 3\.\d+\.\d+ · simd, in a worker/);
      assert.match(await page.textContent('#sql-storage'), /In memory: a reload starts over/);
      assert.deepEqual(await page.$$eval('#sql-tables li', (items) => items.map((li) => li.textContent)), ['sections', 'packages', 'words', 'embeddings', 'descriptions']);
    });

    for (const [i, answer] of answers.entries()) {
      test(`the sample query "${answer.name}" gives the sqlite3 program's answer`, async () => {
        await page.evaluate(() => { document.getElementById('sql-status').textContent = ''; });
        await page.selectOption('#sql-samples', String(i));
        // Choosing the one that is chosen already is no change.
        if (i === 0) await page.click('#sql-run');
        await settled(new RegExp(`^${answer.rows.length} rows · .* in SQLite`));
        assert.deepEqual(await grid(), texts(answer.rows));
        assert.equal(await page.isVisible('#sql-vector'), answer.vectorOfQuery !== undefined);
        assert.ok(await page.$$eval('#sql-plan li', (items) => items.length) > 0, 'the plan is shown');
      });
    }

    test('another vector gives other neighbours', async () => {
      const before = await grid();
      await page.evaluate(() => { document.getElementById('sql-status').textContent = ''; });
      await page.selectOption('#sql-vector', '3');
      await settled(/^10 rows/);
      assert.notDeepEqual(await grid(), before);
    });

    test('the plan is a tree', async () => {
      await ask('SELECT (SELECT count(*) FROM words WHERE package_id = p.id) FROM packages AS p LIMIT 3');
      assert.equal(await page.$$eval('#sql-plan ul ul li', (items) => items.length), 1);
      assert.match(await page.textContent('#sql-plan ul ul li'), /words/);
    });

    test('an advised index is tried: time before and after, and the plan uses it', async () => {
      const advised = answers.findIndex((a) => a.name.startsWith('A word'));
      await ask(answers[advised].sql);
      assert.match(await page.textContent('#sql-plan'), /SCAN w/);
      await page.click('#sql-advise');
      await settled(/was tried/);
      assert.match(await page.textContent('#sql-advice [data-kind=indexes] code'), /CREATE INDEX .*words/);
      await page.click('#sql-advice [data-kind=indexes] button');
      await page.waitForSelector('#sql-advice .outcome[data-after]');
      const { before, after } = await page.$eval('#sql-advice .outcome', (o) => ({ ...o.dataset }));
      assert.ok(Number(before) > 0 && Number(after) >= 0, `${before}, ${after}`);
      await page.waitForFunction(() => /SEARCH w USING/.test(document.getElementById('sql-plan').textContent));
      await page.screenshot({ path: new URL(`sql-${isolated ? 'isolated' : 'plain'}.png`, shots).pathname, fullPage: true });
      await page.click('#sql-run');
      await settled(/^\d+ rows/);
      assert.deepEqual(await grid(), texts(answers[advised].rows));
    });

    test('an error shows its code and what to do; the next query works', async () => {
      await ask('SELECT nme FROM packages', /no such column/);
      assert.equal(await page.textContent('#sql-status .error code'), 'SQL');
      assert.match(await status(), /check the spelling/);
      await ask('SELECT 1; SELECT 2', /executeBatch/);
      assert.equal(await page.textContent('#sql-status .error code'), 'INVALID_ARGUMENT');
      await ask('SELECT 41 + 1 AS answer', /^1 row ·/);
      assert.deepEqual(await grid(), [['42']]);
    });

    test('values of every type are shown as they are, and markup stays text', async () => {
      await ask("SELECT NULL, 9007199254740993, 1.5, x'00ff10', '<b onclick=x>bold</b>', '' ");
      assert.deepEqual(await grid(), [['NULL', '9007199254740993', '1.5', "x'00ff10' 3 bytes", '<b onclick=x>bold</b>', '']]);
      assert.equal(await page.$$eval('#sql-result td *', (nodes) => nodes.length), 0);
    });

    test('a large result is cut, with its count', async () => {
      await ask('SELECT * FROM words', /^34,211 rows/);
      assert.equal((await grid()).length, 200);
      assert.equal(await page.textContent('#sql-result .cut'), 'The first 200 of 34,211 rows.');
    });

    test('a dropped CSV file becomes a table whose columns have types', async () => {
      await drop('my "towns".csv', 'name,people,area,zip\n"Spa, Belgium",10543,39.85,04900\n"Ä ""quoted"" one",,1.5,00001\n');
      await settled(/2 rows in table my "towns"/);
      await page.click('#sql-run');
      await settled(/^2 rows/);
      assert.deepEqual(await grid(), [['Spa, Belgium', '10543', '39.85', '04900'], ['Ä "quoted" one', 'NULL', '1.5', '00001']]);
      await ask('SELECT name, type FROM pragma_table_info(\'my "towns"\')');
      assert.deepEqual(await grid(), [['name', 'TEXT'], ['people', 'INTEGER'], ['area', 'REAL'], ['zip', 'TEXT']]);
      await drop('bad.csv', 'a,b\n1,2\n1,2,3\n');
      await settled(/line 3 has 3 fields/);
    });

    test('a damaged file is refused and what was open stays', async () => {
      await drop('torn.sqlite', 'SQLite format 3\0 and then nothing that SQLite wrote');
      await settled(/CORRUPT/);
      await ask('SELECT count(*) FROM packages', /^1 row/);
      assert.deepEqual(await grid(), [['5000']]);
    });

    test('a file that another SQLite wrote becomes the database', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wasm-services-sql-'));
      try {
        const file = join(folder, 'notes.sqlite');
        const script = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes (text) VALUES ('milk'), ('bread');")`;
        const made = spawnSync(hosts['node-newest'](), ['-e', script, file], { encoding: 'utf8' });
        assert.equal(made.status, 0, made.stderr ?? String(made.error));
        await page.setInputFiles('#sql-file', file);
        await settled(/bytes opened as the database/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      assert.deepEqual(await page.$$eval('#sql-tables li', (items) => items.map((li) => li.textContent)), ['notes']);
      await page.click('#sql-tables button');
      await settled(/^2 rows/);
      assert.deepEqual(await grid(), [['1', 'milk'], ['2', 'bread']]);
    });

    test('a kept database survives a reload, and goes back to the sample when it is no longer kept', async () => {
      await page.check('#sql-durable');
      await settled(/^Kept: reload/);
      assert.match(await page.textContent('#sql-storage'), /private file system \(OPFS\)/);
      await ask("INSERT INTO notes (text) VALUES ('written while kept')", /Done, 1 row changed/);
      await page.reload();
      await opened(/Opened what was kept/);
      assert.ok(await page.isChecked('#sql-durable'));
      await ask('SELECT text FROM notes ORDER BY id', /^3 rows/);
      assert.deepEqual(await grid(), [['milk'], ['bread'], ['written while kept']]);
      await page.uncheck('#sql-durable');
      await settled(/^No longer kept/);
      await ask('SELECT count(*) FROM notes', /^1 row/);
      assert.deepEqual(await grid(), [['3']], 'the rows went along into memory');
      await page.reload();
      await opened(/rows loaded in/);
      assert.ok(!await page.isChecked('#sql-durable'));
    });

    test('the sample comes back over whatever is open', async () => {
      await ask('DROP TABLE embeddings', /Done/);
      await page.click('#sql-sample');
      await settled(/rows loaded in/);
      await ask('SELECT count(*) FROM embeddings', /^1 row/);
      assert.deepEqual(await grid(), [['5000']]);
    });

    test('nothing was logged as an error', () => {
      assert.deepEqual(problems, []);
    });
  });
}

test('a browser without OPFS keeps the database in IndexedDB, and says so', async () => {
  const ENTRY = '/dist/sqlite.entry.js';
  const without = "\nObject.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined });\n";
  const server = await serve({
    isolated: false,
    intercept: (request, response) => {
      if (request.url !== ENTRY) return false;
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(new URL(`../..${ENTRY}`, import.meta.url), 'utf8') + without);
      return true;
    },
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const says = (id, pattern) => page.waitForFunction(({ id, source }) => !document.getElementById('sql-run').disabled && new RegExp(source).test(document.getElementById(id).textContent), { id, source: pattern.source }, { timeout: 60_000 });
    await page.addInitScript(without);
    await page.goto(`${server.url}#sql`);
    await says('sql-status', /rows loaded in/);
    await page.check('#sql-durable');
    await says('sql-status', /^Kept: reload/);
    await says('sql-storage', /Kept in IndexedDB \(not in OPFS: .+\)/);
    await page.fill('#sql-text', 'DELETE FROM embeddings WHERE package_id >= 7');
    await page.press('#sql-text', 'Control+Enter');
    await says('sql-status', /4,993 rows changed/);
    await page.reload();
    await says('sql-status', /Opened what was kept/);
    await page.fill('#sql-text', 'SELECT count(*) FROM embeddings');
    await page.press('#sql-text', 'Control+Enter');
    await says('sql-result', /7$/);
  } finally {
    await context.close();
    await server.close();
  }
});
