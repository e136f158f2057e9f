/** Opens what a person drops: a SQLite file becomes the database, a CSV file a table in it. */
import { readCsv } from './csv.js';

const MAGIC = 'SQLite format 3\0';
const isDatabase = (bytes) => bytes.length >= MAGIC.length && [...MAGIC].every((c, i) => bytes[i] === c.charCodeAt(0));

export async function tableNames(db) {
  const { rows } = await db.executeQuery("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid", [], { rows: 'arrays' });
  const names = rows.map(([name]) => name);
  // The tables in which an FTS5 index keeps its parts are its own business.
  return names.filter((name) => !/_(?:data|idx|docsize|config|content)$/.test(name) || !names.includes(name.replace(/_[a-z]+$/, '')));
}

async function importCsv(db, file, bytes, onProgress) {
  const { columns, rows } = readCsv(bytes);
  const base = file.name.replace(/\.[^.]*$/, '').replaceAll('\0', '').trim() || 'csv';
  const taken = new Set((await tableNames(db)).map((n) => n.toLowerCase()));
  let table = base;
  for (let n = 2; taken.has(table.toLowerCase()); n++) table = `${base}_${n}`;
  const quoted = db.identifier(table);
  await db.transaction(async (tx) => {
    await tx.executeQuery(`CREATE TABLE ${quoted} (${columns.map((c) => `${db.identifier(c.name)} ${c.type}`).join(', ')})`);
    if (rows.length) await tx.executeMany(`INSERT INTO ${quoted} VALUES (${columns.map(() => '?').join(', ')})`, rows, { onProgress });
  });
  return { table, said: `${file.name}: ${rows.length.toLocaleString('en')} rows in table ${table} (${columns.map((c) => `${c.name} ${c.type}`).join(', ')})` };
}

/** @returns {Promise<{ table?: string, said: string }>} the table to look at first */
export async function openFile(db, file, onProgress) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isDatabase(bytes) && /\.(?:csv|tsv|txt)$/i.test(file.name)) return importCsv(db, file, bytes, onProgress);
  // Whatever else it is, SQLite says what is wrong with it and keeps what was open.
  await db.deserialize(bytes);
  const [table] = await tableNames(db);
  return { table, said: `${file.name}: ${bytes.length.toLocaleString('en')} bytes opened as the database` };
}
