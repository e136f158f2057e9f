// Search results are rendered on the server; the browser hydrates them and searches on by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { createElement as h, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { createVectorSearch } from 'wasm-services/vector';
import { App, find } from './App.js';

if (!existsSync('dist/client.js')) {
  const run = (...args) => { if (spawnSync('npx', args, { stdio: 'inherit' }).status !== 0) throw new Error(`${args[0]} failed`); };
  run('esbuild', 'client.js', '--bundle', '--minify', '--format=esm', '--target=es2022', '--outdir=dist', '--log-level=error', '--define:process.env.NODE_ENV="production"');
  run('wasm-services', 'copy-wasm', 'dist', '--service', 'vector');
}
const search = createVectorSearch();
const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };
const escape = (text) => text.replaceAll('<', '\\u003c');

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const asset = /^\/dist\/([\w.-]+)\.(js|wasm)$/.exec(pathname);
  if (asset && existsSync(pathname.slice(1))) {
    response.writeHead(200, { 'Content-Type': TYPES[asset[2]] });
    return createReadStream(pathname.slice(1)).pipe(response);
  }
  if (pathname !== '/') return response.writeHead(404).end();
  const query = searchParams.get('q') ?? 'compiled code';
  const hits = await find(search, query);
  const app = renderToString(h(StrictMode, null, h(App, { query, hits, create: () => search })));
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>search</title><link rel="icon" href="data:,"><div id="root">${app}</div>`
    + `<script type="application/json" id="data">${escape(JSON.stringify({ query, hits }))}</script><script type="module" src="/dist/client.js"></script></html>`);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/?q=compiled+code`));
