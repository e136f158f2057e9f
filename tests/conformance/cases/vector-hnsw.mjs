/** The HNSW index: recall, determinism, life after the build. */
import { clustered, documentsFor, gaussian, idsFor, recall, row, top } from '../lib/oracle.mjs';

const D = 24, N = 1500, Q = 30;
const hnsw = { index: 'hnsw' };
const filled = async (create, config, rows = clustered(950, N, D, 15)) => {
  const vectors = create({ ...hnsw, ...config });
  await vectors.addVectors(idsFor(rows.length / D), rows.slice());
  return vectors;
};
const quality = async (vectors, rows, queries, { metric = 'cosine', alive = () => true, ...options } = {}) => {
  let sum = 0;
  for (let i = 0; i < queries.length / D; i++) {
    const query = row(queries, D, i);
    sum += recall((await vectors.search(query, options)).map((r) => r.id), top(metric, query, rows, D, 10, { allow: alive }));
  }
  return sum / (queries.length / D);
};

export default [
  ...['cosine', 'dot', 'l2sq', 'hamming'].map((metric) => ({
    name: `hnsw: recall by ${metric}`,
    async run({ create, assert }) {
      const rows = clustered(950, N, D, 15), vectors = await filled(create, { metric });
      const queries = clustered(950, Q, D, 15, 0.4);
      if (metric !== 'hamming') return assert.atLeast(await quality(vectors, rows, queries, { metric }), 0.95, 'recall@10');
      let sum = 0; // hamming is full of ties: a hit counts by its score
      for (let i = 0; i < Q; i++) {
        const query = row(queries, D, i);
        const exact = await vectors.search(query, { exact: true });
        sum += (await vectors.search(query)).filter((r) => r.score >= exact[9].score).length / 10;
      }
      assert.atLeast(sum / Q, 0.9, 'share of hits as good as the true ones');
    },
  })),
  {
    name: 'hnsw: says that it answers',
    async run({ create, assert }) {
      const vectors = await filled(create);
      await vectors.search(new Float32Array(D).fill(1));
      assert.ok(/hnsw/i.test(vectors.info.index ?? ''), `info.index is ${vectors.info.index}`);
    },
  },
  {
    name: 'hnsw: the same seed gives the same answers, twice',
    async run({ create, assert }) {
      const a = await filled(create, { hnsw: { seed: 7 } }), b = await filled(create, { hnsw: { seed: 7 } });
      const queries = gaussian(951, 10, D);
      assert.deepEqual(await a.searchBatch(queries), await b.searchBatch(queries));
    },
  },
  {
    name: 'hnsw: documents added after the build are found at once',
    async run({ create, assert }) {
      const vectors = await filled(create), fresh = gaussian(952, 20, D);
      await vectors.search(row(fresh, D, 0));
      for (let i = 0; i < 20; i++) {
        await vectors.addDocuments([{ id: `new${i}`, embedding: row(fresh, D, i).slice() }]);
        assert.equal((await vectors.search(row(fresh, D, i), { maxResults: 1 }))[0].id, `new${i}`);
      }
    },
  },
  {
    name: 'hnsw: recall survives deleting half and is within 1 % of a fresh index after churn',
    async run({ create, assert }) {
      const rows = clustered(953, N, D, 15), vectors = await filled(create, {}, rows), queries = clustered(953, Q, D, 15, 0.4);
      const removed = new Set(idsFor(N).filter((_, i) => i % 2 === 1));
      await vectors.removeDocuments([...removed]);
      const alive = (i) => !removed.has(`d${i}`);
      const after = await quality(vectors, rows, queries, { alive });
      assert.atLeast(after, 0.94, 'recall@10 after deleting half');
      await vectors.addVectors([...removed], Float32Array.from([...removed].flatMap((id) => Array.from(row(rows, D, +id.slice(1))))));
      const fresh = await quality(await filled(create, {}, rows), rows, queries);
      assert.atLeast(await quality(vectors, rows, queries), fresh - 0.01 - 1e-9, 'recall@10 after churn');
      await vectors.compact();
      assert.atLeast(await quality(vectors, rows, queries), fresh - 0.01 - 1e-9, 'recall@10 after compact');
    },
  },
  {
    name: 'hnsw: replacing vectors moves them in the graph',
    async run({ create, assert }) {
      const rows = clustered(954, 500, D, 10), vectors = await filled(create, {}, rows.slice());
      const moved = gaussian(955, 50, D);
      await vectors.addVectors(idsFor(50), moved.slice());
      for (let i = 0; i < 50; i += 7) assert.equal((await vectors.search(row(moved, D, i), { maxResults: 1 }))[0].id, `d${i}`);
    },
  },
  {
    name: 'hnsw: many equal vectors are all reachable, in insertion order',
    async run({ create, assert }) {
      const vectors = create(hnsw);
      await vectors.addDocuments(documentsFor(new Float32Array(200 * 4).fill(0.5), 4));
      assert.ids(await vectors.search([1, 1, 1, 1], { maxResults: 200 }), idsFor(200));
    },
  },
  {
    name: 'hnsw: more results asked than there are gives all',
    async run({ create, assert }) {
      const vectors = await filled(create, {}, clustered(956, 300, D, 5));
      assert.equal(new Set((await vectors.search(new Float32Array(D).fill(1), { maxResults: 1000 })).map((r) => r.id)).size, 300);
    },
  },
  {
    name: 'hnsw: works from the first document to the last and back to none',
    async run({ create, assert }) {
      const vectors = create(hnsw), rows = gaussian(957, 12, D);
      for (let i = 0; i < 12; i++) {
        await vectors.addVectors([`d${i}`], row(rows, D, i).slice());
        assert.equal((await vectors.search(row(rows, D, 0), { maxResults: 20 })).length, i + 1);
      }
      for (let i = 0; i < 12; i++) {
        await vectors.removeDocuments([`d${i}`]);
        assert.equal((await vectors.search(row(rows, D, 0), { maxResults: 20 })).length, 11 - i);
      }
      await vectors.addVectors(['again'], row(rows, D, 0).slice());
      assert.ids(await vectors.search(row(rows, D, 0)), ['again']);
    },
  },
  {
    name: 'hnsw: searches asked while the index is being built are right',
    async run({ create, assert }) {
      const rows = gaussian(958, N, D), vectors = create(hnsw), query = gaussian(959, 1, D);
      const adding = vectors.addVectors(idsFor(N), rows.slice());
      const found = await vectors.search(query);
      await adding;
      assert.atLeast(recall(found.map((r) => r.id), top('cosine', query, rows, D, 10)), 0.8, 'recall@10');
      assert.equal(found.length, 10);
    },
  },
];
