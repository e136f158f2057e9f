// The queue and the stepper beneath every call: order, turns, cancellation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../js/dist/calls/call.js';
import { SerialQueue } from '../../../js/dist/calls/queue.js';
import { drive, KEEP } from '../../../js/dist/calls/steps.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };

test('an idle queue runs a call on the spot and hands its value back, not a promise', () => {
  const queue = new SerialQueue('vector');
  assert.equal(queue.run(() => 7, Call.plain), 7);
  assert.ok(queue.idle);
});

test('calls end in the order they were made, however long each takes', async () => {
  const queue = new SerialQueue('vector');
  const order = [];
  const calls = [30, 0, 10, 0].map((ms, i) => queue.run(async () => { await sleep(ms); order.push(i); }, Call.plain));
  const sync = queue.run(() => { order.push('sync'); return 'done'; }, Call.plain);
  assert.equal(await sync, 'done');
  await Promise.all(calls);
  assert.deepEqual(order, [0, 1, 2, 3, 'sync']);
  assert.ok(queue.idle);
});

test('a call made from inside a call waits for it', async () => {
  const queue = new SerialQueue('vector');
  const order = [];
  let inner;
  queue.run(() => { inner = queue.run(() => order.push('inner'), Call.plain); order.push('outer'); }, Call.plain);
  await inner;
  assert.deepEqual(order, ['outer', 'inner']);
});

test('a failure is its own call\'s and no other\'s', async () => {
  const queue = new SerialQueue('vector');
  const first = queue.run(async () => { throw new Error('first'); }, Call.plain);
  const second = queue.run(() => { throw new Error('second'); }, Call.plain);
  const third = queue.run(() => 3, Call.plain);
  await assert.rejects(first, /first/);
  await assert.rejects(second, /second/);
  assert.equal(await third, 3);
});

test('a waiting call that is cancelled rejects at once and never runs', async () => {
  const queue = new SerialQueue('vector');
  const controller = new AbortController();
  let release;
  const blocker = queue.run(() => new Promise((resolve) => { release = resolve; }), Call.plain);
  let ran = false;
  const waiting = queue.run(() => { ran = true; }, Call.from('vector', { signal: controller.signal }));
  controller.abort();
  await assert.rejects(waiting, { code: 'ABORTED' });
  release();
  await blocker;
  await sleep(1);
  assert.equal(ran, false);
});

test('a waiting call whose time is up rejects with TIMEOUT', async () => {
  const queue = new SerialQueue('vector');
  let release;
  const blocker = queue.run(() => new Promise((resolve) => { release = resolve; }), Call.plain);
  await assert.rejects(queue.run(() => 1, Call.from('vector', { timeoutMs: 5 })), { code: 'TIMEOUT' });
  release();
  await blocker;
});

test('one call more than the limit is QUEUE_FULL, and room comes back', async () => {
  const queue = new SerialQueue('vector', 2);
  let release;
  const blocker = queue.run(() => new Promise((resolve) => { release = resolve; }), Call.plain);
  const waiting = [queue.run(() => 1, Call.plain), queue.run(() => 2, Call.plain)];
  assert.throws(() => queue.run(() => 3, Call.plain), { code: 'QUEUE_FULL' });
  release();
  await blocker;
  assert.deepEqual(await Promise.all(waiting), [1, 2]);
  assert.equal(await queue.run(() => 4, Call.plain), 4);
});

test('closing rejects what waits, lets what runs end, and refuses what comes', async () => {
  const queue = new SerialQueue('vector');
  const gone = new Error('gone');
  let ended = false;
  const running = queue.run(async () => { await sleep(10); ended = true; }, Call.plain);
  const waiting = queue.run(() => 1, Call.plain);
  const closed = queue.close(gone);
  await assert.rejects(waiting, /gone/);
  await closed;
  assert.ok(ended);
  await running;
  assert.throws(() => queue.run(() => 1, Call.plain), /gone/);
});

test('a thousand quick calls in a row give other work its turn', async () => {
  const queue = new SerialQueue('vector');
  let release;
  const blocker = queue.run(() => new Promise((resolve) => { release = resolve; }), Call.plain);
  const calls = Array.from({ length: 200 }, () => queue.run(() => busy(1), Call.plain));
  let turns = 0;
  const ticker = setInterval(() => { turns++; }, 1);
  release();
  await Promise.all([blocker, ...calls]);
  clearInterval(ticker);
  assert.ok(turns >= 4, `other work had ${turns} turns in 200 ms of calls`);
});

test('quick steps end at once; long ones pause, and wait for promises they yield', async () => {
  assert.equal(drive((function* () { yield; yield; return 5; })(), () => undefined), 5);
  let turns = 0;
  const ticker = setInterval(() => { turns++; }, 0);
  const long = drive((function* () {
    for (let i = 0; i < 100; i++) { busy(1); yield; }
    return (yield Promise.resolve(6)) + 1;
  })(), () => undefined);
  assert.ok(long instanceof Promise);
  assert.equal(await long, 7);
  clearInterval(ticker);
  assert.ok(turns >= 2, `other work had ${turns} turns`);
});

test('stopped steps clean up to the end, and a point of no return is not stopped', async () => {
  let stop;
  const log = [];
  const failure = () => stop;
  const work = drive((function* () {
    try { for (;;) { busy(1); yield; } } catch (error) { log.push(error.message); yield; log.push('cleaned'); throw error; }
  })(), failure);
  stop = new Error('stop');
  await assert.rejects(work, /stop/);
  assert.deepEqual(log, ['stop', 'cleaned']);
  const kept = drive((function* () { for (let i = 0; i < 60; i++) { busy(1); yield KEEP; } return 'whole'; })(), failure);
  assert.equal(await kept, 'whole');
});

test('a promise that fails is thrown where it was waited for', async () => {
  const steps = (function* () { try { yield Promise.reject(new Error('no')); } catch (error) { return error.message; } })();
  assert.equal(await drive(steps, () => undefined), 'no');
});

test('progress: at most every 100 ms, always at the end, and a throwing listener disturbs nothing', () => {
  const seen = [];
  const call = Call.from('vector', { onProgress: (done, total) => { seen.push([done, total]); throw new Error('mine'); } });
  for (let i = 1; i < 50; i++) call.progress(i, 50);
  call.progress(50, 50);
  assert.deepEqual(seen, [[1, 50], [50, 50]]);
});

test('call options are checked by name', () => {
  for (const [options, field] of [[{ signal: 1 }, /signal/], [{ timeoutMs: -1 }, /timeoutMs/], [{ timeoutMs: NaN }, /timeoutMs/], [{ onProgress: 3 }, /onProgress/], [5, /options/]]) {
    assert.throws(() => Call.from('vector', options), (error) => error.code === 'INVALID_ARGUMENT' && field.test(error.message));
  }
  assert.throws(() => Call.from('vector', { signal: AbortSignal.abort() }), { code: 'ABORTED' });
  assert.throws(() => Call.from('vector', { timeoutMs: 0 }), { code: 'TIMEOUT' });
});
