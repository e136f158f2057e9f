// healthCheck: what the manager saw, and one real call per loaded service.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWASMServices } from '../../../js/dist/index.js';
import { checkHealth } from '../../../js/dist/health.js';
import { faults } from '../../../js/dist/testing.js';

const info = (variant = 'simd', loaded = true) => ({ service: 'vector', variant, loaded, host: 'inline', threads: 1, reason: '', rejected: [] });
const observed = (more = {}) => ({ info: info(), calls: 10, errors: 1, memoryBytes: 100, check: async () => undefined, ...more });

test('before initialize it is NOT_INITIALIZED, after cleanup DISPOSED', async () => {
  const services = createWASMServices();
  await assert.rejects(services.healthCheck(), { code: 'NOT_INITIALIZED' });
  await services.initialize();
  assert.deepEqual((await services.healthCheck()).services.vector, { state: 'idle', errorRate: 0 });
  await services.dispose();
  await assert.rejects(services.healthCheck(), { code: 'DISPOSED' });
});

for (const host of ['inline', 'worker']) {
  test(`a loaded service (${host}) is called for real and found healthy`, async () => {
    const services = createWASMServices();
    await services.initialize({ host, preload: ['vector'] });
    const vectors = services.getVectorSearch();
    await vectors.addVectors(['a', 'b'], new Float32Array([1, 0, 0, 1]));
    await assert.rejects(vectors.search([1, 0, 0]), { code: 'DIMENSION_MISMATCH' });
    const health = await services.healthCheck();
    assert.equal(health.overall, 'healthy');
    assert.equal(health.checks.vector.ok, true);
    assert.ok(health.checks.vector.durationMs >= 0);
    assert.equal(health.services.vector.lastError, 'DIMENSION_MISMATCH');
    assert.ok(health.services.vector.errorRate > 0 && health.services.vector.errorRate < 1);
    assert.ok(health.memory.perService.vector > 0 && health.memory.jsHeapUsage > 0);
    assert.equal(health.memory.memoryPressure, 'low');
    assert.equal(vectors.size, 2); // the check leaves nothing behind
    await services.dispose();
  });
}

test('a service that fell back is degraded and says why', async () => {
  const services = createWASMServices();
  faults.failNextLoad('vector', 'status');
  await services.initialize({ preload: ['vector'] });
  const { overall, services: { vector } } = await services.healthCheck();
  assert.deepEqual([overall, vector.state, vector.variant], ['degraded', 'degraded', 'js']);
  assert.match(vector.lastError, /503/);
  await services.dispose();
});

test('a wrong answer is failed and unhealthy, whatever else is well', async () => {
  const health = await checkHealth({ vector: observed({ check: async () => { throw new Error('answered 3 instead of 2'); } }), sqlite: observed() });
  assert.deepEqual([health.overall, health.services.vector.state, health.services.sqlite.state], ['unhealthy', 'failed', 'ready']);
  assert.deepEqual([health.checks.vector.ok, health.checks.vector.error, health.services.vector.lastError], [false, 'answered 3 instead of 2', 'answered 3 instead of 2']);
});

test('memory pressure follows the largest service', async () => {
  const pressure = async (...sizes) => (await checkHealth(Object.fromEntries(sizes.map((memoryBytes, i) => [`s${i}`, observed({ memoryBytes })])))).memory;
  assert.equal((await pressure(2 ** 30 - 1, 2 ** 30 - 1)).memoryPressure, 'low');
  assert.equal((await pressure(2 ** 30)).memoryPressure, 'medium');
  assert.equal((await pressure(3 * 2 ** 30, 5)).memoryPressure, 'high');
  assert.equal((await pressure(3, 5)).wasmMemoryUsage, 8);
});
