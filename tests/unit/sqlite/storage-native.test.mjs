// The file on disk is SQLite's own: a native SQLite (that of the newest Node) opens what we closed or left behind, and we what it did. Killed processes and threads lose nothing acknowledged.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { loadModule } from '../../../js/dist/loader/index.js';
import { SQLITE } from '../../../js/dist/loader/sqlite.gen.js';
import { openSqlStorage } from '../../../js/dist/services/sqlite/storage/index.js';
import { createWasmEngine } from '../../../js/dist/services/sqlite/wasm-engine.js';
import { hosts } from '../../conformance/lib/hosts.mjs';
import { overEngine } from '../../support/sqlite-connect.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));
const CHILD = fileURLToPath(new URL('storage-commits.child.mjs', import.meta.url));
let count = 0;
const fresh = () => join(root, `${++count}.db`);

/** Runs `use` on the file with our SQLite, then closes it. */
async function ours(file, use, { journalMode = 'wal', readonly = false } = {}) {
  const storage = await openSqlStorage({ storage: { file }, enableWAL: journalMode === 'wal', readonly });
  const database = overEngine(createWasmEngine((await loadModule(SQLITE, 'simd')).createInstance(), { files: storage.files, readonly }));
  try {
    database.configure(`PRAGMA locking_mode=EXCLUSIVE${readonly ? '' : `; PRAGMA journal_mode=${storage.journalMode}`}`);
    return await use(database);
  } finally {
    database.close();
    await storage.close();
  }
}

/** Runs SQL with native SQLite, in a process of its own; gives the rows of the last statement as arrays. `leave`: the process is killed with the file open. */
function native(file, sql, { leave = false } = {}) {
  const program = `
    const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync(process.argv[1]);
    const sql = JSON.parse(process.argv[2]);
    for (const one of sql.slice(0, -1)) db.exec(one);
    const rows = db.prepare(sql.at(-1)).all().map((row) => Object.values(row));
    require('node:fs').writeSync(1, JSON.stringify(rows));
    ${leave ? "process.kill(process.pid, 'SIGKILL')" : 'db.close()'};`;
  try {
    return JSON.parse(execFileSync(hosts['node-newest'](), ['--no-warnings', '-e', program, file, JSON.stringify(sql)], { encoding: 'utf8' }));
  } catch (error) {
    if (error.signal !== 'SIGKILL') throw error;
    return JSON.parse(error.stdout);
  }
}
const CHECK = 'PRAGMA integrity_check';

for (const journalMode of ['wal', 'delete']) {
  test(`${journalMode}: native SQLite opens what we closed, and we what it closed`, async () => {
    const file = fresh();
    await ours(file, (db) => { db.exec("CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 'eins'), (2, x'00ff')"); }, { journalMode });
    assert.deepEqual([`${file}-wal`, `${file}-lock`].filter(existsSync), []);
    assert.deepEqual(native(file, [CHECK]), [['ok']]);
    assert.deepEqual(native(file, ["INSERT INTO t VALUES(3, 'drei')", 'SELECT a, hex(b) FROM t ORDER BY a']), [[1, '65696E73'], [2, '00FF'], [3, '64726569']]);
    await ours(file, (db) => assert.deepEqual(db.all('SELECT a FROM t ORDER BY a'), [[1], [2], [3]]), { journalMode });
    assert.deepEqual(native(file, ['PRAGMA journal_mode']), [[journalMode]]);
  });

  test(`${journalMode}: we recover what a killed native process left`, async () => {
    const file = fresh();
    const open = journalMode === 'wal' ? [] : ['PRAGMA cache_size=1', 'BEGIN', "INSERT INTO t SELECT value, zeroblob(3000) FROM json_each('[5,6,7,8,9,10,11,12,13,14,15]')"];
    native(file, [`PRAGMA journal_mode=${journalMode}`, 'CREATE TABLE t(a, b)', "INSERT INTO t VALUES(1, 'x'), (2, 'y')", ...open, 'SELECT 1'], { leave: true });
    assert.ok(existsSync(`${file}-${journalMode === 'wal' ? 'wal' : 'journal'}`), 'it left no journal: the test tests nothing');
    await ours(file, (db) => {
      assert.deepEqual(db.all(CHECK), [['ok']]);
      assert.deepEqual(db.all('SELECT a FROM t ORDER BY a'), [[1], [2]]);
    }, { journalMode });
  });

  for (const where of ['process', 'thread']) {
    test(`37: ${journalMode}: a ${where} killed between and inside commits loses nothing acknowledged; native SQLite recovers it as we do`, async () => {
      const file = fresh();
      let least = 0;
      for (let round = 0; round < 4; round++) {
        const job = { file, journalMode, synchronous: round % 2 ? 'off' : 'normal' };
        const last = await new Promise((resolve, reject) => {
          let seen = 0;
          let ended = false;
          const until = 30 + round * 23;
          if (where === 'thread') {
            const worker = new Worker(CHILD, { workerData: job });
            worker.on('message', (number) => { if (number > seen) seen = number; if (ended || seen - least < until) return; ended = true; void worker.terminate().then(() => resolve(seen)); });
            worker.on('error', reject);
            return;
          }
          const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
          child.stdout.on('data', (text) => { seen = Number(String(text).trim().split('\n').at(-1)) || seen; if (seen - least >= until) child.kill('SIGKILL'); });
          child.once('close', () => resolve(seen));
        });
        const look = 'SELECT (SELECT count(*) FROM t), (SELECT n FROM sum)';
        const [[rows, sum]] = round === 3 ? native(file, [look]) : await ours(file, (db) => { assert.deepEqual(db.all(CHECK), [['ok']]); return db.all(look); }, { journalMode });
        assert.ok(rows >= last, `${rows} rows found, ${last} acknowledged`);
        assert.equal(rows, sum, 'half of a transaction');
        assert.ok(last > least, 'it wrote nothing');
        least = rows;
      }
      assert.deepEqual(native(file, [CHECK]), [['ok']]);
    });
  }
}

test('read-only: it reads a database that has a log to recover, writes nothing, and refuses to change it', async () => {
  const file = fresh();
  native(file, ['PRAGMA journal_mode=wal', 'CREATE TABLE t(a)', 'INSERT INTO t VALUES(7)', 'SELECT 1'], { leave: true });
  await ours(file, (db) => {
    assert.deepEqual(db.all('SELECT a FROM t'), [[7]]);
    assert.throws(() => db.exec('INSERT INTO t VALUES(8)'), { code: 'READONLY' });
  }, { readonly: true });
  assert.deepEqual(native(file, ['SELECT a FROM t']), [[7]]);
});
