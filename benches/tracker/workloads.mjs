/** What it costs to be watched: nanoseconds a call that the tracker and observability add, in place. */
import { Histogram } from '../../js/dist/performance/histogram.js';
import { Observability } from '../../js/dist/observability/index.js';
import { createManager } from '../../js/dist/manager.js';
import { host } from '../../js/dist/host/index.js';
import { row } from '../lib/rows.mjs';
import { median } from '../lib/measure.mjs';

/** Nanoseconds of processor time of one of `n` calls of each, by turns: other programs take none of it. */
function turns(contenders, { rounds = 15, n = 200_000 } = {}) {
  const samples = contenders.map(() => []);
  for (let round = -3; round < rounds; round++) {
    contenders.forEach((run, i) => {
      const began = process.cpuUsage();
      run(n);
      const { user, system } = process.cpuUsage(began);
      if (round >= 0) samples[i].push((user + system) / n * 1e3);
    });
  }
  return samples;
}

/** A call of a service is told by one record and two readings of the clock; no call without a listener reads it. */
async function overhead(_, { quick }) {
  const histogram = new Histogram(1e-4), observability = new Observability(), bare = new Observability();
  observability.enable(true);
  bare.enable(false);
  let sum = 0;
  const told = (sink) => (n) => { for (let i = 0; i < n; i++) { const began = host.now(); sum += i & 7; sink.call({ service: 'vector', operation: 'search', durationMs: host.now() - began, variant: 'simd', items: undefined }); } };
  const samples = turns([
    (n) => { for (let i = 0; i < n; i++) sum += i & 7; },
    (n) => { for (let i = 0; i < n; i++) sum += host.now() & 7; },
    (n) => { for (let i = 0; i < n; i++) histogram.record((i & 1023) / 100 + 0.001); },
    told(observability), told(bare),
  ], quick ? { rounds: 3, n: 20_000 } : {});
  const [nothing, clock, record, full, off] = samples;
  const over = (list) => median(list.map((ns, i) => ns - nothing[i]));
  const rows = [
    row('reading the clock once', `${over(clock).toFixed(0)} ns`), row('one record in a histogram', `${over(record).toFixed(0)} ns`),
    row('a tracked call: two readings, the record, observability on', `${over(full).toFixed(0)} ns`, '<= 150 ns', over(full) <= 150), row('the same with enableObservability: false', `${over(off).toFixed(0)} ns`),
  ];
  return { title: `What a tracked call costs, in place (sum ${sum})`, samples: { nothing, clock, record, full, off }, rows, notes: ['Differences to an empty loop, round by round; medians.'] };
}

/** The same through the whole of the manager: a service that does nothing, with and without its sink. */
async function throughManager(_, { quick }) {
  let context;
  const create = (config, given) => { context = given; given.attach('vector', { memoryBytes: () => 0 }); return { info: { service: 'vector', variant: 'js', loaded: true, rejected: [] }, ready: async () => undefined, dispose: async () => undefined }; };
  const manager = createManager(undefined, { vector: { create, config: 'vectorSearch' } });
  await manager.initialize();
  manager.getVectorSearch();
  const { sink } = context;
  let sum = 0;
  const [nothing, told] = turns([
    (n) => { for (let i = 0; i < n; i++) sum += i & 7; },
    (n) => { for (let i = 0; i < n; i++) { const began = host.now(); sum += i & 7; sink.call({ service: 'vector', operation: 'search', durationMs: host.now() - began, variant: 'simd', items: undefined }); } },
  ], quick ? { rounds: 3, n: 20_000 } : {});
  const over = median(told.map((ns, i) => ns - nothing[i]));
  await manager.dispose();
  return { title: `A tracked call through the manager (sum ${sum})`, samples: { nothing, told }, rows: [row('all of it', `${over.toFixed(0)} ns`, '<= 150 ns', over <= 150)] };
}

export const WORKLOADS = { overhead, throughManager };
