/**
 * The examples of README and docs/ run, and print what they say: a comment `// → value` behind a console.log is compared with what was printed.
 * A block of `js` that can not run stands behind `<!-- not run: why -->`; one without an import is a fragment.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'build', 'doc-examples');

/** Vectors that tell texts about bread from others, as a server of embeddings sends them. */
let server;
before(() => new Promise((resolve) => {
  mkdirSync(folder, { recursive: true });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; }).on('end', () => {
      response.end(JSON.stringify({ data: JSON.parse(body).input.map((text) => ({ embedding: [text.includes('bread') ? 1 : 0, text.includes('car') ? 1 : 0, 0.1] })) }));
    });
  }).listen(0, '127.0.0.1', resolve);
}));
after(() => { server.close(); rmSync(folder, { recursive: true, force: true }); });

/** Code between fences, with its line. */
function blocksOf(text) {
  const blocks = [];
  const fence = /(<!-- not run: [^\n]+ -->\n)?```js\n([\s\S]*?)\n```/g;
  for (let match = fence.exec(text); match; match = fence.exec(text)) blocks.push({ code: match[2], skipped: match[1] !== undefined, line: text.slice(0, match.index).split('\n').length });
  return blocks;
}

const files = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const runnable = files.flatMap((file) => blocksOf(readFileSync(join(root, file), 'utf8')).filter(({ code, skipped }) => !skipped && /^import /m.test(code)).map((block) => ({ file, ...block })));

/** As node prints it, on one line. */
const flat = (text) => text.replace(/\s+/g, ' ').trim();

function run(code, name) {
  const path = join(folder, `${name}.mjs`);
  const hook = `const { fetch: real } = globalThis; globalThis.fetch = (url, init) => real(String(url).startsWith('https://example.com/') ? 'http://127.0.0.1:${server.address().port}/' : url, init);\n`;
  writeFileSync(join(folder, 'hook.mjs'), hook);
  writeFileSync(path, `import './hook.mjs';\nimport { inspect as inspectForTest } from 'node:util';\nconst console = { ...globalThis.console, log: (...values) => globalThis.console.log(JSON.stringify(values.map((value) => inspectForTest(value, { depth: 8, breakLength: Infinity })).join(', '))) };\n${code}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', err = '';
    child.stdout.on('data', (part) => { out += part; });
    child.stderr.on('data', (part) => { err += part; });
    child.on('close', (status) => resolve({ status, printed: out.split('\n').filter((line) => line.startsWith('"')).map((line) => JSON.parse(line)), err }));
  });
}

for (const { file, line, code } of runnable) {
  test(`${file}:${line} runs and prints what it says`, async () => {
    const said = code.split('\n').map((text) => /console\.log\(.*\);? \/\/ → (.*)$/.exec(text)?.[1]).filter((text) => text !== undefined);
    const { status, printed, err } = await run(code, `${file.replace(/\W/g, '-')}-${line}`);
    assert.equal(status, 0, err);
    for (const value of said) assert.ok(printed.map(flat).includes(flat(value)), `${value} was not printed; printed: ${printed.join(' | ')}`);
  });
}

test('every service has examples that run', () => {
  for (const service of ['vector', 'sqlite', 'data', 'compute']) assert.ok(runnable.some(({ code }) => code.includes(`'wasm-services/${service}'`)), service);
  assert.ok(runnable.length >= 8, `${runnable.length} examples`);
});

test('control: an example that prints something else, and one that fails, are noticed', async () => {
  assert.deepEqual((await run("import 'node:fs';\nconsole.log([1]); // → [ 2 ]", 'control-print')).printed, ['[ 1 ]']);
  assert.notEqual((await run("import 'node:fs';\nthrow new Error('no');", 'control-throw')).status, 0);
});
