/** Bad input: every one a typed error by code, none of it changing anything (FAULTS rows 24-29 and 31). */
import { documentsFor, gaussian, idsFor } from '../lib/oracle.mjs';

const BOTH = ['INVALID_ARGUMENT', 'DIMENSION_MISMATCH'];
const sparse = () => { const a = [1, 2, 3]; delete a[1]; return a; };

/** Embeddings that must be refused where three finite numbers are due. */
const EMBEDDINGS = [
  ['NaN', () => [1, NaN, 3], 'NOT_FINITE'],
  ['Infinity', () => [1, 2, Infinity], 'NOT_FINITE'],
  ['-Infinity in a Float32Array', () => Float32Array.of(-Infinity, 1, 2), 'NOT_FINITE'],
  ['NaN in a Float32Array', () => Float32Array.of(1, 2, NaN), 'NOT_FINITE'],
  ['a number beyond f32', () => [1, 1e39, 0], 'NOT_FINITE'],
  ['too few components', () => [1, 2], 'DIMENSION_MISMATCH'],
  ['too many components', () => new Float32Array(4), 'DIMENSION_MISMATCH'],
  ['no components', () => [], BOTH],
  ['an empty Float32Array', () => new Float32Array(0), BOTH],
  ['an array with a hole', sparse, ['INVALID_ARGUMENT', 'NOT_FINITE']],
  ['BigInt', () => [1n, 2n, 3n], 'INVALID_ARGUMENT'],
  ['a BigInt64Array', () => BigInt64Array.of(1n, 2n, 3n), 'INVALID_ARGUMENT'],
  ['strings', () => ['1', '2', '3'], 'INVALID_ARGUMENT'],
  ['null components', () => [1, null, 3], ['INVALID_ARGUMENT', 'NOT_FINITE']],
  ['booleans', () => [true, false, true], 'INVALID_ARGUMENT'],
  ['objects', () => [{}, {}, {}], 'INVALID_ARGUMENT'],
  ['a string', () => '1,2,3', 'INVALID_ARGUMENT'],
  ['null', () => null, 'INVALID_ARGUMENT'],
  ['a number', () => 3, 'INVALID_ARGUMENT'],
  ['an object like an array', () => ({ 0: 1, 1: 2, 2: 3, length: 3 }), 'INVALID_ARGUMENT'],
  ['a DataView', () => new DataView(new ArrayBuffer(12)), 'INVALID_ARGUMENT'],
  ['an ArrayBuffer', () => new ArrayBuffer(12), 'INVALID_ARGUMENT'],
];

const standing = async (create, config = {}) => {
  const vectors = create(config);
  await vectors.addDocuments([{ id: 'a', embedding: [1, 2, 3], metadata: { n: 1 } }, { id: 'b', embedding: [3, 2, 1], content: 'blue' }]);
  return vectors;
};
const unchanged = async (vectors, assert) => {
  assert.ids(await vectors.list(), ['a', 'b']);
  assert.deepEqual((await vectors.getDocument('a')).embedding, Float32Array.of(1, 2, 3));
  assert.ids(await vectors.search([1, 2, 3], { maxResults: 1 }), ['a']);
};

const METADATA = [
  ['a nested object', { x: { y: 1 } }], ['a Date', { x: new Date(0) }], ['a function', { x: () => 1 }], ['a symbol', { x: Symbol('s') }], ['a BigInt', { x: 1n }],
  ['NaN', { x: NaN }], ['Infinity', { x: Infinity }], ['an array with objects', { x: [{}] }], ['an array in an array', { x: [[1]] }], ['an array', [1, 2]], ['a string', 'meta'], ['a number', 5],
];

const OPTIONS = [
  ['maxResults -1', { maxResults: -1 }], ['maxResults NaN', { maxResults: NaN }], ['maxResults 1.5', { maxResults: 1.5 }], ['maxResults as a string', { maxResults: '5' }],
  ['threshold NaN', { threshold: NaN }], ['threshold as a string', { threshold: '0.5' }], ['mmr above 1', { mmr: 1.5 }], ['mmr below 0', { mmr: -0.1 }], ['mmr NaN', { mmr: NaN }],
  ['ef 0', { ef: 0 }], ['ef -5', { ef: -5 }], ['ef NaN', { ef: NaN }], ['an unknown fusion', { text: 'x', hybrid: { fusion: 'magic' } }],
  ['a hybrid weight above 1', { text: 'x', hybrid: { fusion: 'weighted', weight: 2 } }], ['text that is no string', { text: 5 }], ['a signal that is none', { signal: {} }],
  ['exact as a string', { exact: 'yes' }], ['includeEmbedding as a number', { includeEmbedding: 1 }], ['options that are no object', 'fast'],
];

const CONFIGS = [
  ['dimensions 0', { dimensions: 0 }], ['dimensions -3', { dimensions: -3 }], ['dimensions 1.5', { dimensions: 1.5 }], ['dimensions NaN', { dimensions: NaN }], ['dimensions as a string', { dimensions: '3' }],
  ['an unknown metric', { metric: 'manhattan' }], ['an unknown index', { index: 'tree' }], ['an unknown quantization', { quantization: 'int4' }], ['an unknown storage', { storage: 'cloud' }],
  ['a storage object without directory', { storage: {} }], ['maxResults 0.5', { maxResults: 0.5 }], ['maxResults -1', { maxResults: -1 }], ['hnsw.m 0', { hnsw: { m: 0 } }], ['hnsw.efConstruction NaN', { hnsw: { efConstruction: NaN } }],
  ['an unknown implementation', { implementation: 'gpu' }], ['an unknown host', { host: 'moon' }], ['embed that is no function', { embed: 'model' }], ['a name that is no string', { name: 5 }],
  ['an unknown language', { language: 'klingon' }],
];

/** Where a 32-bit count turns negative, ends, and wraps to 0 (FAULTS row 24). */
const SIZES = [['2^31 - 1', 2 ** 31 - 1], ['2^31', 2 ** 31], ['2^32 - 1', 2 ** 32 - 1], ['2^32', 2 ** 32]];

export default [
  ...EMBEDDINGS.map(([name, make, codes]) => ({
    name: `an embedding of ${name} is refused on add and on search, and nothing changes`,
    async run({ create, assert }) {
      const vectors = await standing(create);
      await assert.code(() => vectors.addDocuments([{ id: 'c', embedding: make() }]), codes, 'addDocuments');
      await assert.code(() => vectors.addDocuments([{ id: 'a', embedding: make() }]), codes, 'addDocuments over a standing id');
      await assert.code(() => vectors.search(make()), codes, 'search');
      await unchanged(vectors, assert);
    },
  })),
  {
    name: 'a Float64Array is converted exactly or refused, never misread',
    async run({ create, assert }) {
      const vectors = await standing(create);
      const { error } = await assert.settles(vectors.addDocuments([{ id: 'c', embedding: Float64Array.of(0.5, 0.25, 4) }]), 5000);
      if (error) await assert.code(() => { throw error; }, 'INVALID_ARGUMENT');
      else assert.deepEqual((await vectors.getDocument('c')).embedding, Float32Array.of(0.5, 0.25, 4));
    },
  },
  {
    name: 'a Float32Array on shared memory is copied or refused',
    async run({ create, assert }) {
      if (typeof SharedArrayBuffer === 'undefined') return;
      const vectors = await standing(create);
      const shared = new Float32Array(new SharedArrayBuffer(12));
      shared.set([7, 8, 9]);
      const adding = vectors.addDocuments([{ id: 'c', embedding: shared }]);
      shared.fill(NaN);
      const { error } = await assert.settles(adding, 5000);
      if (error) await assert.code(() => { throw error; }, 'INVALID_ARGUMENT');
      else assert.deepEqual((await vectors.getDocument('c')).embedding, Float32Array.of(7, 8, 9));
    },
  },
  {
    name: 'addVectors refuses what is not n x dimensions finite f32 with n ids',
    async run({ create, assert }) {
      const vectors = await standing(create);
      for (const [ids, rows, codes, options] of [
        [['x', 'y'], new Float32Array(5), BOTH], [['x'], new Float32Array(6), BOTH], [[], new Float32Array(3), BOTH],
        [['x', 'y'], Float32Array.of(1, 2, 3, 4, NaN, 6), 'NOT_FINITE'], ['x', new Float32Array(3), 'INVALID_ARGUMENT'],
        [[5], new Float32Array(3), 'INVALID_ARGUMENT'], [null, new Float32Array(3), 'INVALID_ARGUMENT'], [['x'], null, 'INVALID_ARGUMENT'],
        [['x'], new Float32Array(3), 'INVALID_ARGUMENT', { metadata: [{}, {}] }], [['x'], new Float32Array(3), 'INVALID_ARGUMENT', { metadata: [{ f: () => 1 }] }],
      ]) await assert.code(() => vectors.addVectors(ids, rows, options), codes, `${JSON.stringify(ids)} x ${rows?.length} ${JSON.stringify(options)}`);
      await unchanged(vectors, assert);
    },
  },
  {
    name: 'searchBatch refuses what is not q x dimensions finite f32',
    async run({ create, assert }) {
      const vectors = await standing(create);
      await assert.code(() => vectors.searchBatch(new Float32Array(4)), BOTH);
      await assert.code(() => vectors.searchBatch(Float32Array.of(1, 2, 3, 4, 5, Infinity)), 'NOT_FINITE');
      await assert.code(() => vectors.searchBatch([[1, 2, 3]]), 'INVALID_ARGUMENT');
      await assert.code(() => vectors.searchBatch(undefined), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'NOT_FINITE says which component',
    async run({ create, assert }) {
      const vectors = await standing(create);
      const error = await assert.code(vectors.addDocuments([{ id: 'x', embedding: [1, NaN, 3] }]), 'NOT_FINITE');
      assert.ok(`${error.message} ${JSON.stringify(error.detail)}`.includes('1'), 'the index of the component is told');
    },
  },
  {
    name: 'documents of the wrong shape are INVALID_ARGUMENT',
    async run({ create, assert }) {
      const vectors = await standing(create);
      const embedding = [1, 2, 3];
      for (const documents of [
        null, undefined, 'x', 5, {}, [null], [undefined], ['a'], [5], [[]], [{ embedding }], [{ id: 5, embedding }], [{ id: null, embedding }], [{ id: {}, embedding }],
        [{ id: 'x', embedding, content: 5 }], [{ id: 'x', embedding, content: {} }], [{ id: 'x' }], [{ id: 'x', content: 'no embed is configured' }],
      ]) await assert.code(() => vectors.addDocuments(documents), 'INVALID_ARGUMENT', JSON.stringify(documents) ?? 'undefined');
      await unchanged(vectors, assert);
    },
  },
  ...METADATA.map(([name, metadata]) => ({
    name: `metadata with ${name} is refused with INVALID_ARGUMENT on add and on update`,
    async run({ create, assert }) {
      const vectors = await standing(create);
      const codes = ['INVALID_ARGUMENT', ...(/NaN|Infinity/.test(name) ? ['NOT_FINITE'] : [])];
      await assert.code(() => vectors.addDocuments([{ id: 'c', embedding: [1, 1, 1], metadata }]), codes, 'addDocuments');
      await assert.code(() => vectors.updateMetadata('a', metadata), codes, 'updateMetadata');
      await unchanged(vectors, assert);
      assert.deepEqual((await vectors.getDocument('a')).metadata, { n: 1 });
    },
  })),
  ...OPTIONS.map(([name, options]) => ({
    name: `search option ${name} is refused with INVALID_ARGUMENT`,
    async run({ create, assert }) {
      const vectors = await standing(create);
      await assert.code(() => vectors.search([1, 2, 3], options), 'INVALID_ARGUMENT');
      await unchanged(vectors, assert);
    },
  })),
  ...CONFIGS.map(([name, config]) => ({
    name: `configuration with ${name} is refused with INVALID_ARGUMENT`,
    async run({ create, assert, host }) {
      if (host.disableWasm && config.implementation) return;
      await assert.code(async () => {
        const vectors = create(config);
        await vectors.ready();
        await vectors.addDocuments([{ id: 'a', embedding: [1, 2, 3] }]);
      }, 'INVALID_ARGUMENT');
    },
  })),
  {
    name: 'ids that are no strings are refused by every method that takes one',
    async run({ create, assert }) {
      const vectors = await standing(create);
      for (const id of [5, null, undefined, {}, ['a'], Symbol('a')]) {
        for (const attempt of [() => vectors.getDocument(id), () => vectors.updateMetadata(id, {}), () => vectors.findSimilar(id), () => vectors.removeDocuments([id])]) {
          await assert.code(attempt, 'INVALID_ARGUMENT', String(attempt));
        }
      }
      await assert.code(() => vectors.removeDocuments('a'), 'INVALID_ARGUMENT');
      await unchanged(vectors, assert);
    },
  },
  {
    name: 'list refuses a negative or broken offset and limit',
    async run({ create, assert }) {
      const vectors = await standing(create);
      for (const options of [{ offset: -1 }, { limit: -1 }, { offset: NaN }, { limit: 1.5 }, { offset: '1' }]) await assert.code(() => vectors.list(options), 'INVALID_ARGUMENT', JSON.stringify(options));
    },
  },
  {
    name: 'maxResults 0 gives nothing or is refused, a huge one gives all',
    async run({ create, assert }) {
      const vectors = await standing(create);
      const { value, error } = await assert.settles(vectors.search([1, 2, 3], { maxResults: 0 }), 5000);
      if (error) await assert.code(() => { throw error; }, 'INVALID_ARGUMENT'); else assert.deepEqual(value, []);
      assert.equal((await vectors.search([1, 2, 3], { maxResults: 1e9 })).length, 2);
      assert.equal((await vectors.search([1, 2, 3], { maxResults: 1e9, exact: true })).length, 2);
    },
  },
  ...SIZES.map(([name, size]) => ({
    name: `sizes: ${name} is clamped where it means "all" and refused elsewhere, and nothing changes`,
    async run({ create, assert }) {
      const query = [1, 2, 3], graph = { index: 'hnsw', host: 'worker' };
      for (const config of [{}, graph]) {
        const vectors = await standing(create, config), note = JSON.stringify(config);
        // Control: the same options with a size that fits give the same answers.
        const [both, one] = [await vectors.search(query, { maxResults: 2, ef: 2, timeoutMs: 60_000 }), await vectors.list({ offset: 1, limit: 1 })];
        assert.ids(both, ['a', 'b'], note);
        assert.deepEqual(await vectors.search(query, { maxResults: size, ef: size, timeoutMs: size }), both, note);
        assert.deepEqual(await vectors.searchBatch(Float32Array.from(query), { maxResults: size, ef: size, timeoutMs: size }), [both], note);
        assert.deepEqual(await vectors.search(query, { maxResults: size, mmr: 1 }), both, note);
        assert.ids(await vectors.search(query, { maxResults: size, text: 'blue' }), ['b', 'a'], note);
        assert.deepEqual(await vectors.list({ offset: 1, limit: size }), one, note);
        assert.deepEqual(await vectors.list({ offset: size, limit: size }), [], note);
        const hollow = new Array(Math.min(size, 2 ** 32 - 1)); // claims the length and holds nothing
        const refused = ['TOO_LARGE', 'INVALID_ARGUMENT', 'DIMENSION_MISMATCH'];
        for (const [what, attempt] of Object.entries({
          search: () => vectors.search(hollow), searchBatch: () => vectors.searchBatch(hollow), embedding: () => vectors.addDocuments([{ id: 'c', embedding: hollow }]),
          documents: () => vectors.addDocuments(hollow), ids: () => vectors.addVectors(hollow, new Float32Array(3)), vectors: () => vectors.addVectors(['c'], hollow), removed: () => vectors.removeDocuments(hollow),
        })) await assert.code(attempt, refused, `${note} ${what}`);
        await unchanged(vectors, assert);
      }
      await assert.code(() => create({}).addDocuments([{ id: 'a', embedding: new Array(Math.min(size, 2 ** 32 - 1)) }]), 'TOO_LARGE', 'the first vector');
      for (const config of [{ dimensions: size }, { hnsw: { m: size } }, { hnsw: { ef: size } }, { hnsw: { efConstruction: size } }]) {
        await assert.code(async () => create(config).ready(), 'INVALID_ARGUMENT', JSON.stringify(config));
      }
    },
  })),
  {
    name: 'load refuses what are no bytes with INVALID_ARGUMENT or CORRUPT',
    async run({ create, assert }) {
      const vectors = await standing(create);
      for (const bytes of [null, undefined, 'text', 5, {}, [1, 2, 3]]) await assert.code(() => vectors.load(bytes), ['INVALID_ARGUMENT', 'CORRUPT'], String(bytes));
      await unchanged(vectors, assert);
    },
  },
  ...[
    ['a NaN', { embedding: [1, NaN, 3] }, 'NOT_FINITE'], ['a wrong dimension', { embedding: [1, 2] }, 'DIMENSION_MISMATCH'], ['bad metadata', { metadata: { x: {} } }, 'INVALID_ARGUMENT'], ['bad content', { content: 7 }, 'INVALID_ARGUMENT'],
  ].map(([name, flaw, code]) => ({
    name: `all or nothing: document 500 of 1000 with ${name} leaves none behind and is named`,
    async run({ create, assert }) {
      const vectors = await standing(create);
      const documents = documentsFor(gaussian(9, 1000, 3), 3, (i) => (i === 500 ? flaw : { metadata: { i } }));
      documents[3].id = 'a';
      const error = await assert.code(vectors.addDocuments(documents), code);
      assert.ok(`${error.message} ${JSON.stringify(error.detail)}`.match(/\b(d)?500\b/), `the error names the document: ${error.message}`);
      await unchanged(vectors, assert);
      assert.equal(await vectors.count({ i: { $gte: 0 } }), 0);
      await vectors.addDocuments(documents.filter((_, i) => i !== 500));
      assert.equal(vectors.size, 1000, 'the good ones go in afterwards: 998 new, one replaced, one stood');
    },
  })),
  {
    name: 'all or nothing: a NaN in one row of addVectors leaves none behind',
    async run({ create, assert }) {
      const vectors = await standing(create);
      const rows = gaussian(10, 300, 3);
      rows[299 * 3 + 2] = NaN;
      await assert.code(vectors.addVectors(idsFor(300), rows), 'NOT_FINITE');
      await unchanged(vectors, assert);
    },
  },
  {
    name: 'a failed call does not stop the ones behind it',
    async run({ create, assert }) {
      const vectors = create();
      const calls = [
        vectors.addDocuments([{ id: 'a', embedding: [1, 0] }]), vectors.addDocuments([{ id: 'b', embedding: [NaN, 0] }]),
        vectors.addDocuments([{ id: 'c', embedding: [0, 1] }]), vectors.search([1]), vectors.search([0, 1], { maxResults: 1 }),
      ];
      const settled = await Promise.allSettled(calls);
      assert.deepEqual(settled.map((s) => s.status), ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
      assert.ids(settled[4].value, ['c']);
    },
  },
];
