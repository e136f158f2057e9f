/** Two threads against one, each behind a worker. Where the threaded variant is not built or does not start, every row says so and no figure stands. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hosts } from '../../tests/conformance/lib/hosts.mjs';
import { servePackage } from '../../tests/conformance/lib/serve.mjs';
import { launchChromium } from '../../tests/support/chromium.mjs';
import { over, race } from '../lib/race.mjs';
import { median } from '../lib/measure.mjs';
import { ms, row, x } from '../lib/rows.mjs';
import { answer, equalAnswers } from './answers.mjs';
import { variant } from './contenders.mjs';
import { points, product, rows, signal, sortable } from './data.mjs';

const ONE = 'one', TWO = 'two', READY_MS = 60;
const square = (n, data) => ({ data, rows: n, cols: n });
/** name: [least, inputs, call, parts of the answer] */
const CALLS = {
  'f32 product': [1.7, (quick) => product('f32', quick ? 128 : 1024), (s, { n, a, b }) => s.matmul(square(n, a), square(n, b)), (m) => [m.data]],
  'k-means': [1.5, points, (s, p) => s.kmeans({ data: p.x, rows: p.n, cols: p.d }, p.k, { seed: 7, maxIterations: p.iters, tolerance: 0 }), (r) => [r.centroids.data, r.labels]],
  distances: [1.5, rows, (s, p) => s.pairwiseDistances({ data: p.x, rows: p.n, cols: p.d }), (m) => [m.data]],
  'sort f64': [1.5, (quick) => sortable('f64', quick), (s, v) => s.sort(v), (v) => [v]],
  'batch of 4 transforms, f64': [1.5, signal, (s, { re, im }) => Promise.all([0, 1, 2, 3].map(() => s.fft(re, im))), (all) => all.flatMap(({ re, im }) => [re, im])],
};

export async function threads(api, { quick }) {
  const title = 'Two threads against one', many = await variant(api, 'simd-threads', { host: 'worker', threads: 2 }), least = (v) => `>= ${x(v)} one thread`;
  if (!many.service) {
    const why = `not measured: the threaded variant: ${many.why}`;
    return { title, samples: {}, rows: [...Object.entries(CALLS).map(([name, [must]]) => row(name, why, least(must), false)), row('pool ready', why, `<= ${READY_MS} ms; Chromium 150 ms`, false)] };
  }
  const one = (await variant(api, 'simd', { host: 'worker' })).service, samples = {}, out = [];
  for (const [name, [must, inputs, call, parts]] of Object.entries(CALLS)) {
    // The same answer to the last bit, whatever the number of threads.
    const given = inputs(quick), proof = (r) => answer(...parts(r).map((p) => [p, 0]));
    const results = await race([[ONE, one], [TWO, many.service]].map(([who, service]) => ({ name: who, run: () => call(service, given), proof })), { quick, equal: equalAnswers }), times = over(results, ONE, TWO);
    samples[name] = results;
    out.push(row(name, times === undefined ? `no time: ${results[TWO].note ?? results[ONE].note}` : `${ms(results[TWO].median)} = ${x(times)} one thread`, least(must), times >= must));
  }
  await Promise.all([one.dispose(), many.service.dispose()]);
  const found = {}, ready = [];
  for (const [host, most, start] of STARTS) {
    try {
      found[host] = await start(quick ? 2 : 9);
      ready.push(row(`pool ready, ${host}`, ms(median(found[host])), `<= ${most} ms`, median(found[host]) <= most));
    } catch (error) { ready.push(row(`pool ready, ${host}`, `not measured: ${String(error.message).slice(0, 120)}`, `<= ${most} ms`, false)); }
  }
  return { title, samples: { ...samples, ready: found }, rows: [...out, ...ready] };
}

const script = fileURLToPath(new URL('./pool-start.mjs', import.meta.url));
const runtime = (name) => async (times) => JSON.parse(execFileSync(hosts[name](), [script, `${times}`], { encoding: 'utf8' }));
async function inChromium(times) {
  const browser = await launchChromium(), server = await servePackage({ isolated: true, cache: true, answer: (path, response) => { if (path !== '/page') return false; response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>'); return true; } });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/page`);
    return await page.evaluate(async (n) => (await import('/benches/compute/pool-start.mjs')).poolStarts(n), times);
  } finally { await browser.close(); await server.close(); }
}
const STARTS = [['Node 20', READY_MS, runtime('node20')], ['newest Node', READY_MS, runtime('node-newest')], ['Bun', READY_MS, runtime('bun')], ['Chromium', 150, inChromium]];
