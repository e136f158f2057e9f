// What TypeScript says to users of the Kysely and Drizzle entries: right code compiles, and the result is typed and not `any`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function compile(t, source) {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-services-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/wasm-services'), 'dir');
  for (const name of ['kysely', 'drizzle-orm']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.ts'), source);
  // Drizzle's declarations name the packages of every database that it knows.
  const flags = ['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023,dom', '--types', ''];
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, join(folder, 'main.ts')], { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout };
}

const KYSELY = `import { Kysely, type Generated } from 'kysely';
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { WASMSQLiteDialect, type WASMSQLiteDialectConfig } from 'wasm-services/sqlite/kysely';
interface Tables { note: { id: Generated<number>; text: string } }
const config: WASMSQLiteDialectConfig = { database: async () => createSQLiteUtils(), bigint: false };
const db = new Kysely<Tables>({ dialect: new WASMSQLiteDialect(config) });
`;
const DRIZZLE = `import { eq } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/sqlite-proxy/migrator';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { createSQLiteUtils, type SQLiteWASMUtils } from 'wasm-services/sqlite';
import { drizzle, type WASMSQLiteDatabase, type WASMSQLiteRunResult } from 'wasm-services/sqlite/drizzle';
const notes = sqliteTable('notes', { id: integer().primaryKey(), text: text().notNull(), at: integer({ mode: 'timestamp' }) });
const db = drizzle(createSQLiteUtils(), { schema: { notes }, logger: true });
`;

test('Kysely: a program compiles, with the types of its tables', (t) => {
  const { status, said } = compile(t, `${KYSELY}
const rows: { id: number; text: string }[] = await db.selectFrom('note').selectAll().execute();
const id: bigint | undefined = (await db.insertInto('note').values({ text: 'milk' }).executeTakeFirstOrThrow()).insertId;
await db.transaction().execute(async (trx) => { await trx.deleteFrom('note').execute(); });
console.log(rows, id);
`);
  assert.equal(status, 0, said);
});

test('Drizzle: a program compiles, with the types of its tables and of a run', (t) => {
  const { status, said } = compile(t, `${DRIZZLE}
const rows: { id: number; text: string; at: Date | null }[] = await db.select().from(notes).where(eq(notes.id, 1));
const run: WASMSQLiteRunResult = await db.insert(notes).values({ text: 'milk' });
const changes: number = run.changes;
const [all, ran] = await db.batch([db.query.notes.findMany(), db.delete(notes)]);
const texts: string[] = all.map(({ text }) => text);
const n: number = await db.transaction(async (tx) => { const { changes } = await tx.update(notes).set({ text: 'x' }); return changes + (await tx.query.notes.findMany()).length; });
await migrate(db, async (queries) => { await db.$client.executeTransaction(queries.map((sql) => ({ sql }))); }, { migrationsFolder: 'drizzle' });
const plain: WASMSQLiteDatabase = drizzle(createSQLiteUtils());
const client: SQLiteWASMUtils = plain.$client;
console.log(rows, changes, ran.lastInsertRowid, texts, n, client);
`);
  assert.equal(status, 0, said);
});

for (const [name, source, complaint] of [
  ['Kysely: a column that is none', `${KYSELY}await db.selectFrom('note').select('txet').execute();\n`, /txet/],
  ['Kysely: a database that is none', `${KYSELY}new WASMSQLiteDialect({ database: 'file.db' });\n`, /database|string/],
  ['Drizzle: a column of another type', `${DRIZZLE}await db.insert(notes).values({ text: 5 });\n`, /text/],
  ['Drizzle: rows are no any', `${DRIZZLE}const rows: { nowhere: 1 }[] = await db.select().from(notes);\n`, /nowhere/],
  ['Drizzle: a run is no any', `${DRIZZLE}const n: string = (await db.delete(notes)).changes;\n`, /number/],
]) {
  test(`${name} is refused by the compiler`, (t) => {
    const { status, said } = compile(t, source);
    assert.notEqual(status, 0);
    assert.match(said, complaint);
  });
}
