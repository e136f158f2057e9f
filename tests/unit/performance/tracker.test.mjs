// The tracker under clocks of its own: what is counted, what has no time, what is said of coarse clocks.
import assert from 'node:assert/strict';
import { PerformanceObserver } from 'node:perf_hooks';
import { test } from 'node:test';
import { measureResolution } from '../../../js/dist/performance/clock.js';
import { PerformanceTracker } from '../../../js/dist/performance/tracker.js';

/** A clock that moves by `step` with each reading, and is read in whole ticks. */
const ticking = (step, tick = step) => { let t = 0; return { now: () => Math.floor((t += step) / tick) * tick, hiddenUntil: () => -Infinity }; };
const call = (durationMs, more = {}) => ({ service: 'vector', operation: 'search', durationMs, variant: 'simd', ...more });
const of = (tracker, name = 'vector.search') => tracker.getMetrics().operations[name];

test('the resolution of a clock is its smallest step', () => {
  for (const [step, tick] of [[0.0001, 0.0001], [0.0001, 0.005], [0.001, 0.1], [0.01, 1]]) {
    const { now } = ticking(step, tick);
    const measured = measureResolution(now);
    assert.ok(Math.abs(measured - tick) < tick * 0.01, `${measured} for ${tick}`);
  }
  assert.equal(measureResolution(() => 5), Infinity);
  let t = 100, i = 0;
  assert.ok(Math.abs(measureResolution(() => (i++ % 3 === 2 ? (t -= 5) : (t += 1))) - 1) < 1e-9, 'what goes back is no step');
});

test('names and averages are those of the contract; loading is in neither', () => {
  const tracker = new PerformanceTracker(ticking(0.001));
  for (const ms of [1, 2, 3]) tracker.record(call(ms));
  for (const ms of [10, 20]) tracker.record(call(ms, { service: 'data', operation: 'aggregate', variant: 'js' }));
  tracker.record(call(500, { operation: 'ready' }));
  const { wasmCallCount, jsCallCount, averageWASMTime, averageJSTime, operations } = tracker.getMetrics();
  assert.deepEqual([wasmCallCount, jsCallCount, averageWASMTime, averageJSTime], [3, 2, 2, 15]);
  assert.equal(operations['vector.ready'].count, 1);
  assert.deepEqual(new PerformanceTracker(ticking(0.001)).getMetrics().averageJSTime, 0);
});

test('another implementation is told once, and both stay apart', () => {
  const tracker = new PerformanceTracker(ticking(0.001));
  assert.deepEqual(['simd', 'simd', 'js', 'js', 'simd'].map((variant) => tracker.record(call(1, { variant }))), [false, false, true, false, false]);
  assert.deepEqual(of(tracker).implementations, { simd: 3, js: 2 });
  assert.deepEqual(Object.keys(tracker.measured('vector', 'search')), ['simd', 'js']);
  assert.deepEqual(tracker.measured('vector', 'never'), {});
});

test('a batch is one call, whose time is the batch\'s', () => {
  const tracker = new PerformanceTracker(ticking(0.001));
  tracker.record(call(80, { operation: 'searchBatch', items: 1000 }));
  const { count, items, p50, totalMs } = of(tracker, 'vector.searchBatch');
  assert.deepEqual([count, items, totalMs], [1, 1000, 80]);
  assert.ok(Math.abs(p50 - 80) < 3);
});

test('a coarse clock: single calls have no time, many of them have a mean, nothing is 0', () => {
  const tracker = new PerformanceTracker(ticking(0.01, 1));
  for (let i = 0; i < 1000; i++) tracker.record(call(i % 100 === 0 ? 1 : 0));
  const { p50, p95, meanMs, maxMs } = of(tracker);
  assert.deepEqual([p50, p95, maxMs], [null, null, 1]);
  assert.ok(Math.abs(meanMs - 0.01) < 1e-9);
  assert.ok(Math.abs(tracker.getMetrics().averageWASMTime - 0.01) < 1e-9);
  const none = new PerformanceTracker(ticking(0.01, 1));
  none.record(call(0));
  assert.deepEqual([of(none).p50, of(none).meanMs, of(none).maxMs], [null, null, null]);
  assert.ok(none.getMetrics().averageWASMTime === none.getMetrics().clockResolution);
});

test('at most 200 names of the caller\'s are told apart', async () => {
  const tracker = new PerformanceTracker(ticking(0.001));
  for (let i = 0; i < 1000; i++) await tracker.track(`SELECT ${i}`, () => i);
  const { operations } = tracker.getMetrics();
  assert.equal(Object.keys(operations).length, 201);
  assert.equal(operations.other.count, 800);
});

test('snapshots of two trackers add up in a third', async () => {
  const [a, b, all] = [0, 1, 2].map(() => new PerformanceTracker(ticking(0.001)));
  a.record(call(1)); a.record(call(2, { error: 'TIMEOUT' }));
  b.record(call(4, { variant: 'js', items: 3 })); await b.track('own', () => 1);
  for (const part of [a, b]) all.merge(JSON.parse(JSON.stringify(part.snapshot())));
  const { count, errors, items, totalMs, implementations } = of(all);
  assert.deepEqual([count, errors, items, totalMs, implementations], [3, 1, 3, 7, { simd: 2, js: 1 }]);
  assert.equal(of(all, 'own').count, 1);
});

test('User Timing measures are made while they are asked for, and do not pile up', async () => {
  const seen = [];
  const observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) seen.push(entry); });
  observer.observe({ entryTypes: ['measure'] });
  const tracker = new PerformanceTracker();
  await tracker.track('silent', () => 1);
  tracker.userTiming(true);
  await tracker.track('loud', () => new Promise((resolve) => { setTimeout(resolve, 5); }));
  tracker.userTiming(false);
  await tracker.track('silent', () => 1);
  await new Promise((resolve) => { setTimeout(resolve, 20); });
  observer.disconnect();
  assert.deepEqual(seen.map(({ name }) => name), ['wasm-services loud']);
  assert.ok(seen[0].duration > 2);
  assert.equal(performance.getEntriesByType('measure').length, 0);
});
