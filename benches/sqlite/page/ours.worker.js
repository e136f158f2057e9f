/** The service in place, in a worker of the application's own. */
import { createSQLiteUtils } from '/dist/sqlite.js';
import { CHECK, log, row, SCHEMA } from './shared.js';
import { answer } from './worker.js';

let service, insert;
answer({
  async open() {
    service = createSQLiteUtils({ storage: 'opfs', name: 'bench-worker', synchronous: 'full' });
    for (const sql of SCHEMA) await service.executeQuery(sql);
    const { journalMode, version, engine } = service.info;
    return { info: { journalMode, version, engine, synchronous: Object.values((await service.executeQuery('PRAGMA synchronous')).rows[0])[0] } };
  },
  async one({ count, from }) {
    insert ??= await service.prepare('INSERT INTO log (at, what) VALUES (?, ?)');
    const at = performance.now();
    for (let i = 0; i < count; i++) await insert.run(log(from + i));
    return { ms: (performance.now() - at) / count };
  },
  async many({ count }) {
    await service.executeQuery('DELETE FROM big');
    const rows = Array.from({ length: count }, (_, i) => row(i)), at = performance.now();
    await service.executeMany('INSERT INTO big VALUES (?, ?, ?)', rows);
    return { ms: performance.now() - at };
  },
  check: async () => (await service.executeQuery(CHECK)).rows[0],
  close: async () => { await service.dispose(); return {}; },
});
