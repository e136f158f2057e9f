/** processStream: chunks in order, bounded pulls, early end, one error. */
import { pluck } from '../lib/data.mjs';

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
/** A source that counts what is asked of it and whether it was closed. */
function source(n, { failAt = Infinity, delay = 0 } = {}) {
  const log = { pulled: 0, closed: 0 };
  async function* items() {
    try {
      for (let i = 0; i < n; i++) {
        if (i === failAt) throw new Error('the source broke');
        if (delay) await wait(delay);
        log.pulled++;
        yield i;
      }
    } finally { log.closed++; }
  }
  return { log, items: items() };
}
const collect = async (generator) => { const out = []; for await (const result of generator) out.push(result); return out; };

export default [
  {
    name: 'processStream: every item once, in chunks of chunkSize, results in order',
    async run({ createData, assert }) {
      const service = createData();
      for (const [n, chunkSize, concurrency] of [[10, 3, 1], [10, 3, 4], [9, 3, 2], [1, 5, 1], [0, 5, 2], [100, 1, 8]]) {
        const { items, log } = source(n), seen = [];
        const results = await collect(service.processStream(items, async (chunk) => { seen.push(...chunk); await wait((7 - chunk[0] % 7) % 3); return chunk.map((x) => x * 2); }, { chunkSize, concurrency }));
        assert.deepEqual(results.flatMap((r) => r.data), Array.from({ length: n }, (_, i) => i * 2), `${n} by ${chunkSize}, ${concurrency} at once`);
        assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: n }, (_, i) => i));
        assert.equal(results.length, Math.ceil(n / chunkSize));
        assert.deepEqual(results.map((r) => r.metadata.inputSize), results.map((_, i) => Math.min(chunkSize, n - i * chunkSize)));
        assert.equal(log.closed, 1, 'the source ended');
      }
    },
  },
  {
    name: 'processStream: metadata says sizes, time, implementation and why',
    async run({ createData, assert }) {
      const [{ data, metadata }] = await collect(createData().processStream([1, 2, 3], async (chunk) => chunk.slice(1)));
      assert.deepEqual(data, [2, 3]);
      assert.equal(metadata.inputSize, 3);
      assert.equal(metadata.outputSize, 2);
      assert.atLeast(metadata.durationMs, 0);
      assert.ok(['js', 'simd', 'simd-threads'].includes(metadata.implementation) && metadata.reason.length > 3);
    },
  },
  {
    name: 'processStream: sources of every kind: arrays, iterables, async iterables, streams',
    async run({ createData, assert }) {
      const service = createData(), double = async (chunk) => chunk.map((x) => x * 2);
      const stream = new ReadableStream({ start(c) { for (const x of [1, 2, 3]) c.enqueue(x); c.close(); } });
      for (const data of [[1, 2, 3], new Set([1, 2, 3]), (function* () { yield* [1, 2, 3]; })(), (async function* () { yield* [1, 2, 3]; })(), stream]) assert.deepEqual((await collect(service.processStream(data, double, { chunkSize: 2 }))).flatMap((r) => r.data), [2, 4, 6]);
    },
  },
  {
    name: 'processStream: a slow reader holds the source back',
    async run({ createData, assert }) {
      const { items, log } = source(10_000), generator = createData().processStream(items, async (chunk) => chunk.length, { chunkSize: 10, concurrency: 2 });
      await generator.next();
      await wait(50);
      assert.atMost(log.pulled, 100, 'no more than a few chunks ahead');
      await generator.next();
      await wait(30);
      assert.atMost(log.pulled, 120);
      await generator.return();
      assert.equal(log.closed, 1);
    },
  },
  {
    name: 'processStream: nothing is pulled before the first result is asked for',
    async run({ createData, assert }) {
      const { items, log } = source(10), generator = createData().processStream(items, async (chunk) => chunk);
      await wait(20);
      assert.equal(log.pulled, 0);
      await generator.return();
      assert.equal(log.pulled, 0);
    },
  },
  {
    name: 'processStream: never more processors at work than concurrency allows, and as many as it allows',
    async run({ createData, assert }) {
      for (const concurrency of [1, 3]) {
        let now = 0, most = 0;
        await collect(createData().processStream(source(60).items, async (chunk) => { most = Math.max(most, ++now); await wait(3); now--; return chunk; }, { chunkSize: 5, concurrency }));
        assert.equal(most, concurrency);
      }
    },
  },
  {
    name: 'processStream: leaving early closes the source and waits for nothing more',
    async run({ createData, assert }) {
      const { items, log } = source(100_000);
      let got = 0;
      for await (const result of createData().processStream(items, async (chunk) => chunk, { chunkSize: 4, concurrency: 2 })) { got += result.data.length; if (got >= 8) break; }
      assert.equal(log.closed, 1);
      const pulled = log.pulled;
      await wait(20);
      assert.equal(log.pulled, pulled, 'nothing is pulled afterwards');
    },
  },
  {
    name: 'processStream: what a processor throws comes out once, as it is, after the results before it',
    async run({ createData, assert }) {
      const { items, log } = source(100), own = new RangeError('chunk 3 is bad'), got = [];
      const generator = createData().processStream(items, async (chunk) => { if (chunk[0] === 15) throw own; return chunk[0]; }, { chunkSize: 5, concurrency: 3 });
      let thrown;
      try { for await (const result of generator) got.push(result.data); } catch (error) { thrown = error; }
      assert.ok(thrown === own || thrown?.cause === own, `the processor's own error: ${thrown}`);
      assert.deepEqual(got, [0, 5, 10]);
      assert.equal(log.closed, 1, 'the source is closed');
      assert.deepEqual(await generator.next(), { value: undefined, done: true }, 'and then it is over');
    },
  },
  {
    name: 'processStream: two processors that fail give one error and no unhandled rejection',
    async run({ createData, assert }) {
      let unhandled = 0;
      const count = (event) => { unhandled++; event?.preventDefault?.(); };
      globalThis.addEventListener?.('unhandledrejection', count);
      globalThis.process?.on?.('unhandledRejection', count);
      try {
        const generator = createData().processStream(source(40).items, async (chunk) => { await wait(2); throw new Error(`bad ${chunk[0]}`); }, { chunkSize: 5, concurrency: 4 });
        let message;
        try { await collect(generator); } catch (error) { message = error.message; }
        assert.ok(/bad 0/.test(message), message);
        await wait(40);
        assert.equal(unhandled, 0);
      } finally {
        globalThis.removeEventListener?.('unhandledrejection', count);
        globalThis.process?.off?.('unhandledRejection', count);
      }
    },
  },
  {
    name: 'processStream: a source that fails gives its error once, after the chunks before it',
    async run({ createData, assert }) {
      const { items, log } = source(100, { failAt: 12 }), got = [];
      let thrown;
      const generator = createData().processStream(items, async (chunk) => chunk.length, { chunkSize: 5 });
      try { for await (const result of generator) got.push(result.data); } catch (error) { thrown = error; }
      assert.ok(/the source broke/.test(`${thrown?.message} ${thrown?.cause?.message}`), String(thrown));
      assert.deepEqual(got.slice(0, 2), [5, 5]);
      assert.equal(log.closed, 1);
      assert.equal((await generator.next()).done, true);
    },
  },
  {
    name: 'processStream: a signal ends it with ABORTED and closes the source',
    async run({ createData, assert }) {
      const service = createData(), controller = new AbortController(), { items, log } = source(1_000_000);
      const generator = service.processStream(items, async (chunk) => chunk.length, { chunkSize: 10, signal: controller.signal });
      await generator.next();
      controller.abort();
      await assert.code(async () => { for (let i = 0; i < 1000; i++) { const { done } = await generator.next(); if (done) throw new Error('ended without an error'); } }, 'ABORTED');
      assert.equal(log.closed, 1);
      assert.atMost(log.pulled, 1000);
      await assert.code(async () => collect(service.processStream([1], async (c) => c, { signal: AbortSignal.abort() })), 'ABORTED', 'aborted before');
      assert.equal((await collect(service.processStream([1], async (c) => c))).length, 1, 'the service goes on');
    },
  },
  {
    name: 'processStream: a signal ends it while the source is silent',
    async run({ createData, assert }) {
      const controller = new AbortController();
      async function* silent() { yield 1; await new Promise(() => {}); }
      const generator = createData().processStream(silent(), async (chunk) => chunk, { chunkSize: 1, concurrency: 1, signal: controller.signal });
      await generator.next();
      const next = generator.next();
      setTimeout(() => controller.abort(), 10);
      const { error } = await assert.settles(next, 3000, 'the abort is seen');
      await assert.code(() => { throw error; }, 'ABORTED');
    },
  },
  {
    name: 'processStream: progress counts rows and ends with all of them',
    async run({ createData, assert }) {
      const calls = [];
      await collect(createData().processStream(source(95).items, async (chunk) => chunk, { chunkSize: 10, onProgress: (rows) => calls.push(rows) }));
      assert.equal(calls.at(-1), 95);
      for (let i = 1; i < calls.length; i++) assert.atLeast(calls[i], calls[i - 1]);
    },
  },
  {
    name: 'processStream: the configured chunk size is the default',
    async run({ createData, assert }) {
      const sizes = (await collect(createData({ chunkSize: 4 }).processStream(source(10).items, async (chunk) => chunk))).map((r) => r.metadata.inputSize);
      assert.deepEqual(sizes, [4, 4, 2]);
      const standard = (await collect(createData().processStream(source(10_000).items, async (chunk) => chunk.length))).map((r) => r.data);
      assert.deepEqual(standard, [8192, 1808]);
    },
  },
  {
    name: 'processStream: rows through the processor\'s own aggregate',
    async run({ createData, assert }) {
      const service = createData();
      async function* rows() { for (let i = 0; i < 1000; i++) yield { k: `k${i % 3}`, v: i }; }
      const results = await collect(service.processStream(rows(), async (chunk) => (await service.aggregate(chunk, { groupBy: ['k'], operations: [{ field: 'v', operation: 'sum', alias: 's' }] })).data, { chunkSize: 100, concurrency: 2 }));
      const sums = {};
      for (const { data } of results) for (const { k, s } of data) sums[k] = (sums[k] ?? 0) + s;
      assert.deepEqual(sums, { k0: 166833, k1: 166167, k2: 166500 });
    },
  },
  {
    name: 'processStream: wrong arguments are refused',
    async run({ createData, assert }) {
      const service = createData(), same = async (chunk) => chunk;
      for (const [data, processor, options] of [[null, same], [5, same], [{}, same], [[1], undefined], [[1], 'f'], [[1], same, { chunkSize: 0 }], [[1], same, { chunkSize: 1.5 }], [[1], same, { chunkSize: NaN }], [[1], same, { concurrency: 0 }], [[1], same, { concurrency: -1 }], [[1], same, { concurrency: '2' }], [[1], same, { chunksize: 5 }], [[1], same, { onProgress: 5 }], [[1], same, { signal: {} }]]) {
        await assert.code(async () => collect(service.processStream(data, processor, options)), 'INVALID_ARGUMENT', `${JSON.stringify(data)} ${JSON.stringify(options)}`);
      }
    },
  },
  {
    name: 'processStream: results are in order when a late chunk is ready first',
    async run({ createData, assert }) {
      const results = await collect(createData().processStream(source(8).items, async ([i]) => { await wait(i === 0 ? 40 : 0); return i; }, { chunkSize: 1, concurrency: 4 }));
      assert.deepEqual(pluck(results, 'data'), [0, 1, 2, 3, 4, 5, 6, 7]);
    },
  },
];
