/**
 * One storage job in a page or a dedicated worker, for storage-browser.test.mjs:
 * 'write' appends pairs for ever and reports after each acknowledgement; 'check' gives what is stored; 'turns' opens, appends and closes many times; 'quota' fills up.
 */
import { storageBackend } from '../../js/dist/host/storage/index.js';
import { f32Rows } from '../../js/dist/services/vector/storage/format.js';
import { openStore } from '../../js/dist/services/vector/storage/store.js';

/** Text that no browser can compress away. */
const noise = (length) => Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => String.fromCharCode(byte)).join('');
const pair = (slot, length = 500) => ({
  type: 'upsert', slots: [slot, slot + 1], ids: [`id-${slot}`, `id-${slot + 1}`], contents: [noise(length), undefined], metadata: [{ slot }, undefined],
  rows: f32Rows(Float32Array.of(slot, slot + 1), 1),
});
const idsOf = ({ snapshot, records }) => [...(snapshot?.ids ?? []), ...records.flatMap((record) => record.ids)];
const source = (ids) => ({
  config: { dimensions: 1, metric: 'dot', encoding: 'f32' }, slots: ids.length, ids, contents: ids.map(() => undefined), metadata: ids.map(() => undefined),
  rows: (from, to) => f32Rows(Float32Array.from({ length: to - from }, (_, i) => from + i), 1).bytes,
});
const open = ({ storage, name }) => openStore(storageBackend({ storage, name, service: 'vector' }), { checkpointBytes: 20_000, checkpointRatio: 1 });

const JOBS = {
  async write(job, report) {
    const { store, recovered } = await open(job);
    const ids = idsOf(recovered);
    for (;;) {
      const record = pair(ids.length);
      await store.append(record);
      ids.push(...record.ids);
      report(ids.length);
      if (store.checkpointDue) await store.checkpoint(source(ids));
    }
  },
  async check(job) {
    const { store, recovered } = await open(job);
    await store.close();
    return idsOf(recovered);
  },
  /** As several tabs would: whoever finds it BUSY tries again. */
  async turns(job, report) {
    for (let turn = 0; turn < job.turns;) {
      let opened;
      try {
        opened = await open(job);
      } catch (error) {
        if (error.code !== 'BUSY') throw error;
        continue;
      }
      const { store, recovered } = opened;
      await store.append(pair(idsOf(recovered).length));
      report(1);
      await store.close();
      turn++;
    }
    return 'done';
  },
  async quota(job, report) {
    const { store, recovered } = await open(job);
    const ids = idsOf(recovered);
    let refused;
    for (let i = 0; i < 100 && !refused; i++) {
      const record = pair(ids.length, 50_000);
      try {
        await store.append(record);
        ids.push(...record.ids);
      } catch (error) {
        refused = { code: error.code, message: error.message };
      }
    }
    await report(ids.length);
    await store.close();
    return { acknowledged: ids.length, refused };
  },
};

/** Runs a job; `report` gets its figures, the result is what it ends with. */
export const runJob = (job, report) => JOBS[job.do](job, report);

const inWorker = typeof WorkerGlobalScope === 'function' && globalThis instanceof WorkerGlobalScope;
if (inWorker) {
  globalThis.onmessage = ({ data }) => {
    runJob(data, (figure) => globalThis.postMessage({ figure }))
      .then((result) => globalThis.postMessage({ result }), (error) => globalThis.postMessage({ error: `${error.code} ${error.message}` }));
  };
}
