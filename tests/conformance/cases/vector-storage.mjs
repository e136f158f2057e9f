/** save and load, damage, other implementations, and storages that outlive the service. */
import { clustered, documentsFor, gaussian, idsFor, integers, rng, row } from '../lib/oracle.mjs';
import { GOLDENS, answersOf } from '../../fixtures/goldens.mjs';

const D = 8;
const documents = () => documentsFor(integers(600, 60, D, 5).map((x) => x + 0.25), D, (i) => ({
  content: `note ${i} about ${['cats', 'dogs', 'whales'][i % 3]}`, metadata: { i, kind: ['x', 'y'][i % 2], tags: ['t', i] },
}));
const query = () => integers(601, 1, D, 5);
const answers = async (vectors) => ({
  size: vectors.size, all: await vectors.list(), exact: await vectors.search(query(), { exact: true, maxResults: 60, includeEmbedding: true }),
  text: await vectors.searchByText('whales', { maxResults: 60 }), filtered: await vectors.search(query(), { filters: { kind: 'x', i: { $lt: 30 } }, exact: true }),
});
const worn = async (vectors) => {
  await vectors.addDocuments(documents());
  await vectors.removeDocuments(['d3', 'd4', 'd59']);
  await vectors.addDocuments([{ id: 'd10', embedding: query(), content: 'a whale replaced it', metadata: { i: 10 } }, { id: 'd4', embedding: query() }]);
  await vectors.updateMetadata('d11', { kind: 'x', i: 11 });
  return vectors;
};

export default [
  {
    name: 'save and load: everything answers as before',
    async run({ create, assert }) {
      const vectors = await worn(create()), other = create();
      const bytes = await vectors.save();
      assert.ok(bytes instanceof Uint8Array, 'save gives a Uint8Array');
      await other.load(bytes);
      assert.deepEqual(await answers(other), await answers(vectors));
    },
  },
  {
    name: 'save and load: a loaded collection goes on like the saved one',
    async run({ create, assert }) {
      const vectors = await worn(create()), other = create();
      await other.load(await vectors.save());
      for (const v of [vectors, other]) {
        await v.addDocuments([{ id: 'd20', embedding: query() }, { id: 'late', embedding: query(), content: 'late whales' }]);
        await v.removeDocuments(['d0']);
        await v.compact();
      }
      assert.deepEqual(await answers(other), await answers(vectors));
    },
  },
  {
    name: 'save and load: every metric, index and quantization',
    async run({ create, assert }) {
      const rows = clustered(602, 250, 16, 6);
      for (const config of [
        { metric: 'dot' }, { metric: 'l2sq' }, { metric: 'hamming' }, { index: 'hnsw' }, { index: 'flat' }, { quantization: 'f16' }, { quantization: 'int8' }, { quantization: 'binary' },
        { quantization: 'f16', rescore: false }, { quantization: 'int8', rescore: false }, { quantization: 'binary', rescore: false }, { index: 'hnsw', quantization: 'int8' },
      ]) {
        const vectors = create(config), other = create(config);
        await vectors.addVectors(idsFor(250), rows.slice());
        await vectors.removeDocuments(['d9', 'd100']);
        await other.load(await vectors.save());
        const note = JSON.stringify(config);
        assert.equal(other.size, 248, note);
        for (const id of ['d0', 'd8', 'd249']) assert.deepEqual(await other.getDocument(id), await vectors.getDocument(id), `${note} ${id}`);
        for (const exact of [true, false]) {
          assert.deepEqual(await other.search(row(rows, 16, 5), { exact }), await vectors.search(row(rows, 16, 5), { exact }), `${note} exact ${exact}`);
        }
        await vectors.dispose();
        await other.dispose();
      }
    },
  },
  {
    name: 'save on one implementation, load on another: the same answers both ways',
    async run({ create, assert, variant, host }) {
      const others = host.disableWasm ? ['js'] : ['js', 'simd'].filter((v) => v !== variant);
      for (const implementation of others) {
        for (const config of [{}, { quantization: 'int8', rescore: false }, { quantization: 'f16', rescore: false }, { quantization: 'binary', rescore: false }]) {
          const mine = await worn(create(config)), theirs = create({ ...config, implementation });
          await theirs.load(await mine.save());
          assert.deepEqual(await answers(theirs), await answers(mine), `${implementation} ${JSON.stringify(config)}`);
          const back = create(config);
          await back.load(await theirs.save());
          assert.deepEqual(await answers(back), await answers(mine), `back from ${implementation}`);
        }
      }
    },
  },
  {
    name: 'load: an HNSW index saved elsewhere gives the answers it gave there',
    async run({ create, assert, variant, host }) {
      const rows = clustered(603, 400, 12, 8), config = { index: 'hnsw', hnsw: { seed: 3 } };
      const implementation = host.disableWasm || variant !== 'js' ? 'js' : 'simd';
      const mine = create(config), theirs = create({ ...config, implementation });
      await mine.addVectors(idsFor(400), rows.slice());
      const before = await mine.searchBatch(rows.slice(0, 12 * 20));
      await theirs.load(await mine.save());
      const after = await theirs.searchBatch(rows.slice(0, 12 * 20));
      let common = 0;
      before.forEach((hits, i) => { common += hits.filter((h) => after[i].some((a) => a.id === h.id)).length; });
      assert.atLeast(common / 200, 0.97, 'share of hits that both name');
    },
  },
  {
    name: 'golden files of every format version load and answer as on the day they were written',
    async run({ create, assert, host }) {
      const answers = JSON.parse(new TextDecoder().decode(await host.fixture('vector-v1-answers.json')));
      for (const [name, config] of Object.entries(GOLDENS)) {
        const vectors = create(config);
        await vectors.load(await host.fixture(`${name}.bin`));
        assert.deepEqual(await answersOf(vectors), answers[name], name);
      }
    },
  },
  {
    name: 'load replaces what was there',
    async run({ create, assert }) {
      const vectors = await worn(create()), other = create();
      await other.addDocuments([{ id: 'old', embedding: new Float32Array(D).fill(1), content: 'zebra', metadata: { old: true } }]);
      await other.load(await vectors.save());
      assert.equal(await other.getDocument('old'), undefined);
      assert.deepEqual(await other.searchByText('zebra'), []);
      assert.equal(await other.count({ old: true }), 0);
      assert.deepEqual(await answers(other), await answers(vectors));
    },
  },
  {
    name: 'save of an empty collection loads as an empty collection',
    async run({ create, assert }) {
      const vectors = create({ dimensions: D }), other = create();
      await other.addDocuments(documents());
      await other.load(await vectors.save());
      assert.equal(other.size, 0);
      assert.deepEqual(await other.list(), []);
    },
  },
  {
    name: 'save gives the caller its own bytes',
    async run({ create, assert }) {
      const vectors = await worn(create());
      const bytes = await vectors.save(), copy = bytes.slice();
      const loader = create();
      await loader.load(bytes);
      assert.equal(bytes.length, copy.length, 'load does not detach the caller\'s bytes');
      bytes.fill(0);
      assert.equal((await answers(loader)).size, vectors.size);
      assert.deepEqual((await vectors.save()).length, copy.length);
    },
  },
  {
    name: 'load takes a view into a larger buffer',
    async run({ create, assert }) {
      const vectors = await worn(create()), other = create();
      const bytes = await vectors.save();
      const big = new Uint8Array(bytes.length + 29).fill(255);
      big.set(bytes, 13);
      await other.load(big.subarray(13, 13 + bytes.length));
      assert.deepEqual(await answers(other), await answers(vectors));
    },
  },
  {
    name: 'load refuses a file cut anywhere with CORRUPT and keeps what it had',
    async run({ create, assert }) {
      const small = create(), vectors = await worn(create());
      await small.addDocuments(documents().slice(0, 3));
      const bytes = await small.save(), before = await answers(vectors);
      for (let length = 0; length < bytes.length; length += Math.max(1, Math.floor(bytes.length / 120))) await assert.code(vectors.load(bytes.slice(0, length)), 'CORRUPT', `${length} of ${bytes.length} bytes`);
      await assert.code(vectors.load(bytes.slice(0, -1)), 'CORRUPT', 'the last byte missing');
      assert.deepEqual(await answers(vectors), before);
      await vectors.load(bytes);
      assert.equal(vectors.size, 3, 'the whole file loads: the control');
    },
  },
  {
    name: 'load refuses a file with any bit flipped with CORRUPT and keeps what it had',
    async run({ create, assert }) {
      const small = create(), vectors = await worn(create());
      await small.addDocuments(documents().slice(0, 3));
      const bytes = await small.save(), before = await answers(vectors), next = rng(610);
      for (let i = 0; i < 150; i++) {
        const at = i < 40 ? i : Math.floor(next() * bytes.length), broken = bytes.slice();
        broken[at] ^= 1 << Math.floor(next() * 8);
        await assert.code(vectors.load(broken), 'CORRUPT', `byte ${at} of ${bytes.length}`);
      }
      assert.deepEqual(await answers(vectors), before);
    },
  },
  {
    name: 'load refuses foreign bytes, more bytes and a newer version with CORRUPT',
    async run({ create, assert }) {
      const vectors = await worn(create());
      const bytes = await vectors.save(), before = await answers(vectors);
      const longer = new Uint8Array(bytes.length + 5);
      longer.set(bytes);
      const random = Uint8Array.from({ length: 5000 }, (_, i) => (i * 197) & 255);
      for (const [name, foreign] of [['random', random], ['zeros', new Uint8Array(4096)], ['text', new TextEncoder().encode('{"not":"ours"}')], ['an image', Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0, 0)], ['trailing bytes', longer]]) {
        await assert.code(vectors.load(foreign), 'CORRUPT', name);
      }
      assert.deepEqual(await answers(vectors), before);
    },
  },
  {
    name: 'load of another dimension than the configured one is refused and keeps what it had',
    async run({ create, assert }) {
      const vectors = await worn(create()), other = create({ dimensions: 3 });
      await other.addDocuments([{ id: 'a', embedding: [1, 2, 3] }]);
      await assert.code(other.load(await vectors.save()), ['DIMENSION_MISMATCH', 'CORRUPT', 'INVALID_ARGUMENT']);
      assert.ids(await other.list(), ['a']);
    },
  },
  {
    name: 'storage memory is the default and leaves nothing behind',
    async run({ create, assert }) {
      const vectors = await worn(create());
      await vectors.dispose();
      const again = create();
      await again.ready();
      assert.equal(again.size, 0);
    },
  },
  {
    name: 'durable storage: acknowledged documents are there when it is opened again',
    async run({ create, assert, host }) {
      for (const storage of await host.durable()) {
        const vectors = await worn(create(storage)), before = await answers(vectors);
        await vectors.dispose();
        const again = create(storage);
        await again.ready();
        assert.deepEqual(await answers(again), before, JSON.stringify(storage.storage));
        await again.addDocuments([{ id: 'later', embedding: query() }]);
        await again.clear();
        await again.addDocuments([{ id: 'only', embedding: query(), content: 'left' }]);
        await again.dispose();
        const third = create(storage);
        assert.ids(await third.list(), ['only']);
        await third.dispose();
      }
    },
  },
  {
    name: 'durable storage: a second opener gets BUSY, and may open after the first has closed',
    async run({ create, assert, host }) {
      for (const storage of await host.durable()) {
        const first = create(storage);
        await first.addDocuments(documents().slice(0, 5));
        const second = create(storage);
        await assert.code(second.list(), 'BUSY', JSON.stringify(storage.storage));
        await first.dispose();
        const third = create(storage);
        assert.equal((await third.list()).length, 5);
        await third.dispose();
      }
    },
  },
  {
    name: 'durable storage: names are collections of their own',
    async run({ create, assert, host }) {
      for (const storage of await host.durable()) {
        const a = create({ ...storage, name: `${storage.name}-a` }), b = create({ ...storage, name: `${storage.name}-b` });
        await a.addDocuments(documents().slice(0, 2));
        await b.addDocuments(documents().slice(5, 9));
        await a.dispose();
        await b.dispose();
        const again = create({ ...storage, name: `${storage.name}-a` });
        assert.ids(await again.list(), ['d0', 'd1']);
        await again.dispose();
      }
    },
  },
  {
    name: 'durable storage: what load brought in is kept',
    async run({ create, assert, host }) {
      for (const storage of await host.durable()) {
        const source = await worn(create()), vectors = create(storage);
        await vectors.load(await source.save());
        await vectors.addDocuments([{ id: 'after', embedding: query() }]);
        await vectors.dispose();
        const again = create(storage);
        assert.equal((await again.list()).at(-1).id, 'after');
        assert.equal(again.size, source.size + 1);
        await again.dispose();
      }
    },
  },
  {
    name: 'durable storage: an index reopened without a rebuild answers as before',
    async run({ create, assert, host }) {
      for (const storage of await host.durable()) {
        const rows = clustered(620, 600, 12, 8), config = { ...storage, index: 'hnsw' };
        const vectors = create(config);
        await vectors.addVectors(idsFor(600), rows.slice());
        const before = await vectors.searchBatch(rows.slice(0, 120));
        await vectors.dispose();
        const again = create(config);
        assert.deepEqual(await again.searchBatch(rows.slice(0, 120)), before);
        await again.dispose();
      }
    },
  },
  {
    name: 'a storage that the host lacks is UNSUPPORTED, never memory in silence',
    async run({ create, assert, host }) {
      const vectors = create({ storage: host.lacks });
      await assert.code(vectors.addDocuments([{ id: 'a', embedding: [1] }]), 'UNSUPPORTED');
      await assert.code(vectors.ready(), 'UNSUPPORTED');
    },
  },
  {
    name: 'save of many documents loads whole',
    timeoutMs: 60_000,
    async run({ create, assert }) {
      const n = 4000, d = 32, rows = gaussian(630, n, d), vectors = create(), other = create();
      await vectors.addVectors(idsFor(n), rows.slice());
      await other.load(await vectors.save());
      assert.equal(other.size, n);
      assert.deepEqual(await other.search(row(rows, d, 99), { exact: true }), await vectors.search(row(rows, d, 99), { exact: true }));
    },
  },
];
