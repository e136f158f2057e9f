// `demo`: a page that runs every service in the visitor's own browser, from the installed package.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isolationHeaders } from '../../dist/headers.js';
import { Misuse } from '../misuse.mjs';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

export const options = { port: { type: 'string', default: '8080' }, 'no-isolation': { type: 'boolean', default: false } };
export const help = `npx wasm-services demo [--port N] [--no-isolation]

Serves a page on this machine alone. --no-isolation leaves the headers for threads out, as most hosts do. Ctrl-C ends it.`;

export async function run({ port, 'no-isolation': plain }) {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Misuse(`--port ${port}: take a number from 0 (any free port) to 65535`);
  const headers = plain ? {} : isolationHeaders();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = fileURLToPath(new URL(pathname === '/' ? 'bin/demo/index.html' : `.${pathname}`, new URL('../../', import.meta.url)));
    const open = ['bin/demo', 'dist'].some((folder) => file.startsWith(PACKAGE + folder.replace('/', sep) + sep));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!open || !statSync(file, { throwIfNoEntry: false })?.isFile()) { response.writeHead(404).end('not found'); return; }
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready, failed) => {
    server.once('error', (error) => failed(error.code === 'EADDRINUSE' ? new Misuse(`port ${port} is taken: take another, --port ${Number(port) + 1}`) : error));
    server.listen(Number(port), '127.0.0.1', ready);
  });
  console.log(`http://localhost:${server.address().port}/   Ctrl-C ends it`);
  await new Promise((ended) => { for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, ended); });
  server.closeAllConnections();
  server.close();
  return 0;
}
