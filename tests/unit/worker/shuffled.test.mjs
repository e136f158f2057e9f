// Replies in any order, late, doubled or to nobody: ids are never mixed (FAULTS 15).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkerClient } from '../../../js/dist/worker/client.js';
import { PROTOCOL_VERSION } from '../../../js/dist/worker/protocol.js';

/** A thread whose replies the test sends by hand. */
function handmadeWorker() {
  let say;
  const sent = [];
  const worker = {
    post(message) {
      sent.push(message);
      if (message.t === 'init') say({ t: 'result', id: message.id, value: 'ready' });
    },
    onMessage(listener) { say = listener; queueMicrotask(() => say({ t: 'hello', version: PROTOCOL_VERSION })); },
    onFailure() {}, terminate: async () => undefined, keepAlive() {},
  };
  return { worker, sent, say: (message) => say(message) };
}

test('15: property: every call gets its own answer, in whatever order answers come', async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.record({ key: fc.integer(), fails: fc.boolean(), cancelled: fc.boolean(), doubled: fc.boolean(), order: fc.integer() }), { minLength: 1, maxLength: 60 }),
    async (plan) => {
      const { worker, sent, say } = handmadeWorker();
      const client = new WorkerClient({ service: 'vector', start: () => worker });
      await client.start({});
      const outcomes = plan.map((step, i) => {
        const controller = new AbortController();
        const call = client.call('echo', [i], { signal: controller.signal });
        if (step.cancelled) controller.abort();
        return call.then((value) => ({ value }), (error) => ({ code: error.code, message: error.message }));
      });
      const calls = sent.filter((m) => m.t === 'call');
      const replies = calls.flatMap((m) => {
        const step = plan[m.args[0]];
        const reply = step.fails ? { t: 'error', id: m.id, error: { code: 'NOT_FOUND', message: `none for ${m.args[0]}` } } : { t: 'result', id: m.id, value: [m.args[0], step.key] };
        return Array.from({ length: step.doubled ? 2 : 1 }, () => ({ reply, order: step.order }));
      });
      replies.sort((a, b) => a.order - b.order);
      say({ t: 'result', id: 1e9, value: 'to nobody' });
      for (const { reply } of replies) say(reply);
      const got = await Promise.all(outcomes);
      plan.forEach((step, i) => {
        if (step.cancelled) assert.equal(got[i].code, 'ABORTED');
        else if (step.fails) assert.deepEqual(got[i], { code: 'NOT_FOUND', message: `none for ${i}` });
        else assert.deepEqual(got[i].value, [i, step.key]);
      });
      assert.equal(client.inFlight, 0);
    },
  ), { seed: 20261121, numRuns: 150 });
});
