/** Text: BM25 over `content`, embedded queries, and hybrid searches that fuse both. */
import { documentsFor, gaussian, idsFor } from '../lib/oracle.mjs';

const TEXTS = {
  fox: 'The quick brown fox jumps over the lazy dog',
  foxes: 'Foxes were running; a fox runs, foxes ran',
  whale: 'A blue whale is the largest animal that has ever lived in the deep blue ocean, and the whale sings',
  shell: 'A command line shell for the lazy',
  none: undefined,
};
const withTexts = async (create, config) => {
  const vectors = create(config);
  await vectors.addDocuments(Object.entries(TEXTS).map(([id, content], i) => ({ id, embedding: [i + 1, 1, 0], ...(content && { content }), metadata: { i } })));
  return vectors;
};
const found = async (vectors, query, options) => (await vectors.searchByText(query, options)).map((r) => r.id);

export default [
  {
    name: 'text: finds the documents that hold the word, best first, with content and metadata',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      const results = await vectors.searchByText('whale');
      assert.ids(results, ['whale']);
      assert.deepEqual([results[0].content, results[0].metadata], [TEXTS.whale, { i: 2 }]);
      assert.ok(results[0].score > 0);
    },
  },
  {
    name: 'text: words that nobody has find nothing',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      assert.deepEqual(await found(vectors, 'zeppelin'), []);
      assert.deepEqual(await found(vectors, 'zeppelin whale'), ['whale']);
    },
  },
  {
    name: 'text: an empty query finds nothing',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      assert.deepEqual(await found(vectors, ''), []);
      assert.deepEqual(await found(vectors, '  … !'), []);
    },
  },
  {
    name: 'text: case and punctuation do not matter',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      assert.deepEqual(await found(vectors, 'QUICK'), ['fox']);
      assert.deepEqual(await found(vectors, '"quick", (brown)!'), ['fox']);
    },
  },
  {
    name: 'text: english stems by default: run finds running and runs',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      assert.deepEqual(await found(vectors, 'run'), ['foxes']);
      assert.deepEqual((await found(vectors, 'foxes')).sort(), ['fox', 'foxes']);
    },
  },
  {
    name: 'text: language none keeps words whole',
    async run({ create, assert }) {
      const vectors = await withTexts(create, { language: 'none' });
      assert.deepEqual(await found(vectors, 'run'), []);
      assert.deepEqual(await found(vectors, 'running'), ['foxes']);
    },
  },
  {
    name: 'text: a rarer word weighs more, more of it weighs more, a shorter text weighs more',
    async run({ create, assert }) {
      const vectors = create({ language: 'none' });
      const contents = ['common rare', 'common common', 'common filler', 'common filler other', 'alpha beta gamma', 'alpha alpha gamma', 'delta', 'delta word more text here'];
      await vectors.addDocuments(contents.map((content, i) => ({ id: `d${i}`, embedding: [1], content })));
      assert.equal((await found(vectors, 'common rare'))[0], 'd0');
      assert.deepEqual(await found(vectors, 'alpha'), ['d5', 'd4']);
      assert.deepEqual(await found(vectors, 'delta'), ['d6', 'd7']);
      const scores = (await vectors.searchByText('common')).map((r) => r.score);
      assert.deepEqual([...scores].sort((a, b) => b - a), scores, 'best first');
    },
  },
  {
    name: 'text: equal scores come in insertion order, cut by maxResults',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments(idsFor(30).map((id) => ({ id, embedding: [1], content: 'same words here' })));
      assert.deepEqual(await found(vectors, 'words', { maxResults: 4 }), idsFor(4));
      assert.equal((await vectors.searchByText('words')).length, 10);
      await vectors.removeDocuments(['d1']);
      assert.deepEqual(await found(vectors, 'words', { maxResults: 3 }), ['d0', 'd2', 'd3']);
    },
  },
  {
    name: 'text: threshold is BM25\'s own value',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      const all = await vectors.searchByText('lazy fox');
      assert.atLeast(all.length, 3);
      assert.deepEqual(await vectors.searchByText('lazy fox', { threshold: all[1].score }), all.slice(0, 2));
    },
  },
  {
    name: 'text: words are cut by Unicode rules',
    async run({ create, assert }) {
      const vectors = create({ language: 'none' });
      const contents = { cafe: 'ein Café in Zürich', naive: 'naïve Bayes', kiev: 'столица України — Київ', tokyo: '東京 タワー', emoji: 'rocket 🚀 science', greek: 'ΟΔΥΣΣΕΥΣ' };
      await vectors.addDocuments(Object.entries(contents).map(([id, content]) => ({ id, embedding: [1], content })));
      for (const [query, id] of [['zürich', 'cafe'], ['ZÜRICH', 'cafe'], ['київ', 'kiev'], ['タワー', 'tokyo'], ['science', 'emoji'], ['bayes', 'naive']]) assert.deepEqual(await found(vectors, query), [id], query);
    },
  },
  {
    name: 'text: replaced, updated and removed content is found as it is now',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      await vectors.addDocuments([{ id: 'fox', embedding: [1, 1, 1], content: 'a heron' }]);
      assert.deepEqual(await found(vectors, 'quick'), []);
      assert.deepEqual(await found(vectors, 'heron'), ['fox']);
      await vectors.removeDocuments(['whale']);
      assert.deepEqual(await found(vectors, 'whale'), []);
      await vectors.addDocuments([{ id: 'none', embedding: [1, 1, 1], content: 'now with a whale' }]);
      assert.deepEqual(await found(vectors, 'whale'), ['none']);
    },
  },
  {
    name: 'text: scores after many changes equal those of a fresh collection',
    async run({ create, assert }) {
      const words = ['ant', 'bee', 'cat', 'dog', 'elk', 'fly'];
      const content = (i) => Array.from({ length: 3 + (i % 5) }, (_, j) => words[(i * (j + 1) + j) % 6]).join(' ');
      const churned = create(), fresh = create();
      await churned.addDocuments(idsFor(60).map((id, i) => ({ id, embedding: [1], content: content(i + 7) })));
      await churned.removeDocuments(idsFor(60).filter((_, i) => i % 3 === 0));
      await churned.addDocuments(idsFor(60).filter((_, i) => i % 3 === 1).map((id) => ({ id, embedding: [1], content: content(+id.slice(1)) })));
      const left = idsFor(60).filter((_, i) => i % 3 !== 0);
      await fresh.addDocuments(left.map((id) => ({ id, embedding: [1], content: content(+id.slice(1) + (+id.slice(1) % 3 === 1 ? 0 : 7)) })));
      for (const query of ['ant', 'bee cat', 'dog dog elk']) assert.deepEqual(await churned.searchByText(query, { maxResults: 60 }), await fresh.searchByText(query, { maxResults: 60 }), query);
    },
  },
  {
    name: 'text: hostile words are words',
    async run({ create, assert }) {
      const vectors = create({ language: 'none' });
      await vectors.addDocuments([{ id: 'a', embedding: [1], content: 'constructor __proto__ toString hasOwnProperty' }, { id: 'b', embedding: [1], content: 'plain' }]);
      for (const query of ['constructor', 'tostring', 'hasOwnProperty']) assert.deepEqual(await found(vectors, query), ['a'], query);
      assert.deepEqual(await found(vectors, 'valueOf'), []);
    },
  },
  {
    name: 'text: a query that is no string is INVALID_ARGUMENT',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      for (const query of [5, null, undefined, {}, ['fox']]) await assert.code(() => vectors.searchByText(query), 'INVALID_ARGUMENT', String(query));
    },
  },
  {
    name: 'text: a collection without documents answers with nothing',
    async run({ create, assert }) {
      const vectors = create();
      assert.deepEqual(await vectors.searchByText('anything'), []);
    },
  },
  {
    name: 'embed: searchByText embeds the query and searches by vector',
    async run({ create, assert }) {
      const asked = [];
      const embed = async (texts) => { asked.push(...texts); return texts.map((t) => (t.includes('sea') ? Float32Array.of(0, 1) : Float32Array.of(1, 0))); };
      const vectors = create({ embed });
      await vectors.addDocuments([{ id: 'land', content: 'hill' }, { id: 'water', content: 'the sea' }]);
      const results = await vectors.searchByText('seaside');
      assert.deepEqual(results.map((r) => [r.id, r.score]), [['water', 1], ['land', 0]]);
      assert.ok(asked.includes('seaside'));
      assert.ids(await vectors.searchByText('seaside', { threshold: 0.5 }), ['water']);
    },
  },
  {
    name: 'hybrid: a document that leads in text and vector leads, and both sides bring their own',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([
        { id: 'both', embedding: [1, 0.1, 0], content: 'solar' }, { id: 'vector', embedding: [1, 0, 0], content: 'something else' },
        { id: 'text', embedding: [-1, 0.5, 0], content: 'solar panel on a roof' }, { id: 'neither', embedding: [-1, 0, 0], content: 'nothing' },
      ]);
      for (const hybrid of [undefined, { fusion: 'rrf' }, { fusion: 'weighted', weight: 0.5 }]) {
        const results = await vectors.search([1, 0, 0], { text: 'solar', ...(hybrid && { hybrid }) });
        assert.equal(results[0].id, 'both', JSON.stringify(hybrid));
        assert.deepEqual(results.map((r) => r.id).filter((id) => ['vector', 'text'].includes(id)).sort(), ['text', 'vector'], JSON.stringify(hybrid));
        const scores = results.map((r) => r.score);
        assert.deepEqual([...scores].sort((a, b) => b - a), scores, 'fused values, best first');
        assert.equal(new Set(results.map((r) => r.id)).size, results.length, 'nobody comes twice');
      }
    },
  },
  {
    name: 'hybrid: rrf is the default fusion',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      assert.deepEqual(await vectors.search([1, 1, 0], { text: 'fox' }), await vectors.search([1, 1, 0], { text: 'fox', hybrid: { fusion: 'rrf' } }));
    },
  },
  {
    name: 'hybrid: weighted fusion follows its weight from text alone to vector alone',
    async run({ create, assert }) {
      const d = 4, rows = gaussian(800, 30, d), vectors = create();
      await vectors.addDocuments(documentsFor(rows, d, (i) => ({ content: `${'token '.repeat(1 + (i % 4))}${'pad '.repeat(i % 7)}` })));
      const query = gaussian(801, 1, d);
      const byVector = (await vectors.search(query, { maxResults: 1, exact: true }))[0].id;
      const byText = (await vectors.searchByText('token', { maxResults: 1 }))[0].id;
      const ends = [];
      for (const weight of [0, 1]) ends.push((await vectors.search(query, { text: 'token', hybrid: { fusion: 'weighted', weight }, maxResults: 1 }))[0].id);
      assert.deepEqual(new Set(ends), new Set([byVector, byText]));
    },
  },
  {
    name: 'hybrid: the threshold applies to the vector part',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([
        { id: 'near', embedding: [1, 0], content: 'plain' }, { id: 'far', embedding: [-1, 0], content: 'plain' }, { id: 'word', embedding: [-1, 0], content: 'needle' },
      ]);
      const ids = (await vectors.search([1, 0], { text: 'needle', threshold: 0.5 })).map((r) => r.id);
      assert.ok(ids.includes('near'), 'the vector part keeps what reaches the threshold');
      assert.ok(!ids.includes('far'), 'and drops what does not');
    },
  },
  {
    name: 'hybrid: filters and maxResults hold for the fused list',
    async run({ create, assert }) {
      const d = 3, vectors = create();
      await vectors.addDocuments(documentsFor(gaussian(810, 60, d), d, (i) => ({ content: i % 2 ? 'odd one' : 'even one', metadata: { i } })));
      const results = await vectors.search(gaussian(811, 1, d), { text: 'odd', filters: { i: { $gte: 40 } }, maxResults: 7 });
      assert.equal(results.length, 7);
      assert.deepEqual(results.filter((r) => r.metadata.i < 40), []);
    },
  },
  {
    name: 'hybrid: text that matches nothing leaves the vector order',
    async run({ create, assert }) {
      const vectors = await withTexts(create);
      const plain = await vectors.search([1, 1, 0]);
      assert.ids(await vectors.search([1, 1, 0], { text: 'zeppelin' }), plain.map((r) => r.id));
    },
  },
];
