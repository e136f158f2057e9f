// Threads of the compute engine on pages (FAULTS 22, in Chromium): never in the page's own thread, pools that start and stop, and a page that
// goes on painting while both work.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

let browser;
const servers = {};
const answer = (path, response) => {
  if (path !== '/page') return false;
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>threads</title><p id="p">0</p>');
  return true;
};
before(async () => {
  browser = await launchChromium();
  for (const isolated of [true, false]) servers[isolated] = await servePackage({ isolated, cache: true, answer });
});
after(async () => { await browser.close(); for (const server of Object.values(servers)) await server.close(); });

async function open(t, isolated) {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${servers[isolated].url}/page`);
  await page.evaluate(() => {
    globalThis.points = (n, d) => ({ data: Float32Array.from({ length: n * d }, (_, i) => Math.sin(i * i)), rows: n, cols: d });
  });
  return page;
}

test('an isolated page: auto takes threads behind a worker, inline is one thread, and both give the same bits', async (t) => {
  const page = await open(t, true);
  const found = await page.evaluate(async () => {
    const { createComputeEngine } = await import('/dist/compute.js');
    const auto = createComputeEngine(), inline = createComputeEngine({ implementation: 'simd-threads', host: 'inline' }), p = globalThis.points(6000, 8), out = [];
    for (const service of [auto, inline]) {
      for (let i = 0; i < 3; i++) await service.kmeans(p, 40, { tolerance: 0, maxIterations: 15 });
      const { labels, inertia } = await service.kmeans(p, 40, { tolerance: 0, maxIterations: 15 });
      out.push({ info: service.info, labels: labels.join(), inertia });
      await service.dispose();
    }
    return { out, cores: navigator.hardwareConcurrency };
  });
  const [auto, inline] = found.out;
  assert.deepEqual([auto.info.variant, auto.info.host, auto.info.threads], ['simd-threads', 'worker', Math.min(16, found.cores)], auto.info.reason);
  assert.deepEqual([inline.info.variant, inline.info.host, inline.info.threads], ['simd', 'inline', 1]);
  assert.deepEqual([auto.labels, auto.inertia], [inline.labels, inline.inertia]);
});

test('a page that is not isolated: one thread, and the reason', async (t) => {
  const page = await open(t, false);
  const info = await page.evaluate(async () => {
    const { createComputeEngine } = await import('/dist/compute.js');
    const service = createComputeEngine({ host: 'worker' });
    await service.kmeans(globalThis.points(6000, 8), 40, { maxIterations: 5 });
    const { info } = service;
    await service.dispose();
    return info;
  });
  assert.deepEqual([info.variant, info.host, info.threads], ['simd', 'worker', 1]);
  assert.match(info.rejected.find(({ variant }) => variant === 'simd-threads').reason, /not-isolated/);
});

test('services with pools start and stop: no worker is left', { timeout: 240_000 }, async (t) => {
  const page = await open(t, true);
  const ends = await page.evaluate(async () => {
    const { createComputeEngine } = await import('/dist/compute.js');
    const p = globalThis.points(4000, 8);
    let inertia;
    for (let i = 0; i < 40; i++) {
      const service = createComputeEngine();
      const made = await service.kmeans(p, 40, { tolerance: 0, maxIterations: 10 });
      if (made.inertia !== (inertia ??= made.inertia)) throw new Error('a wrong answer');
      await service.dispose();
    }
    return inertia > 0;
  });
  assert.ok(ends);
  for (let i = 0; i < 100 && page.workers().length > 0; i++) await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.equal(page.workers().length, 0);
});

for (const blocks of [false, true]) {
  test(blocks ? 'control: work in the page’s own thread stops its frames' : 'the page paints on while a long job runs on all cores, with progress; cancelled, it ends soon and the engine goes on', { timeout: 120_000 }, async (t) => {
    const page = await open(t, true);
    const seen = await page.evaluate(async (blocks) => {
      const { createComputeEngine } = await import('/dist/compute.js');
      // A minute of one thread until it converges: far from done when it is cancelled, on any number of cores that a page gets.
      const service = createComputeEngine(), p = globalThis.points(200_000, 16), copy = p.data.slice();
      await service.ready();
      const controller = new AbortController();
      let frames = 0, running = true, progress = 0, code;
      const perWindow = [];
      const frame = () => { frames++; document.getElementById('p').textContent = frames; if (running) requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      const job = blocks ? new Promise((resolve) => { setTimeout(() => { const until = performance.now() + 1500; while (performance.now() < until); resolve(); }, 50); })
        : service.kmeans(p, 512, { tolerance: 0, maxIterations: 1_000_000, signal: controller.signal, onProgress: () => { progress++; } }).catch((error) => { code = error.code; });
      let ended = false;
      job.then(() => { ended = true; });
      for (let i = 0; i < 6 && !ended; i++) { const before = frames; await new Promise((resolve) => { setTimeout(resolve, 300); }); perWindow.push(frames - before); }
      const early = ended;
      controller.abort();
      await job;
      running = false;
      const sorted = await service.sort(Float64Array.of(3, 1, 2));
      await service.dispose();
      return { perWindow, progress, code, early, unharmed: p.data.every((x, i) => x === copy[i]), sorted: [...sorted] };
    }, blocks);
    if (blocks) {
      assert.ok(seen.perWindow.some((n) => n <= 5), `${seen.perWindow}`);
      return;
    }
    assert.deepEqual([seen.early, seen.code, seen.unharmed, seen.sorted], [false, 'ABORTED', true, [1, 2, 3]]);
    assert.ok(seen.progress > 2, `${seen.progress}`);
    assert.ok(seen.perWindow.length === 6 && seen.perWindow.every((n) => n > 0), `frames in 300 ms each: ${seen.perWindow}`);
  });
}
