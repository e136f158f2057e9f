/** Services that hold about 20 MB each, a read over it whose answer can be checked, and a stream of writes whose acknowledged ones must stay. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const D = 384;
const numbers = (n, seed = 1) => Float64Array.from({ length: n }, (_, i) => Math.sin(i * seed));

const vector = (name, storage) => ({
  name, service: 'vector',
  async open(api, scale, more) {
    const folder = storage === 'directory' ? mkdtempSync(join(tmpdir(), 'recovery-')) : undefined;
    const service = api.createVectorSearch({ ...more, dimensions: D, index: 'flat', ...(folder && { storage: { directory: folder } }) });
    const n = Math.round(13_000 * scale), rows = Float32Array.from({ length: n * D }, (_, i) => Math.fround(Math.sin(i)));
    await service.addVectors(Array.from({ length: n }, (_, i) => `d${i}`), rows);
    const query = rows.slice(5 * D, 6 * D), expected = await service.search(query, { exact: true });
    let next = 0;
    return {
      service, folder,
      async read() { assert.equal((await service.search(query, { exact: true, maxResults: 1 }))[0].id, expected[0].id); },
      async write() { const id = `w${next++}`; await service.addVectors([id], new Float32Array(D).fill(next)); return id; },
      async lost(acknowledged) { let lost = 0; for (const id of acknowledged) if (!(await service.getDocument(id))) lost++; return lost; },
    };
  },
});

const sqlite = (name, storage) => ({
  name, service: 'sqlite',
  async open(api, scale, more) {
    const folder = storage === 'file' ? mkdtempSync(join(tmpdir(), 'recovery-')) : undefined;
    const service = api.createSQLiteUtils({ ...more, ...(folder && { storage: { file: join(folder, 'app.db') } }) });
    await service.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)');
    const n = Math.round(100_000 * scale);
    await service.executeMany('INSERT INTO t (a) VALUES (?)', Array.from({ length: n }, (_, i) => [`${'some text '.repeat(18)}${i}`]));
    await service.executeQuery('CREATE TABLE w (id INTEGER PRIMARY KEY)');
    let next = 0;
    return {
      service, folder,
      async read() { assert.equal((await service.executeQuery('SELECT a FROM t WHERE id = 77')).rows[0].a, `${'some text '.repeat(18)}76`); },
      async write() { const id = next++; await service.executeQuery('INSERT INTO w VALUES (?)', [id]); return id; },
      async lost(acknowledged) {
        const there = new Set((await service.executeQuery('SELECT id FROM w')).rows.map(({ id }) => id));
        return acknowledged.filter((id) => !there.has(id)).length;
      },
    };
  },
});

const compute = {
  name: 'compute, kept matrices', service: 'compute',
  async open(api, scale, more) {
    const service = api.createComputeEngine(more), n = Math.round(1600 * Math.sqrt(scale));
    const kept = await service.upload({ data: numbers(n * n), rows: n, cols: n }), ones = { data: new Float64Array(n).fill(1), rows: n, cols: 1 };
    const { data: expected } = await service.matmul(kept, ones);
    const handles = new Map();
    let next = 0;
    return {
      service,
      async read() { assert.deepEqual((await service.matmul(kept, ones)).data, expected); },
      async write() { const id = next++; handles.set(id, await service.upload({ data: numbers(100, id), rows: 10, cols: 10 })); return id; },
      async lost(acknowledged) {
        let lost = 0;
        for (const id of acknowledged) if (await handles.get(id).download().then(({ data }) => data[99] !== Math.sin(99 * id), () => true)) lost++;
        return lost;
      },
    };
  },
};

const data = {
  name: 'data, tables', service: 'data',
  async open(api, scale, more) {
    const service = api.createDataProcessor(more), n = Math.round(1_250_000 * scale);
    const table = await service.load({ k: Int32Array.from({ length: n }, (_, i) => i % 10), v: numbers(n) });
    const ask = async () => (await (await table.aggregate({ groupBy: ['k'], operations: [{ field: 'v', operation: 'sum' }] })).toRows()).map((row) => row.sum_v);
    const expected = await ask(), tables = new Map();
    let next = 0;
    return {
      service,
      async read() { assert.deepEqual(await ask(), expected); },
      async write() { const id = next++; tables.set(id, await service.load([{ id }])); return id; },
      async lost(acknowledged) {
        let lost = 0;
        for (const id of acknowledged) if (await tables.get(id).toRows().then(([row]) => row.id !== id, () => true)) lost++;
        return lost;
      },
    };
  },
};

export const TRAPPED = [vector('vector'), sqlite('sqlite'), compute, data];
export const KILLED = [vector('vector, memory'), vector('vector, directory', 'directory'), sqlite('sqlite, memory'), sqlite('sqlite, file', 'file'), compute, data];

export async function close({ service, folder }) {
  await service.dispose();
  if (folder) rmSync(folder, { recursive: true, force: true });
}
