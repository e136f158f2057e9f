/** The sample as tables: what the SQL panel shows and `npm start -- --check` asks. Names no page and no host. */

const SCHEMA = [
  'CREATE TABLE sections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
  `CREATE TABLE packages (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, section_id INTEGER NOT NULL REFERENCES sections (id), summary TEXT NOT NULL,
    download_bytes INTEGER NOT NULL, installed_kib INTEGER NOT NULL, facts TEXT NOT NULL)`,
  'CREATE TABLE words (package_id INTEGER NOT NULL REFERENCES packages (id), position INTEGER NOT NULL, word TEXT NOT NULL)',
  // Apart from packages: rows without their vector are short, so scans of packages stay fast.
  'CREATE TABLE embeddings (package_id INTEGER PRIMARY KEY REFERENCES packages (id), embedding BLOB NOT NULL)',
];

const FULL_TEXT = [
  "CREATE VIRTUAL TABLE descriptions USING fts5 (name, summary, content = 'packages', content_rowid = 'id', tokenize = 'porter unicode61')",
  "INSERT INTO descriptions (descriptions) VALUES ('rebuild')",
];

/** A vector as the SQL functions vec_distance_* take it: little-endian f32. */
export const vectorBlob = (vector) => new Uint8Array(vector.buffer.slice(vector.byteOffset, vector.byteOffset + vector.byteLength));

const wordsOf = (text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
const factsOf = (doc) => JSON.stringify({ parts: wordsOf(doc.name), sizes: { download: doc.download_bytes, installed: doc.installed_kib * 1024 } });

/** Rows of each table, in the order of its columns. */
export function sampleRows({ docs, rows, dimensions }) {
  const sections = [...new Set(docs.map((d) => d.section))].sort();
  const sectionId = new Map(sections.map((name, i) => [name, i + 1]));
  return {
    sections: sections.map((name) => [sectionId.get(name), name]),
    packages: docs.map((d) => [d.id, d.name, sectionId.get(d.section), d.text, d.download_bytes, d.installed_kib, factsOf(d)]),
    words: docs.flatMap((d) => wordsOf(d.text).map((word, position) => [d.id, position, word])),
    embeddings: docs.map((d, i) => [d.id, vectorBlob(rows.subarray(i * dimensions, (i + 1) * dimensions))]),
  };
}

/** The statements that make the tables; `fullText` apart, because not every engine has FTS5. */
export const sampleSchema = { tables: SCHEMA, fullText: FULL_TEXT };

/**
 * Makes the tables in an empty database.
 * @param db a SQLite service
 * @param sample { docs, rows, dimensions }
 * @param {(share: number) => void} [onProgress] 0 to 1
 * @returns {Promise<{ rows: number, lacks?: string }>} `lacks`: why there is no full-text index
 */
export async function loadSampleTables(db, sample, onProgress = () => {}) {
  const tables = Object.entries(sampleRows(sample));
  const total = tables.reduce((sum, [, rows]) => sum + rows.length, 0);
  let done = 0;
  await db.transaction(async (tx) => {
    for (const sql of SCHEMA) await tx.executeQuery(sql);
    for (const [table, rows] of tables) {
      await tx.executeMany(`INSERT INTO ${table} VALUES (${rows[0].map(() => '?').join(', ')})`, rows);
      onProgress((done += rows.length) / total);
    }
  });
  try {
    for (const sql of FULL_TEXT) await db.executeQuery(sql);
    return { rows: total };
  } catch (error) {
    if (error.code !== 'UNSUPPORTED') throw error;
    return { rows: total, lacks: error.message };
  }
}
