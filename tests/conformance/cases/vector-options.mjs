/** threshold, exact, ef and mmr. */
import { METRICS, contractScore, documentsFor, gaussian, ranking, recall, row, top } from '../lib/oracle.mjs';

const D = 10, N = 80;
const filled = async (create, config) => {
  const rows = gaussian(700, N, D), vectors = create(config);
  await vectors.addDocuments(documentsFor(rows, D, (i) => ({ metadata: { i } })));
  return { rows, vectors, query: gaussian(701, 1, D) };
};

export default [
  ...METRICS.map((metric) => ({
    name: `${metric}: threshold keeps scores at or above, the equal one included`,
    async run({ create, assert }) {
      const { rows, vectors, query } = await filled(create, { metric });
      const truth = ranking(metric, query, rows, D);
      for (const at of [0, 4, 30, N - 1]) {
        const threshold = truth[at].score;
        const expected = truth.filter((h) => h.score >= threshold).map((h) => `d${h.index}`);
        assert.ids(await vectors.search(query, { threshold, maxResults: N, exact: true }), expected, `place ${at}`);
        assert.ids((await vectors.searchBatch(query, { threshold, maxResults: N, exact: true }))[0], expected, `place ${at}, batch`);
      }
      assert.deepEqual(await vectors.search(query, { threshold: truth[0].score + 1 }), []);
      assert.equal((await vectors.search(query, { threshold: truth[N - 1].score, maxResults: 3 })).length, 3);
      assert.equal((await vectors.search(query, { threshold: -Infinity, maxResults: N })).length, N);
    },
  })),
  {
    name: 'threshold and filter together: both must hold',
    async run({ create, assert }) {
      const { rows, vectors, query } = await filled(create);
      const truth = ranking('cosine', query, rows, D).filter((h) => h.score >= 0.1 && h.index % 2 === 0 && h.index < 60);
      const evens = { $and: [{ i: { $lt: 60 } }, { i: { $in: Array.from({ length: 40 }, (_, i) => i * 2) } }] };
      assert.ids(await vectors.search(query, { threshold: 0.1, filters: evens, maxResults: N, exact: true }), truth.map((h) => `d${h.index}`));
    },
  },
  {
    name: 'threshold 0 is a threshold',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'for', embedding: [1, 0] }, { id: 'across', embedding: [0, 1] }, { id: 'against', embedding: [-1, 0] }]);
      assert.ids(await vectors.search([1, 0], { threshold: 0 }), ['for', 'across']);
    },
  },
  {
    name: 'exact: true gives the true top k on every index and quantization',
    async run({ create, assert }) {
      for (const config of [{}, { index: 'flat' }, { index: 'hnsw' }, { index: 'hnsw', quantization: 'int8' }, { quantization: 'int8' }, { quantization: 'binary' }, { index: 'flat', quantization: 'int8' }]) {
        for (const metric of ['cosine', 'dot', 'l2sq']) {
          const { rows, vectors, query } = await filled(create, { ...config, metric });
          const found = await vectors.search(query, { exact: true });
          assert.deepEqual(found.map((r) => [r.id, r.score]), ranking(metric, query, rows, D).slice(0, 10).map((h) => [`d${h.index}`, h.score]), `${metric} ${JSON.stringify(config)}`);
          await vectors.dispose();
        }
      }
    },
  },
  {
    name: 'ef is accepted on every index, and a wide beam finds at least what a narrow one finds',
    async run({ create, assert }) {
      const d = 24, n = 1500, rows = gaussian(710, n, d), queries = gaussian(711, 25, d);
      const vectors = create({ index: 'hnsw', hnsw: { m: 4, efConstruction: 20 } });
      await vectors.addDocuments(documentsFor(rows, d));
      const quality = async (ef) => {
        let sum = 0;
        for (let i = 0; i < 25; i++) {
          const q = row(queries, d, i);
          sum += recall((await vectors.search(q, { ef })).map((r) => r.id), top('cosine', q, rows, d, 10));
        }
        return sum / 25;
      };
      const narrow = await quality(10), wide = await quality(400);
      assert.atLeast(wide, 0.97, 'recall with ef 400');
      assert.atLeast(wide, narrow - 0.01, 'a wider beam is no worse');
      const flat = create({ index: 'flat' });
      await flat.addDocuments(documentsFor(rows.slice(0, 20 * d), d));
      assert.equal((await flat.search(row(queries, d, 0), { ef: 50 })).length, 10);
    },
  },
  {
    name: 'mmr 1 is relevance alone: the same as without',
    async run({ create, assert }) {
      const { vectors, query } = await filled(create);
      assert.ids(await vectors.search(query, { mmr: 1, exact: true }), (await vectors.search(query, { exact: true })).map((r) => r.id));
    },
  },
  {
    name: 'mmr passes over near-duplicates, and relevance still opens the list',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([
        { id: 'best', embedding: [1, 0.1, 0] }, { id: 'twin', embedding: [1, 0.1001, 0] }, { id: 'triplet', embedding: [1, 0.1002, 0] },
        { id: 'other', embedding: [0.6, -0.7, 0.1] }, { id: 'third', embedding: [0.5, 0.2, 0.9] },
      ]);
      const plain = await vectors.search([1, 0, 0], { maxResults: 3 });
      assert.ids(plain, ['best', 'twin', 'triplet']);
      for (const mmr of [0, 0.15, 0.3]) {
        const found = await vectors.search([1, 0, 0], { maxResults: 3, mmr });
        assert.equal(found[0].id, 'best', `mmr ${mmr}`);
        assert.deepEqual(found.map((r) => r.id).sort(), ['best', 'other', 'third'], `mmr ${mmr}`);
      }
    },
  },
  {
    name: 'mmr picks what the definition picks',
    async run({ create, assert }) {
      const { rows, vectors, query } = await filled(create);
      const pool = ranking('cosine', query, rows, D);
      for (const mmr of [0.2, 0.7]) {
        const picked = [pool[0]];
        while (picked.length < 4) {
          const value = (h) => mmr * h.score - (1 - mmr) * Math.max(...picked.map((p) => contractScore('cosine', row(rows, D, p.index), row(rows, D, h.index))));
          picked.push(pool.filter((h) => !picked.includes(h)).reduce((a, b) => (value(b) > value(a) ? b : a)));
        }
        const found = await vectors.search(query, { mmr, maxResults: 4, exact: true });
        assert.equal(found[0].id, `d${picked[0].index}`, `mmr ${mmr}`);
        assert.equal(new Set(found.map((r) => r.id)).size, 4);
        for (const { id, score } of found) assert.equal(score, contractScore('cosine', query, row(rows, D, +id.slice(1))), 'scores stay relevance');
      }
    },
  },
  {
    name: 'mmr gives maxResults distinct documents, or all there are',
    async run({ create, assert }) {
      const { vectors, query } = await filled(create);
      for (const maxResults of [1, 10, 200]) {
        const found = await vectors.search(query, { mmr: 0.4, maxResults });
        assert.equal(new Set(found.map((r) => r.id)).size, Math.min(maxResults, N));
      }
    },
  },
];
