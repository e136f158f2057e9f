/**
 * The same database in a page's origin private file system, beside wa-sqlite's write-ahead VFS on the same page; Debian's Chromium, profile on disk.
 * Vite builds the page, as it would an application's; how long it takes to start unbundled is told apart.
 */
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serve } from '../../scripts/serve.mjs';
import { CHROMIUM_ARGS, chromiumPath } from '../../tests/support/chromium.mjs';
import { median } from '../lib/measure.mjs';
import { ms, row, x } from '../lib/rows.mjs';

const require = createRequire(new URL('../../tests/hosts/package.json', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url)), build = join(root, 'build/');
const PAGE = 'benches/sqlite/page/index.html', BUILT = 'build/bench-page';

async function bundle() {
  const vite = await import(pathToFileURL(createRequire(new URL('../../tests/packaging/package.json', import.meta.url)).resolve('vite')));
  await vite.build({ root, configFile: false, base: './', logLevel: 'error', publicDir: false, worker: { format: 'es' }, build: { target: 'esnext', outDir: BUILT, emptyOutDir: true, rollupOptions: { input: join(root, PAGE) } } });
}
const ONES = { count: 40, rounds: 15 }, MANY = { count: 20_000, rounds: 9 }, RELOADS = 9;
const PEERS = ['peer', 'peer?exclusive'], NAMES = ['floor', 'ours', ...PEERS, 'page'];
const TITLES = { ours: 'wasm-services in a worker', peer: 'wa-sqlite, write-ahead VFS', 'peer?exclusive': 'wa-sqlite, the same with locking_mode=exclusive', page: 'wasm-services from the page, a message a call' };

export async function opfs() {
  const { chromium } = require('playwright-core');
  mkdirSync(build, { recursive: true });
  const profile = mkdtempSync(join(build, 'bench-chromium-'));
  await bundle();
  const server = await serve({ folders: ['benches/sqlite/page', 'benches/peers/node_modules', BUILT], headers: { 'Cache-Control': 'max-age=3600' } });
  // A context of its own profile: what a private one writes never reaches a disk.
  const context = await chromium.launchPersistentContext(profile, { executablePath: chromiumPath(), args: CHROMIUM_ARGS });
  const rows = [], samples = {}, infos = {};
  try {
    const page = await context.newPage();
    const trouble = [];
    page.on('pageerror', (e) => trouble.push(e.message));
    const load = async (folder = `${BUILT}/`) => { await page.goto(`${server.url}${folder}${PAGE}`); await page.waitForFunction(() => globalThis.bench !== undefined); };
    const ask = (name, order, options = {}) => page.evaluate(([n, o, more]) => globalThis.bench.ask(n, o, more), [name, order, options]);
    await load();
    for (const name of NAMES) infos[name] = (await ask(name, 'open')).info;

    const one = Object.fromEntries(NAMES.map((n) => [n, []])), waits = {};
    for (let round = -2; round < ONES.rounds; round++) {
      for (const name of NAMES) {
        const got = await ask(name, 'one', { count: ONES.count, from: (round + 2) * ONES.count });
        if (round >= 0) { one[name].push(got.ms); if (got.flushes !== undefined) (waits[name] ??= []).push(got.flushes / ONES.count); }
      }
    }
    const many = Object.fromEntries(NAMES.slice(1).map((n) => [n, []]));
    for (let round = -1; round < MANY.rounds; round++) for (const name of NAMES.slice(1)) { const got = await ask(name, 'many', { count: MANY.count }); if (round >= 0) many[name].push(got.ms); }

    const logs = (ONES.rounds + 2) * ONES.count, owed = { logs, sum: logs * (logs - 1) / 2, big: MANY.count };
    const right = {}, wrong = {};
    const check = (name, got) => {
      const bad = Object.keys(owed).find((k) => Number(got[k]) !== owed[k]);
      right[name] = right[name] !== false && bad === undefined;
      if (bad) wrong[name] ??= `after a reload ${bad} is ${Number(got[bad])}, not ${owed[bad]}`;
    };
    for (const name of NAMES.slice(1)) check(name, await ask(name, 'check'));

    const again = Object.fromEntries(NAMES.slice(1).map((n) => [n, []]));
    for (let i = -1; i < RELOADS; i++) {
      for (const name of NAMES.slice(1)) { // each with a page of its own: a reload ends the others' workers while they start
        await page.reload();
        await page.waitForFunction(() => globalThis.bench !== undefined);
        const got = await page.evaluate((n) => globalThis.bench.reopen(n), name);
        check(name, got.got);
        if (i >= 0) again[name].push(got.ms);
      }
    }
    const unbundled = [];
    for (let i = -1; i < 3; i++) {
      await load('');
      const got = await page.evaluate(() => globalThis.bench.reopen('ours'));
      check('ours', got.got);
      if (i >= 0) unbundled.push(got.ms);
    }
    if (trouble.length) throw new Error(trouble[0]);
    Object.assign(samples, { unbundled, one, many, again, waits, infos });
    const over = (set, a, b) => median(set[a].map((v, i) => v / set[b][i])), mid = median;
    // The quicker of the peer's two modes, of those whose rows were all there after a reload.
    const peers = PEERS.filter((p) => right[p]).sort((a, b) => over(one, a, b) - 1);
    if (!peers.length) throw new Error('wa-sqlite lost rows in both modes: nothing to compare with');
    const best = peers[0];
    const told = (name, text) => (right[name] ? text : `no time: ${wrong[name]}`);
    rows.push(row('floor: one 4 KiB write and flush', ms(mid(one.floor))));
    for (const name of NAMES.slice(1)) {
      const times = over(one, name, best), flushed = waits[name] ? `, ${mid(waits[name]).toFixed(1)} flushes each` : '';
      rows.push(row(`durable one-row transaction: ${TITLES[name]}`, told(name, `${ms(mid(one[name]))} = ${x(times)} wa-sqlite${flushed}`), name === 'ours' ? '<= 1.05x wa-sqlite' : undefined, name === 'ours' ? right.ours && times <= 1.05 : undefined));
    }
    for (const [set, what, limit] of [[many, '20,000-row transaction', 100], [again, 'reload to first answer', 150]]) {
      for (const name of NAMES.slice(1)) {
        const must = name === 'ours' || (name === 'page' && set === again);
        rows.push(row(`${what}: ${TITLES[name]}`, told(name, `${mid(set[name]).toFixed(1)} ms = ${x(over(set, name, best))} wa-sqlite`), must ? `<= ${limit} ms` : undefined, must ? right[name] && mid(set[name]) <= limit : undefined));
      }
    }
    rows.push(row('reload to first answer: wasm-services in a worker, unbundled', `${mid(unbundled).toFixed(1)} ms: some hundred modules are fetched one by one`));
  } finally {
    await context.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  const { ours, peer } = infos;
  return { title: `Chromium, OPFS: journal ${ours.journalMode}, synchronous ${ours.synchronous}; wa-sqlite on SQLite ${peer.version}, synchronous ${peer.synchronous}, locking ${peer.locking}`, samples, rows };
}
