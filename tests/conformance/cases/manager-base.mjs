/** The front door: initialize, getters, stats, cleanup. */
import { documentsFor, gaussian, sleep } from '../lib/oracle.mjs';

const docs = () => documentsFor(gaussian(2, 10, 4), 4, (i) => ({ content: `word${i}` }));
const GETTERS = ['getVectorSearch', 'getSQLiteUtils', 'getComputeEngine', 'getDataProcessor', 'getPerformanceTracker', 'getObservability'];

export default [
  {
    name: 'manager: initialize without configuration works, and a service loads on first use',
    async run({ services, assert, pin }) {
      const manager = services();
      await manager.initialize({ ...pin });
      const vectors = manager.getVectorSearch();
      assert.equal(vectors.info.loaded, false);
      await vectors.addDocuments(docs());
      assert.equal(vectors.info.loaded, true);
      assert.equal((await vectors.search(docs()[3].embedding, { maxResults: 1 }))[0].id, 'd3');
    },
  },
  {
    name: 'manager: the getters throw NOT_INITIALIZED before initialize',
    async run({ services, assert }) {
      const manager = services();
      for (const getter of GETTERS) await assert.code(() => manager[getter](), 'NOT_INITIALIZED', getter);
    },
  },
  {
    name: 'manager: the getters throw DISPOSED after cleanup',
    async run({ services, assert, pin }) {
      const manager = services();
      await manager.initialize({ ...pin });
      manager.cleanup();
      for (const getter of GETTERS) await assert.code(() => manager[getter](), 'DISPOSED', getter);
    },
  },
  {
    name: 'manager: a getter gives the same each time',
    async run({ services, assert, pin }) {
      const manager = services();
      await manager.initialize({ ...pin });
      for (const getter of GETTERS) assert.ok(manager[getter]() === manager[getter](), getter);
    },
  },
  {
    name: 'manager: fifty concurrent initialize calls share one start',
    async run({ services, assert, pin }) {
      const manager = services();
      await Promise.all(Array.from({ length: 50 }, () => manager.initialize({ ...pin, vectorSearch: { dimensions: 4, maxResults: 3 } })));
      const vectors = manager.getVectorSearch();
      await vectors.addDocuments(docs());
      assert.equal((await vectors.search([1, 2, 3, 4])).length, 3);
    },
  },
  {
    name: 'manager: a second initialize with another configuration is ALREADY_INITIALIZED, with the same one it joins',
    async run({ services, assert, pin }) {
      const manager = services();
      const first = manager.initialize({ ...pin, vectorSearch: { maxResults: 3 } });
      await assert.code(manager.initialize({ ...pin, vectorSearch: { maxResults: 4 } }), 'ALREADY_INITIALIZED', 'while starting');
      await first;
      await manager.initialize({ ...pin, vectorSearch: { maxResults: 3 } });
      await assert.code(manager.initialize({ ...pin, vectorSearch: { maxResults: 5 } }), 'ALREADY_INITIALIZED', 'afterwards');
    },
  },
  {
    name: 'manager: cleanup returns at once, twice, and initialize works again',
    async run({ services, assert, pin }) {
      const manager = services();
      manager.cleanup();
      await manager.initialize({ ...pin });
      const old = manager.getVectorSearch();
      await old.addDocuments(docs());
      assert.equal(manager.cleanup(), undefined);
      manager.cleanup();
      await assert.code(old.search([1, 2, 3, 4]), 'DISPOSED');
      await manager.initialize({ ...pin, vectorSearch: { maxResults: 2 } });
      const fresh = manager.getVectorSearch();
      assert.equal(fresh.size, 0);
      await fresh.addDocuments(docs());
      assert.equal((await fresh.search([1, 2, 3, 4])).length, 2);
    },
  },
  {
    name: 'manager: cleanup during initialize and during 100 calls: every promise settles within a second',
    async run({ services, assert, pin, pkg }) {
      for (const wait of [false, true]) {
        const manager = services();
        const starting = manager.initialize({ ...pin });
        if (wait) await starting;
        starting.catch(() => {});
        const pending = [];
        if (wait) {
          const vectors = manager.getVectorSearch();
          for (let i = 0; i < 100; i++) pending.push(i % 2 ? vectors.addDocuments(docs()) : vectors.searchByText('word1'));
          pending.forEach((p) => p.catch(() => {}));
        }
        manager.cleanup();
        for (const promise of [starting, ...pending]) {
          const { error } = await assert.settles(promise, 1000);
          if (error) assert.ok(error instanceof pkg.ServiceError && error.code === 'DISPOSED', `${error.code}: ${error.message}`);
        }
        await manager.initialize({ ...pin });
        await manager.getVectorSearch().addDocuments(docs());
      }
    },
  },
  {
    name: 'manager: dispose waits for a clean end, and may be called again',
    async run({ services, assert, pin }) {
      const manager = services();
      await manager.initialize({ ...pin });
      await manager.getVectorSearch().addDocuments(docs());
      await manager.dispose();
      await manager.dispose();
      await assert.code(() => manager.getVectorSearch(), 'DISPOSED');
      if (typeof Symbol.asyncDispose === 'symbol') assert.equal(typeof manager[Symbol.asyncDispose], 'function');
    },
  },
  {
    name: 'manager: initialize waits for a closing that is under way, and durable data is there',
    async run({ services, assert, pin, host }) {
      for (const storage of await host.durable()) {
        const manager = services();
        await manager.initialize({ ...pin, vectorSearch: storage });
        await manager.getVectorSearch().addDocuments(docs());
        manager.cleanup();
        await manager.initialize({ ...pin, vectorSearch: storage });
        assert.equal((await manager.getVectorSearch().list()).length, 10, JSON.stringify(storage.storage));
        await manager.dispose();
      }
    },
  },
  {
    name: 'manager: getStats tells what runs, how often it was called and what it holds',
    async run({ services, assert, pin, variant }) {
      const manager = services();
      const before = manager.getStats();
      assert.equal(before.initialized, false);
      await manager.initialize({ ...pin });
      const vectors = manager.getVectorSearch();
      await vectors.addDocuments(docs());
      await vectors.search([1, 2, 3, 4]);
      await assert.code(vectors.search([1]), 'DIMENSION_MISMATCH');
      await sleep(30);
      const stats = manager.getStats();
      assert.equal(stats.initialized, true);
      assert.atLeast(stats.uptimeMs, 20);
      assert.equal(typeof stats.capabilities.hasSIMD, 'boolean');
      const { vector } = stats.services;
      assert.deepEqual([vector.service, vector.variant, vector.loaded], ['vector', variant, true]);
      assert.atLeast(vector.calls, 3);
      assert.equal(vector.errors, 1);
      assert.atLeast(vector.memoryBytes, 160);
    },
  },
  {
    name: 'manager: preload loads at once',
    async run({ services, assert, pin, variant }) {
      const manager = services();
      await manager.initialize({ ...pin, preload: ['vector'] });
      assert.deepEqual([manager.getVectorSearch().info.loaded, manager.getVectorSearch().info.variant], [true, variant]);
    },
  },
  {
    name: 'manager: a service\'s own pin and configuration reach it',
    async run({ services, assert }) {
      const manager = services();
      await manager.initialize({ vectorSearch: { implementation: 'js', metric: 'dot', maxResults: 1 } });
      const vectors = manager.getVectorSearch();
      await vectors.addDocuments([{ id: 'a', embedding: [3, 4] }, { id: 'b', embedding: [1, 1] }]);
      assert.deepEqual(await vectors.search([1, 1]), [{ id: 'a', score: 7 }]);
      assert.equal(vectors.info.variant, 'js');
    },
  },
  {
    name: 'manager: two managers are independent',
    async run({ services, assert, pin }) {
      const a = services(), b = services();
      await Promise.all([a.initialize({ ...pin }), b.initialize({ ...pin })]);
      await a.getVectorSearch().addDocuments(docs());
      assert.equal(b.getVectorSearch().size, 0);
      a.cleanup();
      await b.getVectorSearch().addDocuments(docs());
      assert.equal(b.getVectorSearch().size, 10);
    },
  },
  {
    name: 'manager: bad configuration is INVALID_ARGUMENT and leaves it uninitialized',
    async run({ services, assert, pin }) {
      for (const config of [null, 'fast', 5, { implementation: 'gpu' }, { host: 'moon' }, { preload: ['teapot'] }, { preload: 'vector' }, { vectorSearch: { dimensions: -1 } }, { vectorSearch: 'yes' }]) {
        const manager = services();
        await assert.code(async () => {
          await manager.initialize(config);
          await manager.getVectorSearch().ready();
        }, 'INVALID_ARGUMENT', JSON.stringify(config));
      }
      const manager = services();
      await manager.initialize({ ...pin });
      assert.ok(manager.getVectorSearch());
    },
  },
  {
    name: 'wasmServices is ready-made and inert until initialize',
    async run({ pkg, assert }) {
      assert.ok(pkg.wasmServices);
      assert.equal(pkg.wasmServices.getStats().initialized, false);
      await assert.code(() => pkg.wasmServices.getVectorSearch(), 'NOT_INITIALIZED');
      pkg.wasmServices.cleanup();
    },
  },
  {
    name: 'detectCapabilities answers with a reason and a fix for each "no"',
    async run({ pkg, assert, host }) {
      const seen = await pkg.wasmDetector.detectCapabilities();
      for (const flag of ['isSupported', 'hasSIMD', 'hasRelaxedSIMD', 'hasThreads', 'hasBulkMemory', 'crossOriginIsolated', 'hasOPFS', 'hasWebGPU']) {
        assert.equal(typeof seen[flag], 'boolean', flag);
      }
      for (const flag of ['hasSIMD', 'hasRelaxedSIMD', 'hasThreads', 'hasOPFS', 'hasWebGPU']) {
        if (seen[flag]) assert.equal(seen.missing[flag], undefined, flag);
        else assert.ok(seen.missing[flag]?.reason && seen.missing[flag]?.fix, `${flag} is missing without reason and fix`);
      }
      assert.ok(Number.isInteger(seen.hardwareConcurrency) && seen.hardwareConcurrency >= 1);
      assert.equal(seen.runtime, host.runtime);
      assert.deepEqual(await pkg.wasmDetector.detectCapabilities({ refresh: true }), seen);
      if (!host.disableWasm) assert.deepEqual([seen.isSupported, seen.hasSIMD, seen.hasBulkMemory], [true, true, true]);
      if (host.page) assert.equal(seen.hasThreads, host.isolated);
      if (host.page && !host.isolated) assert.equal(seen.missing.hasThreads.reason, 'not-isolated');
    },
  },
  {
    name: 'manager: healthCheck makes a small real call on every loaded service and leaves no trace',
    async run({ services, assert, pin }) {
      const manager = services();
      await manager.initialize({ ...pin });
      assert.equal((await manager.healthCheck()).overall, 'healthy', 'nothing loaded');
      await manager.getVectorSearch().addDocuments(docs());
      const health = await manager.healthCheck();
      assert.equal(health.overall, 'healthy');
      assert.deepEqual([health.checks.vector.ok, health.services.vector.state], [true, 'ready']);
      assert.ok(health.checks.vector.durationMs >= 0);
      assert.equal(manager.getVectorSearch().size, 10);
    },
  },
];
