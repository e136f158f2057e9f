/**
 * Runs the cases of one cell inside a server runtime and prints one JSON line per result, then one with the totals.
 * Started by run.mjs under Node, Bun or Deno; the package is imported by its name, after WebAssembly is taken away where DISABLE_WASM=true.
 *
 *     node tests/conformance/process-cell.mjs --host node20 --variant simd [--service vector] [--case "…"]
 */
import { parseArgs } from 'node:util';
import { SUITES } from './cases/index.mjs';
import { processHost } from './lib/host-process.mjs';
import { runCases } from './lib/harness.mjs';
import { refuseWebAssembly } from './lib/refuse-wasm.mjs';

const { values } = parseArgs({ options: {
  host: { type: 'string' }, variant: { type: 'string' }, service: { type: 'string', multiple: true }, case: { type: 'string' },
} });

if (process.env.DISABLE_WASM === 'true') refuseWebAssembly();
const pkg = { ...await import('wasm-services'), ...await import('wasm-services/testing') };
const host = processHost(values.host);
for (const service of values.service ?? Object.keys(SUITES)) {
  await runCases(SUITES[service], {
    pkg, variant: values.variant, host, only: values.case,
    onResult: (result) => console.log(`CASE ${JSON.stringify({ service, ...result })}`),
  });
}
await host.end();
console.log('END');
process.exit(0);
