// The worker protocol over real threads: every call is settled exactly once, whatever happens to the thread.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { after, test } from 'node:test';
import { Worker as Thread } from 'node:worker_threads';
import { ServiceError } from '../../../js/dist/errors.js';
import { host } from '../../../js/dist/host/index.js';
import { WorkerClient } from '../../../js/dist/worker/client.js';
import { faults } from '../../../js/dist/testing.js';

const clients = [];
after(async () => { for (const client of clients) await client.dispose(); });

function client(options = {}, script = './echo.worker.mjs') {
  const made = new WorkerClient({ service: 'vector', start: () => host.adoptWorker(new Thread(new URL(script, import.meta.url))), ...options });
  clients.push(made);
  return made;
}

async function started(options, config = { name: 'a' }) {
  const made = client(options);
  await made.start(config);
  return made;
}

test('start gives the greeting, calls give their results, state comes before the reply', async () => {
  const states = [];
  const c = client({ onState: (s) => states.push(s) });
  assert.deepEqual(await c.start({ name: 'greeted' }), { pid: 'greeted' });
  assert.deepEqual(await c.call('echo', [{ deep: [1, 2] }]), { deep: [1, 2] });
  assert.deepEqual(states, [{ calls: 1 }]);
  assert.deepEqual([...(await c.call('bytes', [3]))], [2, 2, 2]);
});

test('a configuration may be a promise: the thread starts meanwhile; where there comes none, that is the error and the thread is ended', async () => {
  let thread;
  const made = (options) => client({ start: () => host.adoptWorker(thread = new Thread(new URL('./echo.worker.mjs', import.meta.url))), ...options });
  let give;
  const starting = made().start(new Promise((resolve) => { give = resolve; }));
  assert.ok(thread.threadId > 0, 'started before there is a configuration');
  await new Promise((resolve) => { thread.once('message', resolve); });
  give({ name: 'late' });
  assert.deepEqual(await starting, { pid: 'late' });
  const refused = made().start(Promise.reject(new ServiceError('WASM_FETCH', 'no file')));
  const ended = new Promise((resolve) => { thread.once('exit', resolve); });
  await assert.rejects(refused, { code: 'WASM_FETCH', message: 'no file' });
  await ended;
  const lost = made({ startTimeoutMs: 60_000 }).start(new Promise(() => {}));
  await new Promise((resolve) => { thread.once('message', resolve); });
  await thread.terminate();
  await assert.rejects(lost, { code: 'WORKER_START' }, 'a thread that greeted and ended while there is no configuration yet');
});

test('an error crosses with its code, message and detail', async () => {
  const c = await started();
  await assert.rejects(c.call('fail', []), { name: 'ServiceError', code: 'NOT_FOUND', message: 'no such thing', detail: { id: 'x' } });
  await assert.rejects(c.call('nothing', []), { code: 'UNSUPPORTED' });
  await assert.rejects(c.call('toString', []), { code: 'UNSUPPORTED' });
  await assert.rejects(c.call('unclonableDetail', []), { code: 'PARSE', message: 'bad' });
  assert.equal((await c.call('unclonable', []).catch((e) => e)).name, 'ServiceError');
  assert.equal(await c.call('echo', [1]), 1);
});

test('what can not be cloned is INVALID_ARGUMENT and the worker stays usable', async () => {
  const c = await started();
  await assert.rejects(c.call('echo', [() => 1]), { code: 'INVALID_ARGUMENT' });
  assert.equal(c.inFlight, 0);
  assert.equal(await c.call('echo', [2]), 2);
});

test('a cancelled call rejects with ABORTED, stops work in the worker and leaves it usable', async () => {
  const c = await started();
  const controller = new AbortController();
  let last = 0;
  const call = c.call('count', [5000], { signal: controller.signal, onProgress: (done) => { last = done; if (done > 3) controller.abort(new Error('enough')); } });
  await assert.rejects(call, { code: 'ABORTED' });
  await c.call('echo', [0, 30]);
  const stoppedAt = last;
  await c.call('echo', [0, 30]);
  assert.equal(last, stoppedAt);
  await assert.rejects(c.call('echo', [1], { signal: controller.signal }), { code: 'ABORTED' });
});

test('with confirmCancelMs the worker\'s own answer counts', async () => {
  const c = await started();
  const controller = new AbortController();
  const done = c.call('echo', ['written', 20], { signal: controller.signal, confirmCancelMs: 2000 }); // echo ignores the cancel
  controller.abort();
  assert.equal(await done, 'written');
  const second = new AbortController();
  const stopped = c.call('count', [5000], { signal: second.signal, confirmCancelMs: 2000 });
  second.abort();
  await assert.rejects(stopped, { code: 'ABORTED' });
});

test('a deadline rejects with TIMEOUT', async () => {
  const c = await started();
  await assert.rejects(c.call('echo', [1, 500], { timeoutMs: 20 }), { code: 'TIMEOUT' });
  assert.equal(await c.call('echo', [1, 1], { timeoutMs: 2000 }), 1);
});

test('a settled call leaves no timer and no listener on its signal', async () => {
  const c = await started();
  const { signal } = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await c.call('echo', [1], { signal, timeoutMs: 60_000 });
  await c.call('fail', [], { signal, timeoutMs: 60_000 }).catch(() => undefined);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  assert.equal(timers(), before);
});

test('15: one call too many is QUEUE_FULL, and none of the others is lost', async () => {
  const c = await started({ maxInFlight: 10 });
  const calls = Array.from({ length: 10 }, (_, i) => c.call('echo', [i, 5]));
  await assert.rejects(c.call('echo', [10]), { code: 'QUEUE_FULL' });
  assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(await c.call('echo', [10]), 10);
});

test('15: 100,000 calls at once end in a right answer or QUEUE_FULL each', async () => {
  const c = await started();
  let full = 0;
  const answers = await Promise.all(Array.from({ length: 100_000 }, (_, i) => c.call('echo', [i]).catch((e) => { assert.equal(e.code, 'QUEUE_FULL'); full++; return i; })));
  assert.ok(answers.every((value, i) => value === i));
  assert.ok(full > 0 && full < 100_000);
  assert.equal(c.inFlight, 0);
});

for (const [what, method] of [['ends by itself', 'exit'], ['throws outside a call', 'crash']]) {
  test(`13: a worker that ${what} rejects what is pending with WORKER_LOST and says so once`, async () => {
    const lost = [];
    const c = await started({ onLost: (e) => lost.push(e.code) });
    const pending = [c.call('echo', [1, 5000]), c.call(method, [])];
    for (const p of pending) await assert.rejects(p, { code: 'WORKER_LOST' });
    await assert.rejects(c.call('echo', [1]), { code: 'WORKER_LOST' });
    assert.deepEqual(lost, ['WORKER_LOST']);
  });
}

test('faults.killWorker ends the thread as a crash would', async () => {
  const c = await started();
  const pending = c.call('echo', [1, 5000]);
  faults.killWorker('vector');
  await assert.rejects(pending, { code: 'WORKER_LOST' });
});

test('faults.trapNextCall reaches the worker that answers the next call', async () => {
  const c = await started();
  assert.equal(await c.call('armed', []), false);
  faults.trapNextCall('vector');
  assert.equal(await c.call('armed', []), true);
  assert.equal(await c.call('armed', []), false);
});

test('dispose settles everything with DISPOSED in less than a second, twice is the same', async () => {
  const c = await started({}, { name: 'slow', slowDispose: 50 });
  const pending = Array.from({ length: 100 }, () => c.call('echo', [1, 5000]));
  const begun = performance.now();
  const disposal = c.dispose();
  for (const p of pending) await assert.rejects(p, { code: 'DISPOSED' });
  assert.ok(performance.now() - begun < 1000);
  assert.equal(c.dispose(), disposal);
  await disposal;
  await assert.rejects(c.call('echo', [1]), { code: 'DISPOSED' });
});

test('dispose while the worker starts rejects the start with DISPOSED', async () => {
  const c = client();
  const starting = c.start({ name: 'a' });
  const outcome = assert.rejects(starting, { code: 'DISPOSED' });
  await c.dispose();
  await outcome;
});

test('terminate rejects what waits with DISPOSED, at any time', async () => {
  const starting = client();
  const start = assert.rejects(starting.start({ name: 'a' }), { code: 'DISPOSED' });
  starting.terminate();
  await start;
  await assert.rejects(starting.call('echo', [1]), { code: 'DISPOSED' });
  const running = await started();
  const call = assert.rejects(running.call('echo', [1, 5000]), { code: 'DISPOSED' });
  running.terminate();
  await call;
  await assert.rejects(running.call('echo', [1]), { code: 'DISPOSED' });
});

const WRONG_SCRIPTS = [
  ['a script that is not there', './no-such-file.mjs'],
  ['a script that throws', new URL(`data:text/javascript,${encodeURIComponent('throw new Error("broken script")')}`)],
  ['a script that does not parse', new URL(`data:text/javascript,${encodeURIComponent('let let = 1;')}`)],
  ['a script of another release', new URL(`data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => 0); parentPort.postMessage({ t: 'hello', version: 0 });")}`)],
];
for (const [what, script] of WRONG_SCRIPTS) {
  test(`${what} is WORKER_START in less than 5 s`, async () => {
    const begun = performance.now();
    await assert.rejects(client({}, script).start({ name: 'a' }), { code: 'WORKER_START' });
    assert.ok(performance.now() - begun < 5000);
  });
}

test('a script that stays silent is WORKER_START after the start time', async () => {
  const silent = new URL(`data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => 0);")}`);
  await assert.rejects(client({ startTimeoutMs: 300 }, silent).start({}), { code: 'WORKER_START', message: /said nothing within 300 ms/ });
});

test("the service's own failure to start keeps its code; a thread that dies while starting is WORKER_START", async () => {
  await assert.rejects(client().start({ fail: true }), { code: 'CORRUPT', detail: { at: 7 } });
  await assert.rejects(client().start({ die: true }), { code: 'WORKER_START' });
});

test('an idle worker does not keep the process alive', async () => {
  const { execFileSync } = await import('node:child_process');
  const program = `
    import { host } from ${JSON.stringify(new URL('../../../js/dist/host/index.js', import.meta.url).href)};
    import { WorkerClient } from ${JSON.stringify(new URL('../../../js/dist/worker/client.js', import.meta.url).href)};
    const c = new WorkerClient({ service: 'vector', start: () => host.startWorker({ web: () => { throw new Error('not on Node'); }, file: 'echo.worker.mjs', base: ${JSON.stringify(import.meta.url)} }) });
    await c.start({ name: 'a' });
    console.log(await c.call('echo', ['out', 20]));`;
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 20_000 }).trim(), 'out');
});
