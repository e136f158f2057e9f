// `bench`: a minute's answer to "is it worth it here?". The repository's benches, with peers and rounds, are another matter.
import { createComputeEngine, createDataProcessor, createSQLiteUtils, createVectorSearch } from '../../dist/index.js';

export const options = { json: { type: 'boolean', default: false } };
export const help = `npx wasm-services bench [--json]

Runs one task of each service in JavaScript and in WebAssembly on this machine, compares their answers and prints the medians of five runs.
Takes about twenty seconds. Close what else is busy.`;

/** The same numbers on every machine. */
function random(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const ROWS = 10_000, WIDTH = 384, SIZE = 384, CELLS = 200_000;

const TASKS = [
  {
    name: `vector: exact search, ${ROWS} x ${WIDTH}`, create: createVectorSearch,
    async prepare(search) {
      const next = random(1);
      await search.addVectors(Array.from({ length: ROWS }, (_, i) => `${i}`), Float32Array.from({ length: ROWS * WIDTH }, () => next() - 0.5));
      const query = Float32Array.from({ length: WIDTH }, () => next() - 0.5);
      return async () => (await search.search(query, { exact: true, maxResults: 10 })).map(({ id }) => id).join();
    },
  },
  {
    name: `compute: product of ${SIZE} x ${SIZE} matrices, f64`, create: createComputeEngine,
    async prepare(compute) {
      const next = random(2);
      const matrix = () => ({ rows: SIZE, cols: SIZE, data: Float64Array.from({ length: SIZE * SIZE }, () => next() - 0.5) });
      const a = matrix(), b = matrix();
      return async () => { const { data } = await compute.matmul(a, b); return data[0].toFixed(6) + data.at(-1).toFixed(6); };
    },
  },
  {
    name: `data: sum by 1000 groups of ${CELLS} resident rows`, create: createDataProcessor,
    async prepare(data) {
      const next = random(3);
      const table = await data.load({ key: Int32Array.from({ length: CELLS }, () => Math.floor(next() * 1000)), value: Float64Array.from({ length: CELLS }, next) });
      return async () => {
        const sums = await table.aggregate({ groupBy: ['key'], operations: [{ field: 'value', operation: 'sum' }] });
        const rows = await sums.toRows();
        sums.free();
        return `${rows.length}:${JSON.stringify(rows[0])}`;
      };
    },
  },
  {
    name: 'sqlite: 20,000 inserts in one transaction', create: createSQLiteUtils,
    async prepare(db) {
      await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n REAL)');
      const rows = Array.from({ length: 20_000 }, (_, i) => [`row ${i}`, i / 7]);
      return async () => {
        await db.executeQuery('DELETE FROM t');
        await db.executeMany('INSERT INTO t (name, n) VALUES (?, ?)', rows);
        return JSON.stringify((await db.executeQuery('SELECT count(*) AS n, round(sum(n), 6) AS s FROM t')).rows[0]);
      };
    },
  },
];

async function measure({ create, prepare }, implementation) {
  const service = create({ implementation, host: 'inline' });
  try {
    const task = await prepare(service);
    const times = [];
    let answer = await task(); // compilers warm up
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      answer = await task();
      times.push(performance.now() - start);
    }
    const { variant, engine } = service.info;
    return { ms: times.sort((a, b) => a - b)[2], answer, by: engine && variant === 'js' ? engine : variant };
  } catch (error) {
    return { error: `${error.code ?? error.name}: ${error.message}` };
  } finally {
    await service.dispose();
  }
}

export async function run({ json }) {
  const results = [];
  for (const task of TASKS) {
    const js = await measure(task, 'js'), wasm = await measure(task, 'simd');
    const same = js.answer === wasm.answer;
    results.push({ task: task.name, js, wasm, same });
    if (json) continue;
    const figure = (r) => (r.error ? 'not here' : `${r.ms.toFixed(r.ms < 10 ? 2 : 0)} ms`);
    console.log(`${task.name}\n  ${(js.by ?? 'js').padEnd(12)} ${figure(js)}\n  ${'WebAssembly'.padEnd(12)} ${figure(wasm)}${js.ms && wasm.ms ? `   ${(js.ms / wasm.ms).toFixed(1)}x, ${same ? 'same answer' : 'ANSWERS DIFFER: please report this'}` : ''}`);
    for (const { error } of [js, wasm]) if (error) console.log(`  ${error}`);
  }
  if (json) console.log(JSON.stringify({ runtime: process.version, results: results.map(({ task, js, wasm, same }) => ({ task, js: { by: js.by, ms: js.ms, error: js.error }, wasm: { by: wasm.by, ms: wasm.ms, error: wasm.error }, same })) }, null, 2));
  return results.some(({ js, wasm, same }) => wasm.error || (!js.error && !same)) ? 1 : 0;
}
