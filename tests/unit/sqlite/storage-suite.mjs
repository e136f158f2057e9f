/**
 * What every SqlFiles owes SQLite: cases as data, for Node, Bun, pages and workers alike.
 *
 * `cases(makePlace, assert, armFault)` gives [{ name, run() }]. `makePlace()` gives a fresh place: a function that opens it, `place({ readonly })`,
 * and resolves with its SqlFiles, which have `dispose()` besides. `armFault` is that of the package's faults.js.
 */
const bytesOf = (length, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 8)) & 255);

/** Mulberry32: small, seeded, the same everywhere. */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function cases(makePlace, assert, armFault) {
  const filesCase = (name, run) => ({
    name,
    async run() {
      const place = await makePlace();
      const files = await place({});
      try {
        await run(files, place);
      } finally {
        files.dispose();
      }
    },
  });
  const all = (files, handle) => {
    const bytes = new Uint8Array(files.size(handle));
    assert.equal(files.read(handle, bytes, 0), bytes.length, 'bytes read');
    return bytes;
  };
  const reopened = async (files, place, options = {}) => {
    files.dispose();
    return place(options);
  };
  const frame = (page, commit, seed) => ({ header: Uint8Array.of(0, 0, 0, page, 0, 0, 0, commit, ...bytesOf(16, seed)), page: bytesOf(4096, seed) });

  return [
    filesCase('a missing file is -1, and exists once it was made', (files) => {
      assert.equal(files.open('db', false), -1);
      assert.equal(files.exists('db'), false);
      const handle = files.open('db', true);
      assert.atLeast(handle, 0);
      assert.equal(files.size(handle), 0);
      assert.equal(files.exists('db'), true);
      assert.atLeast(files.open('db', false), 0);
    }),

    filesCase('what is written is read back, across the end only what there is', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(1000), 0);
      assert.deepEqual(all(files, handle), bytesOf(1000));
      const into = new Uint8Array(600).fill(7);
      assert.equal(files.read(handle, into, 900), 100);
      assert.deepEqual(into.slice(0, 100), bytesOf(1000).slice(900));
      assert.equal(files.read(handle, into, 1000), 0);
      assert.equal(files.read(handle, into, 5_000_000), 0);
    }),

    filesCase('a view into a larger buffer is written and read at its own place', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(300).subarray(100, 200), 0);
      const into = new Uint8Array(300);
      assert.equal(files.read(handle, into.subarray(50, 150), 0), 100);
      assert.deepEqual(into.slice(50, 150), bytesOf(300).slice(100, 200));
      assert.equal(into[49] + into[150], 0, 'bytes around the view');
    }),

    filesCase('the bytes may be reused once write has returned', (files) => {
      const handle = files.open('db-wal', true);
      const bytes = bytesOf(24);
      files.write(handle, bytes, 0);
      bytes.fill(0);
      assert.deepEqual(all(files, handle), bytesOf(24));
    }),

    filesCase('a gap reads as zeros', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(10), 5000);
      assert.equal(files.size(handle), 5010);
      assert.deepEqual(all(files, handle), Uint8Array.of(...new Uint8Array(5000), ...bytesOf(10)));
    }),

    filesCase('a part is overwritten, the rest stays', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(9000), 0);
      files.write(handle, bytesOf(100, 2), 4000);
      const expected = bytesOf(9000);
      expected.set(bytesOf(100, 2), 4000);
      assert.deepEqual(all(files, handle), expected);
      assert.equal(files.size(handle), 9000);
    }),

    filesCase('frames written piece by piece, read in between', (files) => {
      const handle = files.open('db-wal', true);
      const expected = [];
      files.write(handle, bytesOf(32), 0);
      expected.push(...bytesOf(32));
      for (let i = 0; i < 40; i++) {
        const { header, page } = frame(i, i % 3 === 2 ? i : 0, i);
        files.write(handle, header, expected.length);
        expected.push(...header);
        if (i % 5 === 0) assert.deepEqual(all(files, handle), Uint8Array.from(expected), `after header ${i}`);
        files.write(handle, page, expected.length);
        expected.push(...page);
        assert.equal(files.size(handle), expected.length);
      }
      assert.deepEqual(all(files, handle), Uint8Array.from(expected));
    }),

    filesCase('a read that overlaps the newest write at either side sees it', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(3000), 0);
      files.sync(handle);
      files.write(handle, bytesOf(1000, 9), 1000);
      const expected = bytesOf(3000);
      expected.set(bytesOf(1000, 9), 1000);
      for (const [from, to] of [[500, 1500], [1500, 2500], [0, 1000], [2000, 3000], [999, 2001]]) {
        const into = new Uint8Array(to - from);
        assert.equal(files.read(handle, into, from), to - from);
        assert.deepEqual(into, expected.slice(from, to), `${from} to ${to}`);
        files.write(handle, bytesOf(1000, 9), 1000);
      }
    }),

    filesCase('a large write, and many small ones beyond any buffer', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(1_500_000), 0);
      for (let at = 0; at < 700_000; at += 1000) files.write(handle, bytesOf(1000, 3), 1_500_000 + at);
      const bytes = all(files, handle);
      assert.deepEqual(bytes.slice(0, 1_500_000), bytesOf(1_500_000));
      for (let at = 0; at < 700_000; at += 1000) assert.deepEqual(bytes.slice(1_500_000 + at, 1_501_000 + at), bytesOf(1000, 3));
    }),

    filesCase('truncate cuts, and extends with zeros, also what was cut before', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(2000), 0);
      files.truncate(handle, 700);
      assert.equal(files.size(handle), 700);
      files.truncate(handle, 1500);
      assert.deepEqual(all(files, handle), Uint8Array.of(...bytesOf(700), ...new Uint8Array(800)));
      files.truncate(handle, 0);
      assert.equal(files.size(handle), 0);
    }),

    filesCase('three files at once keep their bytes apart', (files) => {
      const names = ['db', 'db-journal', 'db-wal'];
      const handles = names.map((name) => files.open(name, true));
      assert.equal(new Set(handles).size, 3);
      for (let turn = 0; turn < 20; turn++) handles.forEach((handle, i) => files.write(handle, bytesOf(100, i * 100 + turn), turn * 100));
      handles.forEach((handle, i) => {
        for (let turn = 0; turn < 20; turn++) {
          const into = new Uint8Array(100);
          files.read(handle, into, turn * 100);
          assert.deepEqual(into, bytesOf(100, i * 100 + turn), `${names[i]} ${turn}`);
        }
      });
    }),

    filesCase('a deleted file is gone, a missing one is no error, a new one of its name is empty', (files) => {
      const handle = files.open('db-journal', true);
      files.write(handle, bytesOf(100), 0);
      files.close(handle);
      files.delete('db-journal');
      files.delete('db-journal');
      assert.equal(files.exists('db-journal'), false);
      assert.equal(files.open('db-journal', false), -1);
      assert.equal(files.size(files.open('db-journal', true)), 0);
    }),

    filesCase('a file is deleted while it is open and has a write kept back', async (files, place) => {
      const kept = files.open('db', true);
      files.write(kept, bytesOf(50), 0);
      const handle = files.open('db-wal', true);
      files.write(handle, bytesOf(100), 0);
      files.delete('db-wal');
      assert.equal(files.exists('db-wal'), false);
      assert.deepEqual(all(files, kept), bytesOf(50));
      const next = await reopened(files, place);
      assert.equal(next.exists('db-wal'), false);
      next.dispose();
    }),

    filesCase('closing hands on what is kept back; the same file opened again has it', (files) => {
      const handle = files.open('db', true);
      files.write(handle, bytesOf(123), 0);
      files.close(handle);
      assert.deepEqual(all(files, files.open('db', false)), bytesOf(123));
    }),

    filesCase('everything is there after the place was closed and opened again', async (files, place) => {
      for (const [i, name] of ['db', 'db-journal', 'db-wal'].entries()) {
        const handle = files.open(name, true);
        files.write(handle, bytesOf(5000 + i, i), 0);
        if (i !== 1) files.sync(handle);
      }
      const next = await reopened(files, place);
      for (const [i, name] of ['db', 'db-journal', 'db-wal'].entries()) assert.deepEqual(all(next, next.open(name, false)), bytesOf(5000 + i, i), name);
      next.dispose();
    }),

    filesCase('a handle that is not open is STORAGE_IO, a closed place DISPOSED', async (files) => {
      await assert.code(() => files.read(17, new Uint8Array(1), 0), 'STORAGE_IO');
      const handle = files.open('db', true);
      files.close(handle);
      await assert.code(() => files.write(handle, bytesOf(1), 0), 'STORAGE_IO');
      files.dispose();
      files.dispose();
      for (const attempt of [() => files.open('db', true), () => files.size(handle), () => files.exists('db'), () => files.delete('db'), () => files.sync(handle)]) await assert.code(attempt, 'DISPOSED');
    }),

    filesCase('read-only: it reads, and refuses every change with READONLY', async (files, place) => {
      assert.equal(files.readonly, false);
      const handle = files.open('db', true);
      files.write(handle, bytesOf(100), 0);
      const reader = await reopened(files, place, { readonly: true });
      try {
        assert.equal(reader.readonly, true);
        assert.equal(reader.open('db-wal', true), -1);
        const open = reader.open('db', true);
        assert.deepEqual(all(reader, open), bytesOf(100));
        for (const attempt of [() => reader.write(open, bytesOf(1), 0), () => reader.truncate(open, 0), () => reader.delete('db')]) await assert.code(attempt, 'READONLY');
        reader.sync(open);
        assert.deepEqual(all(reader, open), bytesOf(100));
      } finally {
        reader.dispose();
      }
    }),

    filesCase('armed faults: QUOTA and STORAGE_IO refuse a write, a torn one leaves half of it', async (files) => {
      const handle = files.open('db', true);
      for (const [how, code] of [['quota', 'QUOTA'], ['io', 'STORAGE_IO'], ['torn', 'STORAGE_IO']]) {
        armFault('sqlite', { kind: 'storage', writes: 1, how });
        files.write(handle, bytesOf(100), 0);
        await assert.code(() => files.write(handle, bytesOf(100, 5), 100), code);
        assert.equal(files.size(handle), how === 'torn' ? 150 : 100);
        files.write(handle, bytesOf(100, 6), 100);
        assert.deepEqual(all(files, handle), Uint8Array.of(...bytesOf(100), ...bytesOf(100, 6)));
        files.truncate(handle, 0);
      }
    }),

    ...[1, 2, 3].map((seed) => filesCase(`model: random calls, seed ${seed}`, async (files, place) => {
      const next = random(seed);
      const below = (n) => Math.floor(next() * n);
      const model = new Map();
      const handles = new Map();
      let current = files;
      for (let step = 0; step < 1200; step++) {
        const name = ['db', 'db-journal', 'db-wal'][below(3)];
        if (!handles.has(name)) {
          const create = next() < 0.7;
          const handle = current.open(name, create);
          assert.equal(handle >= 0, create || model.has(name), `step ${step}: open ${name}`);
          if (handle < 0) continue;
          handles.set(name, handle);
          if (!model.has(name)) model.set(name, new Uint8Array(0));
        }
        const handle = handles.get(name);
        const bytes = model.get(name);
        const kind = below(100);
        if (kind < 55) {
          const length = [24, 4096, 1 + below(9000), 1 + below(60)][below(4)];
          const at = next() < 0.6 ? bytes.length : below(bytes.length + 2000);
          const from = bytesOf(length, step);
          current.write(handle, from, at);
          const grown = new Uint8Array(Math.max(bytes.length, at + length));
          grown.set(bytes);
          grown.set(from, at);
          model.set(name, grown);
        } else if (kind < 80) {
          const at = below(bytes.length + 100);
          const into = new Uint8Array(1 + below(9000));
          const count = current.read(handle, into, at);
          assert.deepEqual(into.slice(0, count), bytes.slice(at, at + into.length), `step ${step}: read ${name} at ${at}`);
        } else if (kind < 85) {
          const size = below(bytes.length + 500);
          current.truncate(handle, size);
          const cut = new Uint8Array(size);
          cut.set(bytes.subarray(0, size));
          model.set(name, cut);
        } else if (kind < 90) current.sync(handle);
        else if (kind < 93) { current.close(handle); handles.delete(name); }
        else if (kind < 95) { current.delete(name); handles.delete(name); model.delete(name); }
        else if (kind < 96) { current = await reopened(current, place); handles.clear(); for (const [key, kept] of model) if (kept.length === 0) model.delete(key); for (const key of ['db', 'db-journal', 'db-wal']) if (!model.has(key)) current.delete(key); }
        else assert.equal(current.size(handle), bytes.length, `step ${step}: size of ${name}`);
      }
      current.dispose();
    })),
  ];
}
