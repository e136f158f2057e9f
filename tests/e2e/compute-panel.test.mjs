// The dashboard's compute panel as a person would use it, isolated and plain: long work, stopped work, pictures, the race.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from '../support/chromium.mjs';
import { openPage, says } from './lib.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser?.close());

for (const isolated of [true, false]) {
  describe(isolated ? 'an isolated page' : 'a plain page', () => {
    let opened, page;
    before(async () => {
      opened = await openPage(browser, '#compute', { isolated });
      page = opened.page;
      await says(page, 'compute-status', /^Ready/);
    });
    after(() => opened?.close());

    const rest = () => page.waitForFunction(() => !document.getElementById('compute').hasAttribute('aria-busy'), undefined, { timeout: 120_000 });
    /** How many colours a canvas holds. */
    const colours = (id) => page.$eval(`#${id}`, (canvas) => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size);

    test('it says what answers, on how many cores, and why not on more', async () => {
      const facts = await page.textContent('#compute-facts');
      assert.match(facts, /Answers(?:simd|simd-threads|relaxed-simd), in a worker/);
      assert.match(facts, /Cores\d+ of \d+ used/);
      if (!/Answerssimd-threads/.test(facts)) assert.match(facts, /Not simd-threads\S/);
    });

    test('a long job shows its progress, ends with its answer, and the page keeps its frames', async () => {
      await page.selectOption('#compute-job', 'svd');
      await page.evaluate(() => {
        globalThis.seen = [];
        globalThis.frames = 0;
        new MutationObserver(() => seen.push(document.getElementById('compute-status').textContent)).observe(document.getElementById('compute-status'), { childList: true });
        const count = () => { frames++; requestAnimationFrame(count); };
        requestAnimationFrame(count);
      });
      const before = await page.evaluate(() => frames);
      await page.click('#compute-run');
      await page.waitForFunction(() => Number(/(\d+) %/.exec(document.getElementById('compute-status').textContent)?.[1]) > 0, undefined, { timeout: 60_000 });
      await rest();
      const { said, drawn } = await page.evaluate(() => ({ said: seen, drawn: frames }));
      const shares = said.map((text) => Number(/(\d+) %/.exec(text)?.[1] ?? NaN)).filter((share) => !Number.isNaN(share));
      assert.ok(shares.length >= 2 && shares.every((share, i) => i === 0 || share >= shares[i - 1]), shares.join(' '));
      assert.match(said.at(-1), /from 3\d\.\d+ down to .*on \d+ cores?\..*longest gap/);
      // The thread of the page was free: frames came while the job ran.
      assert.ok(drawn - before > 10, `${drawn - before} frames`);
      assert.match(await page.textContent('#compute-fps'), /\d+ frames\/s/);
    });

    test('work that is stopped stops, and the engine does the next', async () => {
      await page.selectOption('#compute-job', 'kmeans');
      await page.click('#compute-run');
      await page.waitForFunction(() => document.getElementById('compute').hasAttribute('aria-busy'));
      await page.click('#compute-cancel');
      await rest();
      assert.match(await page.textContent('#compute-status'), /^Stopped .* after the click/);
      await page.selectOption('#compute-k', '4');
      await page.click('#compute-cluster');
      await rest();
      assert.match(await page.textContent('#compute-status'), /^4 clusters of 5,000 packages by meaning, still after \d+ rounds/);
    });

    test('clusters of the sample are painted, and each is named', async () => {
      assert.ok(await colours('compute-clusters') >= 5, 'four colours and the ground');
      const list = await page.$$eval('#compute-cluster-list li', (items) => items.map((li) => ({ size: Number(li.dataset.size), name: li.querySelector('b').textContent })));
      assert.equal(list.length, 4);
      assert.equal(list.reduce((sum, { size }) => sum + size, 0), 5000);
      assert.ok(list.every(({ name }) => /^\S+, \S+, \S+/.test(name)), JSON.stringify(list));
    });

    test('the Mandelbrot set is painted as it is computed, and is the set', async () => {
      await page.click('#compute-paint');
      await page.waitForFunction(() => /^Round \d+ of 60/.test(document.getElementById('compute-status').textContent), undefined, { timeout: 60_000 });
      await rest();
      assert.match(await page.textContent('#compute-status'), /86,400 points, 60 rounds/);
      // Against a plain loop, away from the border: bounded points are dark.
      const wrong = await page.$eval('#compute-mandelbrot', (canvas) => {
        const { width, height } = canvas, { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
        let wrong = 0;
        for (let j = 0; j < height; j += 7) for (let i = 0; i < width; i += 7) {
          const cx = -0.6 + (i - width / 2 + 0.5) * 3.4 / width, cy = (j - height / 2 + 0.5) * 3.4 / width;
          let zx = 0, zy = 0, n = 0;
          while (n < 60 && zx * zx + zy * zy <= 4) { [zx, zy] = [zx * zx - zy * zy + cx, 2 * zx * zy + cy]; n++; }
          const at = 4 * (j * width + i), dark = data[at] === 8 && data[at + 1] === 20 && data[at + 2] === 24;
          if (n !== 59 && n !== 60 && dark !== (n >= 60)) wrong++;
          if (n === 60 && zx * zx + zy * zy < 1 && !dark) wrong++;
        }
        return wrong;
      });
      assert.equal(wrong, 0);
      assert.ok(await colours('compute-mandelbrot') > 10);
    });

    test('the race compares answers, shows losses, and says who is missing and why', async () => {
      await page.click('#compute-race');
      await rest();
      const rows = await page.$$eval('#compute-race-table tbody tr', (all) => all.map((tr) => ({ ...tr.dataset, text: tr.textContent })));
      const missing = await page.$$eval('#compute-race-missing li', (all) => all.map((li) => ({ variant: li.dataset.variant, text: li.textContent })));
      const variants = [...new Set(rows.map(({ variant }) => variant))];
      assert.ok(variants.includes('js') && variants.includes('simd'), variants.join(' '));
      assert.deepEqual([...variants, ...missing.map(({ variant }) => variant)].sort(), ['js', 'relaxed-simd', 'simd', 'simd-threads']);
      assert.ok(missing.every(({ text }) => /is not in the race: \S/.test(text)));
      assert.equal(rows.length, 6 * variants.length);
      assert.deepEqual(rows.filter(({ answers }) => answers !== 'equal'), []);
      // A time of more than JavaScript's is called a loss.
      for (const { text } of rows) {
        const ratio = /([\d.]+)x/.exec(text.replace(/^.*?(?:js|simd[\w-]*)(?:, \d+ threads)?/, ''));
        if (ratio && Number(ratio[1]) < 0.95 && !/384 x|200 x/.test(ratio[0])) assert.match(text, /loses/);
      }
      assert.match(await page.textContent('#compute-race-verdict'), /answers agree. WebAssembly wins \d of 6/);
    });

    test('nothing was logged as an error', () => assert.deepEqual(opened.problems, []));
  });
}
