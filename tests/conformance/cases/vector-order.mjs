/** Order, ties and places: higher score first, equal scores in insertion order, a replaced document keeps its place. */
import { METRICS, contractScore, documentsFor, gaussian, idsFor, integers, row, top } from '../lib/oracle.mjs';

const same = (n, d = 4) => documentsFor(new Float32Array(n * d).fill(1), d);

export default [
  {
    name: 'equal scores come in insertion order',
    async run({ create, assert }) {
      for (const metric of METRICS) {
        const vectors = create({ metric });
        await vectors.addDocuments(same(50));
        assert.ids(await vectors.search([1, 1, 1, 1], { maxResults: 50 }), idsFor(50), metric);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'a cut through equal scores keeps the first inserted',
    async run({ create, assert }) {
      for (const n of [12, 100, 700]) {
        const vectors = create();
        await vectors.addDocuments(same(n));
        for (const maxResults of [1, 3, 10]) {
          assert.ids(await vectors.search([2, 2, 2, 2], { maxResults, exact: true }), idsFor(maxResults), `${maxResults} of ${n}`);
          assert.ids(await vectors.search([2, 2, 2, 2], { maxResults }), idsFor(maxResults), `${maxResults} of ${n}, default path`);
        }
      }
    },
  },
  {
    name: 'random collections full of equal scores have the oracle\'s order',
    async run({ create, assert }) {
      for (let seed = 0; seed < 40; seed++) {
        const metric = METRICS[seed % 4], d = 1 + (seed % 9), n = 20 + seed * 7;
        const rows = integers(seed, n, d), query = integers(seed + 1000, 1, d);
        const vectors = create({ metric, dimensions: d });
        await vectors.addVectors(idsFor(n), rows.slice());
        for (const k of [1, 10, 25]) assert.ids(await vectors.search(query, { maxResults: k, exact: true }), top(metric, query, rows, d, k), `${metric} seed ${seed} k ${k}`);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'equal scores keep their order in searchBatch, in findSimilar and under a filter',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(same(60).map((d, i) => ({ ...d, metadata: { even: i % 2 === 0 } })));
      const [a, b] = await vectors.searchBatch(new Float32Array(8).fill(1), { maxResults: 7 });
      assert.ids(a, idsFor(7));
      assert.ids(b, idsFor(7));
      assert.ids(await vectors.search([1, 1, 1, 1], { maxResults: 4, filters: { even: false } }), ['d1', 'd3', 'd5', 'd7']);
      assert.ids(await vectors.findSimilar('d30', { maxResults: 3 }), ['d0', 'd1', 'd2']);
    },
  },
  {
    name: 'replacing a document keeps its place among equals',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(same(6));
      await vectors.addDocuments([{ id: 'd2', embedding: [3, 3, 3, 3], content: 'new' }]);
      await vectors.addVectors(['d4'], Float32Array.of(5, 5, 5, 5));
      assert.ids(await vectors.search([1, 1, 1, 1], { exact: true }), idsFor(6));
      assert.ids(await vectors.list(), idsFor(6));
      assert.equal(vectors.size, 6);
    },
  },
  {
    name: 'a replaced document is found by its new vector and no longer by its old one',
    async run({ create, assert }) {
      for (const metric of METRICS) {
        const d = 9, rows = gaussian(3, 30, d), vectors = create({ metric });
        await vectors.addDocuments(documentsFor(rows, d));
        const fresh = gaussian(99, 1, d);
        await vectors.addDocuments([{ id: 'd7', embedding: fresh }]);
        const after = rows.slice();
        after.set(fresh, 7 * d);
        const query = row(rows, d, 7).slice();
        const found = await vectors.search(query, { exact: true, maxResults: 30 });
        assert.ids(found, top(metric, query, after, d, 30), metric);
        assert.equal(found.find((r) => r.id === 'd7').score, contractScore(metric, query, fresh), metric);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'replacing replaces the whole document: content and metadata of the old one are gone',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [1, 0], content: 'walrus', metadata: { x: 1, y: 2 } }]);
      await vectors.addDocuments([{ id: 'a', embedding: [0, 1], metadata: { x: 3 } }]);
      assert.deepEqual(await vectors.getDocument('a'), { id: 'a', embedding: Float32Array.of(0, 1), metadata: { x: 3 } });
      assert.deepEqual(await vectors.searchByText('walrus'), []);
      assert.equal(await vectors.count({ y: 2 }), 0);
      assert.equal(await vectors.count({ x: 3 }), 1);
    },
  },
  {
    name: 'an id that comes twice in one call is one document, the last one, in the first one\'s place',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([
        { id: 'a', embedding: [1, 1], content: 'first' }, { id: 'b', embedding: [1, 1] }, { id: 'a', embedding: [2, 2], content: 'second' },
      ]);
      assert.equal(vectors.size, 2);
      assert.ids(await vectors.search([1, 1]), ['a', 'b']);
      assert.equal((await vectors.getDocument('a')).content, 'second');
      assert.deepEqual((await vectors.getDocument('a')).embedding, Float32Array.of(2, 2));
    },
  },
  {
    name: 'an id removed and added again goes to the end',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(same(5));
      await vectors.removeDocuments(['d1']);
      await vectors.addDocuments([{ id: 'd1', embedding: [1, 1, 1, 1] }]);
      assert.ids(await vectors.search([1, 1, 1, 1]), ['d0', 'd2', 'd3', 'd4', 'd1']);
      assert.ids(await vectors.list(), ['d0', 'd2', 'd3', 'd4', 'd1']);
    },
  },
  {
    name: 'compact changes neither order nor answers',
    async run({ create, assert }) {
      const d = 7, rows = integers(8, 200, d), vectors = create();
      await vectors.addDocuments(documentsFor(rows, d, (i) => ({ content: `word${i % 5}`, metadata: { i } })));
      await vectors.removeDocuments(idsFor(200).filter((_, i) => i % 3 === 0));
      await vectors.addDocuments([{ id: 'd1', embedding: row(rows, d, 0).slice(), metadata: { i: 1 } }]);
      const query = integers(9, 1, d);
      const ask = async () => [
        await vectors.search(query, { maxResults: 200, exact: true }), await vectors.list(), await vectors.count({ i: { $lt: 50 } }),
        await vectors.searchByText('word3', { maxResults: 5 }), await vectors.search(query, { filters: { i: { $gt: 100 } } }), vectors.size,
      ];
      const before = await ask();
      await vectors.compact();
      assert.deepEqual(await ask(), before);
      await vectors.addDocuments([{ id: 'new', embedding: query, metadata: { i: -1 } }]);
      assert.equal((await vectors.list()).at(-1).id, 'new');
    },
  },
  {
    name: 'a model of adds, replacements and removals agrees after every step',
    async run({ create, assert }) {
      const d = 5, pool = integers(77, 400, d, 5), vectors = create({ metric: 'dot' });
      let model = [];
      for (let step = 0; step < 60; step++) {
        const at = (step * 37) % 390;
        if (step % 4 === 3) {
          const gone = model.filter((_, i) => i % 5 === step % 5).map((m) => m.id);
          await vectors.removeDocuments(gone);
          model = model.filter((m) => !gone.includes(m.id));
        } else {
          const batch = Array.from({ length: 8 }, (_, i) => ({ id: `k${(at + i * 3) % 60}`, embedding: row(pool, d, at + i).slice() }));
          await vectors.addDocuments(batch);
          for (const document of batch) {
            const old = model.findIndex((m) => m.id === document.id);
            if (old < 0) model.push(document); else model[old] = document;
          }
        }
        const query = row(pool, d, step);
        const truth = model.map((m, i) => ({ id: m.id, score: contractScore('dot', query, m.embedding), i })).sort((a, b) => b.score - a.score || a.i - b.i);
        assert.deepEqual((await vectors.search(query, { maxResults: 100, exact: true })).map((r) => [r.id, r.score]), truth.map((t) => [t.id, t.score]).slice(0, 100), `step ${step}`);
        assert.equal(vectors.size, model.length, `step ${step}`);
        if (step % 20 === 19) await vectors.compact();
      }
    },
  },
];
