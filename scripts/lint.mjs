// Formatting and lints as counted checks: rustfmt, clippy with warnings as errors. (tsc is strict and runs with every build.)
import { join } from 'node:path';
import { root, run } from './lib/proc.mjs';

const env = { CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? join(root, 'target/native') };
const checks = {
  'cargo fmt --check': ['cargo', ['fmt', '--all', '--check']],
  'cargo clippy (native)': ['cargo', ['clippy', '--workspace', '--all-targets', '--locked', '--quiet', '--', '-D', 'warnings']],
};
let failed = 0;
for (const [name, [command, args]] of Object.entries(checks)) {
  const result = run(command, args, { env, optional: true, quiet: true });
  if (!result.ok) {
    failed++;
    console.error(`✗ ${name}\n${result.stdout}${result.stderr}`);
  } else console.log(`✓ ${name}`);
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
