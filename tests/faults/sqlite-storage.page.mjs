/**
 * SQLite's storages in a browser. In a worker: post a job, get { result } or { error }, and { figure } meanwhile. On a page: `runJob(job)`.
 * A counter stands for the database here: four bytes in 'db' (or block 0), raised and synced.
 */
import { ServiceError } from '../../js/dist/errors.js';
import { armFault } from '../../js/dist/faults.js';
import { openOpfsFiles } from '../../js/dist/host/storage/sql-opfs-files.js';
import { BLOCK_BYTES, openSqlStorage } from '../../js/dist/services/sqlite/storage/index.js';
import { makeAssert } from '../conformance/lib/assert.mjs';
import { runSuite } from '../unit/sqlite/storage-runner.mjs';

const assert = makeAssert({ ServiceError });
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const blockOf = (fill) => new Uint8Array(BLOCK_BYTES).fill(fill);

/** One more in the stored counter; gives what it was before. */
async function raise(storage) {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  if (storage.files) {
    const handle = storage.files.open('db', true);
    storage.files.read(handle, bytes, 0);
    const before = view.getUint32(0);
    view.setUint32(0, before + 1);
    storage.files.write(handle, bytes, 0);
    storage.files.sync(handle);
    storage.files.close(handle);
    return before;
  }
  bytes.set((await storage.blocks.load()).subarray(0, 4));
  const before = view.getUint32(0);
  view.setUint32(0, before + 1);
  await storage.blocks.commit([{ index: 0, bytes }], 4);
  return before;
}

const JOBS = {
  /** The suite of SqlFiles on OPFS. */
  suite() {
    const run = Math.random().toString(36).slice(2);
    let places = 0;
    return runSuite(() => {
      const name = `${run}-${++places}`;
      return ({ readonly = false }) => openOpfsFiles(['wasm-services', 'sqlite', name], name, readonly, () => undefined);
    });
  },

  /** What blocks in IndexedDB owe. */
  async blocks({ name }) {
    const open = (more = {}) => openSqlStorage({ storage: 'indexeddb', name, ...more });
    let storage = await open();
    assert.equal((await storage.blocks.load()).length, 0, 'a new one is empty');
    const size = 5000 * BLOCK_BYTES + 100;
    const blocks = Array.from({ length: 5001 }, (_, index) => ({ index, bytes: index === 5000 ? blockOf(1).subarray(0, 100) : blockOf(index) }));
    const first = storage.blocks.commit(blocks, size);
    blocks[0].bytes.fill(99);
    await first;
    const check = async (expected, note) => {
      const file = await storage.blocks.load();
      assert.equal(file.length, expected.size, note);
      for (const [index, fill] of expected.fills) assert.equal(file[index * BLOCK_BYTES], fill, `${note}: block ${index}`);
    };
    await check({ size, fills: [[0, 0], [1, 1], [4999, 4999 & 255], [5000, 1]] }, 'as committed');
    // Three at once: the last one counts.
    await Promise.all([7, 8, 9].map((fill) => storage.blocks.commit([{ index: 3, bytes: blockOf(fill) }], size)));
    await check({ size, fills: [[3, 9]] }, 'in order');
    await storage.blocks.commit([{ index: 2, bytes: blockOf(5) }], 10 * BLOCK_BYTES);
    await check({ size: 10 * BLOCK_BYTES, fills: [[2, 5], [9, 9]] }, 'smaller');
    await storage.blocks.commit([{ index: 10, bytes: blockOf(6) }], 11 * BLOCK_BYTES);
    await check({ size: 11 * BLOCK_BYTES, fills: [[2, 5], [10, 6]] }, 'grown again');
    for (const [how, code] of [['quota', 'QUOTA'], ['io', 'STORAGE_IO']]) {
      armFault('sqlite', { kind: 'storage', writes: 0, how });
      await assert.code(storage.blocks.commit([{ index: 0, bytes: blockOf(1) }], size), code);
    }
    await check({ size: 11 * BLOCK_BYTES, fills: [[0, 0], [10, 6]] }, 'refused commits leave it as it was');
    const { blocks: before } = storage;
    await storage.suspend();
    await assert.code(() => storage.blocks, 'DISPOSED');
    await assert.code(before.load(), 'DISPOSED');
    await assert.code(before.commit([], 0), 'DISPOSED');
    await storage.resume();
    await check({ size: 11 * BLOCK_BYTES, fills: [[10, 6]] }, 'after resume');
    await storage.close();
    await assert.code(storage.resume(), 'DISPOSED');
    storage = await open({ readonly: true });
    await check({ size: 11 * BLOCK_BYTES, fills: [[10, 6]] }, 'opened again');
    await assert.code(storage.blocks.commit([], 0), 'READONLY');
    await storage.close();
    return 'done';
  },

  /** `turns` times: get the storage, raise the counter, let it go when another asks. */
  async count({ storage: kind, name, turns, pause = 0 }, figure) {
    let wanted = false;
    const storage = await openSqlStorage({ storage: kind, name, onWanted: () => { wanted = true; } });
    let lent = 0;
    for (let turn = 0; turn < turns; turn++) {
      if (storage.suspended) await storage.resume();
      figure(await raise(storage));
      await sleep(pause);
      if (!wanted) continue;
      wanted = false;
      lent++;
      await storage.suspend();
    }
    await storage.close();
    return { lent };
  },

  /** Opens, keeps it for a time with a silent or a dead-busy event loop, then lets go. */
  async keep({ storage: kind, name, busyMs, freeAfterMs }, figure) {
    const storage = await openSqlStorage({ storage: kind, name, onWanted: () => { if (freeAfterMs !== undefined) setTimeout(() => { void storage.suspend(); }, freeAfterMs); } });
    figure(await raise(storage));
    const until = performance.now() + busyMs;
    while (performance.now() < until);
    return sleep(60_000);
  },

  /** How long an opening takes, and what came of it. */
  async open({ storage: kind, name, readonly }) {
    const started = performance.now();
    try {
      const storage = await openSqlStorage({ storage: kind, name, readonly });
      const { journalMode, synchronous, label } = storage;
      const value = readonly ? undefined : await raise(storage);
      await storage.close();
      return { value, journalMode, synchronous, label, ms: performance.now() - started };
    } catch (error) {
      return { code: error.code, message: error.message, ms: performance.now() - started };
    }
  },

  /** Writes until it is refused. */
  async fill({ storage: kind, name, most }) {
    const storage = await openSqlStorage({ storage: kind, name });
    let written = 0;
    let refused;
    try {
      if (storage.files) {
        const handle = storage.files.open('db', true);
        for (; written < most; written += 65_536) {
          storage.files.write(handle, new Uint8Array(65_536).fill(3), written);
          storage.files.sync(handle);
        }
      } else {
        for (; written < most; written += 16 * BLOCK_BYTES) await storage.blocks.commit(Array.from({ length: 16 }, (_, i) => ({ index: written / BLOCK_BYTES + i, bytes: crypto.getRandomValues(blockOf(0)) })), written + 16 * BLOCK_BYTES);
      }
    } catch (error) {
      refused = { code: error.code, message: error.message };
    }
    await storage.close();
    return { written, refused };
  },
};

export async function runJob(job, figure = () => undefined) {
  if (job.locks === false) Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
  return JOBS[job.do](job, figure);
}

if (typeof WorkerGlobalScope === 'function' && globalThis instanceof WorkerGlobalScope) {
  globalThis.onmessage = ({ data }) => {
    runJob(data, (figure) => globalThis.postMessage({ figure })).then((result) => globalThis.postMessage({ result }), (error) => globalThis.postMessage({ error: `${error.name} ${error.code ?? ''}: ${error.message}` }));
  };
}
