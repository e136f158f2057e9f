/** ORDER BY vec_distance_cosine(embedding, ?) LIMIT 10 over real text, against the sqlite-vec extension in better-sqlite3; both call it the same. */
import { measure, ratio } from '../lib/measure.mjs';
import { ms, row, x } from '../lib/rows.mjs';
import { realText } from '../vector/data.mjs';
import { betterSqlite3, sqliteVecPath } from './engines.mjs';

const SQL = 'SELECT id FROM docs ORDER BY vec_distance_cosine(embedding, ?) LIMIT 10';

export async function vectors(api, { folder }) {
  const data = realText(folder, 50);
  const blob = (list, i) => new Uint8Array(list.buffer, list.byteOffset + i * data.dim * 4, data.dim * 4);
  const rows = Array.from({ length: data.n }, (_, i) => [i, Buffer.from(blob(data.rows, i))]);
  const create = 'CREATE TABLE docs (id INTEGER PRIMARY KEY, embedding BLOB NOT NULL)', insert = 'INSERT INTO docs VALUES (?, ?)';

  const native = betterSqlite3().open();
  native.loadExtension(sqliteVecPath());
  native.exec(create);
  native.insertEach(insert, rows);
  const service = api.createSQLiteUtils({ host: 'inline' });
  await service.executeQuery(create);
  await service.executeMany(insert, rows.map(([id, b]) => [id, new Uint8Array(b)]));
  const query = (i) => blob(data.queries, i % data.q);
  const peer = (i) => native.all(SQL, [query(i)]), mine = (i) => service.executeQuery(SQL, [query(i)]);

  // The true ten in f64; ids in another order pass only where both share them, which near ties allow.
  const recall = async (search) => { let hit = 0; for (let i = 0; i < data.q; i++) { const ids = new Set((await search(i)).map((r) => r.id)); hit += data.truth[i].filter((id) => ids.has(id)).length; } return hit / (data.q * 10); };
  const quality = { 'sqlite-vec': await recall(peer), ours: await recall(async (i) => (await mine(i)).rows) };
  const t = await measure([{ name: 'ours', run: mine, calls: 5 }, { name: 'sqlite-vec', run: peer, calls: 5 }]);
  native.close();
  await service.dispose();
  const speed = ratio(t['sqlite-vec'], t.ours), right = quality.ours >= 0.998;
  return {
    title: `vec_distance_cosine scan, ${data.name}, LIMIT 10`, samples: { ...t, quality },
    rows: [
      row('sqlite-vec in better-sqlite3', `${ms(t['sqlite-vec'].median)}, recall ${quality['sqlite-vec'].toFixed(4)}`),
      row('wasm-services', right ? `${ms(t.ours.median)} = ${x(speed)} sqlite-vec's speed, recall ${quality.ours.toFixed(4)}` : `no time: recall ${quality.ours.toFixed(4)}`, '>= 2x', right && speed >= 2),
    ],
  };
}
