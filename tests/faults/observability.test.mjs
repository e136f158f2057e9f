// Observability under abuse (FAULTS 64, 65, 66, 68): subscribers that misbehave, texts that must not get out, clocks that lie, fallbacks that nobody notices.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWASMServices } from 'wasm-services';
import { faults } from 'wasm-services/testing';
import { sqlSummary, sqlWithoutLiterals } from '../../js/dist/observability/sql-summary.js';
import { PerformanceTracker } from '../../js/dist/performance/tracker.js';
import { parsePrometheus } from '../support/prometheus.mjs';

const turn = (ms = 5) => new Promise((resolve) => { setTimeout(resolve, ms); });
const started = async (config = {}) => { const services = createWASMServices(); await services.initialize({ host: 'inline', ...config }); return services; };
const work = async (services, n = 3) => {
  const vectors = services.getVectorSearch();
  await vectors.addVectors(Array.from({ length: n }, (_, i) => `d${i}`), new Float32Array(2 * n).fill(1));
  return vectors.search([1, 1]);
};

// ── 64 ──

test('FAULTS 64: a subscriber that throws disturbs neither calls nor other subscribers, and is told of once', async () => {
  const services = await started(), observability = services.getObservability(), heard = [];
  observability.on(() => { throw new Error('subscriber bug'); });
  observability.on(() => { throw undefined; });
  observability.on((event) => heard.push(event));
  assert.equal((await work(services)).length, 3);
  await turn();
  await services.dispose();
  await turn();
  const complaints = heard.filter(({ data }) => data?.listener);
  assert.equal(complaints.length, 2);
  assert.match(complaints[0].message, /subscriber bug/);
  assert.ok(['ready', 'dispose'].every((type) => heard.some((event) => event.type === type)));
  assert.equal(observability.recentEvents().filter(({ data }) => data?.listener).length, 2);
});

test('FAULTS 64 control: well-behaved subscribers cause no event', async () => {
  const services = await started(), heard = [];
  services.getObservability().on((event) => heard.push(event));
  await work(services);
  await turn();
  assert.deepEqual(heard.filter(({ data }) => data?.listener), []);
  await services.dispose();
});

test('FAULTS 64: a subscriber that blocks is in no call\'s time, and is named', async () => {
  const services = await started(), heard = [], observability = services.getObservability();
  await work(services);
  const block = (ms) => { for (const began = performance.now(); performance.now() - began < ms;); };
  let blocks = 0;
  observability.on(({ type }) => { if (type === 'dispose') { blocks++; block(120); } });
  observability.on((event) => heard.push(event));
  services.getPerformanceTracker().reset();
  await services.getVectorSearch().dispose();
  await turn();
  await work(services);
  assert.equal(blocks, 1);
  const slow = heard.filter(({ type, data }) => type === 'slow-call' && data.listener);
  assert.equal(slow.length, 1);
  assert.ok(slow[0].data.durationMs >= 100);
  await services.dispose();
});

test('FAULTS 64: a subscriber that subscribes, or calls a service that fails, in its handler does not keep the thread', async () => {
  const services = await started(), observability = services.getObservability();
  let handled = 0, added = 0;
  // A service that was never loaded ends without a turn of the loop: an event that makes an event, for ever.
  const stop = observability.on(({ type }) => {
    handled++;
    if (added++ < 5) observability.on(() => undefined);
    if (type === 'dispose') void services.getVectorSearch().dispose();
  });
  void services.getVectorSearch().dispose();
  const began = performance.now();
  await turn(20);
  stop();
  assert.ok(performance.now() - began < 5000, 'timers run');
  assert.ok(handled > 20, `${handled}`);
  assert.equal((await observability.getHealthStatus()).listeners, 5);
  await services.dispose();
});

test('FAULTS 64: subscribers that never leave are warned of once, are counted, and hold bounded memory', async (t) => {
  const services = await started(), observability = services.getObservability(), warned = t.mock.method(console, 'warn', () => undefined);
  for (let i = 0; i < 32; i++) observability.on(() => undefined);
  assert.equal(warned.mock.callCount(), 0, 'control: 32 are no leak');
  for (let i = 0; i < 100; i++) observability.events();
  assert.equal(warned.mock.callCount(), 1);
  assert.match(warned.mock.calls[0].arguments[0], /33 listeners/);
  const { listeners } = await observability.getHealthStatus();
  assert.equal(listeners, 132);
  assert.equal(parsePrometheus(observability.toPrometheus()).get('wasm_services_listeners').samples[0].value, 132);
  await services.dispose();
});

// ── 65 ──

const COMMANDS = ['SELECT * FROM t WHERE x = ', 'INSERT INTO "T" (a) VALUES (', 'UPDATE main.t SET a = ', 'DELETE FROM t WHERE a IN (', 'SELECT ', '/* ', '-- ', 'WITH q AS (SELECT 1) SELECT * FROM q JOIN t ON a = '];
const secret = fc.stringMatching(/^[a-z0-9]{6,12}$/).map((s) => `zq${s}`);
const quotedIn = fc.constantFrom((s) => `'${s}'`, (s) => `'it''s ${s}'`, (s) => `"${s}"`, (s) => `x'${s}'`, (s) => `'${s}`, (s) => `'\n${s}'`);

test('FAULTS 65 property: no literal of a query is in its summary or its text without literals', () => {
  fc.assert(fc.property(fc.constantFrom(...COMMANDS.filter((c) => !/^(\/\*|--)/.test(c))), secret, quotedIn, fc.constantFrom('', ')', ' LIMIT 5', ' -- note', ' AND y = 1'), (command, value, quote, rest) => {
    const sql = `${command}${quote(value)}${rest}`;
    for (const told of [sqlSummary(sql), sqlWithoutLiterals(sql)]) assert.ok(!told.includes(value), `${sql} -> ${told}`);
    assert.ok(sqlSummary(sql).length <= 255);
  }), { numRuns: 2000 });
  fc.assert(fc.property(secret, (value) => { for (const comment of [`/* ${value} */ SELECT 1`, `-- ${value}\nSELECT 1`, `SELECT 1 /* ${value}`]) for (const told of [sqlSummary(comment), sqlWithoutLiterals(comment)]) assert.ok(!told.includes(value)); }));
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => { sqlSummary(text); sqlWithoutLiterals(text); }), { numRuns: 2000 });
});

test('FAULTS 65: summaries say the command and the tables', () => {
  for (const [sql, expected] of [
    ['select a from orders o join "customers" c on o.c = c.id where c.name = \'x\'', 'SELECT orders customers'], ['INSERT OR REPLACE INTO t VALUES (1)', 'INSERT t'], ['CREATE TABLE IF NOT EXISTS notes (id)', 'CREATE notes'],
    ['WITH x AS (SELECT * FROM a) SELECT * FROM x', 'WITH a x'], ['BEGIN', 'BEGIN'], ['', 'SQL'], ['SELECT * FROM (SELECT 1 FROM b)', 'SELECT b'], ['UPDATE "a; drop" SET b = 1', 'UPDATE'],
  ]) assert.equal(sqlSummary(sql), expected, sql);
});

test('FAULTS 65: a thousand different queries make one series, and none of their text is in metrics, events, reports or channels (control: who asks for calls as they are gets it)', async () => {
  const services = await started(), db = services.getSQLiteUtils(), observability = services.getObservability(), published = [];
  const hear = (message) => published.push(message);
  for (const name of ['wasm-services:call', 'wasm-services:event']) channel(name).subscribe(hear);
  await db.executeQuery('CREATE TABLE t (a TEXT)');
  for (let i = 0; i < 1000; i++) await db.executeQuery(`SELECT * FROM t WHERE a = 'secret${i}'`);
  await db.executeQuery("SELECT 'secret' FROM nowhere").catch(() => undefined);
  for (const name of ['wasm-services:call', 'wasm-services:event']) channel(name).unsubscribe(hear);
  const text = observability.toPrometheus(), families = parsePrometheus(text);
  assert.deepEqual(families.get('wasm_services_calls_total').samples.map(({ labels, value }) => [labels.operation, value]), [['sqlite.executeQuery', 1002]]);
  const report = await observability.generatePerformanceReport();
  for (const [name, told] of Object.entries({ text, report, published, snapshot: observability.snapshot() })) assert.ok(!JSON.stringify(told).includes('secret'), name);
  assert.ok(published.length > 1000);
  // Control: who asks for calls as they are gets the statement.
  let statement;
  observability.onCall((call) => { statement = call.statement; });
  await db.executeQuery("SELECT 'secret'");
  assert.equal(statement, "SELECT 'secret'");
  await services.dispose();
});

test('FAULTS 65: names of the caller\'s own work are bounded and in no label', async () => {
  const services = await started(), tracker = services.getPerformanceTracker();
  for (let i = 0; i < 2000; i++) await tracker.track(`user ${i}@example.org`, () => i);
  assert.equal(Object.keys(tracker.getMetrics().operations).length, 201);
  assert.ok(!services.getObservability().toPrometheus().includes('example.org'));
  await services.dispose();
});

// ── 66 ──

/** A clock that is set by hand. */
const handClock = (resolution = 0.001) => {
  const clock = { time: 1000, hidden: -Infinity, reads: 0, now: () => clock.time + resolution * Math.floor(++clock.reads / 10), hiddenUntil: () => clock.hidden };
  return clock;
};
const timed = async (tracker, clock, change) => { await tracker.track('work', () => change(clock)); return tracker.getMetrics().operations.work; };

test('FAULTS 66: a clock that goes back gives no time, and no negative one', async () => {
  const clock = handClock(), tracker = new PerformanceTracker(clock);
  const { count, interrupted, totalMs, p50 } = await timed(tracker, clock, (c) => { c.time -= 500; });
  assert.deepEqual([count, interrupted, totalMs, p50], [1, 1, 0, null]);
  tracker.record({ service: 'vector', operation: 'search', durationMs: -3, variant: 'simd' });
  tracker.record({ service: 'vector', operation: 'search', durationMs: NaN, variant: 'simd' });
  const { wasmCallCount, averageWASMTime, operations } = tracker.getMetrics();
  assert.deepEqual([wasmCallCount, averageWASMTime, operations['vector.search'].interrupted], [2, 0, 2]);
});

test('FAULTS 66 control: the same call under a clock that goes forward has its time', async () => {
  const clock = handClock(), { interrupted, p50 } = await timed(new PerformanceTracker(clock), clock, (c) => { c.time += 500; });
  assert.equal(interrupted, 0);
  assert.ok(Math.abs(p50 - 500) < 500 / 32);
});

test('FAULTS 66: while the page was hidden or the machine slept it is a gap, not latency', async () => {
  const clock = handClock(), tracker = new PerformanceTracker(clock);
  await timed(tracker, clock, (c) => { c.time += 30_000; c.hidden = c.time - 10_000; });
  await timed(tracker, clock, (c) => { c.time += 8 * 3600_000; });
  const { count, interrupted, maxMs } = await timed(tracker, clock, (c) => { c.time += 7; });
  assert.deepEqual([count, interrupted], [3, 2]);
  assert.ok(maxMs < 8);
});

test('FAULTS 66: what a coarse clock can not tell is null, and flagged by its resolution', async () => {
  const clock = handClock(1), tracker = new PerformanceTracker(clock);
  for (let i = 0; i < 20; i++) tracker.record({ service: 'vector', operation: 'search', durationMs: 0, variant: 'simd' });
  const { clockResolution, operations: { 'vector.search': { count, p50, p99, maxMs, meanMs } } } = tracker.getMetrics();
  assert.deepEqual([count, p50, p99, maxMs, meanMs], [20, null, null, null, null]);
  assert.ok(Math.abs(clockResolution - 1) < 1e-9);
});

test('FAULTS 66: a clock that stands still gives no times at all', async () => {
  const tracker = new PerformanceTracker({ now: () => 5, hiddenUntil: () => -Infinity });
  tracker.record({ service: 'vector', operation: 'search', durationMs: 0, variant: 'simd' });
  const { clockResolution, operations } = tracker.getMetrics();
  assert.deepEqual([clockResolution, operations['vector.search'].p50, operations['vector.search'].count], [Infinity, null, 1]);
});

// ── 68 ──

test('FAULTS 68: a fallback stays visible: degraded, with its reason, its count, its share, and for how long', async () => {
  faults.failNextLoad('vector', 'status');
  const services = await started(), events = [];
  services.getObservability().on((event) => events.push(event));
  assert.equal((await work(services)).length, 3);
  await turn(20);
  for (const health of [await services.healthCheck(), await services.getObservability().getHealthStatus()]) {
    const { state, variant, fallbacks, lastError, degradedForMs } = health.services.vector;
    assert.deepEqual([health.overall, state, variant, fallbacks], ['degraded', 'degraded', 'js', 1]);
    assert.match(lastError, /503/);
    assert.ok(degradedForMs >= 15, `${degradedForMs}`);
  }
  const { recommendations } = await services.getObservability().generatePerformanceReport();
  const { severity, evidence } = recommendations.find((one) => one.evidence.service === 'vector');
  assert.equal(severity, 'critical');
  assert.deepEqual([evidence.share, evidence.fallbacks], [1, 1]);
  assert.ok(events.some(({ type }) => type === 'fallback'));
  assert.ok(parsePrometheus(services.getObservability().toPrometheus()).get('wasm_services_service_state').samples.some(({ labels, value }) => labels.service === 'vector' && labels.state === 'degraded' && value === 1));
  await services.dispose();
});

test('FAULTS 68: with requireWasm the same fault is an error', async () => {
  faults.failNextLoad('vector', 'status');
  const services = await started({ requireWasm: true });
  await assert.rejects(work(services), { code: 'VARIANT_UNAVAILABLE' });
  await services.dispose();
});

test('FAULTS 68 control: without the fault nothing is degraded', async () => {
  const services = await started();
  await work(services);
  const { overall, services: { vector } } = await services.healthCheck();
  assert.deepEqual([overall, vector.state, vector.fallbacks, vector.degradedForMs], ['healthy', 'ready', undefined, undefined]);
  await services.dispose();
});
