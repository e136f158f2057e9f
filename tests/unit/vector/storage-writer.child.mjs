// Appends for ever and says after each acknowledgement how far it is; its parent kills it. Also run as a worker thread.
import { parentPort, workerData } from 'node:worker_threads';
import { storageBackend } from '../../../js/dist/host/storage/index.js';
import { openStore } from '../../../js/dist/services/vector/storage/store.js';
import { sourceOf, stateOf, applied } from './storage-model.mjs';
import { sampleRows } from './storage-samples.mjs';

const directory = workerData?.directory ?? process.argv[2];
const report = parentPort ? (line) => parentPort.postMessage(line) : (line) => process.stdout.write(`${line}\n`);

const { store, recovered } = await openStore(storageBackend({ storage: { directory }, name: 'killed', service: 'vector' }), { checkpointBytes: 20_000, checkpointRatio: 1 });
let state = stateOf(recovered);
report(`open ${state.slots.length}`);
for (;;) {
  const slot = state.slots.length;
  const slots = [slot, slot + 1, slot + 2];
  const record = {
    type: 'upsert', slots, ids: slots.map((s) => `id-${s}`), contents: slots.map((s) => 'word '.repeat(s % 50)), metadata: slots.map((s) => ({ s })),
    rows: { dimensions: 3, encoding: 'f32', bytes: sampleRows('f32', 3, 3, slot) },
  };
  await store.append(record);
  state = applied(state, record);
  report(String(state.slots.length));
  if (store.checkpointDue) await store.checkpoint(sourceOf(state));
}
