/** `npm run bench -- recovery`: how soon a service answers right again after a fault, what is lost, what a worker costs, how soon it starts. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createWASMServices } from 'wasm-services';
import { faults } from 'wasm-services/testing';
import { median } from '../lib/measure.mjs';
import { onPages, roundTrip, start } from './chromium.mjs';
import { close, KILLED, TRAPPED } from './holders.mjs';

const ms = (value) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const row = (what, value, must, met) => ({ what, value, must, met: met === undefined ? '' : met ? 'yes' : 'NO' });
const timed = async (work) => { const began = performance.now(); await work(); return performance.now() - began; };
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** Services warn on the console when they fall back; here it would tear the table. */
async function quietly(work) {
  const { warn } = console;
  console.warn = () => undefined;
  try { return await work(); } finally { console.warn = warn; }
}

async function traps(api, { quick }) {
  const rows = [], samples = {};
  for (const holder of TRAPPED) {
    for (const host of ['inline', 'worker']) {
      const times = [];
      // Three traps a life: the fourth within a minute opens the breaker.
      for (let life = 0; life < (quick ? 1 : 4); life++) {
        const held = await holder.open(api, quick ? 0.05 : 1, { host, implementation: 'simd' });
        await held.read();
        for (let i = 0; i < 3; i++) {
          faults.trapNextCall(holder.service);
          times.push(await timed(held.read));
        }
        await close(held);
      }
      samples[`${holder.service} ${host}`] = times;
      rows.push(row(`${holder.name}, ${host}: next call right, of ${times.length} traps`, `p50 ${ms(median(times))}, worst ${ms(Math.max(...times))}`, '<= 250 ms', Math.max(...times) <= 250));
    }
  }
  return { title: 'a trap, with about 20 MB held', rows, samples };
}

async function kills(api, { quick }) {
  const RUNS = quick ? 6 : 200, rows = [], samples = {};
  let seed = 20261127;
  const random = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  await quietly(async () => {
    for (const [place, holder] of KILLED.entries()) {
      const runs = Math.floor((RUNS + place) / KILLED.length), times = [];
      let lost = 0, acknowledged = 0, held, kept = [];
      for (let run = 0; run < runs; run++) {
        if (run % 3 === 0) {
          if (held) await close(held);
          held = await holder.open(api, quick ? 0.05 : 1, { host: 'worker', implementation: 'simd' });
          kept = [];
        }
        let stop = false;
        const stream = (async () => { while (!stop) await held.write().then((id) => kept.push(id), () => undefined); })();
        await pause(random() * 30);
        faults.killWorker(holder.service);
        stop = true;
        times.push(await timed(held.read));
        await stream;
        lost += await held.lost(kept);
        acknowledged += kept.length;
      }
      if (held) await close(held);
      samples[holder.name] = times;
      rows.push(row(`${holder.name}: next call right, of ${runs} kills`, `p50 ${ms(median(times))}, p95 ${ms(quantile(times, 0.95))}, worst ${ms(Math.max(...times))}`, '<= 250 ms', Math.max(...times) <= 250));
      rows.push(row(`${holder.name}: acknowledged writes lost`, `${lost} of ${acknowledged}`, '0', lost === 0));
    }
  });
  return { title: 'a worker killed at a random moment of a stream of writes, with about 20 MB held', rows, samples };
}

async function worker(api, { quick }) {
  const calls = quick ? 200 : 20_000;
  const time = async (host) => {
    const service = api.createVectorSearch({ host, dimensions: 4 });
    await service.addVectors(['a'], new Float32Array([1, 2, 3, 4]));
    for (let i = 0; i < 2000; i++) await service.count();
    const samples = [];
    for (let i = 0; i < calls; i++) samples.push(await timed(() => service.count()));
    await service.dispose();
    return { p50: quantile(samples, 0.5) * 1000, p95: quantile(samples, 0.95) * 1000 };
  };
  const there = await time('worker'), here = await time('inline'), overhead = there.p50 - here.p50;
  const [[page, inPage]] = await onPages(1, roundTrip, calls);
  return {
    title: 'worker round trip: count() there, less count() here',
    rows: [
      row('Node, p50', `${overhead.toFixed(0)} µs (${there.p50.toFixed(0)} - ${here.p50.toFixed(1)}; p95 ${there.p95.toFixed(0)})`, '<= 60 µs', overhead <= 60),
      row('Chromium, p50', `${(page - inPage).toFixed(0)} µs (${page.toFixed(0)} - ${inPage.toFixed(1)})`, '<= 150 µs', page - inPage <= 150),
    ],
    samples: { node: { there, here }, chromium: { page, inPage } },
  };
}

async function starts(_, { quick }) {
  const count = quick ? 2 : 15;
  const child = fileURLToPath(new URL('start.child.mjs', import.meta.url));
  const node = Array.from({ length: count }, () => JSON.parse(execFileSync(process.execPath, [child], { encoding: 'utf8' })));
  const pages = await onPages(count, start);
  const of = (samples, place) => samples.map((sample) => sample[place]);
  const one = (what, values, most) => row(what, `p50 ${ms(median(values))}, worst ${ms(Math.max(...values))}`, `<= ${most} ms`, median(values) <= most);
  return {
    title: 'starting, services lazy: each in a fresh process or page',
    rows: [
      one('initialize(), Node', of(node, 0), 15), one('initialize(), Chromium', of(pages, 0), 50),
      one('first vector search after it, Node', of(node, 1), 60), one('first vector search after it, Chromium', of(pages, 1), 60),
    ],
    samples: { node, pages },
  };
}

/** Figures of a life's end: memory in MB and what the process keeps alive. */
const standing = () => {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return { rss: process.memoryUsage().rss / 2 ** 20, heap: process.memoryUsage().heapUsed / 2 ** 20, handles: process.getActiveResourcesInfo().length };
};

async function cycles(_, { quick }) {
  const most = quick ? 20 : 1000, marks = [];
  for (let cycle = 1; cycle <= most; cycle++) {
    const services = createWASMServices();
    await services.initialize();
    const vectors = services.getVectorSearch();
    await vectors.addVectors(['a'], new Float32Array(8).fill(1));
    await services.getDataProcessor().load([{ a: 1 }]);
    await services.getComputeEngine().sort(new Float64Array([2, 1]));
    await services.getSQLiteUtils().executeQuery('SELECT 1');
    await services.dispose();
    if (cycle % (most / 10) === 0) { await pause(20); marks.push(standing()); }
  }
  const later = marks.slice(-5), middle = marks.slice(2, 5);
  const growth = (name) => Math.max(...later.map((m) => m[name])) - Math.max(...middle.map((m) => m[name]));
  return {
    title: `${most} times initialize, a call on each service, cleanup`,
    rows: [
      row('heap, last half over the third to fifth tenth', `${growth('heap').toFixed(1)} MB (now ${marks.at(-1).heap.toFixed(1)})`, 'flat: <= 2 MB', growth('heap') <= 2),
      row('resident memory', `${growth('rss').toFixed(0)} MB (now ${marks.at(-1).rss.toFixed(0)})`, 'flat: <= 30 MB', growth('rss') <= 30),
      row('handles', `${growth('handles')} more`, '0', growth('handles') <= 0),
    ],
    notes: globalThis.gc ? [] : ['Without --expose-gc: garbage counts.'],
    samples: marks,
  };
}

export const WORKLOADS = { traps, kills, worker, starts, cycles };
