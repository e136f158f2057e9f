/**
 * `bun test` and `DISABLE_WASM=true bun test`: every conformance case, as this process would run it.
 * With DISABLE_WASM=true the WebAssembly constructors throw, so that a pass proves that no case needed WebAssembly.
 */
import { afterAll, expect, test } from 'bun:test';
import { createRequire } from 'node:module';
import { refuseWebAssembly } from './lib/refuse-wasm.mjs';

const disabled = process.env.DISABLE_WASM === 'true';
if (disabled) refuseWebAssembly();

const pkg = { ...await import('wasm-services'), ...await import('wasm-services/testing') };
const { SUITES } = await import('./cases/index.mjs');
const { checkNames, checkUnsupported, runCase } = await import('./lib/harness.mjs');
const { processHost } = await import('./lib/host-process.mjs');
const { leastCases } = createRequire(import.meta.url)('./expected-cells.json');

const host = processHost('bun');
const variant = disabled ? 'js' : 'simd';
afterAll(() => host.end());

for (const [service, cases] of Object.entries(SUITES)) {
  checkNames(cases);
  if (service === 'sqlite') checkUnsupported(host.unsupported, cases);
  test(`${service}: at least ${leastCases[service]} cases`, () => expect(cases.length).toBeGreaterThanOrEqual(leastCases[service]));
  for (const testCase of cases) {
    test(`${variant} › ${testCase.name}`, async () => {
      const result = await runCase(testCase, { pkg, variant, host });
      if (!result.ok) throw new Error(result.error);
    }, (testCase.timeoutMs ?? 30_000) + 5000);
  }
}
