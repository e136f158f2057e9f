/**
 * Cells in Chromium: a page of a static server of ours runs the cases and hands each result back.
 * `chromium-isolated` is served with COOP/COEP, `chromium-plain` without. One browser for all cells, a fresh context per cell.
 */
import { launchChromium } from '../../support/chromium.mjs';
import { servePackage } from './serve.mjs';

const CELL_TIMEOUT_MS = 1_200_000;
export class BrowserCells {
  #browser;

  async run(host, variant, only) {
    const results = [];
    let server, context;
    try {
      this.#browser ??= await launchChromium();
      server = await servePackage({ cache: true, isolated: host === 'chromium-isolated' });
      context = await this.#browser.newContext();
      const page = await context.newPage();
      const messages = [];
      page.on('pageerror', (error) => messages.push(error.message));
      page.on('console', (message) => { if (message.type() === 'error') messages.push(message.text()); });
      await page.exposeFunction('reportCase', (result) => { results.push(result); });
      await page.goto(`${server.url}/tests/conformance/page/index.html`);
      const outcome = await Promise.race([
        page.evaluate(({ host, variant, only }) => window.runCell(host, variant, only), { host, variant, only }).then(() => undefined, (error) => error),
        new Promise((resolve) => { setTimeout(resolve, CELL_TIMEOUT_MS, new Error(`nothing after ${CELL_TIMEOUT_MS / 1000} s`)).unref(); }),
        new Promise((resolve) => { page.once('crash', () => resolve(new Error('the page crashed'))); }),
      ]);
      if (outcome) return { results, error: `after ${results.at(-1)?.name ?? 'no case'}: ${outcome.message} ${messages.slice(0, 5).join(' | ')}` };
      return { results };
    } catch (error) {
      return { results, error: error.message };
    } finally {
      await context?.close();
      await server?.close();
    }
  }

  async close() { await this.#browser?.close(); }
}
