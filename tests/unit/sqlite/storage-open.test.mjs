// What openSqlStorage promises on servers: which storage it takes, who may open a file, how failures of the file system are told, and how few writes a commit takes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../../../js/dist/errors.js';
import { BufferedFiles } from '../../../js/dist/host/storage/sql-buffered.js';
import { openSqlStorage } from '../../../js/dist/services/sqlite/storage/index.js';
import { makeAssert } from '../../conformance/lib/assert.mjs';
import { PowerDisk, PowerFolder } from '../../support/sqlite-power-disk.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));
const fails = makeAssert({ ServiceError }).code;
const CHILD = fileURLToPath(new URL('storage-holder.child.mjs', import.meta.url));
let count = 0;
const fresh = () => join(root, `${++count}.db`);

/** A process that holds `file`; resolves with its first word. */
function holder(file, { shell, what = 'hold' } = {}) {
  const child = shell ? spawn('bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, CHILD, file, what], { stdio: ['ignore', 'pipe', 'inherit'] })
    : spawn(process.execPath, [CHILD, file, what], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (line) => resolve({ child, said: JSON.parse(line), kill: () => new Promise((ended) => { child.once('close', ended); child.kill('SIGKILL'); }) }));
  });
}

test('memory is the default and keeps nothing here', async () => {
  const storage = await openSqlStorage({});
  assert.equal(storage.kind, 'memory');
  assert.equal(storage.files, undefined);
  assert.equal(storage.blocks, undefined);
  await storage.suspend();
  await storage.resume();
  await storage.close();
});

test('storages that this host lacks are UNSUPPORTED and name the one to take', async () => {
  for (const storage of ['opfs', 'indexeddb']) assert.match((await fails(openSqlStorage({ storage }), 'UNSUPPORTED')).message, /\{ file: 'app\.db' \}/);
});

test('what is no storage is INVALID_ARGUMENT', async () => {
  for (const storage of ['disk', 7, {}, { file: '' }, { file: 3 }, { file: 'a\0b' }, { file: ':memory:' }, { file: 'file:x.db?mode=ro' }, { directory: root }]) await fails(openSqlStorage({ storage }), 'INVALID_ARGUMENT', JSON.stringify(storage));
  await fails(openSqlStorage({ storage: { file: root } }), 'INVALID_ARGUMENT', 'a directory');
  writeFileSync(join(root, 'plain'), '');
  await fails(openSqlStorage({ storage: { file: join(root, 'plain', 'x.db') } }), 'INVALID_ARGUMENT', 'below a file');
});

test('journal mode and synchronous that it honours', async () => {
  for (const [asked, mode, level] of [[{}, 'wal', 'normal'], [{ enableWAL: false }, 'delete', 'full'], [{ synchronous: 'full' }, 'wal', 'full'], [{ enableWAL: false, synchronous: 'off' }, 'delete', 'off']]) {
    const storage = await openSqlStorage({ storage: { file: fresh() }, ...asked });
    assert.deepEqual([storage.kind, storage.journalMode, storage.synchronous], ['file', mode, level]);
    await storage.close();
  }
});

test('files are named as the sqlite3 program names them, folders are made, the lock goes with the holder', async () => {
  const folder = join(root, 'made', 'on', 'the', 'way');
  const storage = await openSqlStorage({ storage: { file: join(folder, 'notes.db') } });
  for (const name of ['db', 'db-journal', 'db-wal']) storage.files.open(name, true);
  assert.deepEqual(readdirSync(folder).sort(), ['notes.db', 'notes.db-journal', 'notes.db-lock', 'notes.db-wal']);
  storage.files.delete('db-wal');
  await storage.close();
  assert.deepEqual(readdirSync(folder).sort(), ['notes.db', 'notes.db-journal']);
});

test('a relative path, a file URL and a symbolic link name the same file and lock', async () => {
  const file = fresh();
  const storage = await openSqlStorage({ storage: { file } });
  storage.files.open('db', true);
  symlinkSync(file, `${file}-link`);
  for (const other of [pathToFileURL(file).href, `${file}-link`, join(root, 'x', '..', `${count}.db`)]) await fails(openSqlStorage({ storage: { file: other } }), 'BUSY', other);
  await storage.close();
  const again = await openSqlStorage({ storage: { file: pathToFileURL(file).href } });
  await again.close();
});

test('39: a second opener is BUSY: in this thread, in another one, in another process; each is told who has it', async () => {
  const file = fresh();
  const storage = await openSqlStorage({ storage: { file } });
  assert.match((await fails(openSqlStorage({ storage: { file } }), 'BUSY')).message, new RegExp(`${count}\\.db is open in process ${process.pid}`));
  const worker = new Worker(CHILD, { workerData: [file, 'hold'] });
  const [inThread] = await new Promise((resolve) => { worker.once('message', (...said) => resolve(said)); });
  await worker.terminate();
  assert.equal(inThread.code, 'BUSY');
  const { said, kill } = await holder(file);
  await kill();
  assert.equal(said.code, 'BUSY');
  assert.match(said.message, new RegExp(`process ${process.pid}`));
  await storage.close();
});

test('the lock of a killed process and of a killed thread is taken over', async () => {
  const file = fresh();
  const { said, kill } = await holder(file);
  assert.deepEqual(said, { open: true });
  await fails(openSqlStorage({ storage: { file } }), 'BUSY');
  await kill();
  assert.ok(existsSync(`${file}-lock`));
  await (await openSqlStorage({ storage: { file } })).close();

  const worker = new Worker(CHILD, { workerData: [file, 'hold'] });
  await new Promise((resolve) => { worker.once('message', resolve); });
  await worker.terminate();
  await (await openSqlStorage({ storage: { file } })).close();
});

test('a holder whose lock was taken away writes nothing more', async () => {
  const file = fresh();
  const storage = await openSqlStorage({ storage: { file } });
  const handle = storage.files.open('db', true);
  storage.files.write(handle, Uint8Array.of(1, 2, 3), 0);
  storage.files.sync(handle);
  rmSync(`${file}-lock`);
  const other = await openSqlStorage({ storage: { file } });
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  await fails(async () => { storage.files.write(handle, Uint8Array.of(9), 0); storage.files.sync(handle); }, 'BUSY');
  await storage.close().catch((error) => assert.equal(error.code, 'BUSY'));
  assert.deepEqual([...readFileSync(file)], [1, 2, 3]);
  assert.ok(existsSync(`${file}-lock`), 'the new holder keeps its lock');
  await other.close();
});

test('suspend lets another one have it, resume gets it back', async () => {
  const file = fresh();
  const storage = await openSqlStorage({ storage: { file } });
  const { files } = storage;
  const handle = files.open('db', true);
  files.write(handle, Uint8Array.of(1), 0);
  await storage.suspend();
  await storage.suspend();
  assert.equal(storage.suspended, true);
  await fails(() => storage.files, 'DISPOSED');
  await fails(() => files.size(handle), 'DISPOSED');
  const other = await openSqlStorage({ storage: { file } });
  await fails(storage.resume(), 'BUSY');
  other.files.write(other.files.open('db', true), Uint8Array.of(2), 1);
  await other.close();
  await storage.resume();
  assert.equal(storage.files.size(storage.files.open('db', false)), 2);
  await storage.close();
  await storage.close();
  await fails(storage.resume(), 'DISPOSED');
});

test('read-only: a missing file is NOT_FOUND and nothing is made', async () => {
  const file = join(root, 'nowhere', 'x.db');
  await fails(openSqlStorage({ storage: { file }, readonly: true }), 'NOT_FOUND');
  assert.equal(existsSync(join(root, 'nowhere')), false);
});

test('journals get the permissions of the database', async () => {
  const file = fresh();
  writeFileSync(file, '', { mode: 0o600 });
  const storage = await openSqlStorage({ storage: { file } });
  storage.files.open('db-wal', true);
  assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
  await storage.close();
});

test('38: a place where nobody may write is READONLY; a file size limit is QUOTA, and what was there can still be written', async () => {
  if (process.platform === 'linux') await fails(openSqlStorage({ storage: { file: '/sys/x.db' } }), 'READONLY');
  const { said, kill } = await holder(fresh(), { shell: 'ulimit -f 1024', what: 'fill' });
  await kill();
  assert.equal(said.code, 'QUOTA', JSON.stringify(said));
  assert.ok(said.before <= 1 << 20, `${said.before} bytes`);
});

test('a commit in a write-ahead log is one write and one flush, however many frames; it is handed on before it is flushed', () => {
  const disk = new PowerDisk();
  const files = new BufferedFiles(new PowerFolder(disk, ServiceError));
  const wal = files.open('db-wal', true);
  files.write(wal, new Uint8Array(32), 0);
  let at = 32;
  for (let transaction = 0; transaction < 5; transaction++) {
    const before = disk.operations;
    for (let frame = 0; frame < 4; frame++) {
      const header = new Uint8Array(24);
      if (frame === 3) header[7] = 9;
      files.write(wal, header, at);
      files.write(wal, new Uint8Array(4096).fill(transaction), at + 24);
      at += 24 + 4096;
    }
    assert.equal(disk.operations - before, 1, 'writes until the commit frame is complete');
    files.sync(wal);
    assert.equal(disk.operations - before, 2);
    assert.equal(disk.files.get('db-wal').size, at);
  }
});

test('writes reach the medium in the order in which they were made, also those to different files', () => {
  const order = [];
  const folder = new PowerFolder(new PowerDisk(), ServiceError);
  const open = folder.open.bind(folder);
  folder.open = (name, create) => { const raw = open(name, create); const { write } = raw; return { ...raw, write(from, at) { order.push(`${name} ${at} ${from.length}`); write(from, at); } }; };
  const files = new BufferedFiles(folder);
  const [db, journal] = [files.open('db', true), files.open('db-journal', true)];
  files.write(journal, new Uint8Array(28), 0);
  files.write(journal, new Uint8Array(4), 28);
  files.write(journal, new Uint8Array(512), 32);
  files.write(db, new Uint8Array(512), 0);
  files.write(db, new Uint8Array(512), 512);
  files.write(journal, new Uint8Array(28), 0);
  files.write(db, new Uint8Array(100), 2000);
  files.dispose();
  assert.deepEqual(order, ['db-journal 0 28', 'db-journal 28 516', 'db 0 1024', 'db-journal 0 28', 'db 2000 100']);
});

test('a write that was kept back and fails later: SQLite is told in the same transaction, or the files refuse everything until they are opened anew', async () => {
  const make = () => {
    const disk = new PowerDisk();
    let full = false;
    const folder = new PowerFolder(disk, ServiceError);
    const open = folder.open.bind(folder);
    folder.open = (name, create) => { const raw = open(name, create); const { write } = raw; return { ...raw, write(from, at) { if (full && at + from.length > 8192) throw new ServiceError('QUOTA', 'the disk is full: free space'); write(from, at); } }; };
    return { disk, files: new BufferedFiles(folder), fill(on) { full = on; } };
  };
  const same = make();
  const handle = same.files.open('db', true);
  same.files.write(handle, new Uint8Array(8192), 0);
  same.files.sync(handle);
  same.fill(true);
  same.files.write(handle, new Uint8Array(4096), 8192);
  await fails(() => same.files.sync(handle), 'QUOTA');
  assert.equal(same.files.size(handle), 8192);
  same.files.write(handle, Uint8Array.of(5), 100);
  same.files.sync(handle);
  assert.equal(same.disk.files.get('db').bytes[100], 5);

  const other = make();
  const [db, wal] = [other.files.open('db', true), other.files.open('db-wal', true)];
  other.files.write(wal, new Uint8Array(4096), 0);
  other.files.sync(wal);
  other.fill(true);
  other.files.write(db, new Uint8Array(8200), 0);
  await fails(() => other.files.write(wal, new Uint8Array(32), 0), 'QUOTA');
  other.fill(false);
  await fails(() => other.files.write(wal, new Uint8Array(32), 0), 'QUOTA');
  await fails(() => other.files.read(db, new Uint8Array(1), 0), 'QUOTA');
  other.files.dispose();
});
