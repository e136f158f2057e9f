/** Any string is an id, a content and a metadata value: nothing is merged, normalised or taken for a property of Object. */
const IDS = [
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', ' ', 'a', 'A', '0', '00', '-0', 'null', 'undefined', 'NaN', 'a\u0000b', 'a\u0000',
  '\u00e9', 'e\u0301', '\ud800', '\udfff', '\ud800\ud800', '\ufffd', '\ufffd\ufffd', 'x\ud800y', '😀', '👩‍👩‍👧', 'ß', 'ẞ', '\u202eabc', '\ufeff', 'line\nbreak', "quo'te\"", '$eq', '../../etc/passwd', 'é'.repeat(300),
];
const fill = async (vectors) => vectors.addDocuments(IDS.map((id, i) => ({ id, content: `c${id}`, embedding: [Math.cos(i / 9), Math.sin(i / 9)], metadata: { id, list: [id, i] } })));
const check = async (vectors, assert, note) => {
  assert.equal(vectors.size, IDS.length, note);
  assert.deepEqual((await vectors.list()).map((d) => d.id), IDS, note);
  for (let i = 0; i < IDS.length; i++) {
    const document = await vectors.getDocument(IDS[i]);
    assert.ok(document, `${note}: ${JSON.stringify(IDS[i])} is there`);
    assert.deepEqual([document.id, document.content, document.metadata], [IDS[i], `c${IDS[i]}`, { id: IDS[i], list: [IDS[i], i] }], note);
    assert.deepEqual(await vectors.list({ filters: { id: IDS[i] } }).then((l) => l.map((d) => d.id)), [IDS[i]], `${note}: filter ${JSON.stringify(IDS[i])}`);
  }
};

export default [
  {
    name: 'strings: every id stays itself through add, get, list, filter and search',
    async run({ create, assert }) {
      const vectors = create();
      await fill(vectors);
      await check(vectors, assert, 'fresh');
      assert.equal((await vectors.search([Math.cos(20 / 9), Math.sin(20 / 9)], { maxResults: 1, exact: true }))[0].id, IDS[20]);
    },
  },
  {
    name: 'strings: lone surrogates and combining forms survive save and load unmerged',
    async run({ create, assert }) {
      const vectors = create(), other = create();
      await fill(vectors);
      await other.load(await vectors.save());
      await check(other, assert, 'loaded');
    },
  },
  {
    name: 'strings: removing one id removes no look-alike',
    async run({ create, assert }) {
      const vectors = create();
      await fill(vectors);
      for (const id of ['\u00e9', '\ud800', '__proto__', 'a', '0']) await vectors.removeDocuments([id]);
      assert.deepEqual((await vectors.list()).map((d) => d.id), IDS.filter((id) => !['\u00e9', '\ud800', '__proto__', 'a', '0'].includes(id)));
      assert.ok(await vectors.getDocument('e\u0301'));
      assert.ok(await vectors.getDocument('\ufffd'));
    },
  },
  {
    name: 'strings: an id of a million characters works or is refused with a code',
    async run({ create, assert }) {
      const vectors = create(), id = 'x'.repeat(1_000_000);
      const { error } = await assert.settles(vectors.addDocuments([{ id, embedding: [1, 2] }, { id: `${id}y`, embedding: [2, 1] }]), 10_000);
      if (error) { await assert.code(() => { throw error; }, ['TOO_LARGE', 'INVALID_ARGUMENT']); assert.equal(vectors.size, 0); return; }
      assert.equal((await vectors.search([1, 2], { maxResults: 1 }))[0].id.length, 1_000_000);
      assert.equal((await vectors.getDocument(`${id}y`)).id.length, 1_000_001);
    },
  },
  {
    name: 'strings: an empty id is an id or is refused with a code, never something else',
    async run({ create, assert }) {
      const vectors = create();
      const { error } = await assert.settles(vectors.addDocuments([{ id: '', embedding: [1] }]), 5000);
      if (error) await assert.code(() => { throw error; }, 'INVALID_ARGUMENT');
      else assert.equal((await vectors.getDocument('')).id, '');
    },
  },
  {
    name: 'strings: empty content and empty metadata come back as given',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [1], content: '', metadata: {} }, { id: 'b', embedding: [1], metadata: { s: '', l: [] } }]);
      assert.deepEqual(await vectors.getDocument('a'), { id: 'a', embedding: Float32Array.of(1), content: '', metadata: {} });
      assert.deepEqual((await vectors.getDocument('b')).metadata, { s: '', l: [] });
    },
  },
  {
    name: 'strings: metadata with a field named __proto__ comes back and pollutes nothing',
    async run({ create, assert }) {
      const vectors = create();
      await vectors.addDocuments([{ id: 'a', embedding: [1], metadata: JSON.parse('{"__proto__": "own", "x": 1}') }]);
      const { metadata } = await vectors.getDocument('a');
      assert.ok(Object.keys(metadata).includes('__proto__'), 'the own key is kept');
      assert.equal(Object.getOwnPropertyDescriptor(metadata, '__proto__').value, 'own');
      assert.equal({}.x, undefined);
    },
  },
  {
    name: 'strings: numbers in metadata keep every bit',
    async run({ create, assert }) {
      const vectors = create(), other = create();
      const metadata = { tiny: 5e-324, big: 1.7976931348623157e308, third: 1 / 3, safe: 9007199254740991, list: [0.1, -7] };
      await vectors.addDocuments([{ id: 'a', embedding: [1], metadata }]);
      assert.deepEqual((await vectors.getDocument('a')).metadata, metadata);
      await other.load(await vectors.save());
      assert.deepEqual((await other.getDocument('a')).metadata, metadata);
      assert.equal(await other.count({ third: 1 / 3 }), 1);
    },
  },
];
