// The hosts' own SQLite as fallback, in their processes; the same service tests run over each of them; sql.js from where a browser would get it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadFallback } from '../../../js/dist/services/sqlite/engines/index.js';
import { hosts } from '../../conformance/lib/hosts.mjs';
import { open, refuses, value } from './service-helpers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SERVICE_TESTS = ['service', 'service-transactions', 'service-sync', 'service-worker'].map((name) => join(here, `${name}.test.mjs`));
const quiet = { ...process.env, NODE_NO_WARNINGS: '1', NODE_TEST_CONTEXT: undefined };

for (const host of ['node-newest', 'bun']) {
  test(`${host}: its own SQLite with files, FTS5, changesets`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'sqlite-fallback-'));
    try {
      const { stdout, stderr, status } = spawnSync(hosts[host](), [join(here, 'fallback.child.mjs'), directory], { encoding: 'utf8', env: quiet });
      assert.equal(status, 0, stderr);
      assert.deepEqual(JSON.parse(stdout.trim().split('\n').at(-1)), ['files', 'fts5', 'changesets']);
    } finally { rmSync(directory, { recursive: true, force: true }); }
  });

  test(`${host}: the service's tests`, () => {
    const args = host === 'bun' ? ['test', ...SERVICE_TESTS] : ['--test', '--test-reporter=spec', ...SERVICE_TESTS];
    const { stdout, stderr, status } = spawnSync(hosts[host](), args, { encoding: 'utf8', env: quiet });
    assert.equal(status, 0, stdout + stderr);
    const passed = Number(/(?:ℹ pass|^)\s*(\d+)(?: pass)?$/m.exec(stdout + stderr)?.[1]);
    assert.ok(passed >= 45, `${passed} tests ran`);
  });
}

const require = createRequire(import.meta.url);

test('sql.js by a function, and by the URL of its file', async () => {
  const given = open({ sqljs: () => require('sql.js/dist/sql-asm-memory-growth.js')() });
  assert.equal(await value(given, 'SELECT 1'), 1);
  await given.dispose();
  await refuses(() => loadFallback({ engine: 'sql.js', sqljs: () => ({}) }), 'INVALID_ARGUMENT', /sqljs/);
  await refuses(() => loadFallback({ engine: 'sql.js', sqljs: new URL('./no-such-file.js', import.meta.url) }), 'UNSUPPORTED', /sqljs/);
  await refuses(() => loadFallback({ engine: 'sql.js', sqljs: () => { throw new Error('blocked'); } }), 'UNSUPPORTED', /blocked.*sqljs/);
});

test('sql.js keeps no files: a file is refused and the message names what can', async () => {
  const fallback = await loadFallback({ engine: 'sql.js' });
  assert.throws(() => fallback.open({ file: 'x.db' }), { code: 'UNSUPPORTED', message: /whole in memory/ });
  const engine = fallback.open();
  assert.ok(engine.lacks.fts5 && engine.lacks.session);
  assert.throws(() => engine.startSession(), { code: 'UNSUPPORTED', message: /session/ });
  engine.close();
});
