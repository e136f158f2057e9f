// The SQLite service on real pages: durable storages behind its worker and on the page itself, over a reload; two tabs; the fallback by URL.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

const SQLJS = createRequire(import.meta.url).resolve('sql.js/dist/sql-asm-memory-growth.js');
let browser;
let server;

before(async () => {
  browser = await launchChromium();
  server = await servePackage({
    answer(path, response) {
      if (path === '/blank.html') response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
      else if (path === '/sqljs.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(SQLJS));
      else return false;
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

/** Runs a function on the page with `createSQLiteUtils`; what it rejects with comes back as its code. */
const onPage = (page, work, argument) => page.evaluate(async ([work, argument]) => {
  const { createSQLiteUtils } = await import('/dist/sqlite.js');
  try {
    return await (0, eval)(`(${work})`)(createSQLiteUtils, argument);
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}, [String(work), argument]);

const write = async (create, config) => {
  const db = create(config);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)');
  await db.executeMany('INSERT INTO t VALUES (?, ?)', Array.from({ length: 3000 }, (_, i) => [i, `text ${i}`]));
  await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t WHERE id >= 2000'); });
  await db.transaction(async (tx) => { await tx.executeQuery('DELETE FROM t'); throw new Error('undo'); }).catch(() => undefined);
  return { info: db.info, sync: db.sync !== undefined };
};
const read = async (create, config) => {
  const db = create(config);
  const { rows } = await db.executeQuery('SELECT count(*) AS n, max(b) AS b FROM t');
  const check = (await db.executeQuery('PRAGMA integrity_check')).rows[0];
  await db.dispose();
  return { ...rows[0], check: Object.values(check)[0] };
};

for (const config of [{ storage: 'opfs' }, { storage: 'indexeddb' }, { storage: 'indexeddb', host: 'inline' }]) {
  test(`acknowledged writes are there after a reload: ${JSON.stringify(config)}`, async () => {
    const context = await browser.newContext();
    const page = await blank(context);
    const { info, sync, message } = await onPage(page, write, config);
    assert.equal(message, undefined, message);
    assert.deepEqual([info.engine, info.host, sync], ['rusqlite', config.host ?? 'worker', false]);
    if (config.storage === 'opfs') assert.equal(info.journalMode, 'wal');
    await page.reload();
    assert.deepEqual(await onPage(page, read, config), { n: 2000, b: 'text 999', check: 'ok' });
    await context.close();
  });
}

test('38: a storage that fails under a commit: the call rejects, memory does not run ahead of what is stored', async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const outcome = await onPage(page, async (create) => {
    const { faults } = await import('/dist/testing.js');
    const db = create({ storage: 'indexeddb', host: 'inline' });
    await db.executeQuery('CREATE TABLE t (a)');
    await db.executeQuery('INSERT INTO t VALUES (1)');
    const told = [];
    faults.failStorageAfter('sqlite', 0, 'quota');
    const failed = await db.executeQuery('INSERT INTO t VALUES (2)').then(() => 'done', ({ code }) => code);
    told.push(failed, (await db.executeQuery('SELECT count(*) AS n FROM t')).rows[0].n);
    await db.executeQuery('INSERT INTO t VALUES (3)');
    told.push((await db.executeQuery('SELECT group_concat(a) AS a FROM t')).rows[0].a);
    await db.dispose();
    return told;
  });
  assert.deepEqual(outcome, ['QUOTA', 1, '1,3']);
  await context.close();
});

test('13: a worker that its owner ends in a write: the write rejects, the database goes on in the next worker as it was, in memory and on disk', async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const outcome = await onPage(page, async () => {
    const { createSQLiteUtils: create } = await import('/js/dist/services/sqlite/index.js');
    const told = async (call) => call().then(({ rows }) => rows, ({ code, message }) => ({ code, message }));
    const owned = (config) => {
      let worker;
      const quiet = { sink: { call: () => undefined, event: () => undefined }, attach: () => undefined };
      const db = create(config, { ...quiet, worker: () => (worker = new Worker('/js/dist/worker/sqlite.entry.js', { type: 'module' })) });
      return { db, end: () => worker.terminate() };
    };
    const out = {};
    const memory = owned({ storage: 'memory' });
    await memory.db.executeQuery('CREATE TABLE t (a)');
    const endless = memory.db.executeQuery('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT x FROM c').then(() => 'done', ({ code, message }) => ({ code, message }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    memory.end();
    out.pending = await endless;
    out.next = await told(() => memory.db.executeQuery('SELECT count(*) AS n FROM t'));
    out.create = await told(() => memory.db.executeQuery('CREATE TABLE t (a)'));
    await memory.db.dispose();
    const durable = owned({ storage: 'opfs', name: 'owned' });
    await durable.db.executeQuery('CREATE TABLE t (a)');
    out.counts = [];
    for (let i = 1; i <= 3; i++) {
      await durable.db.executeQuery('INSERT INTO t VALUES (?)', [i]);
      durable.end();
      out.counts.push((await told(() => durable.db.executeQuery('SELECT count(*) AS n FROM t')))[0]?.n);
    }
    await durable.db.dispose();
    return out;
  });
  assert.equal(outcome.message, undefined, outcome.message);
  assert.equal(outcome.pending.code, 'WORKER_LOST');
  assert.deepEqual(outcome.next, [{ n: 0 }], 'the table is there, what was not committed is not');
  assert.equal(outcome.create.code, 'SQL', 'and it is the same table');
  assert.deepEqual(outcome.counts, [1, 2, 3]);
  await context.close();
});

test('39: two tabs on one database: each gets its turn, nothing is lost', async () => {
  const context = await browser.newContext();
  const [first, second] = [await blank(context), await blank(context)];
  const open = async (create, config) => { globalThis.db = create(config); await globalThis.db.executeQuery('CREATE TABLE IF NOT EXISTS t (a)'); return true; };
  const add = async (_, value) => {
    for (let i = 0; ; i++) {
      try { await globalThis.db.executeQuery('INSERT INTO t VALUES (?)', [value]); return 'done'; } catch (error) { if (error.code !== 'BUSY' || i > 20) throw error; }
    }
  };
  for (const page of [first, second]) assert.equal(await onPage(page, open, { storage: 'opfs', name: 'shared' }), true);
  for (let i = 0; i < 3; i++) for (const [page, name] of [[first, 'a'], [second, 'b']]) assert.equal(await onPage(page, add, `${name}${i}`), 'done');
  assert.equal(await onPage(first, async () => (await globalThis.db.executeQuery('SELECT group_concat(a) AS a FROM t')).rows[0].a), 'a0,b0,a1,b1,a2,b2');
  await context.close();
});

test('without WebAssembly: sql.js by URL in the worker, a typed refusal without it, and no durable storage in silence', async () => {
  const context = await browser.newContext();
  const page = await blank(context);
  const ask = async (create, config) => {
    const db = create({ implementation: 'js', ...config, ...(config.given && { sqljs: async () => { const text = await (await fetch('/sqljs.js')).text(); return (0, eval)(`${text}; initSqlJs`)(); } }) });
    const { rows } = await db.executeQuery('SELECT 40 + 2 AS n');
    const { engine, host } = db.info;
    await db.dispose();
    return [rows[0].n, engine, host];
  };
  assert.deepEqual(await onPage(page, ask, { sqljs: '/sqljs.js' }), [42, 'sql.js', 'worker']);
  assert.deepEqual(await onPage(page, ask, { sqljs: '/sqljs.js', host: 'inline' }), [42, 'sql.js', 'inline']);
  assert.deepEqual(await onPage(page, ask, { given: true }), [42, 'sql.js', 'inline']);
  const refused = await onPage(page, ask, {});
  assert.equal(refused.code, 'UNSUPPORTED');
  assert.match(refused.message, /`sqljs`/);
  assert.equal((await onPage(page, ask, { sqljs: '/sqljs.js', storage: 'opfs' })).code, 'UNSUPPORTED');
  await context.close();
});
