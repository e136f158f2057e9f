/** A small static server over the repository for pages under test: headers as asked, nothing outside the root. */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.map': 'application/json' };

/** The import map of package.json, as a browser resolves it: what a bundler or a plain page needs to find 'wasm-services'. */
export async function importMap() {
  const { name, exports, imports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const map = {};
  for (const [key, target] of Object.entries(exports)) {
    const path = typeof target === 'string' ? target : target.browser ?? target.default;
    if (!key.includes('*') && path.endsWith('.js')) map[name + key.slice(1)] = path.slice(1);
  }
  for (const [key, target] of Object.entries(imports ?? {})) map[key] = (typeof target === 'string' ? target : target.browser ?? target.default).slice(1);
  return { imports: map };
}

/**
 * @param {{ isolated?: boolean, cache?: boolean, headers?: Record<string, string>, answer?: (path: string, respond: import('node:http').ServerResponse) => boolean | Promise<boolean> }} options
 *   `cache` lets the browser keep files while its context lives: hundreds of workers start from the same ones. `headers` go on every answer; `answer` may take a request over (return true) to play a broken server.
 */
export async function servePackage({ isolated = false, cache = false, headers = {}, answer } = {}) {
  const map = JSON.stringify(await importMap());
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    response.setHeader('Cache-Control', cache ? 'public, max-age=3600' : 'no-store');
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (answer && await answer(pathname, response)) return;
    const path = normalize(join(root, decodeURIComponent(pathname)));
    if (!path.startsWith(root) || path.includes(`${sep}.git${sep}`)) { response.writeHead(403).end(); return; }
    let body;
    try { body = await readFile(path); } catch { response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found'); return; }
    if (extname(path) === '.html') body = body.toString('utf8').replace('"{{import map}}"', map);
    response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://localhost:${server.address().port}`,
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}
