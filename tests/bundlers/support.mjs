// What the tests of examples share: building one as its user would, and runtimes by path.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../packaging/install.mjs';

const runtime = (path) => {
  const file = join(root, 'tests/hosts/node_modules', path);
  assert.ok(existsSync(file), `${file} is missing: npm ci --prefix tests/hosts`);
  return file;
};
const arm = process.arch === 'arm64';
export const bun = () => runtime(`@oven/bun-${process.platform}-${arm ? 'aarch64' : process.arch}/bin/bun`);
export const deno = () => runtime(`@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}/deno`);

export const build = (dir) => execFileSync('npm', ['run', 'build', '--silent'], { cwd: dir, encoding: 'utf8', env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', WRANGLER_SEND_METRICS: 'false' }, stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs a server of an example until `use` has ended; its URL is what it prints first. */
export async function serving(dir, command, args, use) {
  const server = spawn(command, args, { cwd: dir, env: { ...process.env, PORT: '0', NEXT_TELEMETRY_DISABLED: '1' }, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  try {
    const url = await new Promise((found, failed) => {
      server.stdout.setEncoding('utf8').on('data', (text) => { const m = /http:\/\/localhost:\d+/.exec(text); if (m) found(m[0]); });
      server.once('exit', (code) => failed(new Error(`server ended with ${code}`)));
    });
    await use(url);
  } finally {
    process.kill(-server.pid); // with what npx started
  }
}
