/**
 * Runs cases one after another on one cell and says what happened. Portable: no file system, no process, no test runner.
 *
 * A case is `{ name, run({ create, services, pin, assert, variant, host, pkg }), timeoutMs? }`:
 * - `pkg` is everything that 'wasm-services' and 'wasm-services/testing' export.
 * - `create(config)` makes a vector service pinned to the cell's variant; `services()` an own manager, to be initialized with `...pin`.
 *   Both are disposed of after the case. Where a case leaves `host` open, `host.homeOf` says it.
 * - `host` says where we are and lends what only the host has (durable storages, fixtures).
 * After every case each service that was loaded must say that the cell's variant answered, so no cell can pass on another one's work.
 *
 * Cases of the data processor (`service: 'data'`) get `createData(config)`. It ships 'js', 'simd' and 'simd-threads'; another pin runs it as 'simd' behind a worker.
 *
 * Cases of the compute engine (`service: 'compute'`) get `createCompute(config)` and `computeVariants`, what it ships: 'js', 'simd' and 'simd-threads'; another pin runs
 * it as 'simd' behind a worker.
 *
 * Cases of SQLite (`service: 'sqlite'`) get `createSQLite(config)` too, and `shared`, the options of a service made by other means:
 * - SQLite ships 'js' and 'simd'. A cell with another pin runs it as 'simd' behind a worker, where that cell's own services live too; cases
 *   about hosting, and those that hand over closures, name their host.
 * - What the engine of a cell can not do stands in sqlite-unsupported.json (engine -> case -> reason). Such a case runs all the same: it must
 *   be refused with `UNSUPPORTED`; where no call can be refused, its `otherwise` says what holds instead. Passing is a failure: then the
 *   entry is to be deleted. So a case never disappears, and the list never says more than what is true.
 */
import { makeAssert } from './assert.mjs';

const CASE_TIMEOUT_MS = 30_000;

/** Ids and counts of cases must be unique, or one could hide another. */
export function checkNames(cases) {
  const seen = new Set();
  for (const { name, run } of cases) {
    if (typeof name !== 'string' || typeof run !== 'function') throw new Error(`not a case: ${JSON.stringify(name)}`);
    if (seen.has(name)) throw new Error(`two cases are named "${name}"`);
    seen.add(name);
  }
}

/** The variants that SQLite ships. */
const SQLITE_VARIANTS = ['js', 'simd'];
const sqlitePin = (variant) => (SQLITE_VARIANTS.includes(variant) ? variant : 'simd');
/** The variants that the data processor ships. */
const DATA_VARIANTS = ['js', 'simd', 'simd-threads'];
const dataPin = (variant) => (DATA_VARIANTS.includes(variant) ? variant : 'simd');

/** The variants that the compute engine ships. */
const COMPUTE_VARIANTS = ['js', 'simd', 'simd-threads'];
const computePin = (variant) => (COMPUTE_VARIANTS.includes(variant) ? variant : 'simd');

/** Every case that the list names must exist, with a reason. */
export function checkUnsupported(list, cases) {
  const names = new Set(cases.map(({ name }) => name));
  for (const [engine, entries] of Object.entries(list)) {
    for (const [name, reason] of Object.entries(entries)) {
      if (!names.has(name)) throw new Error(`sqlite-unsupported.json names a case of ${engine} that does not exist: "${name}"`);
      if (typeof reason !== 'string' || reason.length < 10) throw new Error(`sqlite-unsupported.json gives no reason for ${engine}: "${name}"`);
    }
  }
}

/** Asked once per host and variant: Node's own engine is not that of another Node. */
const engines = new WeakMap();
async function engineOf(pkg, variant, host) {
  const known = engines.get(host) ?? new Map();
  engines.set(host, known);
  if (!known.has(variant)) {
    const service = pkg.createSQLiteUtils({ implementation: sqlitePin(variant), host: 'inline', ...host.sqlite });
    await service.ready();
    known.set(variant, service.info.engine);
    await service.dispose();
  }
  return known.get(variant);
}

/** Runs a case of SQLite as its engine can: gives why the case does not hold, undefined when it does. */
async function runListed(testCase, context, reason) {
  if (reason === undefined) return testCase.run(context);
  if (testCase.otherwise) return testCase.otherwise(context);
  let error;
  try { await testCase.run(context); } catch (e) { error = e; }
  if (error === undefined) throw new Error('sqlite-unsupported.json says that this engine can not do it, and it passed: delete the entry');
  if (!(error instanceof context.pkg.ServiceError) || error.code !== 'UNSUPPORTED') throw error;
  if (error.message.length < 30) throw new Error(`UNSUPPORTED gives no reason: ${error.message}`);
}

/** How a service of the case's own kind is made, where the case made none that loaded. */
const MAKERS = { vector: (c) => c.create(), sqlite: (c) => c.createSQLite(), data: (c) => c.createData(), compute: (c) => c.createCompute() };

/** What an error says and where it was. A stack begins with the message in V8 alone. */
export function textOf(error) {
  const said = `${error}`, stack = error?.stack;
  if (!stack) return said;
  return stack.includes(error.message) ? stack : `${said}\n${stack}`;
}

export async function runCase(testCase, { pkg, variant, host }) {
  const assert = makeAssert(pkg);
  const isSqlite = testCase.service === 'sqlite';
  const pin = { implementation: variant };
  const opened = [];
  const managers = [];
  /** What must answer: the pin, except that threads never run in the calling thread ("'inline' then means one thread"). */
  const expected = ({ implementation = variant, host: home }) => (implementation === 'simd-threads' && home === 'inline' ? 'simd' : implementation);
  const context = {
    pkg, assert, variant, host, pin,
    create: (config = {}) => {
      const full = { ...pin, host: host.homeOf(opened.length, config, variant), ...config };
      const service = pkg.createVectorSearch(full);
      opened.push({ service, expected: expected(full) });
      return service;
    },
    /** What a SQLite service of this cell is made with, for those that a case makes by itself. */
    shared: { implementation: sqlitePin(variant), ...host.sqlite },
    createSQLite: (config = {}) => {
      const elsewhere = opened.length === 0 && !SQLITE_VARIANTS.includes(variant);
      const home = elsewhere ? 'worker' : host.homeOf(opened.length, config, sqlitePin(variant));
      const full = { implementation: sqlitePin(variant), ...host.sqlite, host: home, ...config };
      const service = pkg.createSQLiteUtils(full);
      opened.push({ service, expected: full.implementation === 'auto' ? 'simd' : full.implementation });
      return service;
    },
    createData: (config = {}) => {
      const elsewhere = opened.length === 0 && !DATA_VARIANTS.includes(variant);
      const home = elsewhere ? 'worker' : host.homeOf(opened.length, config, dataPin(variant));
      const full = { implementation: dataPin(variant), host: home, ...config };
      const service = pkg.createDataProcessor(full);
      opened.push({ service, expected: full.implementation === 'auto' ? 'simd' : expected(full) });
      return service;
    },
    createCompute: (config = {}) => {
      const full = { implementation: computePin(variant), host: host.homeOf(opened.length, config, computePin(variant)), ...config };
      const service = pkg.createComputeEngine(full);
      opened.push({ service, expected: full.implementation === 'auto' ? service.info.variant : expected(full) });
      return service;
    },
    computeVariants: COMPUTE_VARIANTS,
    trapCompute: () => { if (variant !== 'js') pkg.faults.trapNextCall('compute'); },
    trapData: () => { if (variant !== 'js') pkg.faults.trapNextCall('data'); },
    trapSQLite: () => { if (variant !== 'js') pkg.faults.trapNextCall('sqlite'); },
    faults: pkg.faults,
    /** Whether the cell's implementation has an artifact that can be fetched and an instance that can trap. */
    hasArtifact: variant !== 'js',
    trap: () => { if (variant !== 'js') pkg.faults.trapNextCall('vector'); },
    services: () => { const manager = pkg.createWASMServices(); managers.push(manager); return manager; },
  };
  let timer;
  try {
    const late = new Promise((_, reject) => {
      const ms = testCase.timeoutMs ?? CASE_TIMEOUT_MS;
      timer = setTimeout(() => reject(new Error(`the case did not end within ${ms} ms`)), ms);
    });
    await Promise.race([(async () => {
      const listed = isSqlite && Object.values(host.unsupported).some((entries) => Object.hasOwn(entries, testCase.name));
      if (listed) context.engine = await engineOf(pkg, variant, host);
      await runListed(testCase, context, host.unsupported[context.engine]?.[testCase.name]);
      if (!opened.some(({ service }) => service.info.loaded)) await MAKERS[testCase.service ?? 'vector'](context).ready();
      for (const { service, expected } of opened) {
        if (service.info.loaded) {
          assert.equal(service.info.variant, host.disableWasm ? 'js' : expected, 'info.variant is the implementation of this cell');
        }
      }
    })(), late]);
    return { name: testCase.name, ok: true };
  } catch (error) {
    return { name: testCase.name, ok: false, error: textOf(error) };
  } finally {
    clearTimeout(timer);
    const closing = [...opened.map(({ service }) => service.dispose()), ...managers.map((m) => m.dispose())];
    await Promise.race([Promise.allSettled(closing), new Promise((resolve) => setTimeout(resolve, 3000))]);
  }
}

export async function runCases(cases, { pkg, variant, host, only, onResult = () => {} }) {
  checkNames(cases);
  if (cases.some(({ service }) => service === 'sqlite')) checkUnsupported(host.unsupported, cases);
  const results = [];
  for (const testCase of cases) {
    if (only !== undefined && testCase.name !== only) continue;
    const started = performance.now();
    const result = { ...(await runCase(testCase, { pkg, variant, host })), ms: Math.round(performance.now() - started) };
    results.push(result);
    onResult(result);
  }
  return results;
}
