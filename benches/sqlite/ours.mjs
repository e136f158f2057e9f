/** This package as contenders: the awaited interface, and the same service without promises. */
const use = (row) => row.price + row.sku.length;
/** The awaited interface takes one statement a call; the scripts of this bench hold no semicolon inside a statement. */
const statements = (script) => script.split(/;\s+/).filter(Boolean);

export function ours(api, config = {}, label = 'wasm-services') {
  const open = async (file) => {
    const service = api.createSQLiteUtils({ host: 'inline', ...config, ...(file ? { storage: { file } } : {}) });
    await service.ready();
    return service;
  };
  const info = async () => { const service = await open(); const { engine, version, variant } = service.info; await service.dispose(); return { engine, version, variant }; };
  const shared = (service) => ({
    service,
    insertMany: (sql, rows) => service.executeMany(sql, rows),
    columns: async (sql) => (await service.executeQuery(sql, [], { rows: 'columns' })).columnData,
    raw: async (sql) => (await service.executeQuery(sql, [], { rows: 'arrays' })).rows,
    fn: (name, f) => service.createFunction(name, f, { arity: f.length }),
    close: () => service.dispose(),
  });
  const awaited = {
    name: `${label}, awaited`, kind: 'ours', version: 'this checkout',
    async open(file) {
      const service = await open(file);
      const exec = async (script) => { for (const sql of statements(script)) await service.executeQuery(sql); };
      const runEach = async (sql, rows) => { const s = await service.prepare(sql); for (const row of rows) await s.run(row); s.finalize(); };
      return {
        ...shared(service), exec, runEach, async insertEach(sql, rows) { await exec('BEGIN'); await runEach(sql, rows); await exec('COMMIT'); },
        async lookups(sql, keys) { const s = await service.prepare(sql); let sum = 0; for (const key of keys) sum += use(await s.get([key])); s.finalize(); return sum; },
        all: async (sql, params) => (await service.executeQuery(sql, params)).rows,
      };
    },
  };
  const sync = {
    name: `${label}, sync`, kind: 'ours', version: 'this checkout', lacks: { bulk: 'the same call as awaited', columns: 'the same call as awaited', raw: 'the same call as awaited' },
    async open(file) {
      const service = await open(file), db = service.sync;
      if (!db) throw new Error('this service has no sync interface');
      const kept = new Map(), statement = (sql) => { let s = kept.get(sql); if (!s) kept.set(sql, s = db.prepare(sql)); return s; };
      const runEach = (sql, rows) => { const s = db.prepare(sql); for (const row of rows) s.run(row); s.finalize(); };
      return {
        ...shared(service), exec: (sql) => db.exec(sql), runEach, insertEach(sql, rows) { db.transaction(() => runEach(sql, rows)); },
        lookups(sql, keys) { const s = db.prepare(sql); let sum = 0; for (const key of keys) sum += use(s.get([key])); s.finalize(); return sum; },
        all: (sql, params) => statement(sql).all(params),
        close() { for (const s of kept.values()) s.finalize(); return service.dispose(); },
      };
    },
  };
  return { awaited, sync, info };
}
