// Many lives of one manager in a page: workers end with their services, and what they held comes back (FAULTS 9, in Chromium).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

const LIVES = 25;
/** Bytes per life that the engine's own housekeeping may leave; a kept service holds far more. */
const NOISE = 16_384;
let browser;
let server;
before(async () => {
  browser = await launchChromium();
  server = await servePackage({ isolated: true, cache: true, answer: (path, response) => {
    if (path !== '/page') return false;
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>soak</title>');
    return true;
  } });
});
after(async () => { await browser.close(); await server.close(); });

/** Opens a page; `held` is what its thread holds after a collection, `live` leads that many lives. */
async function soakPage(t) {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${server.url}/page`);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const held = async () => {
    for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { metrics } = await session.send('Performance.getMetrics');
    return { bytes: usedSize, listeners: metrics.find(({ name }) => name === 'JSEventListeners').value, workers: page.workers().length };
  };
  const live = (lives, host, ends = true) => page.evaluate(async ({ lives, host, ends }) => {
    const { createWASMServices } = await import('/dist/index.js');
    globalThis.kept ??= [];
    for (let i = 0; i < lives; i++) {
      const services = createWASMServices();
      await services.initialize({ host, vectorSearch: { dimensions: 64 } });
      const vectors = services.getVectorSearch();
      await vectors.addVectors(Array.from({ length: 200 }, (_, n) => `d${n}`), new Float32Array(200 * 64).fill(1));
      if ((await vectors.search(new Float32Array(64).fill(1))).length !== 10) throw new Error('a wrong answer');
      if (ends) await services.dispose(); else globalThis.kept.push(services);
    }
  }, { lives, host, ends });
  return { page, held, live };
}

for (const host of ['worker', 'inline']) {
  test(`9: ${LIVES} lives (${host}): no worker, listener or memory is left behind`, async (t) => {
    const { held, live } = await soakPage(t);
    await live(5, host); // what grows once (caches, compiled code) grows here
    const before = await held();
    await live(LIVES, host);
    const now = await held();
    assert.deepEqual([now.workers, now.listeners], [0, before.listeners]);
    assert.ok(now.bytes - before.bytes < LIVES * NOISE, `${Math.round((now.bytes - before.bytes) / LIVES)} bytes stay behind after each life`);
  });
}

test('9 control: lives that are not ended are seen', async (t) => {
  const { page, held, live } = await soakPage(t);
  await live(3, 'worker');
  const before = await held();
  assert.equal(before.workers, 0);
  await live(5, 'worker', false);
  const now = await held();
  assert.equal(now.workers, 5);
  assert.ok(now.bytes - before.bytes > 5 * NOISE, `${now.bytes - before.bytes} bytes`);
  await page.evaluate(() => Promise.all(globalThis.kept.map((services) => services.dispose())));
});
