/** Short words for the cases of SQLite. Portable, like the cases. */

/** The one value of the first row. */
export async function one(db, sql, params, options) {
  const { rows } = await db.executeQuery(sql, params, { rows: 'arrays', ...options });
  return rows[0]?.[0];
}

/** All rows as arrays. */
export const rows = async (db, sql, params, options) => (await db.executeQuery(sql, params, { rows: 'arrays', ...options })).rows;

/** The first column of all rows. */
export const column = async (db, sql, params, options) => (await rows(db, sql, params, options)).map(([value]) => value);

/** A service with the table t (id, a, b) that holds `n` rows (i, i * 10, 'row i'). */
export async function withRows(createSQLite, n = 3, config = {}) {
  const db = createSQLite(config);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)');
  if (n > 0) await db.executeMany('INSERT INTO t VALUES (?, ?, ?)', Array.from({ length: n }, (_, i) => [i + 1, (i + 1) * 10, `row ${i + 1}`]));
  return db;
}

/** Runs several statements in order. */
export async function script(db, ...statements) {
  for (const sql of statements) await db.executeQuery(sql);
}

/** Waits until `ready` holds, at most two seconds. */
export async function until(ready, what) {
  for (let i = 0; i < 200; i++) {
    if (await ready()) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`not within two seconds: ${what}`);
}

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Bytes that are told apart: 0, 1, 2 … */
export const bytes = (n) => Uint8Array.from({ length: n }, (_, i) => i % 251);
