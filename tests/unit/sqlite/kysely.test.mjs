// Kysely over the service: the fallback and WebAssembly, here and behind a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { ServiceError } from '../../../js/dist/sqlite.js';
import { WASMSQLiteDialect } from '../../../js/dist/sqlite-kysely.js';
import { open, refuses, sleep, value } from './service-helpers.mjs';

const collect = async (rows) => { const all = []; for await (const row of rows) all.push(row); return all; };

for (const implementation of ['simd', 'js']) {
  /** A database with people and pets, and Kysely over it; gone when the test ends. */
  const start = async (t, { bigint, ...config } = {}) => {
    const database = open({ implementation, ...config });
    t.after(() => database.dispose());
    const db = new Kysely({ dialect: new WASMSQLiteDialect({ database, bigint }) });
    await db.schema.createTable('person').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('name', 'text', (c) => c.notNull().unique()).addColumn('extra', 'blob').execute();
    await db.schema.createTable('pet').addColumn('id', 'integer', (c) => c.primaryKey()).addColumn('owner', 'integer').addColumn('name', 'text', (c) => c.notNull().defaultTo('Rex'))
      .addForeignKeyConstraint('pet_owner', ['owner'], 'person', ['id'], (c) => c.deferrable().initiallyDeferred()).execute();
    return { database, db, person: (name) => db.insertInto('person').values({ name }).execute(), names: async (on = db) => (await on.selectFrom('person').select('name').orderBy('id').execute()).map(({ name }) => name) };
  };
  const over = (name, run) => test(`${implementation}: ${name}`, run);

  over('rows are inserted, joined, changed and deleted, with counts and ids as bigints', async (t) => {
    const { db } = await start(t);
    const inserted = await db.insertInto('person').values([{ name: 'Ada' }, { name: 'Bob' }]).executeTakeFirstOrThrow();
    assert.deepEqual([inserted.insertId, inserted.numInsertedOrUpdatedRows], [2n, 2n]);
    const ignored = await db.insertInto('person').values({ name: 'Ada' }).onConflict((c) => c.doNothing()).executeTakeFirstOrThrow();
    assert.deepEqual([ignored.insertId, ignored.numInsertedOrUpdatedRows], [undefined, 0n]);
    assert.deepEqual(await db.insertInto('pet').values({ owner: 1, name: 'Tom' }).returning(['id', 'name']).execute(), [{ id: 1, name: 'Tom' }]);
    assert.deepEqual(await db.selectFrom('person as p').leftJoin('pet as a', 'a.owner', 'p.id').select(['p.name', 'a.name as pet']).orderBy('p.id').execute(), [{ name: 'Ada', pet: 'Tom' }, { name: 'Bob', pet: null }]);
    assert.equal((await db.updateTable('person').set({ name: 'Eve' }).where('id', '=', 2).executeTakeFirstOrThrow()).numUpdatedRows, 1n);
    assert.equal((await db.updateTable('person').set({ name: 'Eve' }).where('id', '=', 9).executeTakeFirstOrThrow()).numUpdatedRows, 0n);
    assert.equal((await db.deleteFrom('person').where('name', '=', 'Eve').executeTakeFirstOrThrow()).numDeletedRows, 1n);
    assert.equal((await sql`SELECT count(*) AS n FROM person`.execute(db)).rows[0].n, 1);
    assert.equal((await sql`SELECT 1 AS n`.execute(db)).numAffectedRows, undefined);
  });

  over('values go in and come out as the service has them', async (t) => {
    const { db } = await start(t);
    const when = new Date('2024-02-29T12:00:00Z');
    const { rows: [row] } = await sql`SELECT ${Uint8Array.of(0, 255)} AS bytes, ${true} AS yes, ${null} AS none, ${when} AS date, ${9007199254740991n} AS big, ${1.5} AS real`.execute(db);
    assert.deepEqual(row, { bytes: Uint8Array.of(0, 255), yes: 1, none: null, date: when.toISOString(), big: 9007199254740991, real: 1.5 });
    await refuses(() => sql`SELECT ${2n ** 62n} AS n`.execute(db), 'INTEGER_RANGE');
    await refuses(() => sql`SELECT ${{ not: 'a value' }} AS n`.execute(db), 'INVALID_ARGUMENT');
    const exact = await start(t, { bigint: true });
    assert.deepEqual((await sql`SELECT ${2n ** 62n} AS n, 1.5 AS r`.execute(exact.db)).rows, [{ n: 2n ** 62n, r: 1.5 }]);
    await exact.person('Ada');
    assert.deepEqual(await collect(exact.db.selectFrom('person').select('id').stream(1)), [{ id: 1n }]);
  });

  over('a transaction commits; a throw rolls back with its own error', async (t) => {
    const { db, names } = await start(t);
    assert.equal(await db.transaction().setIsolationLevel('serializable').execute(async (trx) => {
      await trx.insertInto('person').values({ name: 'Ada' }).execute();
      return (await names(trx)).length;
    }), 1);
    const mine = new Error('mine');
    await assert.rejects(db.transaction().execute(async (trx) => { await trx.deleteFrom('person').execute(); assert.deepEqual(await names(trx), []); throw mine; }), (error) => error === mine);
    assert.deepEqual(await names(), ['Ada']);
    await refuses(() => db.transaction().setAccessMode('read only').execute(async () => undefined), 'UNSUPPORTED', /read only/);
    await refuses(() => db.transaction().execute((trx) => sql`COMMIT`.execute(trx)), 'INVALID_ARGUMENT', /not for use inside/);
    assert.deepEqual(await names(), ['Ada']);
  });

  over('nobody gets into an open transaction: neither Kysely nor calls on the service', async (t) => {
    const { database, db, person, names } = await start(t);
    let over = false;
    const afterwards = () => assert.ok(over);
    let inside;
    const begun = new Promise((resolve) => { inside = resolve; });
    const held = db.transaction().execute(async (trx) => {
      await trx.insertInto('person').values({ name: 'Ada' }).execute();
      inside();
      await sleep(20);
      await trx.deleteFrom('pet').execute();
      over = true;
      throw new Error('undo');
    }).catch(({ message }) => assert.equal(message, 'undo'));
    await begun;
    const plain = database.executeQuery("INSERT INTO person (name) VALUES ('plain')").then(afterwards);
    const other = person('Bob').then(afterwards);
    const second = db.transaction().execute(async (trx) => { await sleep(1); await trx.insertInto('person').values({ name: 'second' }).execute(); }).then(afterwards);
    const streamed = collect(db.selectFrom('person').select('name').stream()).then((rows) => { afterwards(); assert.ok(rows.every(({ name }) => name !== 'Ada')); });
    await Promise.all([held, plain, other, second, streamed]);
    assert.deepEqual(new Set(await names()), new Set(['plain', 'Bob', 'second']));
    await Promise.all(Array.from({ length: 20 }, (_, i) => db.transaction().execute(async (trx) => {
      const { n } = await trx.selectFrom('pet').select((b) => b.fn.countAll().as('n')).executeTakeFirstOrThrow();
      await sleep(i % 3);
      await trx.insertInto('pet').values({ id: n, name: `pet ${i}` }).execute(); // a lost update would meet the primary key
    })));
    assert.equal(await value(database, 'SELECT count(*) FROM pet'), 20);
    await refuses(() => database.transaction(async () => names()), 'INVALID_ARGUMENT', /wait for itself/);
  });

  over('a controlled transaction has savepoints, of any name', async (t) => {
    const { db, person, names } = await start(t);
    const trx = await db.startTransaction().execute();
    await trx.insertInto('person').values({ name: 'Ada' }).execute();
    const waits = person('waits');
    const first = await trx.savepoint('a "quoted" name').execute();
    await first.insertInto('person').values({ name: 'gone' }).execute();
    const second = await first.savepoint('inner').execute();
    await second.deleteFrom('person').execute();
    await second.rollbackToSavepoint('inner').execute();
    assert.deepEqual(await names(second), ['Ada', 'gone']);
    await second.rollbackToSavepoint('a "quoted" name').execute();
    await first.releaseSavepoint('a "quoted" name').execute();
    await trx.insertInto('person').values({ name: 'Bob' }).execute();
    await trx.commit().execute();
    await waits;
    assert.deepEqual(await names(), ['Ada', 'Bob', 'waits']);
    const undone = await db.startTransaction().execute();
    await undone.deleteFrom('person').execute();
    await undone.rollback().execute();
    assert.equal((await names()).length, 3);
  });

  over('a commit that SQLite refuses undoes all, and what is still sent does not reach the database', async (t) => {
    const { database, db, names, person } = await start(t);
    await sql`PRAGMA foreign_keys = ON`.execute(db);
    const orphan = { owner: 99, name: 'orphan' };
    await refuses(() => db.transaction().execute((trx) => trx.insertInto('pet').values(orphan).execute()), 'SQL', /FOREIGN KEY/);
    const trx = await db.startTransaction().execute();
    await trx.insertInto('pet').values(orphan).execute();
    await refuses(() => trx.commit().execute(), 'SQL', /FOREIGN KEY/);
    await refuses(() => trx.insertInto('person').values({ name: 'late' }).execute(), 'INVALID_ARGUMENT', /over/);
    await trx.rollback().execute();
    assert.equal(await value(database, 'SELECT count(*) FROM pet'), 0);
    await person('Ada');
    assert.deepEqual(await names(), ['Ada']);
  });

  over('a stream gives its rows in portions, and its loop may use the database', async (t) => {
    const { database, db, person, names } = await start(t);
    await database.executeMany('INSERT INTO person (name) VALUES (?)', Array.from({ length: 10 }, (_, i) => [`p${i}`]));
    let seen = 0;
    for await (const { id } of db.selectFrom('person').select('id').orderBy('id').stream(3)) {
      await db.insertInto('pet').values({ owner: id }).execute();
      seen++;
    }
    assert.equal(seen, 10);
    assert.equal(await value(database, 'SELECT count(*) FROM pet'), 10);
    for await (const row of db.selectFrom('person').selectAll().stream(1)) { assert.equal(row.name, 'p0'); break; }
    await db.schema.dropTable('pet').execute(); // refused while a stream that reads it is open
    assert.equal((await collect(db.insertInto('person').values([{ name: 'a' }, { name: 'b' }]).returning('name').stream(1))).length, 2);
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('person').values({ name: 'inside' }).execute();
      const rows = await collect(trx.selectFrom('person').select('name').orderBy('id').stream(2));
      assert.deepEqual([rows.length, rows.at(-1)], [13, { name: 'inside' }]);
    });
    await person('after');
    assert.equal((await names()).length, 14);
  });

  over('errors are the service\'s own', async (t) => {
    const { db, person } = await start(t);
    await person('Ada');
    const error = await person('Ada').then(() => undefined, (e) => e);
    assert.ok(error instanceof ServiceError);
    assert.deepEqual([error.code, error.detail.code], ['SQL', 19]);
    assert.match(error.message, /UNIQUE constraint failed: person\.name/);
    await refuses(() => db.selectFrom('nowhere').selectAll().execute(), 'SQL', /no such table/);
  });

  over('tables and columns are introspected', async (t) => {
    const { db } = await start(t);
    await db.schema.createView('names').as(db.selectFrom('person').select('name')).execute();
    const tables = await db.introspection.getTables();
    assert.deepEqual(tables.map(({ name, isView }) => [name, isView]), [['names', true], ['person', false], ['pet', false]]);
    assert.deepEqual(tables[2].columns.map(({ name, dataType, isNullable, isAutoIncrementing, hasDefaultValue }) => [name, dataType.toLowerCase(), isNullable, isAutoIncrementing, hasDefaultValue]),
      [['id', 'integer', true, true, false], ['owner', 'integer', true, false, false], ['name', 'text', false, false, true]]);
  });

  over('migrations run once, also when two Kyselys begin them at the same time, and go back', async (t) => {
    const database = open({ implementation });
    t.after(() => database.dispose());
    const ran = [];
    const step = (name, up, down) => ({ up: async (on) => { ran.push(name); await sleep(5); await up(on); }, down });
    const migrations = {
      '001': step('001', (on) => on.schema.createTable('a').addColumn('x', 'integer').execute(), (on) => on.schema.dropTable('a').execute()),
      '002': step('002', (on) => on.transaction().execute((trx) => trx.schema.alterTable('a').addColumn('y', 'text').execute()), (on) => on.schema.alterTable('a').dropColumn('y').execute()),
    };
    const [one, two] = [0, 1].map(() => new Kysely({ dialect: new WASMSQLiteDialect({ database }) }));
    const migrator = (db) => new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const results = await Promise.all([one, one, two].map((db) => migrator(db).migrateToLatest()));
    assert.deepEqual(results.map(({ error }) => error), [undefined, undefined, undefined]);
    assert.deepEqual(ran, ['001', '002']);
    assert.deepEqual((await one.introspection.getTables()).map(({ name, columns }) => [name, columns.length]), [['a', 2]]);
    assert.equal((await migrator(two).migrateDown()).error, undefined);
    assert.deepEqual((await one.introspection.getTables())[0].columns.map(({ name }) => name), ['x']);
    migrations['003'] = step('003', () => { throw new Error('mine'); });
    const failed = await migrator(one).migrateToLatest();
    assert.equal(failed.error.message, 'mine');
    assert.deepEqual(failed.results.map(({ status }) => status), ['Success', 'Error']);
    delete migrations['003'];
    assert.deepEqual(await migrator(two).migrateToLatest(), { results: [] });
  });

  over('an aborted query is left to run, or stopped where that is asked for', async (t) => {
    const { db, names } = await start(t);
    const { error: log } = console;
    console.error = () => undefined; // Kysely prints what its cancelled queries reject with
    t.after(() => { console.error = log; });
    for (const [name, strategy] of [['ignored', 'ignore query'], ['cancelled', 'cancel query']]) {
      const trx = await db.startTransaction().execute();
      const controller = new AbortController();
      const waits = db.insertInto('person').values({ name }).execute({ signal: controller.signal, inflightQueryAbortStrategy: strategy });
      waits.catch(() => undefined);
      await sleep(5);
      controller.abort(new Error('enough'));
      await assert.rejects(waits, /enough/);
      await trx.commit().execute();
    }
    assert.deepEqual(await names(), ['ignored']);
    await assert.rejects(db.selectFrom('person').selectAll().execute({ signal: AbortSignal.abort(new Error('before')) }), /before/);
  });

  over('a function gives the database with the first query, again after it failed; destroy() disposes of it', async () => {
    const given = [];
    const database = async () => {
      given.push(given.length === 0 ? undefined : open({ implementation }));
      if (!given.at(-1)) throw new ServiceError('STORAGE_IO', 'not yet');
      return given.at(-1);
    };
    const db = new Kysely({ dialect: new WASMSQLiteDialect({ database }) });
    assert.equal(given.length, 0);
    await refuses(() => sql`SELECT 1`.execute(db), 'STORAGE_IO');
    await Promise.all([sql`CREATE TABLE t (a)`.execute(db), sql`SELECT 1`.execute(db)]);
    assert.equal(given.length, 2);
    await db.destroy();
    await refuses(() => given[1].executeQuery('SELECT 1'), 'DISPOSED');
  });

  over('the same behind a worker', async (t) => {
    const { db, names, person } = await start(t, { host: 'worker' });
    const trx = await db.startTransaction().execute();
    const waits = person('waits');
    await trx.insertInto('person').values({ name: 'Ada', extra: Buffer.from([1, 2]) }).execute();
    await (await trx.savepoint('s').execute()).rollbackToSavepoint('s').execute();
    await trx.commit().execute();
    await waits;
    assert.deepEqual(await names(), ['Ada', 'waits']);
    assert.deepEqual(await collect(db.selectFrom('person').select('extra').orderBy('id').stream(1)), [{ extra: Uint8Array.of(1, 2) }, { extra: null }]);
    await refuses(() => person('Ada'), 'SQL', /UNIQUE/);
  });
}

test('what is no database is refused at once, and what a function gives when it is asked', async () => {
  for (const config of [undefined, {}, { database: null }, { database: 'file.db' }]) assert.throws(() => new WASMSQLiteDialect(config), { name: 'ServiceError', code: 'INVALID_ARGUMENT', message: /createSQLiteUtils/ });
  await refuses(() => sql`SELECT 1`.execute(new Kysely({ dialect: new WASMSQLiteDialect({ database: () => ({}) }) })), 'INVALID_ARGUMENT', /createSQLiteUtils/);
});
