// `npx wasm-services`, run from an installation of the packed tarball.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installPackage } from './install.mjs';
import { visit } from './pages.mjs';

const dir = installPackage();
const CLI = join(dir, 'node_modules/wasm-services/bin/wasm-services.mjs');
const WASM = join(dir, 'node_modules/wasm-services/dist/wasm');
const scratch = mkdtempSync(join(tmpdir(), 'cli-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const cli = (...args) => spawnSync(process.execPath, [CLI, ...args], { cwd: scratch, encoding: 'utf8' });
/** Asynchronous: the server that it asks runs in this process. */
const ask = (...args) => new Promise((done) => {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: scratch });
  let stdout = '', stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  child.once('close', (status) => done({ status, stdout, stderr }));
});

/** A site of `files` (path -> [type, body]) that sends `headers` with everything. */
async function site(files, headers, use) {
  const server = createServer((request, response) => {
    const found = files[new URL(request.url, 'http://localhost').pathname];
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(found ? 200 : 404, { 'Content-Type': found?.[0] ?? 'text/plain' }).end(found?.[1] ?? 'not here');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const wasm = () => readFileSync(join(WASM, 'vector.simd.wasm'));
const PAGE = { '/': ['text/html', '<!doctype html><script type="module" src="/app.js"></script>'], '/app.js': ['text/javascript', 'const u = new URL("./v.wasm", import.meta.url);'] };
const report = async (url) => { const { status, stdout, stderr } = await ask('doctor', url, '--json'); assert.equal(stderr, ''); return { status, ...JSON.parse(stdout) }; };
const problems = ({ checks }) => checks.filter((c) => c.state === 'problem').map((c) => c.what);

test('npx finds it by the package name', () => {
  const { status, stdout } = spawnSync('npx', ['--no-install', 'wasm-services', '--version'], { cwd: dir, encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('without arguments it says what it can', () => {
  const { status, stdout } = cli();
  assert.equal(status, 0);
  for (const command of ['doctor', 'copy-wasm', 'headers', 'bench', 'demo']) assert.match(stdout, new RegExp(`npx wasm-services ${command} `));
});

for (const [args, says] of [
  [['doctr'], /there is no command 'doctr'; did you mean 'doctor'\?/],
  [['frobnicate'], /there is no command 'frobnicate'\n/],
  [['doctor', '--loud'], /Unknown option '--loud'/],
  [['doctor', 'a', 'b'], /one argument, not 'b'/],
  [['doctor', 'ftp://example.org'], /http or https, not ftp:/],
  [['doctor', 'ht:tp'], /'ht:tp' is no URL/],
  [['headers'], /--for vite \| next/],
  [['headers', '--for', 'bing'], /--for bing: take vite, next/],
  [['headers', '--for', 'vite', '--policy', 'none'], /--policy none: take require-corp, credentialless/],
  [['copy-wasm'], /say where to: npx wasm-services copy-wasm public\/wasm/],
  [['copy-wasm', 'x', '--service', 'sql'], /--service sql: take vector, sqlite, compute, data/],
  [['demo', '--port', 'http'], /--port http: take a number/],
  [['bench', 'quick'], /bench takes no argument, not 'quick'/],
]) {
  test(`bad arguments: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = cli(...args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /^\s+at /m, 'a message, not a stack');
  });
}

test('doctor: this machine, and each service answers', () => {
  const { status, stdout } = cli('doctor');
  assert.equal(status, 0, stdout);
  for (const line of [/^✓ SIMD: yes$/m, /^✓ \d+ \.wasm files, .*SHA-384/m, /^✓ vector: answers, simd$/m, /^✓ sqlite: answers, simd by rusqlite$/m, /^✓ compute: answers, simd$/m, /^✓ data: answers, simd$/m, /no problem found/]) assert.match(stdout, line);
});

test('doctor --json: the same for programs', () => {
  const { capabilities, services, checks } = JSON.parse(cli('doctor', '--json').stdout);
  assert.equal(capabilities.hasSIMD, true);
  assert.deepEqual(Object.keys(services), ['vector', 'sqlite', 'compute', 'data']);
  assert.ok(checks.every((c) => ['ok', 'advice', 'problem'].includes(c.state) && c.what));
});

test('doctor finds a file that was changed, and one that is missing', () => {
  const file = join(WASM, 'codecs.simd.wasm'), kept = join(scratch, 'kept');
  copyFileSync(file, kept);
  try {
    writeFileSync(file, readFileSync(kept).subarray(0, -1));
    assert.match(cli('doctor').stdout, /✗ codecs\.simd\.wasm: is not the file that was released/);
    rmSync(file);
    const { status, stdout } = cli('doctor');
    assert.equal(status, 1);
    assert.match(stdout, /✗ codecs\.simd\.wasm: is missing\n {4}install the package again/);
  } finally {
    copyFileSync(kept, file);
  }
});

test('doctor URL: a site as it should be has no problem', () => site({ ...PAGE, '/v.wasm': ['application/wasm', wasm()] },
  { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" },
  async (url) => {
    const found = await report(url);
    assert.deepEqual([found.status, problems(found)], [0, []]);
    assert.deepEqual(found.checks.map((c) => c.state), ['ok', 'ok', 'ok']);
  }));

test('doctor URL: threads missing are advice, a policy that forbids WebAssembly is a problem', () => site({ ...PAGE, '/v.wasm': ['application/wasm', wasm()] }, { 'Content-Security-Policy': "default-src 'self'" }, async (url) => {
  const found = await report(url);
  assert.equal(found.status, 1);
  assert.deepEqual(problems(found), ['the Content-Security-Policy forbids WebAssembly: JavaScript would answer']);
  assert.match(found.checks.find((c) => c.state === 'advice').what, /^not isolated/);
}));

test('doctor URL: a worker-src and a connect-src that are shut', () => site({ ...PAGE, '/v.wasm': ['application/wasm', wasm()] },
  { 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'; connect-src 'none'" },
  async (url) => assert.deepEqual(problems(await report(url)).map((what) => /worker-src|connect-src/.exec(what)?.[0]), ['worker-src', 'connect-src'])));

test('doctor URL: a .wasm file that is missing, a page in its place, a wrong type', async () => {
  await site(PAGE, {}, async (url) => assert.match(problems(await report(url)).join(), /v\.wasm: status 404/));
  await site({ ...PAGE, '/v.wasm': ['text/html', '<!doctype html>'] }, {}, async (url) => assert.match(problems(await report(url)).join(), /v\.wasm: is no WebAssembly \(it came as text\/html\)/));
  await site({ ...PAGE, '/v.wasm': ['application/octet-stream', wasm()] }, {}, async (url) => {
    const found = await report(url);
    assert.deepEqual([found.status, found.checks.find((c) => /octet-stream/.test(c.what))?.state], [0, 'advice']);
  });
});

test('doctor URL: nobody there', async () => {
  const { status, stdout } = await ask('doctor', 'http://127.0.0.1:2');
  assert.equal(status, 1);
  assert.match(stdout, /✗ could not be reached: /);
});

test('copy-wasm: the files of the services asked for, with a manifest of just these', () => {
  const { status, stdout } = cli('copy-wasm', 'public/wasm', '--service', 'vector', '--service', 'data');
  assert.equal(status, 0);
  const files = ['brotli.simd.wasm', 'codecs.simd.wasm', 'data.simd.wasm', 'vector.simd.wasm'];
  assert.deepEqual(readdirSync(join(scratch, 'public/wasm')).sort(), [...files, 'manifest.json'].sort());
  assert.deepEqual(JSON.parse(readFileSync(join(scratch, 'public/wasm/manifest.json'), 'utf8')).artifacts.map((a) => a.file).sort(), files);
  assert.deepEqual(readFileSync(join(scratch, 'public/wasm/vector.simd.wasm')), wasm());
  assert.match(stdout, /vector\.simd\.wasm {2}\d+ kB/);
  mkdirSync(join(scratch, 'taken'), { recursive: true });
  writeFileSync(join(scratch, 'taken/file'), '');
  assert.match(cli('copy-wasm', 'taken/file').stderr, /is a file: name a folder/);
});

test('headers: each form holds both headers, and the policy asked for', () => {
  for (const server of ['netlify', 'cloudflare', 'vercel', 'nginx', 'apache', 'json']) {
    const { status, stdout } = cli('headers', '--for', server, '--policy', 'credentialless');
    assert.equal(status, 0);
    assert.match(stdout, /Cross-Origin-Opener-Policy.*same-origin|"value": "same-origin"/s, server);
    assert.match(stdout, /credentialless/, server);
  }
  for (const server of ['vite', 'next', 'express', 'hono']) assert.match(cli('headers', '--for', server).stdout, /wasm-services\/(vite|headers)/);
  assert.deepEqual(JSON.parse(cli('headers', '--for', 'json', '--policy', 'document-isolation').stdout), { 'Document-Isolation-Policy': 'isolate-and-credentialless' });
});

test('bench: every task answers the same in WebAssembly as in JavaScript', () => {
  const { results } = JSON.parse(cli('bench', '--json').stdout);
  assert.equal(results.length, 4);
  for (const { task, js, wasm, same } of results) {
    assert.ok(wasm.ms > 0, task);
    // Node 20 has no SQLite of its own, and the optional peer is not installed here.
    if (js.error === undefined) assert.ok(same, task); else assert.match(task, /^sqlite/);
  }
});

test('demo: a page on which every service answers, under its own strict policy', async () => {
  const server = spawn(process.execPath, [CLI, 'demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise((found) => { server.stdout.setEncoding('utf8').on('data', (text) => { const m = /http:\S+/.exec(text); if (m) found(m[0]); }); });
    const { text, problems: said, requests } = await visit(url);
    assert.deepEqual({ said, failed: requests.filter((r) => r.status >= 400) }, { said: [], failed: [] });
    for (const answer of ['number 1234', '1060', '20000']) assert.ok(text.includes(answer), text);
    assert.equal(text.match(/simd\S*, worker/g)?.length, 4, text);
    assert.equal((await fetch(`${url}package.json`)).status, 404, 'nothing else is served');
  } finally {
    server.kill();
  }
});
