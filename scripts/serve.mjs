// A small static server for the dashboard: the repository's own files, right MIME types, COOP/COEP on or off.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { root } from './lib/proc.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.json': 'application/json', '.jsonl': 'application/x-ndjson; charset=utf-8', '.wasm': 'application/wasm', '.bin': 'application/octet-stream', '.map': 'application/json', '.svg': 'image/svg+xml',
};
/** What a page may read: nothing else of the checkout is served. */
const OPEN = ['demo', 'dist'];

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' };

function resolveFile(pathname, folders) {
  let path = decodeURIComponent(pathname);
  if (path === '/') path = '/demo/index.html';
  const file = normalize(join(root, path));
  if (!folders.some((folder) => file.startsWith(join(root, folder) + sep))) return undefined;
  try {
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Serves on 127.0.0.1. `port: 0` takes a free one. `intercept(request, response)` may answer first and returns true when it did (page tests).
 * `folders` are served beside the dashboard's, `headers` are sent with every answer (page benches).
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export function serve({ port = 0, isolated = true, intercept, folders = [], headers = {} } = {}) {
  const open = [...OPEN, ...folders];
  const server = createServer((request, response) => {
    if (intercept?.(request, response)) return;
    let file;
    try {
      file = resolveFile(new URL(request.url, 'http://localhost').pathname, open);
    } catch {
      file = undefined;
    }
    for (const [name, value] of Object.entries({ ...(isolated ? ISOLATION : {}), 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff', ...headers })) response.setHeader(name, value);
    if (!file) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Length': statSync(file).size });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  });
  return new Promise((done, failed) => {
    server.once('error', (error) => failed(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken: run \`npm start -- --port 8081\``) : error));
    server.listen(port, '127.0.0.1', () => done({
      url: `http://localhost:${server.address().port}/`,
      close: () => new Promise((r) => { server.closeAllConnections(); server.close(() => r()); }),
    }));
  });
}
