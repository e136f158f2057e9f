/** info, ready, dispose, hosting, cancellation, deadlines and the order of calls. */
import { documentsFor, gaussian, idsFor, row, sleep } from '../lib/oracle.mjs';

const three = () => [{ id: 'a', embedding: [1, 0], content: 'alpha' }, { id: 'b', embedding: [0, 1], content: 'beta' }, { id: 'c', embedding: [1, 1], content: 'gamma' }];
const CALLS = (v) => [
  ['addDocuments', () => v.addDocuments(three())], ['addVectors', () => v.addVectors(['x'], Float32Array.of(1, 2))], ['search', () => v.search([1, 0])],
  ['searchBatch', () => v.searchBatch(Float32Array.of(1, 0))], ['searchByText', () => v.searchByText('alpha')], ['findSimilar', () => v.findSimilar('a')], ['getDocument', () => v.getDocument('a')],
  ['list', () => v.list()], ['count', () => v.count()], ['updateMetadata', () => v.updateMetadata('a', {})], ['removeDocuments', () => v.removeDocuments(['a'])], ['removeWhere', () => v.removeWhere({ x: 1 })],
  ['clear', () => v.clear()], ['compact', () => v.compact()], ['save', () => v.save()], ['load', () => v.load(new Uint8Array(8))], ['ready', () => v.ready()],
];
/** An embed that never answers: the only honest way to have a call that certainly waits. */
const stalled = () => new Promise(() => {});

export default [
  {
    name: 'info is a plan before ready() and the truth after',
    async run({ create, assert, variant }) {
      const vectors = create();
      const plan = vectors.info;
      assert.deepEqual([plan.service, plan.loaded], ['vector', false]);
      assert.ok(['js', 'simd', 'relaxed-simd', 'simd-threads'].includes(plan.variant), 'the plan names a variant');
      await vectors.ready();
      const { info } = vectors;
      assert.deepEqual([info.service, info.loaded, info.variant], ['vector', true, variant]);
      assert.ok(['inline', 'worker'].includes(info.host));
      assert.ok(Number.isInteger(info.threads) && info.threads >= 1);
      assert.ok(typeof info.reason === 'string' && info.reason.length > 3, 'a reason is given');
      for (const { variant: passed, reason } of info.rejected) assert.ok(passed !== variant && reason.length > 3, `rejected ${passed}: ${reason}`);
    },
  },
  {
    name: 'info says which index answers',
    async run({ create, assert }) {
      for (const [config, pattern] of [[{ index: 'flat' }, /flat|f32/i], [{ index: 'hnsw' }, /hnsw/i], [{ index: 'flat', quantization: 'int8', rescore: false }, /int8/i]]) {
        const vectors = create(config);
        await vectors.addDocuments(documentsFor(gaussian(1, 30, 4), 4));
        await vectors.search([1, 2, 3, 4]);
        assert.ok(pattern.test(vectors.info.index), `${JSON.stringify(config)}: ${vectors.info.index}`);
      }
    },
  },
  {
    name: 'info is the caller\'s copy: changing it changes nothing',
    async run({ create, assert, variant }) {
      const vectors = create();
      await vectors.ready();
      try { vectors.info.variant = 'relaxed-simd'; vectors.info.rejected.push({ variant: 'js', reason: 'x' }); } catch { /* frozen is fine too */ }
      assert.equal(vectors.info.variant, variant);
    },
  },
  {
    name: 'ready() may be called often, and every call waits for it by itself',
    async run({ create, assert }) {
      const vectors = create();
      const first = vectors.addDocuments(three());
      await Promise.all([vectors.ready(), vectors.ready(), first]);
      await vectors.ready();
      assert.equal(vectors.size, 3);
    },
  },
  {
    name: 'inline and in a worker: the same answers',
    async run({ create, assert, host, variant }) {
      const rows = gaussian(20, 120, 9), seen = [];
      for (const where of ['inline', 'worker']) {
        const vectors = create({ host: where });
        await vectors.addDocuments(documentsFor(rows, 9, (i) => ({ content: `n${i % 7}`, metadata: { i } })));
        assert.equal(vectors.info.host, where);
        seen.push([
          await vectors.search(row(rows, 9, 4), { includeEmbedding: true }), await vectors.searchByText('n3'), await vectors.list({ filters: { i: { $in: [5, 6] } } }), vectors.size,
          await vectors.getDocument('d7'), await vectors.findSimilar('d7'),
        ]);
        const error = await assert.code(vectors.search([1]), 'DIMENSION_MISMATCH', where);
        assert.equal(error.service, 'vector', `${where}: the error names the service`);
        await vectors.dispose();
      }
      assert.deepEqual(seen[1], seen[0]);
      const vectors = create({ host: 'auto' });
      await vectors.ready();
      assert.equal(vectors.info.host, host.page || variant === 'simd-threads' ? 'worker' : 'inline', 'host auto');
    },
  },
  {
    name: 'embed runs on the caller\'s side when the service lives in a worker',
    async run({ create, assert }) {
      let here = 0;
      const vectors = create({ host: 'worker', embed: async (texts) => { here += texts.length; return texts.map((t) => Float32Array.of(t.length, 1)); } });
      await vectors.addDocuments([{ id: 'a', content: 'xy' }, { id: 'b', content: 'xyzuvw' }]);
      assert.equal((await vectors.searchByText('ab', { maxResults: 1 }))[0].id, 'a');
      assert.equal(here, 3);
    },
  },
  {
    name: 'after dispose every call is DISPOSED, and dispose may be called again',
    async run({ create, assert }) {
      for (const config of [{}, { host: 'worker' }]) {
        const vectors = create(config);
        await vectors.addDocuments(three());
        await vectors.dispose();
        await vectors.dispose();
        for (const [name, call] of CALLS(vectors)) await assert.code(call, 'DISPOSED', name);
        assert.ok(vectors.info.service === 'vector', 'info still answers');
      }
    },
  },
  {
    name: 'dispose before anything was loaded is quiet',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.dispose();
      await assert.code(vectors.search([1]), 'DISPOSED');
    },
  },
  {
    name: 'dispose during calls: every promise settles within a second, with its result or DISPOSED',
    async run({ create, assert, pkg }) {
      for (const config of [{}, { host: 'worker' }]) {
        const vectors = create(config);
        await vectors.addDocuments(documentsFor(gaussian(3, 300, 16), 16));
        const pending = Array.from({ length: 100 }, (_, i) => (i % 3 ? vectors.search(new Float32Array(16).fill(i)) : vectors.addVectors([`n${i}`], new Float32Array(16).fill(1))));
        pending.forEach((p) => p.catch(() => {}));
        const closing = vectors.dispose();
        for (const promise of pending) {
          const { error } = await assert.settles(promise, 1000);
          if (error) assert.ok(error instanceof pkg.ServiceError && error.code === 'DISPOSED', `${error.code}: ${error.message}`);
        }
        await assert.settles(closing, 2000);
      }
    },
  },
  {
    name: 'Symbol.asyncDispose, where the host has it, is dispose',
    async run({ create, assert }) {
      if (typeof Symbol.asyncDispose !== 'symbol') return;
      const vectors = create();
      await vectors.addDocuments(three());
      if (typeof vectors[Symbol.asyncDispose] === 'function') await vectors[Symbol.asyncDispose](); else await vectors.dispose();
      await assert.code(vectors.list(), 'DISPOSED');
    },
  },
  {
    name: 'two services know nothing of each other',
    async run({ create, assert }) {
      const a = create(), b = create({ metric: 'dot' });
      await a.addDocuments(three());
      await b.addDocuments([{ id: 'a', embedding: [5, 5, 5] }]);
      assert.deepEqual([a.size, b.size], [3, 1]);
      await a.dispose();
      assert.equal((await b.search([1, 1, 1]))[0].score, 15);
    },
  },
  {
    name: 'calls take effect in the order they were made, awaited or not',
    async run({ create, assert }) {
      for (const config of [{}, { host: 'worker' }]) {
        const vectors = create(config);
        const seen = [];
        vectors.addDocuments(three());
        seen.push(vectors.count());
        vectors.removeDocuments(['b']);
        seen.push(vectors.count());
        vectors.addDocuments([{ id: 'b', embedding: [0, 2] }]);
        seen.push(vectors.list());
        vectors.updateMetadata('a', { n: 1 });
        seen.push(vectors.count({ n: 1 }));
        vectors.clear();
        seen.push(vectors.search([1, 1]));
        vectors.addDocuments([three()[2]]);
        seen.push(vectors.list());
        const [three1, two, list, one, none, last] = await Promise.all(seen);
        assert.deepEqual([three1, two, list.map((d) => d.id), one, none, last.map((d) => d.id)], [3, 2, ['a', 'c', 'b'], 1, [], ['c']]);
      }
    },
  },
  {
    name: 'calls keep their order around a slow embed',
    async run({ create, assert }) {
      const vectors = create({ embed: async (texts) => { await sleep(40); return texts.map((t) => Float32Array.of(t.length, 1)); } });
      const adding = vectors.addDocuments([{ id: 'slow', content: 'slow' }]);
      const counted = vectors.count();
      const listed = vectors.addDocuments([{ id: 'fast', embedding: [1, 1] }]).then(() => vectors.list());
      await adding;
      assert.equal(await counted, 1);
      assert.ids(await listed, ['slow', 'fast']);
    },
  },
  {
    name: 'many calls at once: each promise gets its own answer',
    async run({ create, assert }) {
      const d = 6, rows = gaussian(30, 200, d);
      for (const config of [{}, { host: 'worker' }]) {
        const vectors = create(config);
        await vectors.addDocuments(documentsFor(rows, d));
        const results = await Promise.all(idsFor(200).map((id, i) => (i % 2 ? vectors.search(row(rows, d, i), { maxResults: 1, exact: true }) : vectors.getDocument(id))));
        results.forEach((result, i) => assert.equal(i % 2 ? result[0].id : result.id, `d${i}`));
      }
    },
  },
  {
    name: 'a signal aborted beforehand rejects with ABORTED and nothing happens',
    async run({ create, assert }) {
      for (const config of [{}, { host: 'worker' }]) {
        const vectors = create(config), signal = AbortSignal.abort();
        await vectors.addDocuments(three());
        const options = { signal };
        for (const [name, call] of [
          ['search', () => vectors.search([1, 0], options)], ['searchBatch', () => vectors.searchBatch(Float32Array.of(1, 0), options)], ['searchByText', () => vectors.searchByText('alpha', options)],
          ['findSimilar', () => vectors.findSimilar('a', options)], ['addDocuments', () => vectors.addDocuments([{ id: 'x', embedding: [1, 2] }], options)], ['addVectors', () => vectors.addVectors(['y'], Float32Array.of(1, 2), options)],
        ]) await assert.code(call, 'ABORTED', name);
        assert.ids(await vectors.list(), ['a', 'b', 'c']);
      }
    },
  },
  {
    name: 'abort while an embed hangs: ABORTED at once, nothing added, the service stays usable',
    async run({ create, assert }) {
      for (const config of [{}, { host: 'worker' }]) {
        let hang = true, told;
        const vectors = create({ ...config, embed: (texts, signal) => { told = signal; return hang ? stalled() : Promise.resolve(texts.map(() => Float32Array.of(1, 2))); } });
        const controller = new AbortController();
        const adding = vectors.addDocuments([{ id: 'a', content: 'x' }], { signal: controller.signal });
        adding.catch(() => {});
        await sleep(60);
        controller.abort();
        const { error } = await assert.settles(adding, 1000);
        await assert.code(() => { throw error; }, 'ABORTED');
        if (told) assert.ok(told.aborted, 'embed hears of it');
        hang = false;
        assert.equal(vectors.size, 0);
        await vectors.addDocuments([{ id: 'b', content: 'y' }]);
        assert.ids(await vectors.list(), ['b']);
      }
    },
  },
  {
    name: 'timeoutMs while an embed hangs: TIMEOUT, nothing added, the service stays usable',
    async run({ create, assert }) {
      let hang = true;
      const vectors = create({ embed: (texts) => (hang ? stalled() : Promise.resolve(texts.map(() => Float32Array.of(1, 2)))) });
      const { error } = await assert.settles(vectors.addDocuments([{ id: 'a', content: 'x' }], { timeoutMs: 60 }), 2000);
      await assert.code(() => { throw error; }, 'TIMEOUT');
      const search = await assert.settles(vectors.searchByText('x', { timeoutMs: 60 }), 2000);
      await assert.code(() => { throw search.error; }, 'TIMEOUT', 'timeoutMs is accepted wherever signal is');
      hang = false;
      await vectors.addDocuments([{ id: 'b', content: 'y' }]);
      assert.ids(await vectors.list(), ['b']);
    },
  },
  {
    name: 'abort in the middle of a large add: all of it or none of it',
    async run({ create, assert }) {
      const d = 64, n = 8000, rows = gaussian(40, n, d), ids = idsFor(n);
      for (const config of [{ index: 'hnsw' }, {}, { host: 'worker' }]) {
        const vectors = create(config), controller = new AbortController();
        await vectors.addVectors(['stands'], rows.slice(0, d));
        const adding = vectors.addVectors(ids, rows, { signal: controller.signal });
        setTimeout(() => controller.abort(), 5);
        const { error } = await assert.settles(adding, 30_000);
        if (error) await assert.code(() => { throw error; }, 'ABORTED');
        assert.equal(await vectors.count(), error ? 1 : n + 1, 'all or nothing');
        assert.equal((await vectors.search(rows.subarray(0, d), { maxResults: 1 }))[0].id, 'stands');
        await vectors.dispose();
      }
    },
    timeoutMs: 120_000,
  },
  {
    name: 'bad signal and timeoutMs are INVALID_ARGUMENT',
    async run({ create, assert }) {
      const vectors = create();
      for (const options of [{ timeoutMs: -1 }, { timeoutMs: NaN }, { timeoutMs: '5' }, { signal: 'no' }, { onProgress: 5 }]) await assert.code(() => vectors.addDocuments(three(), options), 'INVALID_ARGUMENT', JSON.stringify(options));
      assert.equal(vectors.size, 0);
    },
  },
  {
    name: 'onProgress: never decreasing, at most every 100 ms, and once at the end',
    async run({ create, assert }) {
      const d = 32, n = 5000;
      for (const config of [{ index: 'hnsw' }, { host: 'worker' }]) {
        const vectors = create(config), seen = [];
        await vectors.addVectors(idsFor(n), gaussian(50, n, d), { onProgress: (done, total) => seen.push({ done, total, at: performance.now() }) });
        assert.atLeast(seen.length, 1);
        assert.deepEqual([seen.at(-1).done, seen.at(-1).total], [n, n], 'the end is told');
        assert.equal(seen.filter((s) => s.done === n).length, 1, 'once');
        for (let i = 1; i < seen.length; i++) {
          assert.atLeast(seen[i].done, seen[i - 1].done);
          if (i < seen.length - 1) assert.atLeast(seen[i].at - seen[i - 1].at, 75, 'reports are 100 ms apart');
        }
        await vectors.dispose();
      }
    },
    timeoutMs: 60_000,
  },
  {
    name: 'an onProgress that throws breaks nothing inside',
    async run({ create, assert }) {
      const vectors = create();
      await assert.settles(vectors.addDocuments(three(), { onProgress: () => { throw new Error('mine'); } }), 5000);
      assert.ok([0, 3].includes(vectors.size), 'all or nothing');
      await vectors.addDocuments(three());
      assert.equal(vectors.size, 3);
    },
  },
  {
    name: 'a pinned variant that does not exist here rejects with a code and never slides down',
    async run({ create, assert, host }) {
      if (host.disableWasm) return;
      const vectors = create({ implementation: 'simd', wasm: new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9]) });
      await assert.code(vectors.ready(), ['WASM_COMPILE', 'WASM_ABI', 'VARIANT_UNAVAILABLE']);
      await assert.code(vectors.addDocuments(three()), ['WASM_COMPILE', 'WASM_ABI', 'VARIANT_UNAVAILABLE']);
    },
  },
  {
    name: 'compact gives memory of removed documents back',
    async run({ services, assert, pin }) {
      const manager = services(), d = 256, n = 6000;
      await manager.initialize({ ...pin });
      const vectors = manager.getVectorSearch();
      await vectors.addVectors(idsFor(n), gaussian(60, n, d));
      const memory = () => manager.getStats().services.vector.memoryBytes;
      await vectors.count();
      const full = memory();
      await vectors.removeDocuments(idsFor(n).slice(20));
      await vectors.compact();
      assert.equal((await vectors.list()).length, 20);
      assert.atLeast(full, n * d * 4, 'what is held is told');
      assert.atMost(memory(), full / 2, `after compact (was ${full})`);
    },
    timeoutMs: 60_000,
  },
];
