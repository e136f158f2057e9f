// The machine that runs this: capabilities, the integrity of the package's files, and one real call of each service.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createComputeEngine, createDataProcessor, createSQLiteUtils, createVectorSearch, wasmDetector } from '../../dist/index.js';

const WASM = new URL('../../dist/wasm/', import.meta.url);
const NAMES = { isSupported: 'WebAssembly', hasSIMD: 'SIMD', hasRelaxedSIMD: 'relaxed SIMD (no build needs it)', hasThreads: 'threads' };

/** A question whose answer is known. */
const QUESTIONS = {
  vector: [createVectorSearch, async (s) => {
    await s.addDocuments([{ id: 'a', embedding: [1, 0] }, { id: 'b', embedding: [0, 1] }]);
    return (await s.search([0.1, 0.9], { maxResults: 1 }))[0].id === 'b';
  }],
  sqlite: [createSQLiteUtils, async (s) => (await s.executeQuery('SELECT 6 * 7 AS answer')).rows[0].answer === 42],
  compute: [createComputeEngine, async (s) => {
    const { data } = await s.matmul({ rows: 2, cols: 2, data: Float64Array.of(1, 2, 3, 4) }, { rows: 2, cols: 2, data: Float64Array.of(5, 6, 7, 8) });
    return [...data].join() === '19,22,43,50';
  }],
  data: [createDataProcessor, async (s) => {
    const table = await s.load([{ n: 1 }, { n: 2 }, { n: 39 }]);
    const [row] = await (await table.aggregate({ operations: [{ field: 'n', operation: 'sum', alias: 'sum' }] })).toRows();
    return row.sum === 42;
  }],
};

export async function inspectHost() {
  const capabilities = await wasmDetector.detectCapabilities();
  const checks = [];
  for (const [key, name] of Object.entries(NAMES)) {
    const missing = capabilities.missing[key];
    if (capabilities[key]) checks.push({ state: 'ok', what: `${name}: yes` });
    else checks.push({ state: key === 'isSupported' && missing.reason !== 'disabled' ? 'problem' : 'advice', what: `${name}: no (${missing.reason})`, fix: missing.fix });
  }

  let bytes = 0, wrong = 0;
  const { artifacts } = JSON.parse(readFileSync(new URL('manifest.json', WASM), 'utf8'));
  for (const { file, sha384 } of artifacts) {
    let found;
    try {
      found = readFileSync(new URL(file, WASM));
    } catch (error) {
      found = undefined;
      checks.push({ state: 'problem', what: `${file}: ${error.code === 'ENOENT' ? 'is missing' : error.message}`, fix: 'install the package again' });
    }
    if (found && createHash('sha384').update(found).digest('base64') !== sha384) {
      checks.push({ state: 'problem', what: `${file}: is not the file that was released`, fix: 'install the package again; if it comes back, look for what rewrites files on this machine' });
    } else if (found) { bytes += found.length; continue; }
    wrong++;
  }
  if (!wrong) checks.push({ state: 'ok', what: `${artifacts.length} .wasm files, ${(bytes / 1e6).toFixed(1)} MB: each is the released one (SHA-384)` });

  const services = {};
  for (const [name, [create, ask]] of Object.entries(QUESTIONS)) {
    const service = create();
    try {
      const right = await ask(service);
      const { variant, engine, reason } = service.info;
      services[name] = service.info;
      checks.push({ state: right ? 'ok' : 'problem', what: `${name}: ${right ? 'answers' : 'ANSWERS WRONGLY'}, ${variant}${engine ? ` by ${engine}` : ''}`, ...(right ? variant === 'js' && { fix: reason } : { fix: 'please report this with the output of doctor --json' }) });
    } catch (error) {
      checks.push({ state: 'problem', what: `${name}: ${error.code ?? error.name}`, fix: error.message });
    } finally {
      await service.dispose();
    }
  }
  return { title: `${capabilities.runtime} ${process.version}, ${process.platform} ${process.arch}, ${capabilities.hardwareConcurrency} processors`, checks, capabilities, services };
}
