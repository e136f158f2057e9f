/** Distances between embeddings in SQL: the same numbers on every engine. */
import { column, one } from '../lib/sqlite.mjs';

const blob = (...values) => new Uint8Array(Float32Array.from(values).buffer);
const plain = (a, b) => {
  let ab = 0, aa = 0, bb = 0, d = 0;
  a.forEach((x, i) => { ab += x * b[i]; aa += x * x; bb += b[i] * b[i]; d += (x - b[i]) ** 2; });
  return { cosine: 1 - ab / Math.sqrt(aa * bb), l2: Math.sqrt(d), dot: -ab };
};

export default [
  {
    name: 'sqlite vectors: distances are those of plain arithmetic, whatever the length',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      for (const n of [1, 3, 8, 9, 17, 384]) {
        const a = Array.from(Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1))), b = Array.from(Float32Array.from({ length: n }, (_, i) => Math.cos(3 * i)));
        const expected = plain(a, b);
        for (const [name, value] of Object.entries(expected)) {
          const got = await one(db, `SELECT vec_distance_${name}(?, ?)`, [blob(...a), blob(...b)]);
          assert.ok(Math.abs(got - value) <= 1e-12 * Math.max(1, Math.abs(value)), `${name} of ${n}: ${got}, not ${value}`);
        }
      }
    },
  },
  {
    name: 'sqlite vectors: ORDER BY vec_distance_cosine LIMIT gives the nearest rows first, blobs at any place of a page',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      await db.executeQuery('CREATE TABLE e (id INTEGER PRIMARY KEY, label TEXT, embedding BLOB)');
      const angle = (i) => [Math.cos(i / 50), Math.sin(i / 50)];
      await db.executeMany('INSERT INTO e VALUES (?, ?, ?)', Array.from({ length: 100 }, (_, i) => [i, 'x'.repeat(i % 7), blob(...angle(i))]));
      assert.deepEqual(await column(db, 'SELECT id FROM e ORDER BY vec_distance_cosine(embedding, ?) LIMIT 3', [blob(...angle(40.2))]), [40, 41, 39]);
    },
  },
  {
    name: 'sqlite vectors: a zero vector has the cosine distance 1; NULL gives NULL',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      assert.equal(await one(db, 'SELECT vec_distance_cosine(?, ?)', [blob(0, 0), blob(1, 2)]), 1);
      assert.equal(await one(db, 'SELECT vec_distance_l2(NULL, ?)', [blob(1)]), null);
      assert.equal(await one(db, 'SELECT vec_distance_dot(?, NULL)', [blob(1)]), null);
    },
  },
  {
    name: 'sqlite vectors: other lengths and what is no blob of floats are SQL errors that say so',
    async run({ createSQLite, assert }) {
      const db = createSQLite();
      const message = async (a, b) => {
        try { await one(db, 'SELECT vec_distance_l2(?, ?)', [a, b]); } catch (error) { assert.equal(error.code, 'SQL'); return error.message; }
        throw new Error('it gave an answer');
      };
      const says = (text, pattern) => assert.ok(pattern.test(text), text);
      says(await message(blob(1, 2), blob(1, 2, 3)), /2 and 3 dimensions/);
      says(await message('text', blob(1)), /blob of 32-bit floats/);
      says(await message(Uint8Array.of(1, 2, 3), blob(1)), /3 bytes/);
      assert.equal(await one(db, 'SELECT 1'), 1);
    },
  },
];
