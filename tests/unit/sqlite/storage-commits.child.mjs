// Commits one row after the other into a file, in a process or a thread, and says each one's number once it was acknowledged; for ever, or `count` times and then keeps the file open.
import { parentPort, workerData } from 'node:worker_threads';
import { loadModule } from '../../../js/dist/loader/index.js';
import { SQLITE } from '../../../js/dist/loader/sqlite.gen.js';
import { openSqlStorage } from '../../../js/dist/services/sqlite/storage/index.js';
import { createWasmEngine } from '../../../js/dist/services/sqlite/wasm-engine.js';

const { file, journalMode, synchronous, count = Infinity } = workerData ?? JSON.parse(process.argv[2]);
const say = (number) => (parentPort ? parentPort.postMessage(number) : process.stdout.write(`${number}\n`));
const storage = await openSqlStorage({ storage: { file }, enableWAL: journalMode === 'wal', synchronous });
const engine = createWasmEngine((await loadModule(SQLITE, 'simd')).createInstance(), { files: storage.files });
engine.configure(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=${storage.journalMode}; PRAGMA synchronous=${storage.synchronous}; PRAGMA wal_autocheckpoint=20`);
engine.exec('CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v TEXT); CREATE TABLE IF NOT EXISTS sum(n INTEGER)');
const step = () => {
  engine.exec(`BEGIN; INSERT INTO t(v) VALUES('${'x'.repeat(700)}'); DELETE FROM sum; INSERT INTO sum SELECT count(*) FROM t; COMMIT`);
  const statement = engine.prepare('SELECT n FROM sum');
  say(Number(statement.all(undefined).arrays({ bigint: false })[0][0]));
  statement.finalize();
};
for (let i = 0; i < count; i++) {
  step();
  if (i % 10 === 9) await new Promise((resolve) => { setImmediate(resolve); });
}
setInterval(() => {}, 1000);
