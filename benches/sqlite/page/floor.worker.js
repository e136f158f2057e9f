/** What the browser and the disk take for one flush of one page: nothing durable can be quicker. */
import { answer } from './worker.js';

let handle, at = 0;
const page = new Uint8Array(4096 + 24).fill(1);
answer({
  async open() { const root = await navigator.storage.getDirectory(); handle = await (await root.getFileHandle('bench-floor', { create: true })).createSyncAccessHandle(); for (let i = 0; i < 500; i++) handle.write(page, { at: i * 4120 }); handle.flush(); return { info: {} }; },
  one({ count }) {
    const start = performance.now();
    for (let i = 0; i < count; i++) { handle.write(page, { at }); handle.flush(); at = (at + 4120) % (4120 * 500); }
    return { ms: (performance.now() - start) / count };
  },
});
