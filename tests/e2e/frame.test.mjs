// The dashboard as one product: what it loads at first, links that carry the state, files that find their panel, the keyboard, assistive
// technology, narrow windows, and a page that runs nobody's markup (FAULTS 67).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { launchChromium } from '../support/chromium.mjs';
import { drop, openPage, PANELS, says } from './lib.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FIRST_LOAD = 200_000;

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser?.close());

/** Opens, runs, closes, and looks for errors in the console. */
async function withPage(hash, options, work) {
  const opened = await openPage(browser, hash, options);
  try {
    await work(opened.page, opened);
    assert.deepEqual(opened.problems, []);
  } finally {
    await opened.close();
  }
}

/** What HTML in a document would do if it were markup. */
const PAYLOADS = [
  '<script>globalThis.owned = 1</script>', '<img src=x onerror="globalThis.owned = 1">', '<svg onload="globalThis.owned = 1">', '<iframe srcdoc="<script>parent.owned = 1</script>"></iframe>',
  '"><b onmouseover="globalThis.owned = 1">bold</b>', "';globalThis.owned = 1;//", '<a href="javascript:globalThis.owned = 1">link</a>', '<style>* { display: none }</style>', '</div></li><h1>heading</h1>', '&lt;b&gt;entity&lt;/b&gt;', '<math><mtext><img src=x onerror="globalThis.owned = 1"></mtext></math>',
];

test(`the first load is below ${FIRST_LOAD / 1000} kB and starts no service; opening a panel loads more`, async () => {
  await withPage('about', { context: {} }, async () => {}).catch(() => {}); // warms the browser, not the cache of the next context
  const sizes = new Map();
  const opened = await openPage(browser, '', { server: { intercept: (request) => { sizes.set(new URL(request.url, 'http://x').pathname, 0); return false; } } });
  try {
    const { page, server } = opened;
    await says(page, 'capabilities', /cores/);
    await page.waitForLoadState('networkidle');
    let total = 0;
    for (const path of [...sizes.keys()]) total += (await (await fetch(new URL(path, server.url))).arrayBuffer()).byteLength;
    assert.ok(total < FIRST_LOAD, `${total} bytes: ${[...sizes.keys()].join(' ')}`);
    assert.ok(total > 20_000, `${total} bytes: the page itself was not counted`);
    assert.deepEqual([...sizes.keys()].filter((path) => /\.wasm$|dist\/index\.js$|\/data\/|panel/.test(path)), []);
    // Control: the count sees what a panel brings.
    await page.click('nav a[href="#live"]');
    await page.waitForSelector('#live-faults button', { timeout: 60_000 });
    assert.ok([...sizes.keys()].some((path) => path.endsWith('/dist/index.js')) && [...sizes.keys()].some((path) => path.endsWith('uPlot.esm.js')));
    assert.deepEqual(opened.problems, []);
  } finally {
    await opened.close();
  }
});

describe('the strip', () => {
  test('copies a report of what the browser can do and what runs', async () => {
    await withPage('', { context: { permissions: ['clipboard-read', 'clipboard-write'] } }, async (page) => {
      await page.click('#copy-report');
      await says(page, 'copied', /clipboard/);
      const before = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(before, /- SIMD: yes/);
      assert.match(before, /- none started/);
      await page.click('nav a[href="#compute"]');
      await says(page, 'compute-status', /^Ready/);
      await page.evaluate(() => { document.getElementById('copied').textContent = ''; });
      await page.click('#copy-report');
      await says(page, 'copied', /clipboard/);
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /- compute, compute: simd.*, in a worker, \d+ threads?; /);
    });
  });

  test('a plain page says what is missing and the cure; a clipboard that refuses leaves the text to copy', async () => {
    await withPage('', { isolated: false }, async (page) => {
      await says(page, 'capabilities', /threads \(not-isolated\)/);
      await page.click('#cures-box summary');
      assert.match(await page.textContent('#cures'), /Cross-Origin-Opener-Policy|COOP|headers/i);
      await page.evaluate(() => { Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }); });
      await page.click('#copy-report');
      await says(page, 'copied', /copy the text below/);
      assert.match(await page.inputValue('#by-hand'), /- threads: no \(not-isolated/);
    });
  });
});

describe('a link carries the state', () => {
  test('of the search: words, section, number of results, and likes of a document', async () => {
    await withPage('#search?q=puzzle+game&section=games&n=5', {}, async (page) => {
      await says(page, 'timing', /5 results by words/);
      assert.ok((await page.$$eval('#results .meta', (all) => all.map((m) => m.textContent))).every((text) => text.startsWith('games')));
      await page.click('#results li:first-child button');
      await says(page, 'timing', /similar to/);
      const link = page.url(), results = await page.textContent('#results');
      assert.match(link, /like=\d+/);
      await page.goto('about:blank');
      await page.goto(link);
      await says(page, 'timing', /similar to/);
      assert.equal(await page.textContent('#results'), results);
    });
  });

  test('of SQL: a sample query runs, another waits for its reader', async () => {
    await withPage('#sql?sample=2', {}, async (page) => {
      await says(page, 'sql-status', /^12 rows · /);
      await page.fill('#sql-text', 'SELECT 6 * 7 AS answer');
      await page.press('#sql-text', 'Control+Enter');
      await says(page, 'sql-status', /^1 row · /);
      assert.match(page.url(), /#sql\?query=SELECT\+6/);
    });
    await withPage(`#sql?query=${encodeURIComponent('DELETE FROM packages')}`, {}, async (page) => {
      await says(page, 'sql-status', /came with the link: read it/);
      assert.equal(await page.inputValue('#sql-text'), 'DELETE FROM packages');
      await page.fill('#sql-text', 'SELECT count(*) FROM packages');
      await page.press('#sql-text', 'Control+Enter');
      await says(page, 'sql-status', /^1 row · /);
      assert.equal(await page.textContent('#sql-result tbody td'), '5000');
    });
  });

  test('of the data panel: the sample and its question', async () => {
    const ask = JSON.stringify({ groupBy: ['section'], operations: [{ field: 'download_bytes', operation: 'max' }], where: "section = 'games'", limit: 3 });
    await withPage(`#data?sample=1&ask=${encodeURIComponent(ask)}`, {}, async (page) => {
      await says(page, 'data-answer', /^1 group from/);
      assert.equal(await page.inputValue('#data-where'), "section = 'games'");
    });
  });

  test('of the compute panel; what a link holds that is not known is left out', async () => {
    await withPage('#compute?does=clusters&k=4&job=evil&view=__proto__', {}, async (page) => {
      await says(page, 'compute-status', /^4 clusters/);
      assert.equal(await page.$$eval('#compute-cluster-list li', (all) => all.length), 4);
      assert.equal(await page.inputValue('#compute-view'), 'whole');
    });
    await withPage('#constructor?x=1', {}, async (page) => {
      assert.ok(await page.isVisible('#overview'));
    });
  });
});

describe('files find their panel, wherever they are dropped', () => {
  const cases = {
    'a CSV file': ['animals.csv', 'name,legs\ncat,4\nant,6\n', 'data-status', /^2 rows loaded/],
    'a JSON file': ['animals.json', '[{"name":"cat","legs":4},{"name":"ant","legs":6},{"name":"crab","legs":10}]', 'data-status', /^3 rows loaded/],
    'embeddings': ['mine.json', JSON.stringify([{ id: 'a', text: 'a red apple', embedding: [1, 0, 0] }, { id: 'b', text: 'a green apple', embedding: [0.9, 0.1, 0] }, { id: 'c', text: 'a fast car', embedding: [0, 0, 1] }]), 'own', /^mine\.json: 3 vectors of 3 numbers/],
    'a file that says it is a database and is none': ['broken.sqlite', 'no database at all', 'sql-status', /^CORRUPT|^[A-Z_]+ .*(?:not a database|no database|file is)/],
  };
  for (const [what, [name, content, id, pattern]] of Object.entries(cases)) {
    test(what, async () => {
      await withPage('', {}, async (page) => {
        await drop(page, '#overview', name, content);
        await says(page, id, pattern);
        if (id !== 'own') return;
        await says(page, 'timing', /similar to a/);
        assert.deepEqual(await page.$$eval('#results li', (all) => all.map((li) => li.dataset.id)), ['b', 'c']);
        await page.fill('#query', 'car');
        await page.press('#query', 'Enter');
        await says(page, 'timing', /1 result by words/);
      });
    });
  }

  test('embeddings that are wrong say where; what was there stays', async () => {
    await withPage('#search?q=puzzle', {}, async (page) => {
      await says(page, 'timing', /results by words/);
      await drop(page, '#search', 'odd.json', '[{"embedding":[1,2]},{"embedding":[1]}]');
      await says(page, 'timing', /document 2 has 1 numbers, the first has 2/);
      await page.press('#query', 'Enter');
      await says(page, 'timing', /results by words/);
    });
  });
});

describe('HTML in documents is text (FAULTS 67)', () => {
  const documents = PAYLOADS.map((text, i) => ({ id: `d${i}`, text: `payload ${text}`, embedding: [1, i, 0] }));

  test('67: in results of a search, cells of SQL and of tables: no element comes of it, nothing runs', async () => {
    await withPage('#search', {}, async (page) => {
      await page.waitForSelector('#search-form:not([hidden])', { timeout: 60_000 });
      await drop(page, '#search', '<img src=x onerror="globalThis.owned=1">.json', JSON.stringify(documents));
      await says(page, 'timing', /similar to/);
      await page.selectOption('#count', '25');
      await page.fill('#query', 'payload');
      await page.press('#query', 'Enter');
      await says(page, 'timing', new RegExp(`${PAYLOADS.length} results by words`));
      const shown = await page.$$eval('#results li > div', (all) => all.map((div) => ({ text: div.textContent, elements: div.childElementCount })));
      assert.deepEqual(shown.map((s) => s.text).sort(), documents.map((d) => d.text).sort());
      assert.ok(shown.every((s) => s.elements === 0));
      await page.click('nav a[href="#data"]');
      await says(page, 'data-status', /Nothing is open/);
      await drop(page, '#data', 'rows.json', JSON.stringify(PAYLOADS.map((text, i) => ({ [i ? 'text' : 'text']: text, n: i }))));
      await says(page, 'data-status', /rows loaded in [\d.]+ m?s\.$/);
      assert.ok((await page.$$eval('#data-rows tbody td', (all) => all.map((td) => td.textContent))).includes(PAYLOADS[1]));
      await page.click('nav a[href="#sql"]');
      await says(page, 'sql-status', /rows loaded/);
      await page.fill('#sql-text', `SELECT '${PAYLOADS[1]}' AS "<b>x</b>"`);
      await page.press('#sql-text', 'Control+Enter');
      await says(page, 'sql-status', /^1 row · /);
      assert.equal(await page.textContent('#sql-result tbody td'), PAYLOADS[1]);
      assert.equal(await page.$$eval('main :is(script, iframe, b b, img, math, style)', (all) => all.length), 0);
      assert.equal(await page.evaluate(() => globalThis.owned), undefined);
    });
  });

  test('67: the page refuses markup, foreign scripts and text as code, even from its own scripts', async () => {
    await withPage('', {}, async (page, { problems }) => {
      // In a turn of the page's own: what a debugger evaluates is let through.
      const refused = await page.evaluate(() => new Promise((done) => {
        const tried = (work) => { try { work(); return 'done'; } catch (error) { return error.name; } };
        setTimeout(() => done({
          markup: tried(() => { document.createElement('div').innerHTML = '<b>x</b>'; }),
          foreign: tried(() => new Worker('https://example.com/x.js')),
          neighbour: tried(() => new Worker('/demo/app.js')),
          code: tried(() => new Function('return 1')()),
          policy: tried(() => trustedTypes.createPolicy('another', {})),
        }));
      }));
      assert.deepEqual(Object.values(refused).filter((what) => what === 'done'), [], JSON.stringify(refused));
      problems.length = 0; // the browser says what it refused
    });
  });

  test('67 control: on a page without these rules the same texts become elements and run', async () => {
    const intercept = (request, response) => {
      if (!request.url.startsWith('/open')) return false;
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>open</title><div id="place"></div>');
      return true;
    };
    const opened = await openPage(browser, 'open', { server: { intercept } });
    try {
      const { page } = opened;
      await page.evaluate((texts) => { document.getElementById('place').innerHTML = texts.join(''); }, PAYLOADS);
      await page.waitForFunction(() => globalThis.owned === 1);
      assert.ok(await page.$$eval('#place *', (all) => all.length) > 5);
    } finally {
      await opened.close();
    }
  });
});

test('by keyboard alone: to a panel, to its heading, through its work', async () => {
  await withPage('', {}, async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'jump');
    await page.focus('nav a[href="#compute"]');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'compute-title');
    assert.equal(await page.getAttribute('nav a[href="#compute"]', 'aria-current'), 'page');
    assert.match(await page.title(), /^Compute/);
    await says(page, 'compute-status', /^Ready/);
    await page.focus('#compute-cluster');
    await page.keyboard.press('Enter');
    await says(page, 'compute-status', /clusters of/);
    await page.waitForFunction(() => document.activeElement.id === 'compute-cluster', undefined, { timeout: 5000 }).catch(async () => assert.fail(`the focus is on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))}`));
  });
});

test('a panel that can not load says so in words, and loads the next time', async () => {
  let cut = true;
  const intercept = (request, response) => {
    if (!cut || !request.url.includes('/compute-panel/panel.js')) return false;
    response.writeHead(503).end('no');
    return true;
  };
  const opened = await openPage(browser, '#compute', { server: { intercept } });
  try {
    const { page } = opened;
    await says(page, 'notice', /The panel "compute" could not be opened/);
    assert.doesNotMatch(await page.textContent('body'), /^\s+at .*:\d+:\d+/m);
    cut = false;
    await page.reload(); // browsers keep a failed module until then
    await says(page, 'compute-status', /^Ready/);
    assert.equal(await page.textContent('#notice'), '');
  } finally {
    await opened.close();
  }
});

for (const scheme of ['light', 'dark']) {
  describe(`${scheme}: every panel`, () => {
    for (const [name, fill] of Object.entries(PANELS)) {
      test(`${name}: axe finds nothing, and a narrow window needs no sideways scroll`, async () => {
        await withPage(`#${name}`, { context: { colorScheme: scheme } }, async (page) => {
          await fill(page);
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
          assert.deepEqual(violations.map((v) => `${v.id}: ${v.help} (${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(' | ')})`), []);
          for (const width of [360, 320, 768]) {
            await page.setViewportSize({ width, height: 800 });
            await page.waitForTimeout(150);
            const wide = await page.evaluate(() => ({ over: document.documentElement.scrollWidth - document.documentElement.clientWidth, who: [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.wide, .scroll, pre, .events')).slice(0, 3).map((e) => e.outerHTML.slice(0, 100)) }));
            assert.ok(wide.over <= 0, `${width}: ${wide.over} px too wide: ${wide.who.join(' | ')}`);
          }
        });
      });
    }
  });
}
