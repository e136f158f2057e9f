// Calls that wait for code: in order, once, never lost; and what happens when the code does not come, or the service ends meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../../../js/dist/calls/call.js';
import { Deferred } from '../../../js/dist/calls/deferred.js';
import { ServiceError } from '../../../js/dist/errors.js';
import { fetchCode } from '../../../js/dist/loader/code.js';

/** Code that comes when the test says so; how often it was asked for and made. */
function arriving() {
  const asked = [];
  let made = 0;
  const deferred = new Deferred('vector', () => new Promise((come, fail) => { asked.push({ come, fail }); }), (code) => { made++; return code; });
  return { deferred, asked, get made() { return made; } };
}
const turn = () => new Promise((resolve) => { setImmediate(resolve); });
const gone = new ServiceError('DISPOSED', 'gone');

test('calls that wait are handed over in their order, and before those that are made while they are', async () => {
  const { deferred, asked } = arriving();
  const log = [];
  const waiting = [1, 2, 3].map((n) => deferred.run((value) => {
    log.push(`${value}${n}`);
    if (n === 1) deferred.run(() => { log.push('made by the first'); }, Call.plain);
    return n;
  }, Call.plain));
  assert.deepEqual([asked.length, deferred.now, deferred.open, deferred.waiting], [1, undefined, false, 3]);
  asked[0].come('c');
  assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
  assert.deepEqual(log, ['c1', 'c2', 'c3', 'made by the first']);
  assert.equal(deferred.run((value) => `${value} at once`, Call.plain), 'c at once');
});

test('what a waiting call throws or rejects is its own', async () => {
  const { deferred, asked } = arriving();
  const outcomes = Promise.allSettled([deferred.run(() => { throw new RangeError('thrown'); }, Call.plain), deferred.run(async () => { throw new RangeError('rejected'); }, Call.plain), deferred.run(() => 'fine', Call.plain)]);
  asked[0].come('c');
  assert.deepEqual((await outcomes).map(({ value, reason }) => value ?? reason.message), ['thrown', 'rejected', 'fine']);
});

test('code that does not come: all who wait hear of it, and a call made in that very moment asks again', async () => {
  const at = arriving();
  const { deferred, asked } = at;
  const again = deferred.run((value) => value, Call.plain).catch((error) => { assert.equal(error.message, 'offline'); return deferred.run((value) => value, Call.plain); });
  const other = deferred.run((value) => value, Call.plain);
  asked[0].fail(new Error('offline'));
  await assert.rejects(other, /offline/);
  await turn();
  assert.equal(asked.length, 2);
  asked[1].come('c');
  assert.equal(await again, 'c');
  assert.equal(at.made, 1);
});

test('cancelled while it waits: rejected at once and never made; the others go on', async () => {
  const { deferred, asked } = arriving();
  const controller = new AbortController();
  const ran = [];
  const cancelled = deferred.run(() => { ran.push('cancelled'); }, Call.from('vector', { signal: controller.signal }));
  const late = deferred.run(() => { ran.push('late'); }, Call.from('vector', { timeoutMs: 1 }));
  const other = deferred.run(() => { ran.push('other'); }, Call.plain);
  controller.abort();
  await assert.rejects(cancelled, { code: 'ABORTED' });
  await assert.rejects(late, { code: 'TIMEOUT' });
  asked[0].come('c');
  await other;
  assert.deepEqual(ran, ['other']);
});

test('ended while the code is on the way: DISPOSED at once, and nothing is made of it; control: without that it is', async () => {
  for (const ends of [true, false]) {
    const at = arriving();
    const waiting = at.deferred.run((value) => value, Call.plain);
    if (ends) assert.equal(at.deferred.end(gone), undefined);
    at.asked[0].come('c');
    if (ends) await assert.rejects(waiting, { code: 'DISPOSED' }); else assert.equal(await waiting, 'c');
    await turn();
    assert.equal(at.made, ends ? 0 : 1);
    if (ends) assert.throws(() => at.deferred.run(() => 1, Call.plain), { code: 'DISPOSED' }); else assert.equal(at.deferred.end(gone), 'c');
  }
});

test('code that fails after everybody left rejects nowhere', async (t) => {
  const unheard = [];
  const hear = (error) => { unheard.push(error); };
  process.on('unhandledRejection', hear);
  t.after(() => { process.off('unhandledRejection', hear); });
  const { deferred, asked } = arriving();
  const waiting = deferred.run(() => 1, Call.plain);
  deferred.end(gone);
  await assert.rejects(waiting, { code: 'DISPOSED' });
  asked[0].fail(new Error('offline'));
  await turn();
  assert.deepEqual(unheard, []);
});

test('a failed import is WASM_FETCH that names the part and the cure; an error of ours stays what it is', async () => {
  await assert.rejects(fetchCode('what speaks with its worker', 'sqlite', async () => { throw new TypeError('Failed to fetch dynamically imported module'); }), (error) => {
    assert.ok(error instanceof ServiceError);
    assert.deepEqual([error.code, error.service, error.detail.part, error.cause.name], ['WASM_FETCH', 'sqlite', 'what speaks with its worker', 'TypeError']);
    assert.match(error.message, /Publish every file/);
    return true;
  });
  await assert.rejects(fetchCode('x', 'sqlite', async () => { throw gone; }), { code: 'DISPOSED' });
});
