/** Quantised rows: what is kept, what is found, what comes back. */
import { clustered, contractScore, gaussian, idsFor, ranking, recall, row, top } from '../lib/oracle.mjs';

const D = 64, N = 600, Q = 20;
const MODES = ['f16', 'int8', 'binary'];
const data = () => ({ rows: clustered(900, N, D, 20, 0.5), queries: clustered(900, Q, D, 20, 0.6) });
const filled = async (create, config) => {
  const { rows, queries } = data();
  const vectors = create(config);
  await vectors.addVectors(idsFor(N), rows.slice(), { metadata: idsFor(N).map((_, i) => ({ i })) });
  return { vectors, rows, queries };
};
const meanRecall = async (vectors, rows, queries, metric, options) => {
  let sum = 0;
  for (let i = 0; i < Q; i++) {
    const query = row(queries, D, i);
    sum += recall((await vectors.search(query, options)).map((r) => r.id), top(metric, query, rows, D, 10));
  }
  return sum / Q;
};

export default [
  ...['none', ...MODES].flatMap((quantization) => ['cosine', 'dot', 'l2sq'].map((metric) => ({
    name: `${quantization} with rescoring finds the true neighbours by ${metric}, with their true scores`,
    async run({ create, assert }) {
      const { vectors, rows, queries } = await filled(create, { quantization, metric, dimensions: D });
      assert.atLeast(await meanRecall(vectors, rows, queries, metric), quantization === 'binary' ? 0.85 : 0.97, 'recall@10');
      for (const { id, score } of await vectors.search(row(queries, D, 0))) {
        const truth = contractScore(metric, row(queries, D, 0), row(rows, D, +id.slice(1)));
        assert.close(score, truth, quantization === 'f16' ? 2e-3 : 1e-12, id);
      }
    },
  }))),
  ...MODES.map((quantization) => ({
    name: `${quantization} without rescoring answers from the codes alone`,
    async run({ create, assert }) {
      const { vectors, rows, queries } = await filled(create, { quantization, rescore: false });
      assert.atLeast(await meanRecall(vectors, rows, queries, 'cosine'), { f16: 0.97, int8: 0.93, binary: 0.2 }[quantization], 'recall@10');
      const loss = { f16: 1e-3, int8: 0.02, binary: 1 }[quantization];
      const kept = (await vectors.getDocument('d5')).embedding, given = row(rows, D, 5);
      const largest = Math.max(...given.map(Math.abs));
      for (let j = 0; j < D; j++) {
        if (quantization === 'binary') assert.equal(kept[j] > 0, given[j] > 0, `sign of component ${j}`);
        else assert.close(kept[j], given[j], loss * Math.max(1, largest), `component ${j}`);
      }
      const found = await vectors.search(row(queries, D, 1), { exact: true });
      for (const { id, score } of found) {
        assert.equal(score, contractScore('cosine', row(queries, D, 1), (await vectors.getDocument(id)).embedding), `the score of ${id} is that of the row it gives back`);
      }
    },
  })),
  ...MODES.map((quantization) => ({
    name: `${quantization} without rescoring: exact search is the true order of the rows it keeps`,
    async run({ create, assert }) {
      const { vectors, queries } = await filled(create, { quantization, rescore: false });
      const kept = new Float32Array(N * D);
      for (let i = 0; i < N; i++) kept.set((await vectors.getDocument(`d${i}`)).embedding, i * D);
      const query = row(queries, D, 3);
      assert.deepEqual((await vectors.search(query, { exact: true })).map((r) => [r.id, r.score]), ranking('cosine', query, kept, D).slice(0, 10).map((h) => [`d${h.index}`, h.score]));
    },
  })),
  ...MODES.map((quantization) => ({
    name: `${quantization} without rescoring: a row given back and put in again is the same row`,
    async run({ create, assert }) {
      const { vectors } = await filled(create, { quantization, rescore: false });
      const again = create({ quantization, rescore: false });
      const out = [];
      for (let i = 0; i < 60; i++) out.push((await vectors.getDocument(`d${i}`)).embedding);
      await again.addDocuments(out.map((embedding, i) => ({ id: `d${i}`, embedding })));
      for (let i = 0; i < 60; i++) assert.deepEqual((await again.getDocument(`d${i}`)).embedding, out[i], `row ${i}`);
    },
  })),
  ...MODES.map((quantization) => ({
    name: `${quantization}: add, replace, remove and filter as without`,
    async run({ create, assert }) {
      for (const rescore of [true, false]) {
        const { vectors, rows } = await filled(create, { quantization, rescore });
        await vectors.removeDocuments(['d1', 'd2']);
        await vectors.addVectors(['d3'], row(rows, D, 1).slice(), { metadata: [{ i: 3 }] });
        const found = await vectors.search(row(rows, D, 1), { maxResults: N });
        assert.equal(found.length, N - 2);
        assert.equal(found[0].id, 'd3', `rescore ${rescore}`);
        assert.deepEqual((await vectors.search(row(rows, D, 1), { maxResults: N, filters: { i: { $lt: 10 } } })).map((r) => r.id).sort(), ['d0', 'd3', 'd4', 'd5', 'd6', 'd7', 'd8', 'd9']);
        await vectors.compact();
        assert.equal((await vectors.search(row(rows, D, 1), { maxResults: 1 }))[0].id, 'd3', 'after compact');
        await vectors.dispose();
      }
    },
  })),
  {
    name: 'quantised collections take values near the limits',
    async run({ create, assert }) {
      for (const quantization of MODES) {
        const vectors = create({ quantization, metric: 'dot' });
        await vectors.addDocuments([{ id: 'zero', embedding: [0, 0, 0] }, { id: 'big', embedding: [60000, 1, -60000] }, { id: 'small', embedding: [1e-6, -1e-6, 0] }]);
        const found = await vectors.search([1, 0, 0]);
        assert.equal(found[0].id, 'big', quantization);
        for (const { score } of found) assert.ok(Number.isFinite(score), quantization);
      }
    },
  },
  {
    name: 'f16 without rescoring refuses what f16 can not hold',
    async run({ create, assert }) {
      const vectors = create({ quantization: 'f16', rescore: false });
      await assert.code(vectors.addDocuments([{ id: 'a', embedding: [1, 70000] }]), ['NOT_FINITE', 'INVALID_ARGUMENT']);
      assert.equal(vectors.size, 0);
    },
  },
  {
    name: 'hamming over quantised rows counts signs as over f32 rows',
    async run({ create, assert }) {
      for (const quantization of ['none', ...MODES]) {
        const { vectors, rows, queries } = await filled(create, { quantization, metric: 'hamming' });
        const query = row(queries, D, 2);
        assert.ids(await vectors.search(query, { exact: true }), top('hamming', query, rows, D, 10), quantization);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'random rows that defeat 1-bit codes: auto still finds the neighbours',
    async run({ create, assert }) {
      const d = 32, n = 3000, rows = gaussian(910, n, d), queries = gaussian(911, 15, d), vectors = create();
      await vectors.addVectors(idsFor(n), rows.slice());
      let sum = 0;
      for (let i = 0; i < 15; i++) sum += recall((await vectors.search(row(queries, d, i))).map((r) => r.id), top('cosine', row(queries, d, i), rows, d, 10));
      assert.atLeast(sum / 15, 0.97, 'recall@10');
    },
  },
];
