/**
 * What every StorageBackend owes, and the store on top of it: cases as data, for Node, pages and workers alike.
 *
 * `cases(makePlace)` gives [{ name, run() }]. `makePlace()` gives a fresh place as a function that makes a new, unopened backend on it at
 * every call. `api` is { openStore, f32Rows } of the package's build, `assert` that of lib/assert.mjs.
 */
const bytesOf = (length, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 8)) & 255);

export function cases(makePlace, { openStore, f32Rows }, assert) {
  const backendCase = (name, run) => ({
    name: `backend: ${name}`,
    async run() {
      const place = await makePlace();
      const backend = place();
      await backend.open();
      try {
        await run(backend, place);
      } finally {
        await backend.close();
      }
    },
  });
  const storeCase = (name, run) => ({ name: `store: ${name}`, async run() { await run(await makePlace()); } });

  const reopened = async (backend, place) => {
    await backend.close();
    const next = place();
    await next.open();
    return next;
  };
  /** Opens, lets `use` look and closes again. */
  const withStore = async (place, use, options) => {
    const { store, recovered } = await openStore(place(), options);
    try {
      return await use(store, recovered);
    } finally {
      await store.close();
    }
  };
  /** Changes a stored file behind the store's back (undefined removes it); gives what it was. */
  const tamper = async (place, prefix, edit) => {
    const backend = place();
    await backend.open();
    const name = (await backend.list()).find((n) => n.startsWith(prefix)) ?? prefix;
    const old = await backend.read(name);
    const changed = edit(old);
    await backend.remove(name);
    if (changed && prefix === 'manifest') await backend.replace(name, changed);
    else if (changed) {
      await backend.append(name, changed);
      await backend.sync(name);
    }
    await backend.close();
    return old;
  };
  const rowOf = (...values) => f32Rows(Float32Array.from(values), 2);
  const upsert = (slot, id, extra = {}) => ({ type: 'upsert', slots: [slot], ids: [id], contents: [extra.content], metadata: [extra.metadata], rows: rowOf(slot, slot + 0.5) });
  const source = (ids) => ({
    config: { dimensions: 2, metric: 'dot', encoding: 'f32' }, slots: ids.length, ids, contents: ids.map(() => undefined), metadata: ids.map(() => undefined),
    rows: (from, to) => rowOf(...Array.from({ length: 2 * (to - from) }, (_, i) => from * 2 + i)).bytes,
  });

  return [
    backendCase('a file is what was appended, in order', async (backend) => {
      assert.equal(await backend.read('none'), undefined);
      assert.deepEqual(await backend.list(), []);
      await backend.append('a', bytesOf(10));
      await backend.append('a', bytesOf(5, 2));
      await backend.append('b', bytesOf(0));
      await backend.append('b', bytesOf(3));
      await backend.sync('a');
      await backend.sync('b');
      assert.deepEqual(await backend.read('a'), Uint8Array.from([...bytesOf(10), ...bytesOf(5, 2)]));
      assert.deepEqual(await backend.read('b'), bytesOf(3));
      assert.deepEqual((await backend.list()).sort(), ['a', 'b']);
    }),
    backendCase('what was synced is there after closing and opening', async (backend, place) => {
      await backend.append('a', bytesOf(100));
      await backend.sync('a');
      const next = await reopened(backend, place);
      assert.deepEqual(await next.read('a'), bytesOf(100));
      await next.append('a', bytesOf(4, 9));
      await next.sync('a');
      const last = await reopened(next, place);
      assert.deepEqual(await last.read('a'), Uint8Array.from([...bytesOf(100), ...bytesOf(4, 9)]));
      await last.close();
    }),
    backendCase('the caller may reuse its bytes', async (backend) => {
      const bytes = bytesOf(50);
      await backend.append('a', bytes);
      bytes.fill(0);
      await backend.append('a', bytes.subarray(10, 12));
      await backend.sync('a');
      assert.deepEqual(await backend.read('a'), Uint8Array.from([...bytesOf(50), 0, 0]));
    }),
    backendCase('truncate cuts anywhere, and appending goes on there', async (backend, place) => {
      for (let i = 0; i < 4; i++) await backend.append('a', bytesOf(10, i));
      await backend.sync('a');
      await backend.append('a', bytesOf(7, 9));
      await backend.truncate('a', 25);
      await backend.append('a', bytesOf(2, 5));
      await backend.sync('a');
      const expected = Uint8Array.from([...bytesOf(10, 0), ...bytesOf(10, 1), ...bytesOf(5, 2), ...bytesOf(2, 5)]);
      assert.deepEqual(await backend.read('a'), expected);
      const next = await reopened(backend, place);
      assert.deepEqual(await next.read('a'), expected);
      await next.truncate('a', 10);
      await next.truncate('a', 0);
      await next.append('a', bytesOf(1));
      await next.sync('a');
      assert.deepEqual(await next.read('a'), bytesOf(1));
      await next.close();
    }),
    backendCase('replace swaps a small file as a whole', async (backend, place) => {
      for (let round = 0; round < 5; round++) {
        await backend.replace('m', bytesOf(10 + round * 900, round));
        assert.deepEqual(await backend.read('m'), bytesOf(10 + round * 900, round));
      }
      await backend.replace('m', bytesOf(1));
      const next = await reopened(backend, place);
      assert.deepEqual(await next.read('m'), bytesOf(1));
      assert.deepEqual(await next.list(), ['m']);
      await next.remove('m');
      assert.equal(await next.read('m'), undefined);
      await next.close();
    }),
    backendCase('remove takes a file away for good; a missing one is no error', async (backend, place) => {
      await backend.append('a', bytesOf(10));
      await backend.sync('a');
      await backend.remove('a');
      await backend.remove('never');
      assert.equal(await backend.read('a'), undefined);
      await backend.append('a', bytesOf(2));
      await backend.sync('a');
      const next = await reopened(backend, place);
      assert.deepEqual(await next.read('a'), bytesOf(2));
      await next.close();
    }),
    backendCase('a file of 20 MB in pieces', async (backend, place) => {
      const piece = bytesOf(1 << 20);
      for (let i = 0; i < 20; i++) await backend.append('big', piece);
      await backend.sync('big');
      const next = await reopened(backend, place);
      const back = await next.read('big');
      assert.equal(back.length, 20 << 20);
      for (let i = 0; i < 20; i++) assert.deepEqual(back.slice(i << 20, (i << 20) + 64), piece.slice(0, 64));
      await next.close();
    }),
    backendCase('a second opener gets BUSY with a cure, and may open once the first has closed', async (backend, place) => {
      const error = await assert.code(place().open(), 'BUSY');
      assert.ok(/close/.test(error.message), error.message);
      const next = await reopened(backend, place);
      await next.close();
    }),
    backendCase('closed means DISPOSED; closing twice is fine', async (backend) => {
      await backend.close();
      await backend.close();
      await assert.code(() => backend.append('a', bytesOf(1)), 'DISPOSED');
      await assert.code(() => backend.read('a'), 'DISPOSED');
    }),

    storeCase('a new one is empty, also when opened again', async (place) => {
      for (let i = 0; i < 2; i++) {
        await withStore(place, (store, recovered) => {
          assert.deepEqual(recovered, { records: [], tornBytes: 0 });
          assert.equal(store.seq, 0);
        });
      }
    }),
    storeCase('every kind of record comes back, any string included', async (place) => {
      const records = [
        { type: 'config', config: { metric: 'dot', nested: { a: [1, null, '\udc00'] } } },
        upsert(0, '\ud800', { content: '\0\udfff', metadata: { '\ud800': '\udc00', list: ['a', 1], yes: true, no: null } }),
        upsert(1, '', { content: '' }),
        { type: 'upsert', slots: [2], ids: ['text alone'], contents: ['words'], metadata: [undefined], rows: f32Rows(new Float32Array(0), 0) },
        { type: 'metadata', slots: [0, 1], metadata: [undefined, { a: 1 }] },
        { type: 'remove', slots: [0] }, { type: 'compact' }, { type: 'clear' },
      ];
      await withStore(place, async (store) => { for (const record of records) await store.append(record); });
      await withStore(place, (store, recovered) => {
        assert.equal(store.seq, records.length);
        const plain = recovered.records.map((r) => ({ ...r, ...(r.slots && { slots: Array.from(r.slots) }), ...(r.rows && { rows: { ...r.rows, bytes: Uint8Array.from(r.rows.bytes) } }) }));
        const wanted = records.map((r) => ({ ...r, ...(r.rows && { rows: { ...r.rows, bytes: Uint8Array.from(r.rows.bytes) } }) }));
        assert.deepEqual(plain, wanted);
      });
    }),
    storeCase('changes made at once keep their order and share syncs', async (place) => {
      await withStore(place, (store) => Promise.all(Array.from({ length: 200 }, (_, i) => store.append(i % 5 ? upsert(i, `id-${i}`) : [upsert(i, `id-${i}`), { type: 'remove', slots: [i] }]))));
      await withStore(place, (_store, { records }) => {
        assert.deepEqual(records.filter((r) => r.type === 'upsert').map((r) => r.ids[0]), Array.from({ length: 200 }, (_, i) => `id-${i}`));
        assert.equal(records.length, 240);
      });
    }),
    storeCase('a checkpoint takes over from journal and older snapshot, and leaves no old file', async (place) => {
      await withStore(place, async (store) => {
        await store.append([upsert(0, 'a'), upsert(1, 'b')]);
        assert.equal(store.checkpointDue, true);
        await store.checkpoint({ ...source(['a', 'b']), graph: bytesOf(100) });
        assert.equal(store.hasGraph, true);
        assert.equal(store.checkpointDue, false);
        await store.append(upsert(2, 'c'));
        await store.checkpoint(source(['a', 'b', 'c']));
        assert.equal(store.hasGraph, false);
        await store.append({ type: 'remove', slots: [0] });
      }, { checkpointBytes: 100, checkpointRatio: 0.1 });
      await withStore(place, (store, { snapshot, records }) => {
        assert.deepEqual(snapshot.ids, ['a', 'b', 'c']);
        assert.deepEqual(records.map((r) => r.type), ['remove']);
        assert.equal(store.seq, 4);
      });
      const backend = place();
      await backend.open();
      assert.deepEqual((await backend.list()).sort(), ['journal-3', 'manifest', 'snapshot-3']);
      await backend.close();
    }),
    storeCase('the arrays of a change may be reused at once', async (place) => {
      await withStore(place, async (store) => {
        const rows = Float32Array.of(1, 2);
        const promise = store.append({ type: 'upsert', slots: [0], ids: ['a'], contents: [undefined], metadata: [undefined], rows: f32Rows(rows, 2) });
        rows.fill(9);
        await promise;
      });
      await withStore(place, (_store, { records }) => assert.deepEqual(Array.from(new Float32Array(records[0].rows.bytes.slice().buffer)), [1, 2]));
    }),
    storeCase('a change of 20 MB is one unit', async (place) => {
      const count = 10_000, dimensions = 512;
      const rows = new Float32Array(count * dimensions).fill(0.25);
      const ids = Array.from({ length: count }, (_, i) => `id-${i}`);
      const none = new Array(count).fill(undefined);
      await withStore(place, (store) => store.append({ type: 'upsert', slots: ids.map((_, i) => i), ids, contents: none, metadata: none, rows: f32Rows(rows, dimensions) }));
      await withStore(place, (_store, { records }) => {
        assert.deepEqual(records.flatMap((r) => r.ids), ids);
        assert.equal(records.reduce((sum, r) => sum + r.rows.bytes.length, 0), rows.byteLength);
      });
      // Cut inside the unit's last record: none of it may be left.
      await tamper(place, 'journal', (bytes) => bytes.slice(0, -5000));
      await withStore(place, (_store, { records, tornBytes }) => {
        assert.equal(records.length, 0);
        assert.atLeast(tornBytes, 1 << 20);
      });
    }),
    storeCase('a torn last record is cut off, and the store goes on behind it', async (place) => {
      await withStore(place, async (store) => { await store.append(upsert(0, 'a')); await store.append(upsert(1, 'b')); });
      await tamper(place, 'journal', (bytes) => bytes.slice(0, -3));
      await withStore(place, async (store, { records, tornBytes }) => {
        assert.deepEqual(records.map((r) => r.ids[0]), ['a']);
        assert.atLeast(tornBytes, 1);
        await store.append(upsert(1, 'c'));
      });
      await withStore(place, (_store, { records, tornBytes }) => {
        assert.deepEqual(records.map((r) => r.ids[0]), ['a', 'c']);
        assert.equal(tornBytes, 0);
      });
    }),
    storeCase('damage before acknowledged records is CORRUPT, not a torn end', async (place) => {
      await withStore(place, async (store) => { for (let i = 0; i < 4; i++) await store.append(upsert(i, `id-${i}`)); });
      const good = await tamper(place, 'journal', (bytes) => { const bad = bytes.slice(); bad[40 + 32 + 3] ^= 1; return bad; });
      await assert.code(openStore(place()), 'CORRUPT');
      await assert.code(openStore(place()), 'CORRUPT', 'the lock was given back and nothing was cut');
      await tamper(place, 'journal', () => good);
      await withStore(place, (_store, { records }) => assert.equal(records.length, 4));
    }),
    storeCase('a damaged, missing or foreign file is CORRUPT and stays untouched', async (place) => {
      await withStore(place, async (store) => { await store.append(upsert(0, 'a')); await store.checkpoint(source(['a'])); await store.append(upsert(1, 'b')); });
      const damages = {
        'a flipped bit': (bytes) => { const bad = bytes.slice(); bad[20] ^= 4; return bad; },
        'cut short': (bytes) => bytes.slice(0, 20),
        foreign: () => bytesOf(100),
        missing: () => undefined,
      };
      for (const file of ['manifest', 'snapshot-2', 'journal-2']) {
        for (const [what, edit] of Object.entries(damages)) {
          const good = await tamper(place, file, edit);
          await assert.code(openStore(place()), 'CORRUPT', `${file} ${what}`);
          await tamper(place, file, () => good);
          await withStore(place, (_store, { records }) => assert.equal(records.length, 1));
        }
      }
    }),
    storeCase('closing waits for what is pending; later calls are DISPOSED', async (place) => {
      const { store } = await openStore(place());
      const pending = store.append(upsert(0, 'a'));
      await store.close();
      await store.close();
      await pending;
      await assert.code(store.append(upsert(1, 'b')), 'DISPOSED');
      await assert.code(store.checkpoint(source(['a'])), 'DISPOSED');
      await withStore(place, (_store, { records }) => assert.equal(records.length, 1));
    }),
    storeCase('a second opener gets BUSY and disturbs nothing', async (place) => {
      await withStore(place, async (store) => {
        await assert.code(openStore(place()), 'BUSY');
        await store.append(upsert(0, 'a'));
      });
    }),
    storeCase('a change that contradicts itself is refused and writes nothing', async (place) => {
      await withStore(place, async (store) => {
        await assert.code(store.append({ ...upsert(0, 'a'), ids: [] }), 'INVALID_ARGUMENT');
        await assert.code(store.append({ ...upsert(0, 'a'), rows: rowOf(1) }), 'INVALID_ARGUMENT');
        await store.append(upsert(0, 'b'));
      });
      await withStore(place, (_store, { records }) => assert.deepEqual(records.map((r) => r.ids[0]), ['b']));
    }),
  ];
}
