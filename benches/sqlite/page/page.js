/** Starts the contenders' workers and passes orders on; the bench drives it from outside, one order at a time. */
import { createSQLiteUtils } from '/dist/sqlite.js';
import { CHECK, log, row, SCHEMA } from './shared.js';

const workers = new Map();
/** Written out, so that a bundler sees them. */
const WORKERS = {
  floor: () => new Worker(new URL('./floor.worker.js', import.meta.url), { type: 'module' }),
  ours: () => new Worker(new URL('./ours.worker.js', import.meta.url), { type: 'module' }),
  peer: () => new Worker(new URL('./peer.worker.js', import.meta.url), { type: 'module' }),
  'peer?exclusive': () => new Worker(new URL('./peer.worker.js', import.meta.url), { type: 'module', name: 'exclusive' }),
};
const start = (name) => {
  const worker = WORKERS[name]();
  worker.onerror = (e) => { throw new Error(`${name}: ${e.message}`); };
  workers.set(name, worker);
  return worker;
};
const ask = (name, order, options = {}) => new Promise((done, failed) => {
  const worker = workers.get(name) ?? start(name);
  worker.onmessage = ({ data }) => (data.error ? failed(new Error(`${name} ${order}: ${data.error}`)) : done(data));
  worker.postMessage({ order, ...options });
});

/** The service as a page uses it: the database in a worker of its own, each call a message. */
let service, insert;
const orders = {
  async open() {
    service = createSQLiteUtils({ storage: 'opfs', name: 'bench-page', synchronous: 'full' });
    for (const sql of SCHEMA) await service.executeQuery(sql);
    return { info: { ...service.info } };
  },
  async one({ count, from }) {
    insert ??= await service.prepare('INSERT INTO log (at, what) VALUES (?, ?)');
    const at = performance.now();
    for (let i = 0; i < count; i++) await insert.run(log(from + i));
    return { ms: (performance.now() - at) / count };
  },
  async many({ count }) {
    await service.executeQuery('DELETE FROM big');
    const rows = Array.from({ length: count }, (_, i) => row(i)), at = performance.now();
    await service.executeMany('INSERT INTO big VALUES (?, ?, ?)', rows);
    return { ms: performance.now() - at };
  },
  async check() { return (await service.executeQuery(CHECK)).rows[0]; },
  close: async () => { await service.dispose(); return {}; },
};

/** From nothing to the first answer, as a page that was just loaded would see it. */
async function reopen(name) {
  const at = performance.now();
  const info = await (name === 'page' ? orders.open() : ask(name, 'open'));
  const got = name === 'page' ? await orders.check() : await ask(name, 'check');
  return { ms: performance.now() - at, got, info };
}
globalThis.bench = { ask: (name, order, options) => (name === 'page' ? orders[order](options) : ask(name, order, options)), reopen };
