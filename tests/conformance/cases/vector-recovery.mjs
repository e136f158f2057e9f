/**
 * Traps, killed workers and failed loads, through the faults of 'wasm-services/testing' on the artifacts that are shipped.
 * Where JavaScript answers there is no instance to trap and no artifact to load: the same calls must then simply be right.
 */
import { documentsFor, gaussian, idsFor, row, top } from '../lib/oracle.mjs';

const D = 12, N = 200;
const rows = () => gaussian(970, N, D);
const filled = async (create, config) => {
  const vectors = create(config);
  await vectors.addDocuments(documentsFor(rows(), D, (i) => ({ content: `text ${i % 9}`, metadata: { i } })));
  return vectors;
};
const HOMES = [{ host: 'inline' }, { host: 'worker' }];
const rightAfterwards = async (vectors, assert, note, extra = []) => {
  const query = gaussian(971, 1, D);
  const all = Float32Array.from([...rows(), ...extra.flatMap((e) => Array.from(e))]);
  assert.ids(await vectors.search(query, { exact: true }), top('cosine', query, all, D, 10), note);
  assert.equal(await vectors.count(), N + extra.length, note);
  assert.deepEqual((await vectors.getDocument('d7')).embedding, row(rows(), D, 7).slice(), note);
  assert.equal((await vectors.searchByText('text', { maxResults: 5, filters: { i: { $lt: 3 } } })).length, 3, note);
};

export default [
  {
    name: 'a trap in a search: the call itself is answered right, and so is everything after',
    async run({ create, assert, trap }) {
      for (const config of [...HOMES, { index: 'hnsw' }, { quantization: 'int8', rescore: false, metric: 'l2sq' }]) {
        const vectors = await filled(create, config), query = gaussian(972, 1, D);
        const before = await vectors.search(query);
        for (let i = 0; i < 3; i++) {
          trap();
          assert.deepEqual(await vectors.search(query), before, `${JSON.stringify(config)} trap ${i + 1}`);
        }
        assert.equal(vectors.size, N);
        if (config.host) await rightAfterwards(vectors, assert, JSON.stringify(config));
        await vectors.dispose();
      }
    },
  },
  {
    name: 'a trap in an add: done or refused with a code, never half, and nothing acknowledged is lost',
    async run({ create, assert, trap, pkg }) {
      for (const config of HOMES) {
        const vectors = await filled(create, config), fresh = gaussian(973, 2, D);
        trap();
        const { error } = await assert.settles(vectors.addVectors(['d200', 'd201'], fresh.slice()), 10_000, 'settles');
        if (error) assert.ok(error instanceof pkg.ServiceError, `a typed error, got ${error}`);
        await rightAfterwards(vectors, assert, JSON.stringify(config), error ? [] : [row(fresh, D, 0), row(fresh, D, 1)]);
        await vectors.removeDocuments(['d200', 'd201']);
        await vectors.addVectors(idsFor(3, 'more'), gaussian(974, 3, D));
        assert.equal(vectors.size, N + 3);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'no trap reaches the caller as a raw RuntimeError, whatever the call',
    async run({ create, assert, trap, pkg }) {
      const vectors = await filled(create);
      const calls = [
        () => vectors.search(new Float32Array(D)), () => vectors.searchBatch(new Float32Array(2 * D)), () => vectors.findSimilar('d3'), () => vectors.getDocument('d4'),
        () => vectors.addVectors(['x'], new Float32Array(D)), () => vectors.removeDocuments(['x']), () => vectors.compact(), () => vectors.save(), () => vectors.list({ limit: 2 }),
        () => vectors.search(new Float32Array(D), { mmr: 0.5 }), () => vectors.addDocuments([{ id: 'd5', embedding: row(rows(), D, 5).slice(), content: 'text 5', metadata: { i: 5 } }]),
      ];
      for (const [i, call] of calls.entries()) {
        trap();
        const { error } = await assert.settles(call(), 10_000, `call ${i}`);
        if (error) assert.ok(error instanceof pkg.ServiceError, `call ${i}: ${error}`);
      }
      await vectors.removeDocuments(['x']);
      await rightAfterwards(vectors, assert, 'after eleven traps');
    },
  },
  {
    name: 'a trap in one collection is nothing to another',
    async run({ create, assert, trap }) {
      const [a, b] = [await filled(create, { host: 'inline' }), await filled(create, { host: 'inline' })];
      trap();
      await a.search(new Float32Array(D));
      await rightAfterwards(b, assert, 'the other');
      await rightAfterwards(a, assert, 'the trapped');
    },
  },
  {
    name: 'two instances of one module: one traps and is replaced, told once; the other is not touched, and then the other way round',
    async run({ assert, pkg, pin, trap, hasArtifact }) {
      for (const home of HOMES) {
        const opened = [];
        const open = async () => {
          const events = [];
          const vectors = pkg.createVectorSearch({ ...pin, ...home }, { sink: { call: () => {}, event: (event) => events.push(event) }, attach: () => {} });
          opened.push(vectors);
          await vectors.addDocuments(documentsFor(rows(), D, (i) => ({ content: `text ${i % 9}`, metadata: { i } })));
          return { vectors, recoveries: () => events.filter(({ type }) => type === 'recovery') };
        };
        try {
          const pair = [await open(), await open()], query = gaussian(978, 1, D), note = JSON.stringify(home);
          const expected = await pair[1].vectors.search(query);
          const { variant, host: place } = pair[0].vectors.info;
          // Control: without a trap the same calls tell of no recovery.
          for (const { vectors, recoveries } of pair) assert.deepEqual([await vectors.search(query), recoveries().length], [expected, 0], note);
          for (const [one, other] of [pair, [pair[1], pair[0]]]) {
            const before = other.recoveries().length;
            trap();
            assert.deepEqual(await one.vectors.search(query), expected, `${note}: the trapped`);
            assert.deepEqual(await other.vectors.search(query), expected, `${note}: the other`);
            assert.deepEqual(one.recoveries().map(({ service, data }) => [service, data.documents, data.variant]), hasArtifact ? [['vector', N, variant]] : [], `${note}: told once`);
            assert.equal(other.recoveries().length, before, `${note}: nothing to tell of the other`);
            assert.deepEqual([one.vectors.info.variant, one.vectors.info.host, one.vectors.info.loaded], [variant, place, true], `${note}: the same implementation goes on`);
            await rightAfterwards(one.vectors, assert, `${note}: the replacement`);
            await rightAfterwards(other.vectors, assert, `${note}: the other, afterwards`);
          }
        } finally {
          await Promise.all(opened.map((vectors) => vectors.dispose()));
        }
      }
    },
    timeoutMs: 60_000,
  },
  {
    name: 'a killed worker: the pending write is WORKER_LOST, the pending read is answered by the next worker',
    async run({ create, assert, faults }) {
      const vectors = await filled(create, { host: 'worker' }), query = gaussian(979, 1, D), fresh = gaussian(980, 1, D);
      const expected = await vectors.search(query);
      // Control: the same calls without a kill.
      const [, read] = await Promise.all([vectors.addVectors(['control'], fresh.slice()), vectors.search(query)]);
      assert.equal(read.length, expected.length);
      await vectors.removeDocuments(['control']);
      const reads = [vectors.search(query), vectors.count(), vectors.getDocument('d7')];
      const write = vectors.addVectors(['lost'], fresh.slice());
      faults.killWorker('vector');
      await assert.code(write, 'WORKER_LOST');
      const [found, count, document] = await Promise.all(reads);
      assert.deepEqual(found, expected);
      assert.equal(count, N);
      assert.deepEqual(document.embedding, row(rows(), D, 7).slice());
      assert.equal(await vectors.getDocument('lost'), undefined, 'a refused write is not there');
      await vectors.addVectors(['d200'], fresh.slice());
      await rightAfterwards(vectors, assert, 'written again', [fresh]);
    },
  },
  {
    name: 'a killed worker: reads are answered right, nothing acknowledged is lost',
    async run({ create, assert, faults }) {
      const vectors = await filled(create, { host: 'worker' });
      for (let i = 0; i < 2; i++) {
        faults.killWorker('vector');
        await rightAfterwards(vectors, assert, `kill ${i + 1}`);
      }
      await vectors.addVectors(['d200'], gaussian(975, 1, D));
      await rightAfterwards(vectors, assert, 'written afterwards', [gaussian(975, 1, D)]);
    },
  },
  {
    name: 'a worker killed in the middle of calls: each settles; a write is done or refused, never half',
    async run({ create, assert, faults, pkg }) {
      const vectors = await filled(create, { host: 'worker' }), fresh = gaussian(976, 30, D);
      const writes = Array.from({ length: 30 }, (_, i) => vectors.addVectors([`w${i}`], row(fresh, D, i).slice()));
      const reads = Array.from({ length: 10 }, () => vectors.search(gaussian(977, 1, D), { maxResults: 3 }));
      for (const p of [...writes, ...reads]) p.catch(() => {});
      faults.killWorker('vector');
      let done = 0;
      for (const [i, write] of writes.entries()) {
        const { error } = await assert.settles(write, 15_000, `write ${i}`);
        if (error) assert.ok(error instanceof pkg.ServiceError && error.code === 'WORKER_LOST', `write ${i}: ${error.code} ${error.message}`);
        else done++;
        assert.equal((await vectors.getDocument(`w${i}`)) !== undefined || error !== undefined, true, `an acknowledged write ${i} is there`);
      }
      for (const read of reads) {
        const { error, value } = await assert.settles(read, 15_000, 'read');
        if (error) assert.equal(error.code, 'WORKER_LOST'); else assert.equal(value.length, 3);
      }
      assert.atLeast(await vectors.count(), N + done);
      assert.equal(vectors.size, await vectors.count());
    },
  },
  {
    name: 'a load that fails is a typed error for a pinned variant, falls back under auto, and is tried again by the next service',
    async run({ create, assert, faults, hasArtifact, pkg, host }) {
      if (!hasArtifact) return rightAfterwards(await filled(create), assert, 'without artifact');
      for (const [how, code] of [['status', 'WASM_FETCH'], ['html', 'WASM_FETCH'], ['truncated', 'WASM_COMPILE']]) {
        faults.failNextLoad('vector', how);
        await assert.code(create().ready(), code, how);
        await rightAfterwards(await filled(create), assert, `after ${how}`);
      }
      // Nothing comes at all: the call's own deadline ends the wait, and what is loaded next is not held up by it.
      faults.failNextLoad('vector', 'stalled');
      const { error } = await assert.settles(create().search(new Float32Array(D), { timeoutMs: 200 }), 5000, 'stalled');
      await assert.code(() => { throw error; }, 'TIMEOUT', 'stalled');
      await rightAfterwards(await filled(create), assert, 'after stalled');
      const auto = async (note) => {
        const vectors = pkg.createVectorSearch({ host: host.page ? 'worker' : 'auto' });
        await vectors.addDocuments(documentsFor(rows(), D, (i) => ({ content: `text ${i % 9}`, metadata: { i } })));
        const { info } = vectors;
        await rightAfterwards(vectors, assert, note);
        await vectors.dispose();
        return info;
      };
      // Control: with nothing in the way 'auto' takes WebAssembly.
      assert.equal((await auto('control')).variant, 'simd');
      for (const how of ['status', 'html', 'truncated']) {
        faults.failNextLoad('vector', how);
        const info = await auto(`the fallback after ${how}`);
        assert.equal(info.variant, 'js', how);
        assert.ok(info.rejected.some((r) => r.variant === 'simd' && r.reason.length > 5), `${how}: info says why`);
        assert.equal((await auto(`the service after ${how}`)).variant, 'simd', `${how}: the next service is on WebAssembly again`);
      }
    },
    timeoutMs: 60_000,
  },
];
