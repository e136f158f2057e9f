// Opens a database file, in a process or a thread, says so, and keeps it. 'fill' writes until it is refused.
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlStorage } from '../../../js/dist/services/sqlite/storage/index.js';

const [file, what] = workerData ?? process.argv.slice(2);
const say = (message) => (parentPort ? parentPort.postMessage(message) : console.log(JSON.stringify(message)));
try {
  const storage = await openSqlStorage({ storage: { file } });
  if (what === 'fill') {
    const handle = storage.files.open('db', true);
    try {
      for (let at = 0; at < 1e8; at += 4096) storage.files.write(handle, new Uint8Array(4096), at);
      storage.files.sync(handle);
      say({ filled: true });
    } catch (error) {
      const before = storage.files.size(handle);
      storage.files.write(handle, Uint8Array.of(1), 0);
      storage.files.sync(handle);
      say({ code: error.code, message: error.message, before });
    }
    await storage.close();
  } else {
    say({ open: true });
    setInterval(() => {}, 1000);
  }
} catch (error) {
  say({ code: error.code, message: error.message });
}
