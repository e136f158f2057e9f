// Opens an example's page in Chromium from a plain static server (no isolation headers) and returns what it wrote.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { launchChromium } from '../support/chromium.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

export async function openPage(folder) {
  const server = createServer((request, response) => {
    const file = normalize(join(folder, new URL(request.url, 'http://localhost').pathname.replace(/\/$/, '/index.html')));
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    return await visit(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/**
 * Opens a URL, waits until the page says that it is done, and reads its #out.
 * @param use what a visitor does there first
 */
export async function visit(url, use = (page) => page.waitForSelector('html[data-done=yes]', { timeout: 30_000, state: 'attached' })) {
  const browser = await launchChromium();
  const problems = [], requests = [];
  try {
    const page = await browser.newPage();
    page.on('pageerror', (e) => problems.push(String(e)));
    // Chromium's own remark where there is no graphics device, made when the manager asks for its capabilities.
    page.on('console', (m) => { if ((m.type() === 'error' || m.type() === 'warning') && m.text() !== 'No available adapters.') problems.push(m.text()); });
    page.on('response', (r) => requests.push({ url: r.url(), status: r.status() }));
    await page.goto(url);
    await use(page);
    return { text: await page.textContent('#out, #root'), problems, requests };
  } finally {
    await browser.close();
  }
}
