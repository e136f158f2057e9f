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
  const browser = await launchChromium();
  const problems = [], requests = [];
  try {
    const page = await browser.newPage();
    page.on('pageerror', (e) => problems.push(String(e)));
    page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') problems.push(m.text()); });
    page.on('response', (r) => requests.push({ url: r.url(), status: r.status() }));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForSelector('html[data-done=yes]', { timeout: 30_000, state: 'attached' });
    return { text: await page.textContent('#out'), problems, requests };
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
