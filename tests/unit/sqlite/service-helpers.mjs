// Shared by the tests of the SQLite service.
import assert from 'node:assert/strict';
import { createSQLiteUtils } from '../../../js/dist/services/sqlite/index.js';
import { ServiceError } from '../../../js/dist/sqlite.js';

/** Which engine the service tests run over: the fallback, or with SQLITE_IMPLEMENTATION=simd WebAssembly (wasm-service.test.mjs runs them again so). */
export const IMPLEMENTATION = process.env.SQLITE_IMPLEMENTATION ?? 'js';

/** sql.js says at each start that its build is deprecated; that is no news here. */
const { warn } = console;
console.warn = (...args) => { if (!String(args[0]).startsWith('sql.js: the asm.js build')) warn(...args); };

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A database in this thread. */
export const open = (config = {}) => createSQLiteUtils({ implementation: IMPLEMENTATION, host: 'inline', ...config });

/** One whose events and calls are kept. */
export function watched(config = {}) {
  const events = [];
  const calls = [];
  const db = createSQLiteUtils({ implementation: IMPLEMENTATION, host: 'inline', ...config }, { sink: { call: (record) => calls.push(record), event: (event) => events.push(event) }, attach: () => undefined });
  return { db, events, calls };
}

export async function withTable(config) {
  const db = open(config);
  await db.executeQuery('CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)');
  return db;
}

export async function refuses(work, code, message = /./) {
  await assert.rejects(async () => work(), (error) => {
    assert.ok(error instanceof ServiceError, `no ServiceError: ${error?.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

export const value = async (db, sql, params) => Object.values((await db.executeQuery(sql, params)).rows[0])[0];
export const count = (db, table = 't') => value(db, `SELECT count(*) FROM ${table}`);
