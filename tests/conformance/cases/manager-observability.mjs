/** What the manager tells of itself: counts and times, events, health, reports, and which implementation would answer. */
import { documentsFor, gaussian, sleep } from '../lib/oracle.mjs';

const docs = () => documentsFor(gaussian(2, 10, 4), 4, (i) => ({ content: `word${i}` }));
const started = async (services, pin, config = {}) => {
  const manager = services();
  await manager.initialize({ ...pin, ...config });
  return manager;
};

export default [
  {
    name: 'manager: the tracker counts calls by operation and by who answered, with errors and batches',
    async run({ services, assert, pin, variant }) {
      const manager = await started(services, pin);
      const vectors = manager.getVectorSearch(), tracker = manager.getPerformanceTracker();
      await vectors.addVectors(['a', 'b', 'c'], new Float32Array(12).fill(1));
      for (let i = 0; i < 5; i++) await vectors.search([1, 2, 3, 4]);
      await assert.code(vectors.search([1]), 'DIMENSION_MISMATCH');
      const { operations, wasmCallCount, jsCallCount, averageWASMTime, averageJSTime, clockResolution } = tracker.getMetrics();
      const search = operations['vector.search'];
      assert.deepEqual([search.count, search.errors, search.implementations], [6, 1, { [variant]: 6 }]);
      assert.deepEqual([operations['vector.addVectors'].count, operations['vector.addVectors'].items], [1, 3]);
      assert.deepEqual([wasmCallCount, jsCallCount], variant === 'js' ? [0, 7] : [7, 0]);
      assert.ok(clockResolution > 0, 'the clock was measured');
      const [mine, other] = variant === 'js' ? [averageJSTime, averageWASMTime] : [averageWASMTime, averageJSTime];
      assert.ok(mine > 0 && other === 0, `${mine}, ${other}`);
      for (const q of ['p50', 'p95', 'p99']) assert.ok(search[q] === null || search[q] >= clockResolution * 0.9, `${q} is ${search[q]}, the clock resolves ${clockResolution}`);
      tracker.reset();
      assert.deepEqual([tracker.getMetrics().wasmCallCount, Object.keys(tracker.getMetrics().operations)], [0, []]);
    },
  },
  {
    name: 'manager: track() times the caller\'s own work, and gives its value or its error',
    async run({ services, assert, pin }) {
      const tracker = (await started(services, pin)).getPerformanceTracker();
      assert.equal(await tracker.track('own', () => 7), 7);
      assert.equal(await tracker.track('own', async () => { await sleep(20); return 'late'; }, { items: 10 }), 'late');
      const boom = new Error('boom');
      for (const fails of [() => { throw boom; }, () => Promise.reject(boom)]) {
        let seen;
        await tracker.track('__proto__', fails).catch((error) => { seen = error; });
        assert.equal(seen, boom);
      }
      const { operations, jsCallCount } = tracker.getMetrics();
      assert.deepEqual([operations.own.count, operations.own.items, operations.own.implementations, jsCallCount], [2, 10, { app: 2 }, 0]);
      assert.atLeast(operations.own.p99, 15);
      const odd = Object.getOwnPropertyDescriptor(operations, '__proto__').value;
      assert.deepEqual([odd.count, odd.errors], [2, 2]);
    },
  },
  {
    name: 'manager: a one-shot call of the data processor is counted for who really answered it',
    async run({ services, assert }) {
      const manager = await started(services, {});
      const data = manager.getDataProcessor();
      const { metadata } = await data.aggregate([{ a: 1 }, { a: 2 }], { operations: [{ field: 'a', operation: 'sum' }] });
      const { operations } = manager.getPerformanceTracker().getMetrics();
      assert.deepEqual(operations['data.aggregate'].implementations, { [metadata.implementation]: 1 });
      assert.equal(operations['data.aggregate'].items, 2);
    },
  },
  {
    name: 'manager: events are heard as they happen, until the listener is taken back',
    async run({ services, assert, pin }) {
      const manager = await started(services, pin);
      const seen = [], observability = manager.getObservability();
      const stop = observability.on((event) => seen.push(event));
      await manager.getVectorSearch().addDocuments(docs());
      await manager.getVectorSearch().dispose();
      await sleep(5);
      assert.ok(seen.some(({ type, service }) => type === 'ready' && service === 'vector'), JSON.stringify(seen));
      assert.equal(seen.at(-1).type, 'dispose');
      for (const { time, message } of seen) assert.ok(Math.abs(Date.now() - time) < 60_000 && message.length > 5, message);
      stop();
      stop();
      const before = seen.length;
      await manager.getVectorSearch().addDocuments(docs());
      await sleep(5);
      assert.equal(seen.length, before);
      assert.atLeast(observability.recentEvents().length, before + 1);
    },
  },
  {
    name: 'manager: the iterator of events ends with its signal',
    async run({ services, assert, pin }) {
      const manager = await started(services, pin);
      const controller = new AbortController(), types = [];
      const reading = (async () => { for await (const { type } of manager.getObservability().events(controller.signal)) { types.push(type); if (type === 'ready') controller.abort(); } })();
      await manager.getVectorSearch().addDocuments(docs());
      await assert.settles(reading, 2000);
      assert.equal(types.at(-1), 'ready');
      const aborted = manager.getObservability().events(AbortSignal.abort());
      assert.equal((await aborted.next()).done, true);
    },
  },
  {
    name: 'manager: health has memory by service and the most there was, without calling anything',
    async run({ services, assert, pin, variant }) {
      const manager = await started(services, pin);
      await manager.getVectorSearch().addDocuments(docs());
      const observability = manager.getObservability();
      const calls = manager.getStats().services.vector.calls;
      const { overall, services: states, memory, listeners } = await observability.getHealthStatus();
      assert.equal(manager.getStats().services.vector.calls, calls);
      assert.deepEqual([overall, states.vector.state, states.vector.variant, states.sqlite.state, listeners], ['healthy', 'ready', variant, 'idle', 0]);
      assert.atLeast(memory.perService.vector, 160);
      assert.equal(memory.wasmMemoryUsage, memory.perService.vector);
      assert.atLeast(memory.highWater.vector, memory.perService.vector);
      assert.equal(memory.memoryPressure, 'low');
      assert.ok(memory.jsHeapUsage === null || memory.jsHeapUsage > 0);
      manager.cleanup();
      assert.equal((await observability.getHealthStatus()).services.vector.state, 'disposed');
    },
  },
  {
    name: 'manager: a report has capabilities, metrics, health, and recommendations with evidence',
    async run({ services, assert, pin }) {
      const manager = await started(services, pin);
      const vectors = manager.getVectorSearch();
      for (let i = 0; i < 1100; i++) await vectors.addDocuments([{ id: `d${i}`, embedding: [i, 1] }]);
      const { generatedAt, capabilities, metrics, recommendations, events, services: infos } = await manager.getObservability().generatePerformanceReport();
      assert.ok(Math.abs(Date.parse(generatedAt) - Date.now()) < 60_000);
      assert.equal(typeof capabilities.hasSIMD, 'boolean');
      assert.equal(metrics.operations['vector.addDocuments'].count, 1100);
      assert.equal(infos.vector.loaded, true);
      assert.ok(events.length > 0);
      for (const { severity, message, evidence } of recommendations) assert.ok(['info', 'warning', 'critical'].includes(severity) && message.length > 20 && Object.keys(evidence).length > 0, message);
      const batch = recommendations.find(({ evidence }) => evidence.operation === 'vector.addDocuments');
      // A slow machine makes large calls of small ones.
      if (!(metrics.operations['vector.addDocuments'].p50 >= 1)) assert.deepEqual([batch?.evidence.count, batch?.evidence.items], [1100, 1100]);
    },
  },
  {
    name: 'manager: Prometheus text has a line per series and no name of the caller\'s',
    async run({ services, assert, pin }) {
      const manager = await started(services, pin);
      await manager.getVectorSearch().addDocuments(docs());
      await manager.getPerformanceTracker().track('secret-name', () => 1);
      const text = manager.getObservability().toPrometheus();
      assert.ok(/^wasm_services_calls_total\{operation="vector\.addDocuments",implementation="[\w-]+"\} 1$/m.test(text), text.slice(0, 400));
      assert.ok(text.endsWith('\n') && !text.includes('secret-name') && !/NaN|undefined/.test(text));
    },
  },
  {
    name: 'manager: enableObservability: false keeps no events, and reports still work',
    async run({ services, assert, pin }) {
      const manager = await started(services, pin, { enableObservability: false });
      await manager.getVectorSearch().addDocuments(docs());
      const observability = manager.getObservability();
      const { events, metrics, health } = await observability.generatePerformanceReport();
      assert.deepEqual([events, observability.recentEvents(), metrics.operations['vector.addDocuments'].count, health.overall], [[], [], 1, 'healthy']);
    },
  },
  {
    name: 'wasmObservability is that of wasmServices and answers before initialize',
    async run({ pkg, assert }) {
      const report = await pkg.wasmObservability.generatePerformanceReport();
      assert.equal(typeof report.capabilities.isSupported, 'boolean');
      assert.equal(report.metrics.wasmCallCount, 0);
      assert.equal((await pkg.wasmObservability.getHealthStatus()).overall, 'healthy');
      assert.ok(pkg.wasmObservability.toPrometheus().includes('wasm_services_listeners 0'));
    },
  },
  {
    name: 'manager: explain says who would answer, why, and what either would take',
    async run({ services, assert, pin, variant }) {
      const manager = await started(services, pin);
      const asked = [['data.aggregate', { rows: 1e5, resident: false }], ['data.transform', { rows: 1000, transformations: ['round'] }], ['compute.matmul', { rows: 100, cols: 100 }], ['compute.sort', { length: 10 }], ['vector.search', { rows: 1e4, dimensions: 768 }]];
      for (const [operation, shape] of asked) {
        const { implementation, reason, estimatedMs } = manager.explain(operation, shape);
        assert.ok(['js', 'simd', 'relaxed-simd', 'simd-threads'].includes(implementation), operation);
        if (variant === 'js') assert.equal(implementation, 'js', operation);
        assert.ok(reason.length > 8, reason);
        for (const ms of Object.values(estimatedMs)) assert.ok(ms > 0 && ms < 1e5, `${operation}: ${ms}`);
        assert.ok(estimatedMs.js > 0, operation);
      }
      assert.equal(manager.explain('sqlite.executeQuery', {}).implementation, variant === 'js' ? 'js' : 'simd');
      assert.equal(manager.explain('data.aggregate', { rows: 10, resident: true }).estimatedMs.js, undefined);
      assert.deepEqual(Object.values(manager.getStats().services).map(({ loaded }) => loaded), [false, false, false, false], 'explaining loads nothing');
    },
  },
  {
    name: 'manager: explain is what then happens, on both sides of a crossover',
    async run({ services, assert }) {
      const manager = await started(services, {}, { host: 'inline' });
      const data = manager.getDataProcessor();
      await data.ready();
      for (const rows of [100, 300_000]) {
        const shape = { rows, columns: true, operations: ['median', 'quantile', 'stddev'] };
        const { implementation } = manager.explain('data.aggregate', shape);
        const { metadata } = await data.aggregate({ x: new Float64Array(rows).map((_, i) => i % 97) }, { operations: [['median'], ['quantile', { q: 0.9 }], ['stddev']].map(([operation, args]) => ({ field: 'x', operation, ...(args && { args }) })) });
        assert.equal(metadata.implementation, implementation, `${rows} rows: ${metadata.reason}`);
        assert.equal(implementation, rows === 100 ? 'js' : data.info.variant);
      }
    },
  },
  {
    name: 'manager: explain refuses an operation or a shape that is not known',
    async run({ services, assert, pin }) {
      const manager = services();
      await assert.code(() => manager.explain('data.aggregate', { rows: 1 }), 'NOT_INITIALIZED');
      await manager.initialize({ ...pin });
      for (const [operation, shape] of [['aggregate', { rows: 1 }], ['moon.rise', {}], ['data.fly', {}], ['vector.fly', {}], ['compute.fly', {}], ['data.aggregate', {}], ['data.aggregate', { rows: 'many' }], ['data.aggregate', { rows: 1, operations: ['fly'] }], ['data.aggregate', null], ['compute.matmul', { rows: 2 }], ['compute.sort', { length: NaN }], ['vector.search', { rows: 5, dimensions: -1 }]]) {
        await assert.code(() => manager.explain(operation, shape), 'INVALID_ARGUMENT', `${operation} ${JSON.stringify(shape)}`);
      }
    },
  },
];
