/** Four small services for traffic and faults, each with a question whose right answer is known and, where it keeps writes, a way to count them. */
import { wasmDetector } from 'wasm-services/detect';
import { endManager, startManager } from '../managers.js';
import { sharedSample } from '../sample.js';

const DATABASE = 'dashboard-faults';
const DOCUMENTS = 1000;

const vector = {
  name: 'vector search', config: { vectorSearch: { dimensions: 384 } },
  holds: `${DOCUMENTS.toLocaleString('en')} documents in memory`,
  service: (manager) => manager.getVectorSearch(),
  async fill(service, sample) {
    await service.addDocuments(sample.docs.slice(0, DOCUMENTS).map((d, i) => ({ id: String(d.id), content: d.text, embedding: sample.rows.subarray(i * sample.dimensions, (i + 1) * sample.dimensions) })));
  },
  ask: async (service, sample) => (await service.search(sample.queryVector(1), { maxResults: 5, exact: true })).map(({ id, score }) => [id, score]),
  write: (service, sample, i) => service.addDocuments([{ id: `write ${i}`, content: 'a write of the fault panel', embedding: sample.queryVector(2) }]),
  kept: async (service) => await service.count() - DOCUMENTS,
};

const sqlite = {
  name: 'SQLite', config: { sqlite: { storage: 'opfs', name: DATABASE } }, durable: true,
  holds: '2,000 rows in the private file system',
  service: (manager) => manager.getSQLiteUtils(),
  async fill(service, _, again) {
    if (again) return;
    await service.executeQuery('CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)');
    await service.executeQuery('WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) INSERT OR IGNORE INTO numbers SELECT n FROM c');
    await service.executeQuery('CREATE TABLE IF NOT EXISTS writes (i INTEGER PRIMARY KEY)');
    await service.executeQuery('DELETE FROM writes');
  },
  ask: async (service) => (await service.executeQuery('SELECT count(*), sum(n), max(n * n % 97) FROM numbers', [], { rows: 'arrays', cache: false })).rows,
  write: (service, _, i) => service.executeQuery('INSERT INTO writes VALUES (?)', [i]),
  kept: async (service) => Number((await service.executeQuery('SELECT count(*) FROM writes', [], { rows: 'arrays', cache: false })).rows[0][0]),
};

const data = {
  name: 'data processor', config: {}, volatile: true, holds: '5,000 rows as a resident table',
  service: (manager) => manager.getDataProcessor(),
  async fill(service, sample) {
    this.table = await service.load(sample.docs.map(({ section, download_bytes, installed_kib }) => ({ section, download_bytes, installed_kib })));
  },
  async ask() {
    const answer = await this.table.aggregate({ groupBy: ['section'], operations: [{ field: '*', operation: 'count' }, { field: 'download_bytes', operation: 'sum' }], orderBy: [{ field: 'section' }] });
    const rows = await answer.toRows();
    answer.free();
    return rows;
  },
};

const compute = {
  name: 'compute engine', config: {}, holds: 'two matrices that are sent with each call',
  service: (manager) => manager.getComputeEngine(),
  async fill(_, sample) {
    this.a = { data: sample.rows.slice(0, 192 * 192), rows: 192, cols: 192 };
  },
  async ask(service) {
    const { data: product } = await service.matmul(this.a, this.a);
    // f32 on every path, summed in f64: the last digit is not what this is about.
    return [product.length, Number(product.reduce((sum, x) => sum + x, 0).toPrecision(5))];
  },
};

export const SUBJECTS = { vector, sqlite, data, compute };

/** Where a database can be durable it is; elsewhere it is in memory and says so. */
async function settingOf(kind) {
  const { hasOPFS, missing } = await wasmDetector.detectCapabilities();
  if (!kind.durable || hasOPFS) return { config: kind.config, holds: kind.holds, durable: kind.durable === true };
  return { config: {}, holds: `2,000 rows in memory (no private file system: ${missing.hasOPFS?.reason ?? 'unknown'})`, durable: false };
}

const running = new Map();

/** What runs of it: one start for all who ask. A start that failed is tried again by the next. */
export function subject(name, before) {
  if (!running.has(name)) {
    const start = begin(name, before);
    running.set(name, start);
    start.catch(() => running.delete(name));
  }
  return running.get(name);
}

/** @param before the life that ended; what was durable in it is there again */
async function begin(name, before) {
  const kind = SUBJECTS[name];
  const sample = await sharedSample(() => {});
  const { config, holds, durable } = await settingOf(kind);
  const again = durable && before !== undefined;
  const manager = await startManager('faults', config);
  const service = kind.service(manager);
  try {
    await kind.fill(service, sample, again);
  } catch (error) {
    await endManager(manager);
    throw error;
  }
  const one = { name, manager, service, holds, durable, acknowledged: again ? before.acknowledged : 0, next: again ? before.next : 0, ask: async () => JSON.stringify(await kind.ask(service, sample)) };
  if (kind.volatile) one.fill = () => kind.fill(service, sample);
  if (!kind.write) return one;
  one.write = async () => {
    await kind.write(service, sample, one.next++);
    one.acknowledged++;
  };
  one.kept = () => kind.kept(service);
  return one;
}

/** Ends it; the next `subject(name, before)` starts it anew. */
export async function end(name) {
  const before = await subject(name);
  running.delete(name);
  await endManager(before.manager);
  return before;
}

/** Calls of all four, one a turn, until the signal fires. */
export async function traffic(signal, onError) {
  const names = Object.keys(SUBJECTS);
  for (let i = 0; !signal.aborted; i++) {
    try {
      await (await subject(names[i % names.length])).ask();
    } catch (error) {
      onError(error);
    }
    await new Promise((done) => { setTimeout(done, 25); });
  }
}
