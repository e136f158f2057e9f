/** The SQLite that a host brings along: node:sqlite and bun:sqlite, as contenders in a child process of that host. */
import { statementStyle } from './engines.mjs';

export async function nodeSqlite() {
  const { DatabaseSync } = await import('node:sqlite');
  return {
    name: 'node:sqlite', kind: 'host', version: `Node ${process.versions.node}`,
    open(file = ':memory:') { const db = new DatabaseSync(file); return statementStyle(db, { fn: (name, f) => db.function(name, f), spread: true }); },
  };
}

export async function bunSqlite() {
  const { Database } = await import('bun:sqlite');
  return {
    name: 'bun:sqlite', kind: 'host', version: `Bun ${process.versions.bun}`, lacks: { functions: 'no functions in JavaScript' },
    open(file = ':memory:') { const db = new Database(file); return statementStyle(db, { raw: (sql) => db.prepare(sql).values(), spread: true }); },
  };
}
export const HOSTS = { nodeSqlite, bunSqlite };
