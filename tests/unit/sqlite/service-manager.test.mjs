// SQLite behind the front door.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWASMServices } from '../../../js/dist/index.js';
import './service-helpers.mjs';

test('the manager makes it on its first use, checks it, counts it, and ends it', async () => {
  const services = createWASMServices();
  await services.initialize({ implementation: 'js', sqlite: { resultCacheSize: 8 }, preload: ['sqlite'] });
  const db = services.getSQLiteUtils();
  assert.equal(db, services.getSQLiteUtils());
  assert.equal(db.info.loaded, true);
  await db.executeQuery('CREATE TABLE t (a)');
  await db.executeQuery('SELECT nothing').catch(() => undefined);
  const { services: { sqlite } } = services.getStats();
  assert.deepEqual([sqlite.errors, sqlite.variant], [1, 'js']);
  assert.ok(sqlite.calls >= 3 && sqlite.memoryBytes > 0);
  const health = await services.healthCheck();
  assert.deepEqual([health.services.sqlite.state, health.checks.sqlite.ok], ['ready', true]);
  await services.dispose();
  await assert.rejects(db.executeQuery('SELECT 1'), { code: 'DISPOSED' });
});

test('a wrong configuration of it is found when it is first asked for', async () => {
  const services = createWASMServices();
  await services.initialize({ sqlite: { cacheSize: 'large' } });
  assert.throws(() => services.getSQLiteUtils(), { code: 'INVALID_ARGUMENT', message: /cacheSize/ });
  await services.dispose();
});
