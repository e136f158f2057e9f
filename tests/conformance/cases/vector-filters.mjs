/** Metadata filters: every operator, judged by plain JavaScript predicates, and applied inside the search. */
import { documentsFor, gaussian, idsFor, integers, recall, row, top } from '../lib/oracle.mjs';

const SECTIONS = ['net', 'admin', 'math', 'games'];
const N = 120;
const metadataOf = (i) => ({
  n: i, section: SECTIONS[i % 4], free: i % 3 === 0, score: (i * 7) % 13 / 2,
  ...(i % 5 === 0 ? {} : { version: `v${i % 9}` }),
  ...(i % 6 === 0 ? { owner: null } : i % 6 === 1 ? { owner: 'eve' } : {}),
  tags: [SECTIONS[(i + 1) % 4], i % 10, ...(i % 7 === 0 ? ['rare'] : [])],
});
const META = Array.from({ length: N }, (_, i) => metadataOf(i));

const collection = async (create, config) => {
  const d = 6, rows = gaussian(500, N, d), vectors = create(config);
  await vectors.addDocuments(documentsFor(rows, d, (i) => ({ metadata: META[i], content: `text ${SECTIONS[i % 4]}` })));
  return { vectors, rows, d };
};

/** A filter and the predicate that it means. */
const OPERATORS = [
  ['a plain value is equality', { section: 'net' }, (m) => m.section === 'net'],
  ['a plain number is equality', { n: 17 }, (m) => m.n === 17],
  ['a plain boolean is equality', { free: true }, (m) => m.free === true],
  ['null matches null and a field left out', { owner: { $eq: null } }, (m) => m.owner == null],
  ['$eq', { section: { $eq: 'math' } }, (m) => m.section === 'math'],
  ['$eq keeps types apart: a number is not its string', { n: { $eq: '17' } }, () => false],
  ['$ne', { section: { $ne: 'math' } }, (m) => m.section !== 'math'],
  ['$gt', { n: { $gt: 100 } }, (m) => m.n > 100],
  ['$gte', { n: { $gte: 100 } }, (m) => m.n >= 100],
  ['$lt', { score: { $lt: 2.5 } }, (m) => m.score < 2.5],
  ['$lte', { score: { $lte: 2.5 } }, (m) => m.score <= 2.5],
  ['$gt on strings is their order', { section: { $gt: 'games' } }, (m) => m.section > 'games'],
  ['$lte on strings is their order', { version: { $lte: 'v3' } }, (m) => m.version !== undefined && m.version <= 'v3'],
  ['ranges compare numbers with numbers only', { section: { $gt: 3 } }, () => false],
  ['several operators on one field must all hold', { n: { $gte: 10, $lt: 20 } }, (m) => m.n >= 10 && m.n < 20],
  ['several fields must all hold', { section: 'net', free: true }, (m) => m.section === 'net' && m.free],
  ['$in', { section: { $in: ['net', 'games', 'nowhere'] } }, (m) => ['net', 'games'].includes(m.section)],
  ['$in with numbers', { n: { $in: [1, 5, 500] } }, (m) => [1, 5].includes(m.n)],
  ['$in of nothing matches nothing', { section: { $in: [] } }, () => false],
  ['$nin', { section: { $nin: ['net', 'games'] } }, (m) => !['net', 'games'].includes(m.section)],
  ['$exists: true', { version: { $exists: true } }, (m) => m.version !== undefined],
  ['$exists: false', { version: { $exists: false } }, (m) => m.version === undefined],
  ['$exists sees a null', { owner: { $exists: true } }, (m) => m.owner !== undefined],
  ['$contains on an array: a string', { tags: { $contains: 'rare' } }, (m) => m.tags.includes('rare')],
  ['a plain value matches an element of an array', { tags: 'rare' }, (m) => m.tags.includes('rare')],
  ['$nin on an array: none of its elements', { tags: { $nin: ['rare', 3] } }, (m) => !m.tags.includes('rare') && !m.tags.includes(3)],
  ['$contains on a string: a part of it', { version: { $contains: '5' } }, (m) => m.version?.includes('5') ?? false],
  ['$contains on an array: a number', { tags: { $contains: 7 } }, (m) => m.tags.includes(7)],
  ['$and', { $and: [{ section: 'net' }, { n: { $lt: 50 } }] }, (m) => m.section === 'net' && m.n < 50],
  ['$or', { $or: [{ section: 'net' }, { n: { $lt: 10 } }] }, (m) => m.section === 'net' || m.n < 10],
  ['$not', { $not: { section: 'net' } }, (m) => m.section !== 'net'],
  ['$not beside a field', { free: true, $not: { n: { $gte: 60 } } }, (m) => m.free && m.n < 60],
  ['logic nests', { $or: [{ $and: [{ free: true }, { $not: { section: 'net' } }] }, { $and: [{ n: { $gt: 110 } }, { tags: { $contains: 'net' } }] }] },
    (m) => (m.free && m.section !== 'net') || (m.n > 110 && m.tags.includes('net'))],
  ['a field nobody has matches nothing', { nowhere: 1 }, () => false],
  ['an empty filter is no filter', {}, () => true],
];

export default [
  ...OPERATORS.map(([name, filters, holds]) => ({
    name: `filter: ${name}`,
    async run({ create, assert }) {
      const { vectors, rows, d } = await collection(create);
      const expected = idsFor(N).filter((_, i) => holds(META[i]));
      assert.ids(await vectors.list({ filters }), expected, 'list');
      assert.equal(await vectors.count(filters), expected.length, 'count');
      const query = gaussian(501, 1, d);
      assert.ids(await vectors.search(query, { filters, maxResults: 9, exact: true }), top('cosine', query, rows, d, 9, { allow: (i) => holds(META[i]) }), 'search');
      const [batch] = await vectors.searchBatch(query, { filters, maxResults: N });
      assert.ids(batch, top('cosine', query, rows, d, N, { allow: (i) => holds(META[i]) }), 'searchBatch, all that match');
      assert.equal(await vectors.removeWhere(filters), expected.length, 'removeWhere');
      assert.equal(vectors.size, N - expected.length);
    },
  })),
  {
    name: 'filters act inside the search: maxResults come back whenever that many match, however far from the query',
    async run({ create, assert }) {
      const d = 8, n = 1500, rows = gaussian(510, n, d), query = gaussian(511, 1, d);
      const worst = top('cosine', query, rows, d, n).slice(-12);
      const rare = new Set(worst);
      for (const config of [{}, { index: 'flat' }, { index: 'hnsw' }, { quantization: 'int8' }, { quantization: 'binary' }, { quantization: 'f16' }]) {
        const vectors = create(config);
        await vectors.addDocuments(documentsFor(rows, d, (i) => ({ metadata: { rare: rare.has(`d${i}`) } })));
        assert.deepEqual(new Set((await vectors.search(query, { filters: { rare: true }, maxResults: 10 })).map((r) => r.id)).size, 10, JSON.stringify(config));
        assert.ids(await vectors.search(query, { filters: { rare: true }, maxResults: 50, exact: true }), worst, JSON.stringify(config));
        assert.equal((await vectors.search(query, { filters: { rare: true }, maxResults: 50 })).length, 12, JSON.stringify(config));
        await vectors.dispose();
      }
    },
  },
  {
    name: 'filters of every share, from none to all, keep the recall on every index',
    async run({ create, assert }) {
      const d = 12, n = 1200, rows = gaussian(520, n, d), queries = gaussian(521, 8, d);
      for (const config of [{ index: 'flat' }, { index: 'hnsw' }, {}]) {
        const vectors = create(config);
        await vectors.addDocuments(documentsFor(rows, d, (i) => ({ metadata: { i } })));
        for (const share of [0, 0.005, 0.1, 0.5, 0.95, 1]) {
          let sum = 0;
          for (let q = 0; q < 8; q++) {
            const query = row(queries, d, q);
            const found = await vectors.search(query, { filters: { i: { $lt: n * share } } });
            const truth = top('cosine', query, rows, d, 10, { allow: (i) => i < n * share });
            assert.equal(found.length, truth.length, `${JSON.stringify(config)} ${share}`);
            sum += recall(found.map((r) => r.id), truth);
          }
          assert.atLeast(sum / 8, 0.95, `recall with ${JSON.stringify(config)} at a share of ${share}`);
        }
        await vectors.dispose();
      }
    },
  },
  {
    name: 'a filter that everything matches gives what no filter gives',
    async run({ create, assert }) {
      const { vectors, d } = await collection(create);
      const query = gaussian(530, 1, d);
      assert.deepEqual(await vectors.search(query, { filters: { n: { $gte: 0 } }, maxResults: 40 }), await vectors.search(query, { maxResults: 40 }));
    },
  },
  {
    name: 'filters hold for text, hybrid and similar searches too',
    async run({ create, assert }) {
      const { vectors, d } = await collection(create);
      const wrong = (results) => results.filter((r) => r.metadata.n >= 20).map((r) => r.id);
      const filters = { n: { $lt: 20 } };
      for (const [name, results] of [
        ['text', await vectors.searchByText('net', { filters, maxResults: 50 })], ['similar', await vectors.findSimilar('d100', { filters, maxResults: 50 })],
        ['hybrid', await vectors.search(gaussian(531, 1, d), { text: 'net', filters, maxResults: 50 })],
        ['mmr', await vectors.search(gaussian(531, 1, d), { mmr: 0.5, filters, maxResults: 50 })],
      ]) {
        assert.deepEqual(wrong(results), [], name);
        assert.equal(results.length, name === 'text' ? 5 : 20, name);
      }
    },
  },
  {
    name: 'a filter sees replaced, updated and removed documents as they are now',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [1], metadata: { x: 1 } }, { id: 'b', embedding: [1], metadata: { x: 1 } }, { id: 'c', embedding: [1] }]);
      assert.equal(await vectors.count({ x: 1 }), 2);
      await vectors.addDocuments([{ id: 'a', embedding: [1], metadata: { x: 2 } }]);
      assert.ids(await vectors.list({ filters: { x: 1 } }), ['b']);
      await vectors.updateMetadata('c', { x: 1 });
      assert.ids(await vectors.list({ filters: { x: 1 } }), ['b', 'c']);
      await vectors.removeDocuments(['b']);
      assert.ids(await vectors.search([1], { filters: { x: 1 } }), ['c']);
      await vectors.compact();
      assert.ids(await vectors.search([1], { filters: { x: { $gte: 1 } } }), ['a', 'c']);
    },
  },
  {
    name: 'a field that holds numbers here and strings there is filtered by type; an array matches by any element',
    async run({ create, assert }) {
      const values = [1, '1', true, null, [1, '1'], 2, '2', false, -1.5, ''];
      const vectors = create();
      await vectors.addDocuments(values.map((x, i) => ({ id: `d${i}`, embedding: [1], metadata: { x } })));
      assert.ids(await vectors.list({ filters: { x: { $gte: 1 } } }), ['d0', 'd4', 'd5'], 'numbers, and arrays that hold one');
      assert.ids(await vectors.list({ filters: { x: { $gte: '1' } } }), ['d1', 'd4', 'd6'], 'strings, and arrays that hold one');
      assert.ids(await vectors.list({ filters: { x: { $in: [true, null] } } }), ['d2', 'd3']);
      assert.ids(await vectors.list({ filters: { x: '' } }), ['d9']);
      assert.ids(await vectors.list({ filters: { x: { $lt: 0 } } }), ['d8']);
    },
  },
  {
    name: 'field names of Object.prototype are plain names',
    async run({ create, assert }) {
      const vectors = create();
      const own = JSON.parse('{"__proto__": 5, "constructor": "x", "toString": true}');
      await vectors.addDocuments([{ id: 'a', embedding: [1], metadata: { y: 1 } }, { id: 'b', embedding: [1], metadata: own }]);
      assert.ids(await vectors.list({ filters: { constructor: { $exists: true } } }), ['b']);
      assert.ids(await vectors.list({ filters: { hasOwnProperty: { $exists: true } } }), []);
      assert.ids(await vectors.list({ filters: { toString: true } }), ['b']);
      assert.ids(await vectors.list({ filters: JSON.parse('{"__proto__": 5}') }), ['b']);
      assert.equal(({}).y, undefined);
    },
  },
  ...[
    ['an unknown operator', { n: { $near: 3 } }], ['an unknown logic operator', { $nor: [] }], ['$in without an array', { n: { $in: 3 } }],
    ['$nin without an array', { n: { $nin: 'x' } }], ['$and without an array', { $and: { n: 1 } }], ['$or without an array', { $or: 'x' }],
    ['$exists without a boolean', { n: { $exists: 'yes' } }], ['$gt with an object', { n: { $gt: {} } }], ['$not with a value', { $not: 5 }],
    ['a mix of operator and field', { n: { $gt: 1, other: 2 } }], ['NaN', { n: { $gt: NaN } }], ['a filter that is no object', 'section'], ['an array', [{ n: 1 }]],
    ['a function', { n: () => true }],
  ].map(([name, filters]) => ({
    name: `filter: ${name} is refused with INVALID_ARGUMENT everywhere`,
    async run({ create, assert }) {
      const { vectors, d } = await collection(create);
      const query = gaussian(1, 1, d);
      for (const attempt of [() => vectors.search(query, { filters }), () => vectors.count(filters), () => vectors.list({ filters }), () => vectors.removeWhere(filters),
        () => vectors.searchBatch(query, { filters }), () => vectors.searchByText('net', { filters }), () => vectors.findSimilar('d1', { filters })]) {
        await assert.code(attempt, 'INVALID_ARGUMENT', String(attempt).slice(6, 40));
      }
      assert.equal(vectors.size, N);
    },
  })),
  {
    name: 'random filters over random documents agree with plain predicates',
    async run({ create, assert }) {
      const d = 3, n = 90, numbers = integers(540, n, d, 5), vectors = create();
      const meta = Array.from({ length: n }, (_, i) => ({ a: numbers[i * d], b: `s${numbers[i * d + 1]}`, ...(i % 4 && { c: numbers[i * d + 2] }) }));
      await vectors.addDocuments(documentsFor(numbers.map((x) => x + 0.5), d, (i) => ({ metadata: meta[i] })));
      const random = integers(541, 400, 1, 5);
      let at = 0;
      const draw = () => random[at++ % 400];
      const build = (depth) => {
        const pick = Math.abs(draw()) + (depth > 0 ? Math.abs(draw()) * 3 : 0);
        if (depth > 0 && pick > 4) {
          const parts = [build(depth - 1), build(depth - 1)];
          if (pick > 6) return [{ $or: parts.map((p) => p[0]) }, (m) => parts.some((p) => p[1](m))];
          if (pick > 5) return [{ $not: parts[0][0] }, (m) => !parts[0][1](m)];
          return [{ $and: parts.map((p) => p[0]) }, (m) => parts.every((p) => p[1](m))];
        }
        const value = draw();
        return [
          [{ a: { $gte: value } }, (m) => m.a >= value], [{ b: `s${value}` }, (m) => m.b === `s${value}`], [{ c: { $lt: value } }, (m) => m.c !== undefined && m.c < value],
          [{ c: { $exists: false } }, (m) => m.c === undefined], [{ a: { $in: [value, 1] } }, (m) => [value, 1].includes(m.a)],
        ][Math.min(4, pick)];
      };
      for (let round = 0; round < 60; round++) {
        const [filters, holds] = build(3);
        assert.ids(await vectors.list({ filters }), idsFor(n).filter((_, i) => holds(meta[i])), JSON.stringify(filters));
      }
    },
  },
];
