/** Durable transactions on a real file: one row each, in the same journal mode as native SQLite, beside the floor that the disk sets. */
import { closeSync, existsSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../lib/measure.mjs';
import { ms, row, x } from '../lib/rows.mjs';
import { betterSqlite3, nodeSqlite3Wasm } from './engines.mjs';
import { gc } from './turns.mjs';

const build = fileURLToPath(new URL('../../build/', import.meta.url)); // on a disk, where a temporary folder may be memory
const CREATE = 'CREATE TABLE log (id INTEGER PRIMARY KEY, at INTEGER, what TEXT)', INSERT = 'INSERT INTO log (at, what) VALUES (?, ?)';
const MODES = [
  { name: 'WAL, synchronous=full', journal: 'wal', synchronous: 'full', must: 1.3 },
  { name: 'WAL, synchronous=normal', journal: 'wal', synchronous: 'normal', must: 1.3 },
  { name: 'rollback journal, synchronous=full', journal: 'delete', synchronous: 'full', must: 1.3 },
];

function native(folder, mode, make = betterSqlite3, name = 'better-sqlite3') {
  const db = make().open(join(folder, `${name}.sqlite`));
  if (name === 'better-sqlite3') db.exec(`PRAGMA journal_mode = ${mode.journal}; PRAGMA locking_mode = EXCLUSIVE`);
  db.exec(`PRAGMA synchronous = ${mode.synchronous}`);
  db.exec(CREATE);
  return {
    name, journal: () => Object.values(db.all('PRAGMA journal_mode')[0])[0], synchronous: () => Object.values(db.all('PRAGMA synchronous')[0])[0],
    run: (count, from) => db.runEach(INSERT, Array.from({ length: count }, (_, i) => [from + i, `event ${from + i}`])), count: () => db.all('SELECT count(*) AS n, sum(at) AS s FROM log')[0], close: () => db.close(),
  };
}

async function mine(api, folder, mode) {
  const service = api.createSQLiteUtils({ host: 'inline', storage: { file: join(folder, 'wasm-services.sqlite') }, enableWAL: mode.journal === 'wal', synchronous: mode.synchronous });
  await service.executeQuery(CREATE);
  const statement = await service.prepare(INSERT);
  const shared = {
    journal: () => service.info.journalMode, synchronous: async () => Object.values((await service.executeQuery('PRAGMA synchronous')).rows[0])[0],
    count: async () => (await service.executeQuery('SELECT count(*) AS n, sum(at) AS s FROM log')).rows[0],
  };
  return {
    ...shared, name: 'wasm-services, awaited', close: () => service.dispose(),
    async run(count, from) { for (let i = 0; i < count; i++) await statement.run([from + i, `event ${from + i}`]); },
  };
}

const LEVELS = { off: 0, normal: 1, full: 2 };
export async function file(api) {
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, 'bench-sqlite-')), rows = [], samples = {};
  try {
    const fd = openSync(join(folder, 'floor'), 'w'), page = Buffer.alloc(4096 + 24, 1);
    const floor = { name: 'floor', run(count) { for (let i = 0; i < count; i++) { writeSync(fd, page); fdatasyncSync(fd); } } };
    for (const mode of MODES) {
      const at = mkdtempSync(join(folder, 'mode-'));
      const contenders = [floor, native(at, mode), await mine(api, at, mode)];
      if (mode.journal === 'delete') contenders.push(native(at, mode, nodeSqlite3Wasm, 'node-sqlite3-wasm'));
      const t = Object.fromEntries(contenders.map((c) => [c.name, []])), calls = mode.synchronous === 'normal' ? 500 : 60, rounds = 9;
      for (const c of contenders) await c.run(calls, 0);
      for (let round = 1; round <= rounds; round++) for (const c of contenders) { gc(); const start = performance.now(); await c.run(calls, round * calls); t[c.name].push((performance.now() - start) / calls); }
      samples[mode.name] = t;
      const total = (rounds + 1) * calls, sum = total * (total - 1) / 2;
      const multiple = (name) => median(t[name].map((v, i) => v / t['better-sqlite3'][i]));
      rows.push(row(`${mode.name}: one 4 KiB write and fdatasync (floor)`, ms(median(t.floor))));
      for (const c of contenders.slice(1)) {
        const journal = await c.journal(), level = await c.synchronous(), { n, s } = await c.count();
        const same = journal === mode.journal && Number(level) === LEVELS[mode.synchronous], right = Number(n) === total && Number(s) === sum, ours = c.name.startsWith('wasm-services');
        const note = !right ? `no time: ${n} rows of ${total}` : !same ? `no time: journal ${journal}, synchronous ${level}` : `${ms(median(t[c.name]))} = ${x(multiple(c.name))} native`;
        rows.push(row(`${mode.name}: ${c.name}`, note, ours ? `<= ${mode.must.toFixed(2)}x native` : undefined, ours ? right && same && multiple(c.name) <= mode.must : undefined));
        await c.close();
      }
      // The same file format: native SQLite opens what was closed here.
      const check = betterSqlite3().open(join(at, 'wasm-services.sqlite'));
      const ok = Object.values(check.all('PRAGMA integrity_check')[0])[0], seen = check.all('SELECT count(*) AS n FROM log')[0].n;
      check.close();
      if (ok !== 'ok' || seen !== total) throw new Error(`native SQLite reads ${seen} rows of ${total} from our file, integrity ${ok}`);
      const left = ['-wal', '-journal'].filter((end) => existsSync(join(at, `wasm-services.sqlite${end}`)));
      if (left.length) rows.push(row(`${mode.name}: left behind after close`, left.join(', ')));
    }
    closeSync(fd);
  } finally { rmSync(folder, { recursive: true, force: true }); }
  return { title: 'Node file: one durable one-row transaction', samples, rows };
}
