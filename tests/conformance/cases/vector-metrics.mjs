/** Scores and nearest rows of the four metrics, judged by an f64 oracle that knows only the contract. */
import { METRICS, clustered, contractScore, documentsFor, gaussian, idsFor, plainScore, ranking, row, top } from '../lib/oracle.mjs';

const DIMENSIONS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 127, 128, 129, 384];

const filled = async (create, config, rows, d) => {
  const vectors = create({ dimensions: d, ...config });
  await vectors.addVectors(idsFor(rows.length / d), rows.slice());
  return vectors;
};

const perMetric = METRICS.flatMap((metric) => [
  {
    name: `${metric}: exact search names the rows that the f64 oracle names, for every tail length`,
    async run({ create, assert }) {
      for (const d of DIMENSIONS) {
        const rows = gaussian(d * 7 + 1, 37, d);
        const query = gaussian(d * 7 + 2, 1, d);
        const vectors = await filled(create, { metric }, rows, d);
        const found = await vectors.search(query, { exact: true, maxResults: 37 });
        assert.ids(found, top(metric, query, rows, d, 37), `${d} dimensions`);
        for (const { id, score } of found) assert.close(score, plainScore(metric, query, row(rows, d, +id.slice(1))), 1e-9, `${id} in ${d} dimensions`);
        await vectors.dispose();
      }
    },
  },
  {
    name: `${metric}: scores are the numeric contract bit for bit`,
    async run({ create, assert }) {
      for (const d of [1, 6, 8, 11, 64, 77, 384, 768]) {
        const rows = gaussian(d + 900, 20, d);
        const query = gaussian(d + 901, 1, d);
        const vectors = await filled(create, { metric, index: 'flat' }, rows, d);
        for (const { id, score } of await vectors.search(query, { exact: true, maxResults: 20 })) {
          assert.equal(score, contractScore(metric, query, row(rows, d, +id.slice(1))), `${id} in ${d} dimensions`);
        }
        await vectors.dispose();
      }
    },
  },
  {
    name: `${metric}: searchBatch gives for each query what search gives`,
    async run({ create, assert }) {
      const d = 33, rows = gaussian(5, 150, d), queries = gaussian(6, 9, d);
      const vectors = await filled(create, { metric }, rows, d);
      const batch = await vectors.searchBatch(queries, { maxResults: 7, exact: true });
      assert.equal(batch.length, 9);
      for (let i = 0; i < 9; i++) assert.deepEqual(batch[i], await vectors.search(row(queries, d, i), { maxResults: 7, exact: true }), `query ${i}`);
    },
  },
  {
    name: `${metric}: the default search over a small collection finds the true best`,
    async run({ create, assert }) {
      const d = 48, rows = clustered(11, 300, d), queries = clustered(11, 20, d);
      const vectors = await filled(create, { metric }, rows, d);
      let hits = 0;
      for (let i = 0; i < 20; i++) {
        const truth = new Set(top(metric, row(queries, d, i), rows, d, 10));
        hits += (await vectors.search(row(queries, d, i))).filter((r) => truth.has(r.id)).length;
      }
      assert.atLeast(hits / 200, metric === 'hamming' ? 0.9 : 0.99, 'recall@10');
    },
  },
  {
    name: `${metric}: a number[] query gives what the same Float32Array gives`,
    async run({ create, assert }) {
      const d = 19, rows = gaussian(21, 60, d), query = gaussian(22, 1, d);
      const vectors = await filled(create, { metric }, rows, d);
      assert.deepEqual(await vectors.search(Array.from(query), { exact: true }), await vectors.search(query, { exact: true }));
    },
  },
  {
    name: `${metric}: 1 dimension works`,
    async run({ create, assert }) {
      const rows = Float32Array.of(-2, -1, 0.5, 1, 3);
      const vectors = await filled(create, { metric }, rows, 1);
      assert.ids(await vectors.search([1], { exact: true }), top(metric, Float32Array.of(1), rows, 1, 5));
    },
  },
]);

export default [
  ...perMetric,
  {
    name: 'every component counts: a one-hot query finds the row that is hot in the same place',
    async run({ create, assert }) {
      for (const d of [3, 8, 13, 31, 67]) {
        const rows = new Float32Array(d * d);
        for (let i = 0; i < d; i++) rows[i * d + i] = 1;
        const vectors = await filled(create, { metric: 'dot' }, rows, d);
        for (let i = 0; i < d; i++) {
          const [best] = await vectors.search(row(rows, d, i), { maxResults: 1 });
          assert.deepEqual([best.id, best.score], [`d${i}`, 1], `component ${i} of ${d}`);
        }
        await vectors.dispose();
      }
    },
  },
  {
    name: 'the last component decides where all others are equal',
    async run({ create, assert }) {
      for (let d = 2; d <= 40; d++) {
        const rows = new Float32Array(3 * d).fill(1);
        rows[d - 1] = 0.5; rows[2 * d - 1] = 1; rows[3 * d - 1] = 0.75;
        const vectors = await filled(create, { metric: 'l2sq' }, rows, d);
        assert.ids(await vectors.search(new Float32Array(d).fill(1)), ['d1', 'd2', 'd0'], `${d} dimensions`);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'cosine: a zero vector has similarity 0, stored or asked, never NaN',
    async run({ create, assert }) {
      const rows = Float32Array.of(0, 0, 1, 1, -1, -1);
      const vectors = await filled(create, {}, rows, 2);
      assert.deepEqual((await vectors.search([1, 0])).map((r) => [r.id, r.score]), [['d1', Math.SQRT1_2], ['d0', 0], ['d2', -Math.SQRT1_2]].map(([id, s]) => [id, s && contractScore('cosine', Float32Array.of(1, 0), row(rows, 2, +id.slice(1)))]));
      assert.deepEqual((await vectors.search([0, 0])).map((r) => [r.id, r.score]), [['d0', 0], ['d1', 0], ['d2', 0]]);
    },
  },
  {
    name: 'cosine: length does not matter, opposite is -1, same is 1 and never beyond',
    async run({ create, assert }) {
      const d = 21, base = gaussian(31, 1, d);
      const vectors = create({ dimensions: d });
      await vectors.addDocuments([
        { id: 'same', embedding: base }, { id: 'long', embedding: base.map((x) => x * 64) }, { id: 'opposite', embedding: base.map((x) => -x) },
      ]);
      const found = await vectors.search(base, { exact: true });
      assert.ids(found, ['same', 'long', 'opposite']);
      for (const { score } of found) assert.ok(score <= 1 && score >= -1, `score ${score} leaves [-1, 1]`);
      assert.close(found[0].score, 1, 1e-15);
      assert.close(found[2].score, -1, 1e-15);
    },
  },
  {
    name: 'cosine is the default metric',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'far', embedding: [10, 10] }, { id: 'near', embedding: [0.1, 0] }]);
      assert.ids(await vectors.search([1, 0]), ['near', 'far']);
    },
  },
  {
    name: 'dot: scores are as they are, negative ones too, longest first',
    async run({ create, assert }) {
      const vectors = create({ metric: 'dot' });
      await vectors.addDocuments([{ id: 'a', embedding: [1, 2] }, { id: 'b', embedding: [-3, 0] }, { id: 'c', embedding: [10, 1] }]);
      assert.deepEqual(await vectors.search([1, 1]), [{ id: 'c', score: 11 }, { id: 'a', score: 3 }, { id: 'b', score: -3 }]);
    },
  },
  {
    name: 'l2sq: the score is 1/(1+d) of the squared distance',
    async run({ create, assert }) {
      const vectors = create({ metric: 'l2sq' });
      await vectors.addDocuments([{ id: 'a', embedding: [1, 2] }, { id: 'b', embedding: [4, 6] }]);
      assert.deepEqual(await vectors.search([1, 2]), [{ id: 'a', score: 1 }, { id: 'b', score: 1 / 26 }]);
    },
  },
  {
    name: 'hamming: a bit is "value > 0": zero, minus zero and negatives are alike',
    async run({ create, assert }) {
      const vectors = create({ metric: 'hamming' });
      await vectors.addDocuments([{ id: 'a', embedding: [0, -0, -5, 1e-40] }, { id: 'b', embedding: [1, 0, -1, 3] }]);
      assert.deepEqual(await vectors.search([-1, -2, 0, 7]), [{ id: 'a', score: 1 }, { id: 'b', score: 0.5 }]);
    },
  },
  {
    name: 'minus zero equals zero',
    async run({ create, assert }) {
      for (const metric of METRICS) {
        const vectors = create({ metric });
        await vectors.addDocuments([{ id: 'a', embedding: [0, 1, 0] }, { id: 'b', embedding: [-0, 1, -0] }]);
        const [a, b] = await vectors.search([-0, 1, 0]);
        assert.deepEqual([a.id, b.id], ['a', 'b'], metric);
        assert.ok(a.score === b.score, metric);
      }
    },
  },
  {
    name: 'components near the f32 limits overflow nothing: the order is that of f64',
    async run({ create, assert }) {
      for (const metric of METRICS) {
        const d = 5;
        const rows = Float32Array.from([1e38, 1e38, 1e38, 1e38, 1e38, 3e38, -3e38, 3e38, -3e38, 3e38, 1, 2, 3, 4, 5, -1e38, 1e38, 2e38, 1e37, 1e36]);
        const vectors = await filled(create, { metric }, rows, d);
        for (const query of [Float32Array.from([3e38, 3e38, 3e38, 3e38, 3e38]), Float32Array.from([1, -2, 3, -4, 5])]) {
          const found = await vectors.search(query, { exact: true });
          const truth = ranking(metric, query, rows, d);
          assert.deepEqual(found.map((r) => [r.id, r.score]), truth.map((h) => [`d${h.index}`, h.score]), metric);
        }
      }
    },
  },
  {
    name: 'components near the smallest f32 values underflow nothing',
    async run({ create, assert }) {
      for (const metric of ['cosine', 'dot']) {
        const d = 4;
        const rows = Float32Array.from([1e-40, 2e-40, 0, 1e-45, 1e-40, -2e-40, 1e-40, 0, 3e-41, 0, 0, 0, 1, 1, 1, 1]);
        const vectors = await filled(create, { metric }, rows, d);
        for (const query of [Float32Array.from([1e-40, 2e-40, 0, 0]), Float32Array.from([1, 1, 1, 1])]) {
          const found = await vectors.search(query, { exact: true });
          assert.deepEqual(found.map((r) => [r.id, r.score]), ranking(metric, query, rows, d).map((h) => [`d${h.index}`, h.score]), metric);
        }
      }
    },
  },
  {
    name: 'a view into a larger buffer means its own values, in add and in search',
    async run({ create, assert }) {
      const d = 6, big = gaussian(41, 12, d);
      const vectors = create({ dimensions: d });
      await vectors.addVectors(['x', 'y'], big.subarray(3 * d, 5 * d));
      await vectors.addDocuments([{ id: 'z', embedding: big.subarray(7 * d, 8 * d) }]);
      assert.deepEqual((await vectors.getDocument('y')).embedding, row(big, d, 4).slice());
      for (const [id, i] of [['x', 3], ['y', 4], ['z', 7]]) {
        const [best] = await vectors.search(big.subarray(i * d, (i + 1) * d), { maxResults: 1 });
        assert.equal(best.id, id);
        assert.close(best.score, 1, 1e-12);
      }
      const batch = await vectors.searchBatch(big.subarray(4 * d, 8 * d), { maxResults: 1, exact: true });
      assert.deepEqual([batch[0][0].id, batch[3][0].id], ['y', 'z']);
    },
  },
  {
    name: 'a number[] is rounded to f32 on the way in',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [0.1, 0.2, 1 / 3] }]);
      assert.deepEqual((await vectors.getDocument('a')).embedding, Float32Array.of(0.1, 0.2, 1 / 3));
    },
  },
  {
    name: 'exact search stays right while the memory grows under it',
    async run({ create, assert }) {
      const d = 96, total = 6000, rows = gaussian(51, total, d), query = gaussian(52, 1, d), ids = idsFor(total);
      const vectors = create({ dimensions: d, index: 'flat' });
      let kept;
      for (const [from, to] of [[0, 1], [1, 10], [10, 300], [300, 2500], [2500, total]]) {
        await vectors.addVectors(ids.slice(from, to), rows.slice(from * d, to * d));
        const found = await vectors.search(query, { exact: true, includeEmbedding: true, maxResults: 5 });
        assert.ids(found, top('cosine', query, rows.subarray(0, to * d), d, 5), `${to} rows`);
        for (const r of found) assert.deepEqual(r.embedding, row(rows, d, +r.id.slice(1)).slice(), `${r.id} of ${to} rows`);
        if (to === 10) kept = { found, copy: found.map((r) => ({ ...r, embedding: r.embedding.slice() })) };
      }
      assert.deepEqual(kept.found, kept.copy, 'results given out earlier are the caller\'s own');
    },
  },
  {
    name: 'documents added one by one answer like documents added at once',
    async run({ create, assert }) {
      const d = 10, rows = gaussian(61, 40, d), query = gaussian(62, 1, d);
      const single = create(), bulk = create();
      for (const document of documentsFor(rows, d)) await single.addDocuments([document]);
      await bulk.addDocuments(documentsFor(rows, d));
      assert.deepEqual(await single.search(query), await bulk.search(query));
    },
  },
];
