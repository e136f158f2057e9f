#!/usr/bin/env node
// `npm run test:soak`: ten thousand power cuts, beyond those of `npm test`. Closes with `N passed, N failed`.
//   node tests/soak/sqlite-power.mjs [LIVES] [FIRST SEED]
import { connectWasm } from '../support/sqlite-connect.mjs';
import { PROMISES, playLives } from '../support/sqlite-lives.mjs';

const [lives = 10_000, first = 1001] = process.argv.slice(2).map(Number);
const connect = await connectWasm();
let failed = 0;
for (const { name, share, settings } of PROMISES) {
  const count = Math.round(lives * share / 100);
  const started = performance.now();
  const wrong = playLives(connect, first, first + count, settings);
  failed += wrong.length;
  console.log(`${wrong.length ? '✗' : '✓'} ${count} lives: ${name} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  for (const what of wrong.slice(0, 20)) console.log(`    ${what}`);
}
console.log(`${lives - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
