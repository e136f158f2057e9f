// Sources that misbehave in processStream and load (FAULTS 51): they throw, never end, are slow, are left early. What is open is counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { each, fails, js, refused } from '../support/data-twins.mjs';

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const open = { sources: 0, chunks: 0 };
/** @param how what it does at item `at`; it counts itself open from the first item on */
async function* source({ at = Infinity, how = 'throw', delay = 0, log = {} } = {}) {
  open.sources++;
  log.pulled = 0;
  try {
    for (let i = 0; ; i++) {
      if (i === at) {
        if (how === 'throw') throw new Error('the source broke');
        if (how === 'end') return;
        await new Promise(() => undefined); // silent for ever
      }
      if (delay) await wait(delay);
      log.pulled++;
      yield i;
    }
  } finally { open.sources--; log.closed = (log.closed ?? 0) + 1; }
}
const nothingOpen = () => assert.deepEqual(open, { sources: 0, chunks: 0 });
/** An own function that is counted while it runs. */
const counted = (work) => async (chunk) => { open.chunks++; try { await wait(1); return await work(chunk); } finally { open.chunks--; } };
const take = async (generator, n) => { const out = []; for (let i = 0; i < n; i++) { const { done, value } = await generator.next(); if (done) break; out.push(...value.data); } return out; };

test('51 control: the counter sees a source that is left open', async () => {
  const left = source();
  await left.next();
  await fails(nothingOpen, '51');
  await left.return();
  nothingOpen();
});

each('51: a source that throws gives what came before and its error once; it is closed', async (service) => {
  for (const at of [0, 1, 7, 25]) for (const concurrency of [1, 4]) {
    const log = {}, seen = [], errors = [], generator = service.processStream(source({ at, log }), counted(async (chunk) => chunk), { chunkSize: 5, concurrency });
    for (;;) {
      try { const { done, value } = await generator.next(); if (done) break; seen.push(...value.data); } catch (error) { errors.push(error); }
    }
    assert.equal(errors.length, 1, 'once');
    assert.match(errors[0].message + String(errors[0].cause?.message), /the source broke/);
    assert.deepEqual(seen, Array.from({ length: at - at % 5 }, (_, i) => i).slice(0, seen.length), 'in order, nothing twice');
    assert.equal(log.closed, 1);
    assert.deepEqual(await generator.next(), { done: true, value: undefined });
    while (open.chunks) await wait(1);
    nothingOpen();
  }
});

each('51: an endless source is left by return() and by break: closed, nothing under way, no more than a few chunks ahead', async (service) => {
  for (const leave of ['return', 'break', 'throw']) {
    const log = {}, generator = service.processStream(source({ log }), counted(async (chunk) => chunk), { chunkSize: 10, concurrency: 3 });
    if (leave === 'return') { assert.equal((await take(generator, 2)).length, 20); await generator.return(); }
    else if (leave === 'throw') { await take(generator, 2); await assert.rejects(generator.throw(new Error('mine')), /mine/); }
    else { let n = 0; for await (const { data } of generator) { n += data.length; if (n >= 20) break; } }
    while (open.chunks) await wait(1);
    nothingOpen();
    assert.equal(log.closed, 1);
    assert.ok(log.pulled <= 100, `${log.pulled} pulled for 20`);
  }
});

each('51: a slow reader holds the source back: pulled items are bounded by the high-water mark', async (service) => {
  const log = {}, generator = service.processStream(source({ log }), counted(async (chunk) => chunk), { chunkSize: 8, concurrency: 2 });
  for (let taken = 1; taken <= 6; taken++) {
    await generator.next();
    await wait(10);
    assert.ok(log.pulled <= (taken + 2 * 2 + 1) * 8, `${log.pulled} pulled after ${taken} chunks`);
  }
  await generator.return();
  while (open.chunks) await wait(1);
  nothingOpen();
});

each('51: a silent source ends at the signal or when its time is over; an own function that throws closes the source and its error comes once', async (service) => {
  const controller = new AbortController(), generator = service.processStream(source({ at: 3, how: 'silent' }), counted(async (chunk) => chunk), { chunkSize: 2, signal: controller.signal });
  await generator.next();
  setTimeout(() => controller.abort(), 20);
  await refused(generator.next(), 'ABORTED');
  const timed = service.processStream(source({ at: 3, how: 'silent' }), counted(async (chunk) => chunk), { chunkSize: 2, timeoutMs: 40 });
  await timed.next();
  await refused(timed.next(), 'TIMEOUT');
  // The generators are stuck in their own await: nobody can close them, but nobody waits for them either.
  open.sources = 0;
  const log = {}, failing = service.processStream(source({ log }), counted(async (chunk) => { if (chunk[0] >= 4) throw new Error('mine'); return chunk; }), { chunkSize: 2, concurrency: 2 });
  await assert.rejects(async () => { for await (const { data } of failing) assert.ok(data[0] < 4); }, (error) => /mine/.test(error.message + String(error.cause?.message)));
  assert.equal(log.closed, 1);
  while (open.chunks) await wait(1);
  nothingOpen();
});

each('51: load of a stream that breaks or never ends: its error once, cancelled, the service goes on', async (service) => {
  let cancelled = 0;
  const bytes = new TextEncoder().encode('{"v":1}\n');
  const stream = (after) => new ReadableStream({ pull: async (c) => { if (after-- > 0) c.enqueue(bytes); else if (after === -1 && after < 0) throw new Error('the source broke'); }, cancel: () => { cancelled++; } });
  await assert.rejects(service.load(stream(3), { format: 'ndjson' }), (error) => /the source broke/.test(error.message + String(error.cause?.message)));
  const endless = new ReadableStream({ pull: async (c) => { c.enqueue(bytes); await wait(1); }, cancel: () => { cancelled++; } });
  await refused(service.load(endless, { format: 'ndjson', timeoutMs: 40 }), 'TIMEOUT');
  assert.equal(cancelled, 1);
  assert.equal((await service.load('{"v":1}\n{"v":2}', { format: 'ndjson' })).rowCount, 2);
});

test('51: a thousand streams left early leave no memory behind', async () => {
  const memory = async () => { for (let i = 0; i < 3; i++) { await wait(5); globalThis.gc?.(); } return process.memoryUsage().heapUsed; };
  const run = async () => { for (let i = 0; i < 500; i++) { const generator = js.processStream(source(), async (chunk) => chunk, { chunkSize: 4 }); await generator.next(); await generator.return(); } };
  await run();
  const before = await memory();
  await run();
  nothingOpen();
  if (globalThis.gc) assert.ok(await memory() - before < 2e6, `${await memory() - before} bytes`);
});
