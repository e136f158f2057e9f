// Each example is installed from the packed tarball with its own tools, built as its user would, and run by the host that it is for.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { installExample } from '../packaging/install.mjs';
import { build, bun, deno } from './support.mjs';

test('bun build --compile: one file that runs where nothing else is', () => {
  const dir = installExample('bun-compile');
  execFileSync(bun(), ['build', '--compile', 'main.ts', '--outfile', 'app'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  try {
    copyFileSync(join(dir, 'app'), join(elsewhere, 'app'));
    rmSync(dir, { recursive: true });
    assert.deepEqual(JSON.parse(execFileSync(join(elsewhere, 'app'), { cwd: elsewhere, encoding: 'utf8' })), { id: 'near', row: { answer: 42 }, variants: ['simd', 'simd'] });
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test('Deno, with the two permissions it needs', () => {
  const dir = installExample('deno-script');
  const out = execFileSync(deno(), ['run', '--no-prompt', '--allow-read=node_modules', '--allow-env=DISABLE_WASM', 'main.ts'], { cwd: dir, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(out), { id: 'near', row: { answer: 42 }, variants: ['simd', 'simd'] });
});

test('workerd: the condition imports the modules, and services live across requests', async () => {
  const dir = installExample('cloudflare-worker', { tools: true });
  build(dir);
  const { Miniflare } = createRequire(join(dir, 'package.json'))('miniflare');
  const dist = join(dir, 'dist');
  const modules = [{ type: 'ESModule', path: join(dist, 'index.js') }, ...readdirSync(dist).filter((f) => f.endsWith('.wasm')).map((f) => ({ type: 'CompiledWasm', path: join(dist, f) }))];
  assert.equal(modules.length, 3, 'the modules of vector and sqlite, and no other');
  const edge = new Miniflare({ modules, modulesRoot: dist, compatibilityDate: '2026-04-01' });
  try {
    const ask = async () => (await edge.dispatchFetch('http://edge/?q=compiled+code')).json();
    const { reason, ...first } = await ask();
    assert.deepEqual(first, { ids: ['wasm'], times: 1, variants: ['simd', 'simd'] }, reason);
    assert.equal((await ask()).times, 2);
  } finally {
    await edge.dispose();
  }
});
