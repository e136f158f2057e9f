/** wa-sqlite's write-ahead VFS (the fork that has it), synchronous build, every commit waiting for the disk; one named `exclusive` keeps its locks. */
import factory from '/benches/peers/node_modules/@journeyapps/wa-sqlite/dist/wa-sqlite.mjs';
import * as SQLite from '/benches/peers/node_modules/@journeyapps/wa-sqlite/src/sqlite-api.js';
import { OPFSWriteAheadVFS } from '/benches/peers/node_modules/@journeyapps/wa-sqlite/src/examples/OPFSWriteAheadVFS.js';
import { CHECK, log, row, SCHEMA } from './shared.js';
import { answer } from './worker.js';

const exclusive = self.name === 'exclusive';
let sqlite3, db, insert;
const keep = async (sql) => { for await (const s of sqlite3.statements(db, sql, { unscoped: true })) return s; };
async function first(sql) {
  for await (const s of sqlite3.statements(db, sql)) if (await sqlite3.step(s) === SQLite.SQLITE_ROW) { const names = sqlite3.column_names(s), row = sqlite3.row(s); return Object.fromEntries(names.map((n, i) => [n, row[i]])); }
  return undefined;
}
answer({
  async open() {
    const module = await factory();
    sqlite3 = SQLite.Factory(module);
    sqlite3.vfs_register(await OPFSWriteAheadVFS.create('write-ahead', module), true);
    db = await sqlite3.open_v2(`bench-peer${exclusive ? '-exclusive' : ''}.db`);
    await sqlite3.exec(db, `PRAGMA locking_mode = ${exclusive ? 'EXCLUSIVE' : 'NORMAL'}; PRAGMA synchronous = FULL`);
    for (const sql of SCHEMA) await sqlite3.exec(db, sql);
    return { info: { version: sqlite3.libversion(), synchronous: (await first('PRAGMA synchronous')).synchronous, locking: (await first('PRAGMA locking_mode')).locking_mode } };
  },
  async one({ count, from }) {
    insert ??= await keep('INSERT INTO log (at, what) VALUES (?, ?)');
    const at = performance.now();
    for (let i = 0; i < count; i++) { sqlite3.bind_collection(insert, log(from + i)); await sqlite3.step(insert); await sqlite3.reset(insert); }
    return { ms: (performance.now() - at) / count };
  },
  async many({ count }) {
    await sqlite3.exec(db, 'DELETE FROM big');
    const rows = Array.from({ length: count }, (_, i) => row(i)), at = performance.now();
    await sqlite3.exec(db, 'BEGIN');
    for await (const s of sqlite3.statements(db, 'INSERT INTO big VALUES (?, ?, ?)')) for (const r of rows) { sqlite3.bind_collection(s, r); await sqlite3.step(s); await sqlite3.reset(s); }
    await sqlite3.exec(db, 'COMMIT');
    return { ms: performance.now() - at };
  },
  check: () => first(CHECK),
  close: async () => { if (insert) await sqlite3.finalize(insert); await sqlite3.close(db); return {}; },
});
