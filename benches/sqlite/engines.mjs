/**
 * The peers of the SQLite bench behind one shape, each through the calls that its own documentation shows and with its loops written out
 * here, so that none pays for another's abstraction. Every method may be synchronous or give a promise.
 *
 *   { name, kind: 'native' | 'wasm' | 'js', version, open(file?) -> { exec, insertEach, insertMany?, runEach, lookups, all, raw?, columns?, fn, close } }
 *
 * insertEach, runEach: one prepared statement, once per row of parameters (insertEach inside one transaction). lookups: one prepared
 * statement, the one row of each key read as an object.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const modules = fileURLToPath(new URL('../peers/node_modules/', import.meta.url));
const require = createRequire(join(modules, 'x.js'));
const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;

/** Statements that `all` keeps, by SQL, as a careful user would. */
function kept(make) {
  const map = new Map(), get = (sql) => { let s = map.get(sql); if (!s) map.set(sql, s = make(sql)); return s; };
  get.every = () => [...map.values()];
  return get;
}

/** What a look-up reads of its row. */
const use = (row) => row.price + row.sku.length;

/** better-sqlite3 and the two built-in modules have one way of calling; `run` spreads or takes an array. */
export function statementStyle(db, { close = () => db.close(), fn, raw, spread }) {
  const statement = kept((sql) => db.prepare(sql));
  return {
    exec: (sql) => { db.exec(sql); },
    insertEach(sql, rows) { const s = db.prepare(sql); db.exec('BEGIN'); if (spread) for (const row of rows) s.run(...row); else for (const row of rows) s.run(row); db.exec('COMMIT'); },
    runEach(sql, rows) { const s = db.prepare(sql); if (spread) for (const row of rows) s.run(...row); else for (const row of rows) s.run(row); },
    lookups(sql, keys) { const s = db.prepare(sql); let sum = 0; for (const key of keys) sum += use(s.get(key)); return sum; },
    all: (sql, params = []) => statement(sql).all(...params),
    raw, fn, close,
  };
}

export function betterSqlite3() {
  const Database = require('better-sqlite3');
  return {
    name: 'better-sqlite3', kind: 'native', version: versionOf('better-sqlite3'),
    open(file = ':memory:') {
      const db = new Database(file);
      return { ...statementStyle(db, { raw: (sql) => db.prepare(sql).raw().all(), fn: (name, f) => db.function(name, f) }), loadExtension: (path) => db.loadExtension(path) };
    },
  };
}

export function nodeSqlite3Wasm() {
  const { Database } = require('node-sqlite3-wasm');
  return {
    name: 'node-sqlite3-wasm', kind: 'wasm', version: versionOf('node-sqlite3-wasm'),
    open(file = ':memory:') {
      const db = new Database(file);
      const each = (sql, rows) => { const s = db.prepare(sql); for (const row of rows) s.run(row); s.finalize(); };
      const statement = kept((sql) => db.prepare(sql));
      return {
        exec: (sql) => db.exec(sql), runEach: each, insertEach(sql, rows) { db.exec('BEGIN'); each(sql, rows); db.exec('COMMIT'); },
        lookups(sql, keys) { const s = db.prepare(sql); let sum = 0; for (const key of keys) sum += use(s.get(key)); s.finalize(); return sum; },
        all: (sql, params) => statement(sql).all(params), fn: (name, f) => db.function(name, f), close() { for (const s of statement.every()) s.finalize(); db.close(); },
      };
    },
  };
}

async function sqlJsBuild(name, kind, file) {
  const SQL = await require(`sql.js/dist/${file}`)();
  return {
    name, kind, SQL, version: versionOf('sql.js'), lacks: { fts5: 'built without FTS5' },
    open() {
      const db = new SQL.Database();
      const each = (sql, rows) => { const s = db.prepare(sql); for (const row of rows) s.run(row); s.free(); };
      const statement = kept((sql) => db.prepare(sql));
      return {
        exec: (sql) => { db.exec(sql); }, runEach: each, insertEach(sql, rows) { db.exec('BEGIN'); each(sql, rows); db.exec('COMMIT'); },
        lookups(sql, keys) { const s = db.prepare(sql); let sum = 0; for (const key of keys) sum += use(s.getAsObject([key])); s.free(); return sum; },
        all(sql, params = []) { const s = statement(sql), out = []; s.bind(params); while (s.step()) out.push(s.getAsObject()); s.reset(); return out; },
        raw: (sql) => db.exec(sql)[0]?.values ?? [], fn: (n, f) => db.create_function(n, f), close: () => db.close(),
      };
    },
  };
}
export const sqlJs = () => sqlJsBuild('sql.js', 'wasm', 'sql-wasm.js');
/** The same library compiled to JavaScript instead of WebAssembly: what a host without WebAssembly is left with. */
export const sqlAsm = () => sqlJsBuild('sql.js, pure JS', 'js', 'sql-asm-memory-growth.js');

export async function sqliteWasm() {
  const { default: init } = await import(pathToFileURL(join(modules, '@sqlite.org/sqlite-wasm/dist/node.mjs')).href);
  const sqlite3 = await init({ print: () => {}, printErr: () => {} });
  return {
    name: 'sqlite-wasm', kind: 'wasm', version: versionOf('@sqlite.org/sqlite-wasm'),
    open() {
      const db = new sqlite3.oo1.DB(':memory:');
      const each = (sql, rows) => { const s = db.prepare(sql); for (const row of rows) s.bind(row).stepReset(); s.finalize(); };
      const statement = kept((sql) => db.prepare(sql));
      return {
        exec: (sql) => { db.exec(sql); }, runEach: each, insertEach(sql, rows) { db.exec('BEGIN'); each(sql, rows); db.exec('COMMIT'); },
        lookups(sql, keys) { const s = db.prepare(sql); let sum = 0; for (const key of keys) { s.bind(1, key); s.step(); sum += use(s.get({})); s.reset(); } s.finalize(); return sum; },
        all(sql, params) { const s = statement(sql), out = []; if (params) s.bind(params); while (s.step()) out.push(s.get({})); s.reset(); return out; }, raw: (sql) => db.selectArrays(sql),
        fn: (name, f) => db.createFunction(name, (_, ...args) => f(...args), { arity: f.length }), close: () => db.close(),
      };
    },
  };
}

/** The fork that carries the newest VFSes; its synchronous build with the default memory VFS. Its calls are promises by design. */
export async function waSqlite() {
  const folder = join(modules, '@journeyapps/wa-sqlite');
  const { default: factory } = await import(pathToFileURL(join(folder, 'dist/wa-sqlite.mjs')).href);
  const api = await import(pathToFileURL(join(folder, 'src/sqlite-api.js')).href);
  const sqlite3 = api.Factory(await factory({ wasmBinary: readFileSync(join(folder, 'dist/wa-sqlite.wasm')) }));
  const { SQLITE_ROW } = api;
  return {
    name: 'wa-sqlite', kind: 'wasm', version: `${versionOf('@journeyapps/wa-sqlite')} (fork of ${versionOf('wa-sqlite')})`,
    async open() {
      const db = await sqlite3.open_v2(':memory:');
      const exec = (sql) => sqlite3.exec(db, sql);
      async function each(sql, rows) {
        for await (const s of sqlite3.statements(db, sql)) for (const row of rows) { sqlite3.bind_collection(s, row); await sqlite3.step(s); await sqlite3.reset(s); }
      }
      const statement = kept(async (sql) => { for await (const s of sqlite3.statements(db, sql, { unscoped: true })) return s; });
      async function all(sql, params) {
        const out = [], s = await statement(sql), names = sqlite3.column_names(s);
        if (params) sqlite3.bind_collection(s, params);
        while (await sqlite3.step(s) === SQLITE_ROW) { const row = sqlite3.row(s), o = {}; for (let i = 0; i < names.length; i++) o[names[i]] = row[i]; out.push(o); }
        await sqlite3.reset(s);
        return out;
      }
      return {
        exec, all, runEach: each, async insertEach(sql, rows) { await exec('BEGIN'); await each(sql, rows); await exec('COMMIT'); },
        async lookups(sql, keys) {
          let sum = 0;
          for await (const s of sqlite3.statements(db, sql)) {
            const names = sqlite3.column_names(s);
            for (const key of keys) { sqlite3.bind(s, 1, key); await sqlite3.step(s); const row = sqlite3.row(s), o = {}; for (let i = 0; i < names.length; i++) o[names[i]] = row[i]; sum += use(o); await sqlite3.reset(s); }
          }
          return sum;
        },
        fn: (name, f) => { sqlite3.create_function(db, name, f.length, 1, 0, (context, values) => sqlite3.result(context, f(...Array.from(values, (v) => sqlite3.value(v))))); },
        async close() { for (const s of statement.every()) await sqlite3.finalize(await s); await sqlite3.close(db); },
      };
    },
  };
}

export const PEERS = { betterSqlite3, nodeSqlite3Wasm, sqlJs, sqliteWasm, waSqlite, sqlAsm };
export const sqliteVecPath = () => require('sqlite-vec').getLoadablePath();
