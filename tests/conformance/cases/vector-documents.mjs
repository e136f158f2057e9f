/** Documents in and out: what is put in comes back, counted, listed, changed and removed. */
import { documentsFor, gaussian, idsFor, row } from '../lib/oracle.mjs';

const three = [
  { id: 'a', content: 'a red fox', embedding: Float32Array.of(1, 0, 0), metadata: { kind: 'animal', legs: 4, wild: true, note: null, tags: ['red', 7] } },
  { id: 'b', content: 'a blue whale', embedding: [0, 1, 0], metadata: { kind: 'animal', legs: 0 } },
  { id: 'c', embedding: [0, 0, 1] },
];

export default [
  {
    name: 'getDocument gives back what was put in, component for component',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      assert.deepEqual(await vectors.getDocument('a'), three[0]);
      assert.deepEqual(await vectors.getDocument('c'), { id: 'c', embedding: Float32Array.of(0, 0, 1) });
      const odd = gaussian(4, 1, 3).map((x) => x * 1e-20);
      await vectors.addVectors(['odd'], odd.slice());
      assert.deepEqual((await vectors.getDocument('odd')).embedding, odd, 'rows are not normalised');
    },
  },
  {
    name: 'getDocument of an unknown id is undefined',
    async run({ create, assert }) {
      const vectors = create();
      assert.equal(await vectors.getDocument('nobody'), undefined);
      await vectors.addDocuments(three);
      assert.equal(await vectors.getDocument('nobody'), undefined);
      assert.equal(await vectors.getDocument('toString'), undefined);
    },
  },
  {
    name: 'what is given out is the caller\'s: changing it changes nothing inside',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      const out = await vectors.getDocument('a');
      out.embedding.fill(9);
      out.metadata.kind = 'stone';
      out.metadata.tags.push('x');
      const [hit] = await vectors.search([1, 0, 0], { maxResults: 1, includeEmbedding: true });
      hit.embedding.fill(7);
      hit.metadata.legs = 99;
      (await vectors.list())[0].metadata.kind = 'cloud';
      assert.deepEqual(await vectors.getDocument('a'), three[0]);
      assert.equal(await vectors.count({ kind: 'animal' }), 2);
    },
  },
  {
    name: 'what was put in stays the caller\'s: changing it afterwards changes nothing inside, and no buffer is detached',
    async run({ create, assert }) {
      const vectors = create();
      const embedding = Float32Array.of(1, 2, 3), metadata = { kind: 'x', tags: ['t'] }, bulk = Float32Array.of(4, 5, 6, 7, 8, 9);
      const added = vectors.addDocuments([{ id: 'a', embedding, metadata }]);
      const bulkAdded = vectors.addVectors(['b', 'c'], bulk);
      embedding.fill(0);
      bulk.fill(0);
      metadata.kind = 'y';
      metadata.tags.push('u');
      await added;
      await bulkAdded;
      assert.equal(embedding.length, 3);
      assert.equal(bulk.length, 6, 'the caller keeps its buffer');
      assert.deepEqual(await vectors.getDocument('a'), { id: 'a', embedding: Float32Array.of(1, 2, 3), metadata: { kind: 'x', tags: ['t'] } });
      assert.deepEqual((await vectors.getDocument('c')).embedding, Float32Array.of(7, 8, 9));
      const query = Float32Array.of(1, 2, 3);
      const searching = vectors.search(query, { exact: true, maxResults: 1 });
      query.fill(-1);
      assert.ids(await searching, ['a']);
      assert.equal(query.length, 3);
    },
  },
  {
    name: 'size counts acknowledged documents once',
    async run({ create, assert }) {
      const vectors = create();
      assert.equal(vectors.size, 0);
      await vectors.addDocuments(three);
      assert.equal(vectors.size, 3);
      await vectors.addDocuments([three[1]]);
      assert.equal(vectors.size, 3);
      await vectors.removeDocuments(['a', 'a']);
      assert.equal(vectors.size, 2);
      await vectors.clear();
      assert.equal(vectors.size, 0);
    },
  },
  {
    name: 'results carry content and metadata, and the embedding only when asked',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      assert.deepEqual((await vectors.search([1, 0, 0], { maxResults: 1 }))[0], { id: 'a', score: 1, content: 'a red fox', metadata: three[0].metadata });
      assert.deepEqual((await vectors.search([1, 0, 0], { maxResults: 1, includeEmbedding: true }))[0].embedding, Float32Array.of(1, 0, 0));
      assert.equal('embedding' in (await vectors.search([1, 0, 0], { includeEmbedding: false }))[0], false);
    },
  },
  {
    name: 'maxResults: 10 by default, the configured number, or the call\'s own',
    async run({ create, assert }) {
      const rows = gaussian(2, 30, 4), plain = create(), five = create({ maxResults: 5 });
      for (const vectors of [plain, five]) await vectors.addDocuments(documentsFor(rows, 4));
      const query = row(rows, 4, 3);
      assert.equal((await plain.search(query)).length, 10);
      assert.equal((await five.search(query)).length, 5);
      assert.equal((await five.search(query, { maxResults: 12 })).length, 12);
      assert.equal((await plain.search(query, { maxResults: 1000 })).length, 30);
      assert.equal((await five.searchBatch(rows.slice(0, 8)))[1].length, 5);
    },
  },
  {
    name: 'dimensions left out are taken from the first vector',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [1, 2, 3, 4, 5] }]);
      await assert.code(vectors.addDocuments([{ id: 'b', embedding: [1, 2] }]), 'DIMENSION_MISMATCH');
      const bulk = create();
      await bulk.addVectors(['a', 'b'], Float32Array.of(1, 2, 3, 4, 5, 6));
      assert.equal((await bulk.getDocument('b')).embedding.length, 3);
    },
  },
  {
    name: 'an empty collection answers every question',
    async run({ create, assert }) {
      for (const vectors of [create(), create({ dimensions: 3 })]) {
        assert.deepEqual(await vectors.search([1, 2, 3]), []);
        assert.deepEqual(await vectors.searchByText('fox'), []);
        assert.deepEqual(await vectors.list(), []);
        assert.equal(await vectors.count(), 0);
        assert.equal(await vectors.removeWhere({ kind: 'animal' }), 0);
        await vectors.removeDocuments(['a']);
        await vectors.clear();
        await vectors.compact();
        await assert.code(vectors.findSimilar('a'), 'NOT_FOUND');
      }
      const batch = create({ dimensions: 3 });
      assert.deepEqual(await batch.searchBatch(new Float32Array(6)), [[], []]);
    },
  },
  {
    name: 'empty calls are allowed and change nothing',
    async run({ create, assert }) {
      const vectors = create({ dimensions: 3 });
      await vectors.addDocuments([]);
      await vectors.addVectors([], new Float32Array(0));
      await vectors.removeDocuments([]);
      assert.equal(vectors.size, 0);
      await vectors.addDocuments(three);
      assert.deepEqual(await vectors.searchBatch(new Float32Array(0)), []);
      assert.equal(vectors.size, 3);
    },
  },
  {
    name: 'list: insertion order, offset and limit, filtered',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(documentsFor(gaussian(1, 40, 2), 2, (i) => ({ metadata: { i, odd: i % 2 === 1 } })));
      assert.ids(await vectors.list(), idsFor(40));
      assert.ids(await vectors.list({ limit: 3 }), ['d0', 'd1', 'd2']);
      assert.ids(await vectors.list({ offset: 38 }), ['d38', 'd39']);
      assert.ids(await vectors.list({ offset: 5, limit: 2 }), ['d5', 'd6']);
      assert.ids(await vectors.list({ filters: { odd: true }, offset: 1, limit: 3 }), ['d3', 'd5', 'd7']);
      assert.ids(await vectors.list({ offset: 100 }), []);
      assert.ids(await vectors.list({ limit: 0 }), []);
      assert.deepEqual((await vectors.list({ limit: 1 }))[0].metadata, { i: 0, odd: false });
    },
  },
  {
    name: 'count: all, or those that match',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      assert.equal(await vectors.count(), 3);
      assert.equal(await vectors.count({}), 3);
      assert.equal(await vectors.count({ kind: 'animal' }), 2);
      assert.equal(await vectors.count({ kind: 'mineral' }), 0);
    },
  },
  {
    name: 'updateMetadata replaces the metadata and nothing else',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await vectors.updateMetadata('a', { kind: 'plant' });
      assert.deepEqual(await vectors.getDocument('a'), { ...three[0], metadata: { kind: 'plant' } });
      assert.equal(await vectors.count({ legs: 4 }), 0);
      assert.ids(await vectors.list({ filters: { kind: 'plant' } }), ['a']);
      assert.ids(await vectors.list(), ['a', 'b', 'c']);
      assert.ids(await vectors.searchByText('fox'), ['a']);
      await vectors.updateMetadata('c', { fresh: true });
      assert.ids(await vectors.search([0, 0, 1], { filters: { fresh: true } }), ['c']);
    },
  },
  {
    name: 'updateMetadata of an unknown id is NOT_FOUND',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await assert.code(vectors.updateMetadata('nobody', {}), 'NOT_FOUND');
    },
  },
  {
    name: 'removed documents are in no answer',
    async run({ create, assert }) {
      for (const index of ['auto', 'flat', 'hnsw']) {
        const d = 6, rows = gaussian(14, 60, d), vectors = create({ index });
        await vectors.addDocuments(documentsFor(rows, d, (i) => ({ content: 'common words', metadata: { i } })));
        const gone = idsFor(60).filter((_, i) => i % 4 === 1);
        await vectors.removeDocuments(gone);
        const seen = [
          ...await vectors.search(row(rows, d, 1), { maxResults: 60 }), ...await vectors.search(row(rows, d, 1), { maxResults: 60, exact: true }),
          ...(await vectors.searchBatch(row(rows, d, 5).slice(), { maxResults: 60 }))[0], ...await vectors.list(),
          ...await vectors.searchByText('common', { maxResults: 60 }), ...await vectors.findSimilar('d0', { maxResults: 60 }),
          ...await vectors.search(row(rows, d, 1), { maxResults: 60, filters: { i: { $lt: 30 } } }),
        ];
        assert.deepEqual(seen.filter((r) => gone.includes(r.id)), [], index);
        assert.equal(vectors.size, 45, index);
        assert.equal(await vectors.count({ i: { $gte: 0 } }), 45, index);
        assert.equal(await vectors.getDocument('d1'), undefined, index);
        assert.equal((await vectors.search(row(rows, d, 1), { maxResults: 60 })).length, 45, index);
        await vectors.dispose();
      }
    },
  },
  {
    name: 'removing an unknown id is no error',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await vectors.removeDocuments(['nobody', 'b', 'toString']);
      assert.ids(await vectors.list(), ['a', 'c']);
    },
  },
  {
    name: 'removeWhere removes what matches and says how many',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(documentsFor(gaussian(1, 40, 2), 2, (i) => ({ metadata: { i } })));
      assert.equal(await vectors.removeWhere({ i: { $gte: 10 } }), 30);
      assert.ids(await vectors.list(), idsFor(10));
      assert.equal(await vectors.removeWhere({ i: { $gte: 10 } }), 0);
    },
  },
  {
    name: 'removing everything leaves a collection that can be used',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await vectors.removeDocuments(['a', 'b', 'c']);
      assert.deepEqual(await vectors.search([1, 0, 0]), []);
      await vectors.addDocuments(three);
      assert.ids(await vectors.search([0, 1, 0], { maxResults: 1 }), ['b']);
    },
  },
  {
    name: 'clear empties, and the collection goes on',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await vectors.clear();
      assert.deepEqual([await vectors.search([1, 0, 0]), await vectors.list(), await vectors.searchByText('fox'), await vectors.count()], [[], [], [], 0]);
      await vectors.addDocuments([three[2], three[0]]);
      assert.ids(await vectors.list(), ['c', 'a']);
      assert.ids(await vectors.searchByText('fox'), ['a']);
    },
  },
  {
    name: 'addVectors: the fast path with metadata, some of it left out',
    async run({ create, assert }) {
      const vectors = create({ dimensions: 2 });
      await vectors.addVectors(['a', 'b', 'c'], Float32Array.of(1, 0, 0, 1, 1, 1), { metadata: [{ n: 1 }, undefined, { n: 3 }] });
      assert.deepEqual(await vectors.getDocument('a'), { id: 'a', embedding: Float32Array.of(1, 0), metadata: { n: 1 } });
      assert.deepEqual(await vectors.getDocument('b'), { id: 'b', embedding: Float32Array.of(0, 1) });
      assert.ids(await vectors.search([0, 1], { filters: { n: { $gt: 0 } } }), ['c', 'a']);
    },
  },
  {
    name: 'addVectors equals addDocuments',
    async run({ create, assert }) {
      const d = 12, rows = gaussian(70, 80, d), a = create(), b = create({ dimensions: d });
      await a.addDocuments(documentsFor(rows, d));
      await b.addVectors(idsFor(80), rows);
      const query = gaussian(71, 1, d);
      assert.deepEqual(await a.search(query, { includeEmbedding: true }), await b.search(query, { includeEmbedding: true }));
      assert.deepEqual(await a.list(), await b.list());
    },
  },
  {
    name: 'findSimilar: the neighbours of a document, without the document itself',
    async run({ create, assert }) {
      const d = 8, rows = gaussian(81, 50, d), vectors = create();
      await vectors.addDocuments(documentsFor(rows, d, (i) => ({ metadata: { i } })));
      const around = (await vectors.search(row(rows, d, 9), { maxResults: 6, exact: true })).filter((r) => r.id !== 'd9');
      assert.deepEqual(await vectors.findSimilar('d9', { maxResults: 5, exact: true }), around);
      assert.equal((await vectors.findSimilar('d9')).length, 10);
      const filtered = await vectors.findSimilar('d9', { filters: { i: { $lt: 5 } } });
      assert.deepEqual(filtered.map((r) => r.id).sort(), ['d0', 'd1', 'd2', 'd3', 'd4']);
      assert.deepEqual(await vectors.findSimilar('d9', { threshold: 1.5 }), []);
    },
  },
  {
    name: 'findSimilar of an unknown id is NOT_FOUND',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(three);
      await assert.code(vectors.findSimilar('nobody'), 'NOT_FOUND');
    },
  },
  {
    name: 'a document without embedding is embedded from its content by `embed`, in batches',
    async run({ create, assert }) {
      const calls = [];
      const embed = async (texts) => { calls.push(texts); return texts.map((t) => Float32Array.of(t.length, 1)); };
      const vectors = create({ embed });
      await vectors.addDocuments([{ id: 'a', content: 'xx' }, { id: 'b', content: 'own', embedding: [0, 1] }, { id: 'c', content: 'xxxx' }]);
      assert.deepEqual(calls.flat(), ['xx', 'xxxx']);
      assert.deepEqual((await vectors.getDocument('c')).embedding, Float32Array.of(4, 1));
      assert.equal((await vectors.getDocument('a')).content, 'xx');
    },
  },
  {
    name: 'an `embed` that fails or answers wrongly adds nothing and is a typed error',
    async run({ create, assert }) {
      const add = (embed, config) => { const v = create({ embed, ...config }); return { v, tried: v.addDocuments([{ id: 'a', content: 'x', embedding: undefined }, { id: 'b', content: 'y' }]) }; };
      for (const [embed, codes, config] of [
        [async () => { throw new Error('model is away'); }, undefined],
        [async () => [Float32Array.of(1, 2)], ['INVALID_ARGUMENT', 'DIMENSION_MISMATCH']],
        [async () => [Float32Array.of(1, 2), Float32Array.of(1, 2, 3)], 'DIMENSION_MISMATCH'],
        [async () => [Float32Array.of(1, 2), Float32Array.of(NaN, 3)], 'NOT_FINITE'],
        [async () => [Float32Array.of(1, 2), Float32Array.of(1, 3)], 'DIMENSION_MISMATCH', { dimensions: 3 }],
        [async () => 'nonsense', 'INVALID_ARGUMENT'],
      ]) {
        const { v, tried } = add(embed, config);
        const { error } = await assert.settles(tried, 5000);
        assert.ok(error !== undefined, 'a bad embed must reject');
        if (codes) await assert.code(() => { throw error; }, codes); else assert.ok(`${error.message} ${error.cause}`.includes('model is away'), 'the cause is told');
        assert.equal(v.size, 0);
      }
    },
  },
];
