/** What the dashboard's page tests share. */
import { serve } from '../../scripts/serve.mjs';

/** A page of its own context on a server of its own, with what went wrong collected. `close` ends both. */
export async function openPage(browser, hash, { isolated = true, context: options = {}, server: serving = {} } = {}) {
  const server = await serve({ isolated, ...serving });
  const context = await browser.newContext({ viewport: { width: 1000, height: 1300 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (e) => problems.push(String(e)));
  page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()); });
  await page.goto(`${server.url}${hash}`);
  return { page, context, server, problems, close: async () => { await context.close(); await server.close(); } };
}

/** Waits for the text of an element. */
export async function says(page, id, pattern, timeout = 60_000) {
  await page.waitForFunction(({ id, source }) => new RegExp(source).test(document.getElementById(id).textContent), { id, source: pattern.source }, { timeout })
    .catch(async () => { throw new Error(`#${id} says "${await page.textContent(`#${id}`)}", expected ${pattern}`); });
}

/** Drops a file on an element, as a hand would. */
export const drop = (page, selector, name, bytes) => page.evaluate(({ selector, name, base64 }) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
  for (const type of ['dragover', 'drop']) document.querySelector(selector).dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
}, { selector, name, base64: Buffer.from(bytes).toString('base64') });

/** Each panel with enough in it to be judged. */
export const PANELS = {
  overview: async () => {},
  search: async (page) => {
    await page.waitForSelector('#search-form:not([hidden])', { timeout: 60_000 });
    await page.fill('#query', 'puzzle game');
    await page.press('#query', 'Enter');
    await says(page, 'timing', /results? by words/);
  },
  sql: async (page) => {
    await says(page, 'sql-status', /rows loaded in/);
    await page.click('#sql-run');
    await says(page, 'sql-status', /rows · /);
  },
  data: async (page) => {
    await says(page, 'data-status', /Nothing is open yet/);
    await page.click('#data-sample');
    await says(page, 'data-status', /rows loaded in [\d.]+ m?s\.$/);
  },
  compute: async (page) => {
    await says(page, 'compute-status', /^Ready/);
    await page.click('#compute-cluster');
    await says(page, 'compute-status', /clusters of 5,000 packages/);
  },
  live: async (page) => {
    await page.waitForSelector('#live-faults button', { timeout: 60_000 });
    await page.click('#live-traffic');
    await page.waitForSelector('#live-services [data-service=compute]', { timeout: 60_000 });
    await page.selectOption('#live-subject', 'sqlite');
    await page.click('#live-faults [data-fault=trap]');
    await says(page, 'live-fault-status', /answered rightly/);
    await page.waitForTimeout(4000); // a few ticks of the charts
    await page.click('#live-traffic');
  },
};
