// Parts of the JavaScript that are fetched when they are first needed, in Chromium, from a server that fails once (FAULTS 6). Each has a control: the same page, rightly served.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servePackage } from '../conformance/lib/serve.mjs';
import { launchChromium } from '../support/chromium.mjs';

let browser;
before(async () => { browser = await launchChromium(); });
after(() => browser.close());

/** A first call and a second one, what each came to, and what was fetched. */
const twoCalls = async ([service, host]) => {
  const make = {
    vector: ['createVectorSearch', async (it) => { await it.addDocuments([{ id: 'a', embedding: [1, 0] }]); return (await it.search([1, 0]))[0].id; }],
    sqlite: ['createSQLiteUtils', async (it) => (await it.executeQuery("SELECT 'a' AS v")).rows[0].v],
    compute: ['createComputeEngine', async (it) => ((await it.sort(Float64Array.of(2, 1)))[0] === 1 ? 'a' : 'wrong')],
    data: ['createDataProcessor', async (it) => (await (await it.load([{ v: 'a' }])).toRows())[0].v],
  };
  const [name, call] = make[service];
  const it = (await import(`/js/dist/${service}.js`))[name]({ host });
  const unheard = [];
  addEventListener('unhandledrejection', ({ reason }) => unheard.push(String(reason)));
  const outcomes = [];
  for (let i = 0; i < 2; i++) outcomes.push(await call(it).catch(({ code, message, detail }) => ({ code, message, part: detail?.part })));
  const where = it.info.host;
  await it.dispose();
  return { outcomes, where, unheard };
};

async function onPage(t, failing, ...what) {
  let failures = failing ? 1 : 0;
  const fetched = [];
  const server = await servePackage({ answer: (path, response) => {
    fetched.push(path);
    if (path === '/page') { response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>page</title>'); return true; }
    if (path !== failing || failures === 0) return false;
    failures--;
    response.writeHead(503).end();
    return true;
  } });
  const page = await browser.newPage();
  t.after(async () => { await page.close(); await server.close(); });
  await page.goto(`${server.url}/page`);
  return { ...await page.evaluate(twoCalls, what), fetched };
}

for (const service of ['vector', 'sqlite', 'compute', 'data']) {
  const file = (name) => `/js/dist/services/${service}/${name}.js`;
  for (const [host, name] of [['worker', 'worker-proxy'], ['inline', 'core']]) {
    test(`6: ${service} (${host}): a part of its JavaScript that does not come is WASM_FETCH with the part's name, and the next call has it`, async (t) => {
      const { outcomes: [first, second], where, unheard } = await onPage(t, file(name), service, host);
      assert.equal(first.code, 'WASM_FETCH');
      assert.match(first.message, /Publish every file/);
      assert.ok(first.part.length > 0);
      assert.deepEqual([second, where, unheard], ['a', host, []]);
    });

    test(`6 control: ${service} (${host}): rightly served both calls are answered, and no code of the other place is fetched by the page`, async (t) => {
      const { outcomes, where, fetched } = await onPage(t, undefined, service, host);
      assert.deepEqual([outcomes, where], [['a', 'a'], host]);
      assert.ok(fetched.includes(file(name)));
      if (host === 'inline') assert.ok(!fetched.includes(file('worker-proxy')));
    });
  }
}

test('6: the glue of a variant does not come: JavaScript answers instead; the control is above', async (t) => {
  const { outcomes, fetched } = await onPage(t, '/js/dist/loader/glue/vector.simd.js', 'vector', 'inline');
  assert.deepEqual(outcomes, ['a', 'a']);
  assert.ok(fetched.includes('/js/dist/loader/glue/vector.simd.js'));
});
