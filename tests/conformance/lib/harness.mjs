/**
 * Runs cases one after another on one cell and says what happened. Portable: no file system, no process, no test runner.
 *
 * A case is `{ name, run({ create, services, pin, assert, variant, host, pkg }), timeoutMs? }`:
 * - `pkg` is everything that 'wasm-services' and 'wasm-services/testing' export.
 * - `create(config)` makes a vector service pinned to the cell's variant; `services()` an own manager, to be initialized with `...pin`.
 *   Both are disposed of after the case. Where a case leaves `host` open, `host.homeOf` says it.
 * - `host` says where we are and lends what only the host has (durable storages, fixtures).
 * After every case each service that was loaded must say that the cell's variant answered, so no cell can pass on another one's work.
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

export async function runCase(testCase, { pkg, variant, host }) {
  const assert = makeAssert(pkg);
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
      await testCase.run(context);
      if (!opened.some(({ service }) => service.info.loaded)) await context.create().ready();
      for (const { service, expected } of opened) {
        if (service.info.loaded) {
          assert.equal(service.info.variant, host.disableWasm ? 'js' : expected, 'info.variant is the implementation of this cell');
        }
      }
    })(), late]);
    return { name: testCase.name, ok: true };
  } catch (error) {
    return { name: testCase.name, ok: false, error: `${error?.stack ?? error}` };
  } finally {
    clearTimeout(timer);
    const closing = [...opened.map(({ service }) => service.dispose()), ...managers.map((m) => m.dispose())];
    await Promise.race([Promise.allSettled(closing), new Promise((resolve) => setTimeout(resolve, 3000))]);
  }
}

export async function runCases(cases, { pkg, variant, host, only, onResult = () => {} }) {
  checkNames(cases);
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
