/**
 * Lives of a database on a disk that loses power. One life: transactions until the cut, then the medium as the cut left it, perhaps a second cut
 * during recovery, then the questions: is the file whole, and is it the state after a commit that may be the last one?
 */
import { random } from '../unit/sqlite/storage-suite.mjs';
import { PowerDisk } from './sqlite-power-disk.mjs';

const TRANSACTIONS = 24;
const SETUP = 'CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v BLOB); CREATE INDEX by_n ON t(n); CREATE TABLE meta(k INTEGER); INSERT INTO meta VALUES(0);';

/** One transaction: SQL, and what it does to the model (Map id -> [n, v in hex]). */
function transaction(k, next, model) {
  const below = (n) => Math.floor(next() * n);
  const sql = [];
  const ids = [...model.keys()];
  for (let i = 1 + below(4); i > 0; i--) {
    const kind = ids.length > 3 ? below(3) : 0;
    const id = kind === 0 ? k * 100 + i : ids[below(ids.length)];
    if (kind === 2) {
      model.delete(id);
      sql.push(`DELETE FROM t WHERE id=${id}`);
      continue;
    }
    const n = below(1000);
    const length = next() < 0.08 ? 4000 + below(16000) : below(300);
    let v = '';
    while (v.length < length * 2) v += Math.floor(next() * 0x100000000).toString(16).padStart(8, '0');
    v = v.slice(0, length * 2).toUpperCase();
    if (kind === 0 || model.has(id)) {
      model.set(id, [n, v]);
      sql.push(`INSERT OR REPLACE INTO t VALUES(${id},${n},x'${v}')`);
    }
  }
  sql.push('UPDATE meta SET k=k+1');
  return sql;
}

const print = (model) => [...model].sort((a, b) => a[0] - b[0]).map(([id, [n, v]]) => `${id}|${n}|${v}`).join('\n');

/** What every life that may stand afterwards looks like, by the number of commits. */
export function planLife(seed) {
  const next = random(seed * 2 + 1);
  const model = new Map();
  const steps = [];
  const states = [print(model)];
  for (let k = 1; k <= TRANSACTIONS; k++) {
    steps.push(transaction(k, next, model));
    states.push(print(model));
  }
  const below = (n) => Math.floor(next() * n);
  return { steps, states, pageSize: [512, 1024, 4096, 4096][below(4)], cache: [4, 10, 2000][below(3)], checkpoint: [3, 12, 1000][below(3)], cut: 1 + below(160), again: next() < 0.3 ? 1 + below(12) : undefined, next };
}

const open = (connect, disk, { journalMode, synchronous }, plan) => {
  const database = connect(disk);
  database.configure(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=${plan.pageSize}; PRAGMA cache_size=${plan.cache}; PRAGMA journal_mode=${journalMode}; PRAGMA synchronous=${synchronous}; PRAGMA wal_autocheckpoint=${plan.checkpoint}`);
  return database;
};

/** Runs until the plan ends or the power does; gives the commits that were acknowledged. */
function live(connect, disk, settings, plan) {
  let acknowledged = -1;
  let database;
  try {
    database = open(connect, disk, settings, plan);
    database.exec(`BEGIN; ${SETUP} COMMIT`);
    acknowledged = 0;
    for (const [i, sql] of plan.steps.entries()) {
      database.exec('BEGIN');
      for (const one of sql) database.exec(one);
      if (i % 7 === 5) {
        database.exec('SAVEPOINT s; DELETE FROM t; ROLLBACK TO s');
      }
      database.exec('COMMIT');
      acknowledged = i + 1;
      if (i % 9 === 8) database.configure(i % 2 ? 'VACUUM' : 'PRAGMA wal_checkpoint(TRUNCATE)');
    }
  } catch (error) {
    if (!disk.lost) throw error;
  }
  disk.lost ||= settings.kill === undefined;
  try { database?.close(); } catch { /* there is no power */ }
  return acknowledged;
}

/**
 * One life by its seed. Gives undefined when all is well, otherwise what is wrong, in words.
 *
 * @param connect makes a database over a disk: { configure(sql) for settings, exec(sql), all(sql) as arrays, close() }
 * @param settings { journalMode, synchronous }, and kill: true for a killed process instead of a power cut, honest: false for a disk that ignores syncs
 */
export function playLife(connect, seed, settings) {
  const plan = planLife(seed);
  const disk = new PowerDisk();
  disk.honest = settings.honest !== false;
  disk.cutAt = plan.cut;
  const acknowledged = live(connect, disk, settings, plan);
  const end = () => { if (settings.kill) disk.killProcess(); else disk.losePower(plan.next); };
  end();
  if (plan.again !== undefined) {
    disk.cutAt = plan.again;
    try {
      const database = open(connect, disk, settings, plan);
      database.all('SELECT count(*) FROM t');
      database.configure('PRAGMA wal_checkpoint');
      disk.lost = true;
      database.close();
    } catch { /* the second cut; or damage, which the last look finds */ }
    disk.lost = true;
    end();
  }
  let database;
  try {
    database = open(connect, disk, settings, plan);
    const check = database.all('PRAGMA integrity_check');
    if (check.length !== 1 || check[0][0] !== 'ok') return `integrity_check: ${check.slice(0, 3).join('; ')}`;
    if (database.all("SELECT count(*) FROM sqlite_schema WHERE name='meta'")[0][0] === 0) return acknowledged >= 0 && sure(settings) ? `nothing left of ${acknowledged} commits` : undefined;
    const k = Number(database.all('SELECT k FROM meta')[0][0]);
    if (sure(settings) && k < acknowledged) return `${acknowledged} commits were acknowledged, ${k} are left`;
    if (k > acknowledged + 1) return `${k} commits found, ${acknowledged} were made`;
    const rows = database.all('SELECT id, n, hex(v) FROM t ORDER BY id').map((row) => row.join('|')).join('\n');
    if (rows !== plan.states[k]) return `the rows are not those after commit ${k}`;
    database.close();
    return undefined;
  } catch (error) {
    return `unreadable: ${error.message}`;
  } finally {
    disk.lost = true;
    try { database?.close(); } catch { /* closed */ }
  }
}

/** Whether an acknowledged commit must be there. */
const sure = ({ kill, synchronous }) => kill === true || synchronous === 'full';

/** What must hold, and how often it is tried out of a hundred lives. */
export const PROMISES = [
  { share: 40, settings: { journalMode: 'wal', synchronous: 'full' }, name: 'power cut, WAL, full: every acknowledged commit' },
  { share: 20, settings: { journalMode: 'delete', synchronous: 'full' }, name: 'power cut, rollback journal, full: every acknowledged commit' },
  { share: 25, settings: { journalMode: 'wal', synchronous: 'normal' }, name: 'power cut, WAL, normal: whole, and the commits up to some point' },
  { share: 5, settings: { journalMode: 'wal', synchronous: 'normal', kill: true }, name: 'killed process, WAL, normal: every acknowledged commit' },
  { share: 5, settings: { journalMode: 'wal', synchronous: 'off', kill: true }, name: 'killed process, WAL, off: every acknowledged commit' },
  { share: 5, settings: { journalMode: 'delete', synchronous: 'off', kill: true }, name: 'killed process, rollback journal, off: every acknowledged commit' },
];

/** The same lives on a disk that lies about syncs: damage and loss must be seen, or the lives prove nothing. */
export const CONTROLS = [
  { settings: { journalMode: 'wal', synchronous: 'full', honest: false } },
  { settings: { journalMode: 'delete', synchronous: 'full', honest: false } },
  { settings: { journalMode: 'wal', synchronous: 'normal', honest: false } },
];

/** Plays lives `from` to `to`; gives what went wrong, each with its seed. */
export function playLives(connect, from, to, settings) {
  const wrong = [];
  for (let seed = from; seed < to; seed++) {
    const what = playLife(connect, seed, settings);
    if (what) wrong.push(`seed ${seed}: ${what}`);
  }
  return wrong;
}
