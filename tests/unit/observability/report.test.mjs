// What is told to the outside: Prometheus text by a strict reader, recommendations by their figures, health, diagnostics_channel, OpenTelemetry.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { metrics, trace } from '@opentelemetry/api';
import { checkHealth, healthOf, pressureOf } from '../../../js/dist/health.js';
import { createManager } from '../../../js/dist/manager.js';
import { Observability } from '../../../js/dist/observability/index.js';
import { recommend } from '../../../js/dist/observability/recommend.js';
import { createWASMServices } from '../../../js/dist/index.js';
import { instrument } from '../../../js/dist/otel.js';
import { fakeRegistry } from '../manager/fakes.mjs';
import { parsePrometheus } from '../../support/prometheus.mjs';

const turn = (ms = 2) => new Promise((resolve) => { setTimeout(resolve, ms); });
const info = (more = {}) => ({ service: 'vector', variant: 'simd', loaded: true, host: 'inline', threads: 1, reason: '', rejected: [], ...more });
const observed = (more = {}) => ({ info: info(), calls: 10, errors: 0, memoryBytes: 100, ...more });
const call = (durationMs, more = {}) => ({ service: 'vector', operation: 'search', durationMs, variant: 'simd', ...more });
const with_ = (services) => { const made = new Observability(); made.attach({ observed: () => services, advice: async () => [] }); return made; };

test('Prometheus text is taken by a strict reader, and has the figures', () => {
  const observability = with_({ vector: observed({ fallbacks: 2 }), sqlite: observed({ info: info({ service: 'sqlite' }), cache: { hits: 3, misses: 1 } }) });
  for (const ms of [0.05, 3, 3, 20_000]) observability.call(call(ms));
  observability.call(call(1, { variant: 'js', error: 'TIMEOUT' }));
  observability.event({ type: 'error', message: 'a "quoted"\nline' });
  const families = parsePrometheus(observability.toPrometheus());
  const value = (family, labels) => families.get(family).samples.find((sample) => Object.entries(labels).every(([k, v]) => sample.labels[k] === v))?.value;
  assert.equal(value('wasm_services_calls_total', { implementation: 'simd' }), 4);
  assert.equal(value('wasm_services_call_errors_total', { operation: 'vector.search' }), 1);
  assert.equal(value('wasm_services_events_total', { type: 'error' }), 1);
  assert.equal(value('wasm_services_fallbacks_total', { service: 'vector' }), 2);
  assert.equal(value('wasm_services_cache_requests_total', { service: 'sqlite', result: 'hit' }), 3);
  assert.equal(value('wasm_services_service_state', { service: 'vector', state: 'ready' }), 1);
  const { samples } = families.get('wasm_services_call_duration_seconds');
  const bucket = (le) => samples.find(({ labels }) => labels.implementation === 'simd' && labels.le === le).value;
  assert.deepEqual(['0.000125', '0.002', '0.004', '16.384', '+Inf'].map(bucket), [1, 1, 3, 3, 4]);
});

test('control: the reader refuses what is wrong', () => {
  const good = with_({}).toPrometheus();
  parsePrometheus(good);
  for (const [from, to] of [[/\n$/, ''], ['# TYPE wasm_services_listeners gauge\n', ''], ['wasm_services_listeners 0', 'wasm_services_listeners NaN'], ['wasm_services_listeners 0', 'wasm_services_listeners 0\nwasm_services_listeners 0'], ['wasm_services_listeners 0', 'wasm_services_listeners{a="b} 0']]) {
    assert.throws(() => parsePrometheus(good.replace(from, to)), undefined, String(from));
  }
});

// ── recommendations ──

const CAPABLE = { hasThreads: true, crossOriginIsolated: true, runtime: 'node', missing: {} };
const operation = (more) => ({ count: 10, errors: 0, totalMs: 10, p50: 1, p95: 1, p99: 1, implementations: {}, items: 0, interrupted: 0, ...more });
const advise = ({ capabilities = CAPABLE, operations = {}, services = {}, advice = [], memory = {}, clockResolution = 0.001 } = {}) => {
  const health = healthOf(services);
  Object.assign(health.memory, memory);
  return recommend({ capabilities, metrics: { operations, clockResolution }, health, observed: services, advice });
};
const only = (list) => { assert.equal(list.length, 1, JSON.stringify(list)); return list[0]; };

test('nothing is recommended where all is well', () => {
  assert.deepEqual(advise({ services: { vector: observed() }, operations: { 'vector.search': operation({ count: 1e5, implementations: { simd: 1e5 } }) } }), []);
});

test('threads that are missing for want of headers', () => {
  const capabilities = { ...CAPABLE, hasThreads: false, crossOriginIsolated: false, missing: { hasThreads: { reason: 'not-isolated', fix: 'serve COOP' } } };
  const wants = observed({ info: info({ rejected: [{ variant: 'simd-threads', reason: 'not isolated' }] }) });
  const { severity, message, evidence } = only(advise({ capabilities, services: { vector: wants, sqlite: observed() } }));
  assert.deepEqual([severity, evidence], ['warning', { crossOriginIsolated: false, reason: 'not-isolated', services: ['vector'] }]);
  assert.match(message, /serve COOP/);
  assert.deepEqual(advise({ capabilities: { ...capabilities, missing: { hasThreads: { reason: 'engine', fix: '' } } }, services: { vector: wants } }), []);
});

test('the share of calls that a fallback answered', () => {
  const fell = observed({ info: info({ variant: 'js' }), fallback: 'the artifact answered 503', fallbacks: 3 });
  const { severity, evidence } = only(advise({ services: { vector: fell }, operations: { 'vector.search': operation({ count: 40, implementations: { simd: 10, js: 30 } }) } }));
  assert.deepEqual([severity, evidence], ['critical', { service: 'vector', variant: 'js', share: 0.75, calls: 40, byFallback: 30, fallbacks: 3, reason: 'the artifact answered 503' }]);
});

test('a cache that finds little', () => {
  const { evidence } = only(advise({ services: { sqlite: observed({ cache: { hits: 5, misses: 95 } }) } }));
  assert.deepEqual(evidence, { service: 'sqlite', hitRate: 0.05, hits: 5, misses: 95 });
  for (const cache of [{ hits: 50, misses: 50 }, { hits: 1, misses: 50 }]) assert.deepEqual(advise({ services: { sqlite: observed({ cache }) } }), []);
});

test('memory near its end, and small calls that one batch would answer', () => {
  const large = { vector: observed({ memoryBytes: 3.5 * 2 ** 30 }) };
  const [memory] = advise({ services: large });
  assert.deepEqual([memory.severity, memory.evidence.bytes, memory.evidence.mostBytes], ['critical', 3.5 * 2 ** 30, 2 ** 32]);
  const operations = { 'vector.search': operation({ count: 5000, p50: 0.1 }) }, remote = { vector: observed({ info: info({ host: 'worker' }) }) };
  assert.match(only(advise({ operations, services: remote })).message, /searchBatch/);
  assert.deepEqual(advise({ operations, services: { vector: observed() } }), [], 'in place a search costs microseconds');
  assert.deepEqual(advise({ operations: { 'vector.search': operation({ count: 5000, p50: 5 }) }, services: remote }), [], 'large calls need no batch');
  assert.deepEqual(advise({ operations: { 'vector.addDocuments': operation({ count: 5000, p50: 0.1, items: 500_000 }) }, services: remote }), [], 'these are batches');
});

test('the worst comes first, and services add what they know', () => {
  const advice = [{ severity: 'info', message: 'x', evidence: {} }, { severity: 'critical', message: 'y', evidence: {} }];
  assert.deepEqual(advise({ advice, operations: { 'a.b': operation({ count: 1000, errors: 100 }) } }).map(({ severity }) => severity), ['critical', 'warning', 'info']);
});

test('SQLite advises the index that its slow queries lack, and shows no text of them', async () => {
  const services = createWASMServices();
  await services.initialize({ host: 'inline' });
  const db = services.getSQLiteUtils();
  await db.executeQuery('CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, age INT)');
  await db.executeMany('INSERT INTO people (mail, age) VALUES (?, ?)', Array.from({ length: 60_000 }, (_, i) => [`p${i}@example.org`, i % 90]));
  for (let i = 0; i < 3; i++) await db.executeQuery("SELECT a.id FROM people a WHERE a.mail = 'secret@example.org' AND (SELECT count(*) FROM people WHERE age >= 0) > 1");
  const { recommendations } = await services.getObservability().generatePerformanceReport();
  const found = recommendations.find(({ evidence }) => evidence.table === 'people');
  assert.ok(found, JSON.stringify(recommendations));
  assert.match(found.evidence.sql, /CREATE INDEX/);
  assert.ok(found.evidence.calls >= 1 && found.evidence.totalMs > 0);
  assert.ok(!JSON.stringify(recommendations).includes('secret'));
  await services.dispose();
});

// ── health ──

test('a check that never answers reads as failed at its deadline, and keeps the others waiting no longer', async () => {
  const health = await checkHealth({ vector: observed({ check: () => new Promise(() => undefined) }), sqlite: observed({ check: async () => undefined }) }, 30);
  assert.deepEqual([health.overall, health.services.vector.state, health.services.sqlite.state, health.checks.sqlite.ok], ['unhealthy', 'failed', 'ready', true]);
  assert.match(health.checks.vector.error, /no answer within 30 ms/);
  // Control: given time it is well.
  assert.equal((await checkHealth({ vector: observed({ check: () => turn(5) }) }, 1000)).checks.vector.ok, true);
});

test('a worker that hangs reads as failed, and as well again afterwards', async () => {
  const services = createWASMServices();
  await services.initialize({ host: 'worker' });
  const db = services.getSQLiteUtils(), events = [];
  await db.ready();
  services.getObservability().on((event) => events.push(event));
  const stuck = db.executeQuery('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n', [], { timeoutMs: 600 }).catch((error) => error.code);
  const health = await services.healthCheck({ timeoutMs: 100 });
  assert.deepEqual([health.overall, health.services.sqlite.state], ['unhealthy', 'failed']);
  assert.equal(await stuck, 'TIMEOUT');
  assert.equal((await services.healthCheck()).services.sqlite.state, 'ready');
  assert.ok(events.some(({ type, data }) => type === 'error' && data?.check), JSON.stringify(events));
  await services.dispose();
});

test('memory pressure is the heap\'s too, where the host tells its limit', () => {
  const level = (jsHeapUsage, jsHeapLimit, bytes = 0) => pressureOf({ perService: { a: bytes }, jsHeapUsage, jsHeapLimit }).level;
  assert.deepEqual([level(74, 100), level(76, 100), level(91, 100), level(91, null), level(null, null), level(1, 100, 2 ** 30)], ['low', 'medium', 'high', 'low', 'low', 'medium']);
});

test('rising memory pressure is one event, and high water stays', async () => {
  const services = { vector: observed({ memoryBytes: 100 }) }, observability = with_(services), events = [];
  observability.on((event) => events.push(event));
  const at = async (bytes) => { services.vector.memoryBytes = bytes; return (await observability.getHealthStatus()).memory; };
  await at(2 ** 30); await at(2 ** 30 + 5);
  const { memoryPressure, highWater } = await at(100);
  await at(3 * 2 ** 30);
  await turn();
  assert.deepEqual([memoryPressure, highWater.vector], ['low', 2 ** 30 + 5]);
  assert.deepEqual(events.map(({ type, data }) => [type, data.level]), [['memory-pressure', 'medium'], ['memory-pressure', 'high']]);
});

test('slow calls are events: a second, or five times what is usual; one for many', async () => {
  const observability = with_({}), events = [];
  observability.on((event) => events.push(event));
  for (let i = 0; i < 100; i++) observability.call(call(10));
  observability.call(call(99));
  observability.call(call(60));
  observability.call(call(200));
  for (let i = 0; i < 5; i++) observability.call(call(2000));
  observability.call(call(2000, { operation: 'ready' }));
  observability.call(call(1500, { operation: 'save', error: 'TIMEOUT' }));
  await turn();
  assert.deepEqual(events.map(({ type, data }) => [type, data.operation, data.durationMs]), [['slow-call', 'search', 200], ['slow-call', 'save', 1500]]);
  assert.match(events[1].message, /TIMEOUT/);
});

test('the first call that another implementation answers is a dispatch event', async () => {
  const observability = with_({}), events = [];
  observability.on((event) => events.push(event));
  for (const variant of ['simd', 'js', 'simd', 'js']) observability.call(call(1, { variant }));
  await turn();
  assert.deepEqual(events.map(({ type, data }) => [type, data.implementation]), [['dispatch', 'js']]);
});

// ── to other tools ──

test('diagnostics_channel has calls and events while somebody subscribes', async () => {
  const { registry } = fakeRegistry(), services = createManager(undefined, registry), heard = [];
  const hear = (message, name) => heard.push([name, message.operation ?? message.type]);
  await services.initialize();
  const service = services.getVectorSearch();
  service.work();
  for (const name of ['wasm-services:call', 'wasm-services:event']) channel(name).subscribe(hear);
  service.work();
  await services.dispose();
  for (const name of ['wasm-services:call', 'wasm-services:event']) channel(name).unsubscribe(hear);
  assert.deepEqual(heard, [['wasm-services:call', 'work'], ['wasm-services:event', 'dispose']]);
});

test('OpenTelemetry: spans and the duration histogram by the conventions, with what went wrong', () => {
  const spans = [], recorded = [];
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: (name, options) => { const span = { name, ...options }; spans.push(span); return { setStatus: (status) => { span.status = status; }, end: (time) => { span.end = time; } }; } }) });
  metrics.setGlobalMeterProvider({ getMeter: () => ({ createHistogram: (name, { unit }) => ({ record: (value, attributes) => recorded.push([name, unit, value, attributes]) }) }) });
  const observability = with_({});
  const stop = instrument({ observability });
  observability.call({ service: 'sqlite', operation: 'executeMany', durationMs: 12, variant: 'simd', items: 3, statement: "INSERT INTO t VALUES (?, 'secret')" });
  observability.call({ service: 'sqlite', operation: 'executeQuery', durationMs: 1, variant: 'simd', error: 'SQL', statement: 'SELECT * FROM t' });
  observability.call(call(2));
  stop();
  observability.call(call(2));
  assert.deepEqual(spans.map(({ name, kind }) => [name, kind]), [['INSERT t', 2], ['SELECT t', 2], ['vector.search', 0]]);
  assert.ok(Math.abs(spans[0].end - spans[0].startTime - 12) < 1e-6);
  assert.deepEqual(spans[0].attributes, { 'db.system.name': 'sqlite', 'db.operation.name': 'INSERT', 'wasm_services.implementation': 'simd', 'db.query.summary': 'INSERT t', 'db.operation.batch.size': 3 });
  assert.deepEqual([spans[1].attributes['error.type'], spans[1].status.code, spans[2].attributes['wasm_services.operation']], ['SQL', 2, 'vector.search']);
  assert.deepEqual(recorded.map(([name, unit, value]) => [name, unit, value]), [['db.client.operation.duration', 's', 0.012], ['db.client.operation.duration', 's', 0.001], ['wasm_services.call.duration', 's', 0.002]]);
  assert.ok(!JSON.stringify([spans, recorded]).includes('secret'));
  const second = instrument({ observability, queryText: true, metrics: false });
  observability.call({ service: 'sqlite', operation: 'executeQuery', durationMs: 1, variant: 'simd', statement: "SELECT * FROM t WHERE a = 'secret' AND b = 5" });
  second();
  assert.equal(spans.at(-1).attributes['db.query.text'], 'SELECT * FROM t WHERE a = ? AND b = ?');
  trace.disable();
  metrics.disable();
});
