// Real directories, real processes: kill -9, killed threads, locks, permissions, a full disk.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { armFault } from '../../../js/dist/faults.js';
import { collectionFileName } from '../../../js/dist/host/storage/collection-name.js';
import { fromNodeError } from '../../../js/dist/host/storage/errors.js';
import { storageBackend } from '../../../js/dist/host/storage/index.js';
import { openStore } from '../../../js/dist/services/vector/storage/store.js';
import { random, stateOf } from './storage-model.mjs';
import { sampleRows } from './storage-samples.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = () => join(root, String(++folders));
const backend = (directory, name = 'killed') => storageBackend({ storage: { directory }, name, service: 'vector' });
const CHILD = fileURLToPath(new URL('./storage-writer.child.mjs', import.meta.url));

/** Opens, checks that the content is whole groups of three and at least what was acknowledged, closes. */
async function check(directory, acknowledged) {
  const { store, recovered } = await openStore(backend(directory));
  const { slots } = stateOf(recovered);
  await store.close();
  assert.ok(slots.length >= acknowledged && slots.length <= acknowledged + 3, `${slots.length} documents, ${acknowledged} acknowledged`);
  assert.equal(slots.length % 3, 0, 'half of a change was found');
  slots.forEach((slot, i) => {
    assert.equal(slot.id, `id-${i}`);
    assert.deepEqual(slot.metadata, { s: i });
    assert.equal(slot.row, Buffer.from(sampleRows('f32', 3, 3, i - (i % 3)).subarray((i % 3) * 12, (i % 3) * 12 + 12)).toString('hex'));
  });
  return slots.length;
}

/** Waits for the child's report number `count`, then resolves with the last figure it gave when it was dead. */
function killAfter(start, count) {
  return new Promise((resolve, reject) => {
    let reports = 0;
    let last = 0;
    const kill = start((line) => {
      const figure = Number(line.replace('open ', ''));
      if (Number.isNaN(figure)) reject(new Error(line));
      last = figure;
      if (++reports === count) kill();
    }, () => resolve(last), reject);
  });
}

function startProcess(directory) {
  return (onLine, onEnd, onError) => {
    const child = spawn(process.execPath, [CHILD, directory], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    let rest = '';
    child.stderr.on('data', (data) => { errors += data; });
    child.stdout.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      lines.forEach(onLine);
    });
    child.on('close', (code, signal) => (signal === 'SIGKILL' ? onEnd() : onError(new Error(`the child ended with ${code}: ${errors}`))));
    return () => child.kill('SIGKILL');
  };
}

function startThread(directory) {
  return (onLine, onEnd, onError) => {
    const worker = new Worker(CHILD, { workerData: { directory } });
    worker.on('message', onLine);
    worker.on('error', onError);
    return () => { void worker.terminate().then(onEnd); };
  };
}

for (const [what, start] of [['process killed with SIGKILL', startProcess], ['thread that is terminated', startThread]]) {
  test(`a ${what} in the middle of adding loses nothing acknowledged; the next opener is not locked out`, async () => {
    const directory = folder();
    const next = random(5);
    let total = 0;
    for (let round = 0; round < 6; round++) {
      const acknowledged = await killAfter(start(directory), 2 + Math.floor(next() * 60));
      assert.ok(acknowledged >= total);
      total = await check(directory, acknowledged);
    }
    assert.ok(total > 100, `only ${total} documents were written`);
  });
}

test('a lock of a living process is respected and named; one of a dead process, a reused pid or an unfinished write is not', async () => {
  const directory = folder();
  const place = join(directory, 'killed');
  const lock = join(place, 'lock');
  mkdirSync(place, { recursive: true });
  const entry = (change) => JSON.stringify({ token: 't', pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00.000Z', ...change });
  const opens = async () => { const b = backend(directory); await b.open(); await b.close(); };

  const holder = backend(directory);
  await holder.open();
  const mine = JSON.parse(readFileSync(lock, 'utf8'));
  await assert.rejects(opens(), (error) => error.code === 'BUSY' && error.message.includes(String(process.pid)) && error.message.includes(lock));
  assert.equal(JSON.parse(readFileSync(lock, 'utf8')).token, mine.token, 'a refused opener leaves the lock alone');
  await holder.close();
  assert.equal(existsSync(lock), false);

  const gone = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => { gone.on('close', resolve); });
  writeFileSync(lock, entry({ pid: gone.pid }));
  await opens();
  if (process.platform === 'linux') {
    writeFileSync(lock, entry({ ...mine, started: '1' }));
    await opens();
  }
  writeFileSync(lock, entry({ host: 'another-machine', pid: gone.pid }));
  await assert.rejects(opens(), (error) => error.code === 'BUSY' && error.message.includes('another-machine'));
  rmSync(lock);
  writeFileSync(lock, '{"tok');
  await opens();
});

test('without /proc the heartbeat tells a live holder from a dead one', async () => {
  const directory = folder();
  const place = join(directory, 'killed');
  const lock = join(place, 'lock');
  mkdirSync(place, { recursive: true });
  writeFileSync(lock, JSON.stringify({ token: 't', pid: process.pid, host: hostname(), since: 'now' }));
  const beat = setInterval(() => writeFileSync(lock, readFileSync(lock)), 300);
  const b = backend(directory);
  await assert.rejects(b.open(), { code: 'BUSY' });
  clearInterval(beat);
  await b.open();
  await b.close();
});

test('many openers of one dead lock: exactly one gets in', async () => {
  for (let round = 0; round < 10; round++) {
    const directory = folder();
    mkdirSync(join(directory, 'killed'), { recursive: true });
    writeFileSync(join(directory, 'killed', 'lock'), JSON.stringify({ token: 't', pid: 2 ** 22 + 7, host: hostname(), since: 'long ago' }));
    const openers = Array.from({ length: 8 }, () => backend(directory));
    const results = await Promise.allSettled(openers.map((b) => b.open()));
    assert.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
    assert.ok(results.every((r) => r.status === 'fulfilled' || r.reason.code === 'BUSY'));
    await Promise.all(openers.map((b) => b.close()));
  }
});

test('a lock that is taken away stops the writer', async () => {
  const directory = folder();
  const { store } = await openStore(backend(directory));
  rmSync(join(directory, 'killed', 'lock'));
  await assert.rejects(store.append({ type: 'clear' }), { code: 'BUSY' });
  await store.close();
});

test('a directory that can not be made or written says which and why', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  await assert.rejects(backend(join(file, 'below')).open(), (error) => error.code === 'INVALID_ARGUMENT' && error.message.includes('a-file'));
  // The superuser may write anywhere; then only the mapping below is tested.
  if (process.getuid?.() !== 0) {
    const closed = folder();
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    await assert.rejects(backend(closed).open(), { code: 'READONLY' });
    chmodSync(closed, 0o700);
  }
  for (const [errno, code] of [['ENOSPC', 'QUOTA'], ['EDQUOT', 'QUOTA'], ['EROFS', 'READONLY'], ['EACCES', 'READONLY'], ['EIO', 'STORAGE_IO'], [undefined, 'STORAGE_IO']]) {
    const error = fromNodeError(Object.assign(new Error('x'), { code: errno }), 'directory d');
    assert.equal(error.code, code);
    assert.match(error.message, /^directory d: .{10}/);
  }
});

test('a full disk refuses the change with QUOTA, keeps the rest and works again when there is room', async () => {
  if (existsSync('/dev/full')) {
    const full = await open('/dev/full', 'w');
    const real = await full.write(Buffer.from('x')).catch((error) => error);
    await full.close();
    assert.equal(fromNodeError(real, 'disk').code, 'QUOTA');
  }
  for (const how of ['quota', 'io', 'torn']) {
    const directory = folder();
    const opened = await openStore(backend(directory));
    armFault('vector', { kind: 'storage', writes: 1, how });
    await opened.store.append({ type: 'remove', slots: [1] });
    await assert.rejects(opened.store.append({ type: 'remove', slots: [2] }), { code: how === 'quota' ? 'QUOTA' : 'STORAGE_IO' });
    await opened.store.append({ type: 'remove', slots: [3] });
    await opened.store.close();
    const again = await openStore(backend(directory));
    assert.deepEqual(again.recovered.records.map((r) => r.slots[0]), [1, 3]);
    await again.store.close();
  }
});

test('any name makes a folder of its own, and only below the directory', () => {
  const names = ['a', 'A', '..', '.', '/', '../a', 'a/b', 'a\\b', '\ud800', '\udc00', 'é', 'e\u0301', 'CON', 'con', 'lpt1', 'lock', '%0041', 'a%', '日本', ' ', '\0'];
  const files = names.map(collectionFileName);
  assert.equal(new Set(files.map((f) => f.toLowerCase())).size, names.length);
  for (const file of files) assert.match(file, /^[a-z0-9_%A-F-]+$/);
  for (const bad of ['', 'x'.repeat(201), 'É'.repeat(50), 7]) assert.throws(() => collectionFileName(bad), { code: 'INVALID_ARGUMENT' });
});

test('a storage this host lacks is UNSUPPORTED with the cure, and nonsense is INVALID_ARGUMENT', () => {
  for (const storage of ['opfs', 'indexeddb']) {
    assert.throws(() => storageBackend({ storage, name: 'x', service: 'vector' }), (error) => error.code === 'UNSUPPORTED' && /directory/.test(error.message));
  }
  for (const storage of [{}, { directory: '' }, { directory: 7 }, null, 'disk']) {
    assert.throws(() => storageBackend({ storage, name: 'x', service: 'vector' }), { code: 'INVALID_ARGUMENT' });
  }
});
