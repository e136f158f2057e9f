// Each service filled with something to lose, a read over all of it whose answer is plain data, and a write.
import { readFileSync } from 'node:fs';
import { ServiceError } from '../../js/dist/errors.js';
import { COMPUTE } from '../../js/dist/loader/compute.gen.js';
import { DATA } from '../../js/dist/loader/data.gen.js';
import { loadModule } from '../../js/dist/loader/index.js';
import { SQLITE } from '../../js/dist/loader/sqlite.gen.js';
import { VECTOR } from '../../js/dist/loader/vector.gen.js';
import { withTrapdoor } from '../../js/dist/testing/trapdoor.js';

const D = 16, N = 300;
const vector = (seed) => Float32Array.from({ length: D }, (_, i) => Math.fround(Math.sin(seed * 31 + i)));
const matrix = (n, seed) => ({ data: Float64Array.from({ length: n * n }, (_, i) => Math.sin(i * seed)), rows: n, cols: n });
const CSV = `k,v\n${Array.from({ length: 2000 }, (_, i) => `key ${i % 7},${i / 4}`).join('\n')}\n`;

export const NAMES = ['vector', 'sqlite', 'compute', 'data'];

export const SERVICES = {
  vector: {
    config: { dimensions: D, index: 'flat' },
    get: (manager) => manager.getVectorSearch(),
    async fill(service) {
      const rows = new Float32Array(N * D);
      for (let i = 0; i < N; i++) rows.set(vector(i), i * D);
      await service.addVectors(Array.from({ length: N }, (_, i) => `d${i}`), rows);
      return { extra: 0 };
    },
    read: async (service) => [await service.search(vector(7.5), { maxResults: 5 }), await service.findSimilar('d9', { maxResults: 3 }), (await service.getDocument('d5')).id],
    async write(service) {
      await service.addDocuments([{ id: 'new', embedding: vector(1e6) }]);
      await service.removeDocuments(['new']);
    },
  },
  sqlite: {
    config: {},
    get: (manager) => manager.getSQLiteUtils(),
    async fill(service) {
      await service.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)');
      await service.executeMany('INSERT INTO t (a) VALUES (?)', Array.from({ length: 2000 }, (_, i) => [`row ${i}`]));
      return {};
    },
    read: async (service) => (await service.executeQuery('SELECT count(*) AS n, sum(length(a)) AS l, max(a) AS m FROM t')).rows,
    async write(service) {
      await service.executeQuery("INSERT INTO t VALUES (-1, 'x')");
      await service.executeQuery('DELETE FROM t WHERE id = -1');
    },
  },
  compute: {
    config: {},
    get: (manager) => manager.getComputeEngine(),
    async fill(service) {
      const kept = await service.upload(matrix(40, 3));
      return { kept, product: await service.matmul(kept, matrix(40, 5), { keep: true }) };
    },
    async read(service, { kept, product }) {
      const { data } = await service.matmul(kept, product);
      return [[...data], [...(await product.download()).data], (await service.eigh(matrix(3, 0))).values.length];
    },
    async write(service) { (await service.upload(matrix(5, 1))).free(); },
  },
  data: {
    config: {},
    get: (manager) => manager.getDataProcessor(),
    async fill(service) {
      const table = await service.load(CSV, { format: 'csv' });
      return { table, filtered: await table.filter('v > 100') };
    },
    async read(service, { table, filtered }) {
      const grouped = await (await table.aggregate({ groupBy: ['k'], operations: [{ field: 'v', operation: 'sum' }] })).toRows();
      return [grouped, filtered.rowCount, (await (await filtered.slice(0, 3)).toRows())];
    },
    async write(service) { (await service.load(CSV, { format: 'csv' })).free(); },
  },
};

const SHIPPED = { vector: VECTOR, sqlite: SQLITE, compute: COMPUTE, data: DATA };

/** Each kind of trap in the raw instance of a patched copy: what the engine says of it; and that nothing is different before. */
export async function breakdown(name) {
  const bytes = readFileSync(new URL(`../../js/dist/loader/wasm/${name}.simd.wasm`, import.meta.url));
  const plain = (await loadModule(SHIPPED[name], 'simd', { wasm: bytes })).createInstance();
  const loaded = await loadModule(SHIPPED[name], 'simd', { wasm: withTrapdoor(bytes) });
  const messages = {};
  for (const [place, kind] of ['unreachable', 'divide', 'memory', 'stack'].entries()) {
    const glue = loaded.createInstance();
    glue.exports['__trapdoor'].value = place + 1;
    try { glue.abi(); messages[kind] = 'no trap'; } catch (error) { messages[kind] = error instanceof ServiceError ? error.code : error.message; }
  }
  const calm = loaded.createInstance();
  return { messages, same: calm.abi() === plain.abi() && calm.buildFeatures() === plain.buildFeatures() };
}
