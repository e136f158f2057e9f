// Drizzle over the service: the fallback and WebAssembly, here and behind a worker.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asc, count as counted, eq, relations, sql, TransactionRollbackError } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/sqlite-proxy/migrator';
import { alias, blob, integer, numeric, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { ServiceError } from '../../../js/dist/sqlite.js';
import { drizzle } from '../../../js/dist/sqlite-drizzle.js';
import { open, refuses, sleep, value } from './service-helpers.mjs';

const people = sqliteTable('people', { id: integer().primaryKey(), name: text().notNull().unique(), boss: integer() });
const pets = sqliteTable('pets', { id: integer().primaryKey(), name: text().notNull(), owner: integer() });
const kinds = sqliteTable('kinds', {
  id: integer().primaryKey(), yes: integer({ mode: 'boolean' }), at: integer({ mode: 'timestamp' }), ms: integer({ mode: 'timestamp_ms' }), json: text({ mode: 'json' }), bytes: blob({ mode: 'buffer' }), big: blob({ mode: 'bigint' }),
  blobJson: blob({ mode: 'json' }), price: numeric(), ratio: real(), made: text().default(sql`(upper('now'))`),
});
const schema = {
  people, pets, kinds,
  peopleRelations: relations(people, ({ many, one }) => ({ pets: many(pets), boss: one(people, { fields: [people.boss], references: [people.id] }) })),
  petsRelations: relations(pets, ({ one }) => ({ owner: one(people, { fields: [pets.owner], references: [people.id] }) })),
};
const TABLES = [
  'CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boss INTEGER)', 'CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner INTEGER)',
  "CREATE TABLE kinds (id INTEGER PRIMARY KEY, yes INTEGER, at INTEGER, ms INTEGER, json TEXT, bytes BLOB, big BLOB, blobJson BLOB, price NUMERIC, ratio REAL, made TEXT DEFAULT (upper('now')))",
];

/** Drizzle's own error carries the service's as its cause. */
async function fails(work, code, message) {
  const error = await work().then(() => undefined, (e) => e);
  assert.ok(error?.cause instanceof ServiceError, error?.stack ?? 'it resolved');
  assert.equal(error.cause.code, code);
  assert.match(error.cause.message, message);
}

for (const implementation of ['simd', 'js']) {
  const start = async (t, { config, ...rest } = {}) => {
    const database = open({ implementation, ...rest });
    t.after(() => database.dispose());
    await database.executeBatch(TABLES.map((text) => ({ sql: text })));
    const db = drizzle(database, { schema, ...config });
    return { database, db, names: async (on = db) => (await on.select({ name: people.name }).from(people).orderBy(people.id)).map(({ name }) => name) };
  };
  const over = (name, run) => test(`${implementation}: ${name}`, run);

  over('rows are inserted, joined, changed and deleted; a run tells what it changed', async (t) => {
    const { database, db, names } = await start(t);
    assert.equal(db.$client, database);
    const { rows, changes, lastInsertRowid } = await db.insert(people).values([{ name: 'Ada' }, { name: 'Bob', boss: 1 }]);
    assert.deepEqual([rows, changes, lastInsertRowid], [[], 2, 2]);
    assert.deepEqual(await db.insert(pets).values({ name: 'Tom', owner: 2 }).returning(), [{ id: 1, name: 'Tom', owner: 2 }]);
    // id and name of both tables: by position, since by name one of two would be lost.
    assert.deepEqual(await db.select().from(people).leftJoin(pets, eq(pets.owner, people.id)).orderBy(asc(people.id)), [
      { people: { id: 1, name: 'Ada', boss: null }, pets: null }, { people: { id: 2, name: 'Bob', boss: 1 }, pets: { id: 1, name: 'Tom', owner: 2 } },
    ]);
    const boss = alias(people, 'boss');
    assert.deepEqual(await db.select({ name: people.name, boss: boss.name }).from(people).innerJoin(boss, eq(people.boss, boss.id)), [{ name: 'Bob', boss: 'Ada' }]);
    assert.equal((await db.update(people).set({ name: 'Eve' }).where(eq(people.id, 2)).run()).changes, 1);
    assert.deepEqual(await db.insert(people).values({ id: 2, name: 'x' }).onConflictDoUpdate({ target: people.id, set: { name: 'Eva' } }).returning({ name: people.name }).get(), { name: 'Eva' });
    assert.equal((await db.delete(people).where(eq(people.name, 'nobody'))).changes, 0);
    assert.deepEqual(await db.select().from(people).where(eq(people.id, 9)).get(), undefined);
    assert.deepEqual(await db.select({ id: people.id, name: people.name }).from(people).values(), [[1, 'Ada'], [2, 'Eva']]);
    assert.equal(await db.$count(people), 2);
    assert.deepEqual(await db.select({ n: counted() }).from(people), [{ n: 2 }]);
    const byId = db.select().from(people).where(eq(people.id, sql.placeholder('id'))).prepare();
    assert.deepEqual([(await byId.get({ id: 1 })).name, (await byId.all({ id: 2 }))[0].name], ['Ada', 'Eva']);
    assert.deepEqual(await names(), ['Ada', 'Eva']);
  });

  over('SQL written by hand gives objects, and arrays where values are asked for', async (t) => {
    const { db } = await start(t);
    const query = sql`SELECT ${1} AS a, ${'x'} AS b UNION ALL SELECT 2, 'y'`;
    assert.deepEqual(await db.all(query), [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]);
    assert.deepEqual(await db.get(query), { a: 1, b: 'x' });
    assert.equal(await db.get(sql`SELECT 1 WHERE 0`), undefined);
    assert.deepEqual(await db.values(query), [[1, 'x'], [2, 'y']]);
    assert.equal((await db.run(sql`INSERT INTO people (name) VALUES ('Ada')`)).lastInsertRowid, 1);
    assert.deepEqual(await db.transaction((tx) => tx.all(sql`SELECT name FROM people`)), [{ name: 'Ada' }]);
  });

  over('every kind of column comes back as it went in', async (t) => {
    const { database, db } = await start(t);
    const row = {
      id: 1, yes: true, at: new Date('2024-02-29T12:00:00Z'), ms: new Date('2024-02-29T12:00:00.123Z'), json: { a: [1, null, 'é'] }, bytes: Buffer.from([0, 1, 255]), big: 2n ** 80n,
      blobJson: [{ deep: true }], price: '12.5', ratio: 0.1,
    };
    assert.deepEqual(await db.insert(kinds).values(row).returning(), [{ ...row, made: 'NOW' }]);
    assert.deepEqual(await db.select().from(kinds).where(eq(kinds.at, row.at)), [{ ...row, made: 'NOW' }]);
    assert.deepEqual((await database.executeQuery('SELECT typeof(yes) AS a, at, typeof(json) AS c, typeof(bytes) AS d FROM kinds')).rows, [{ a: 'integer', at: row.at.getTime() / 1000, c: 'text', d: 'blob' }]);
    await db.insert(kinds).values({ id: 2, yes: false, made: null });
    assert.deepEqual((await db.select().from(kinds).where(eq(kinds.yes, false)))[0], { id: 2, yes: false, at: null, ms: null, json: null, bytes: null, big: null, blobJson: null, price: null, ratio: null, made: null });
    await fails(() => db.get(sql`SELECT 4611686018427387904 AS n`), 'INTEGER_RANGE', /CAST/);
  });

  over('relations are read in one query', async (t) => {
    const { db } = await start(t);
    await db.insert(people).values([{ id: 1, name: 'Ada' }, { id: 2, name: 'Bob', boss: 1 }]);
    await db.insert(pets).values([{ name: 'Tom', owner: 1 }, { name: 'Rex', owner: 1 }]);
    assert.deepEqual(await db.query.people.findMany({ columns: { name: true }, with: { pets: { columns: { name: true } }, boss: { columns: { name: true } } }, orderBy: asc(people.id) }), [
      { name: 'Ada', pets: [{ name: 'Tom' }, { name: 'Rex' }], boss: null }, { name: 'Bob', pets: [], boss: { name: 'Ada' } },
    ]);
    assert.equal((await db.query.pets.findFirst({ with: { owner: true }, where: eq(pets.name, 'Rex') })).owner.name, 'Ada');
    assert.equal(await db.query.pets.findFirst({ where: eq(pets.name, 'nobody') }), undefined);
    assert.equal((await db.transaction((tx) => tx.query.people.findMany())).length, 2);
  });

  over('a transaction commits, rolls back with its own error, and nests', async (t) => {
    const { db, names } = await start(t);
    const mine = new Error('mine');
    assert.equal(await db.transaction(async (tx) => {
      await tx.insert(people).values({ name: 'Ada' });
      await assert.rejects(tx.transaction(async (inner) => {
        await inner.insert(people).values({ name: 'gone' });
        assert.equal(await inner.$count(people), 2);
        throw mine;
      }), (error) => error === mine);
      await Promise.all(['Bob', 'Eve'].map((name) => tx.transaction((inner) => inner.transaction(async (third) => { await sleep(1); await third.insert(people).values({ name }); }))));
      return tx.$count(people);
    }, { behavior: 'immediate' }), 3);
    await assert.rejects(db.transaction(async (tx) => { await tx.delete(people); throw mine; }), (error) => error === mine);
    await assert.rejects(db.transaction(async (tx) => { await tx.delete(people); tx.rollback(); }), TransactionRollbackError);
    assert.deepEqual(await names(), ['Ada', 'Bob', 'Eve']);
    await fails(() => db.transaction((tx) => tx.run(sql`COMMIT`)), 'INVALID_ARGUMENT', /not for use inside/);
    let kept;
    await db.transaction(async (tx) => { kept = tx; });
    await fails(async () => kept.delete(people), 'INVALID_ARGUMENT', /over/);
    assert.equal((await names()).length, 3);
  });

  over('nobody gets into an open transaction, and what would wait for itself is told so', async (t) => {
    const { database, db, names } = await start(t);
    let over = false;
    const afterwards = () => assert.ok(over);
    let inside;
    const begun = new Promise((resolve) => { inside = resolve; });
    const held = db.transaction(async (tx) => {
      await tx.insert(people).values({ name: 'Ada' });
      inside();
      await sleep(20);
      await tx.delete(pets);
      over = true;
      throw new Error('undo');
    }).catch(({ message }) => assert.equal(message, 'undo'));
    await begun;
    await Promise.all([
      held,
      database.executeQuery("INSERT INTO people (name) VALUES ('plain')").then(afterwards),
      db.insert(people).values({ name: 'Bob' }).then(afterwards),
      db.batch([db.insert(people).values({ name: 'batch' })]).then(afterwards),
      db.transaction(async (tx) => { afterwards(); await sleep(1); await tx.insert(people).values({ name: 'second' }); }),
    ]);
    assert.deepEqual(await names(), ['plain', 'Bob', 'batch', 'second']);
    await Promise.all(Array.from({ length: 20 }, (_, i) => db.transaction(async (tx) => {
      const id = await tx.$count(pets);
      await sleep(i % 3);
      await tx.insert(pets).values({ id, name: `pet ${i}` }); // a lost update would meet the primary key
    })));
    assert.equal(await value(database, 'SELECT count(*) FROM pets'), 20);
    await fails(() => db.transaction(async () => db.select().from(people)), 'INVALID_ARGUMENT', /wait for itself/);
    await fails(() => db.transaction((tx) => tx.transaction(async () => tx.select().from(people))), 'INVALID_ARGUMENT', /outer transaction.*wait for itself/);
  });

  over('a batch is one transaction, and each query has its own result', async (t) => {
    const { db, names } = await start(t);
    const results = await db.batch([
      db.insert(people).values({ name: 'Ada' }), db.insert(people).values({ name: 'Bob' }).returning({ id: people.id }), db.select().from(people).leftJoin(pets, eq(pets.owner, people.id)), db.query.people.findMany({ with: { pets: true } }), db.query.people.findFirst({ columns: { name: true } }),
      db.all(sql`SELECT 1 AS a`), db.get(sql`SELECT 1 AS a`), db.values(sql`SELECT 1 AS a`), db.run(sql`DELETE FROM people WHERE id = 2`),
    ]);
    assert.deepEqual([results[0].changes, results[8].changes], [1, 1]);
    assert.deepEqual(results.slice(1, 8), [
      [{ id: 2 }], [{ people: { id: 1, name: 'Ada', boss: null }, pets: null }, { people: { id: 2, name: 'Bob', boss: null }, pets: null }], [{ id: 1, name: 'Ada', boss: null, pets: [] }, { id: 2, name: 'Bob', boss: null, pets: [] }], { name: 'Ada' },
      [{ a: 1 }], { a: 1 }, [[1]],
    ]);
    await refuses(() => db.batch([db.delete(people), db.insert(people).values({ name: null })]), 'SQL', /NOT NULL/);
    assert.deepEqual(await names(), ['Ada']);
  });

  over('errors carry the service\'s own as their cause', async (t) => {
    const { db } = await start(t);
    await db.insert(people).values({ name: 'Ada' });
    await fails(async () => db.insert(people).values({ name: 'Ada' }), 'SQL', /UNIQUE constraint failed: people\.name/);
    await fails(async () => db.select().from(sqliteTable('nowhere', { id: integer() })), 'SQL', /no such table/);
  });

  over('names in snake_case, a logger, and a cache that writes empty', async (t) => {
    const logged = [];
    const kept = new Map();
    const cache = { strategy: () => 'all', get: async (key) => kept.get(key), put: async (key, result) => { kept.set(key, result); }, onMutate: async () => { kept.clear(); } };
    const { database, db } = await start(t, { config: { casing: 'snake_case', logger: { logQuery: (text, params) => logged.push([text, params]) }, cache } });
    await database.executeQuery('CREATE TABLE words (id INTEGER PRIMARY KEY, some_word TEXT)');
    const words = sqliteTable('words', { id: integer().primaryKey(), someWord: text() });
    await db.insert(words).values({ someWord: 'x' });
    assert.deepEqual(logged, [['insert into "words" ("id", "some_word") values (null, ?)', ['x']]]);
    const read = async () => (await db.select().from(words)).map(({ someWord }) => someWord);
    assert.deepEqual(await read(), ['x']);
    await database.executeQuery("UPDATE words SET some_word = 'behind its back'");
    assert.deepEqual(await read(), ['x']);
    await db.$cache.invalidate({ tables: 'words' });
    assert.deepEqual(await read(), ['behind its back']);
  });

  over('migrations that drizzle-kit made run once', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'drizzle-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'meta'));
    const write = (steps) => {
      steps.forEach((text, i) => writeFileSync(join(folder, `000${i}_step.sql`), text));
      writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'sqlite', entries: steps.map((_, idx) => ({ idx, version: '6', when: 1700000000000 + idx, tag: `000${idx}_step`, breakpoints: true })) }));
    };
    const { database, db } = await start(t);
    const run = () => migrate(db, async (queries) => { await database.executeTransaction(queries.map((text) => ({ sql: text }))); }, { migrationsFolder: folder });
    const steps = ['CREATE TABLE `m` (`id` integer);\n--> statement-breakpoint\nCREATE INDEX `i` ON `m` (`id`);'];
    write(steps);
    await run();
    await run();
    write([...steps, 'INSERT INTO `m` VALUES (1);\n--> statement-breakpoint\nINSERT INTO `nowhere` VALUES (1);']);
    await refuses(run, 'SQL', /nowhere/);
    write([...steps, 'INSERT INTO `m` VALUES (2);']);
    await run();
    assert.deepEqual(await db.values(sql`SELECT * FROM m`), [[2]]);
  });

  over('the same behind a worker', async (t) => {
    const { db, names } = await start(t, { host: 'worker' });
    await db.transaction(async (tx) => {
      await tx.insert(kinds).values({ bytes: Buffer.from([1, 2]) });
      await tx.transaction(async (inner) => { await inner.insert(people).values({ name: 'gone' }); inner.rollback(); }).catch(() => undefined);
      await tx.insert(people).values({ name: 'Ada' });
    });
    assert.deepEqual((await db.select({ bytes: kinds.bytes }).from(kinds))[0].bytes, Buffer.from([1, 2]));
    assert.deepEqual(await names(), ['Ada']);
    await fails(async () => db.insert(people).values({ name: 'Ada' }), 'SQL', /UNIQUE/);
  });
}

test('what is no database is refused at once', () => {
  for (const database of [undefined, null, {}, 'file.db']) assert.throws(() => drizzle(database), { name: 'ServiceError', code: 'INVALID_ARGUMENT', message: /createSQLiteUtils/ });
});
