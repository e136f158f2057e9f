// dist/, as scripts/bundle.mjs makes it: whole, with literals that users' bundlers can follow, and few files for whoever has no bundler.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { checkBundle, flatName, literalUrls } from '../../scripts/bundle.mjs';
import { root } from './install.mjs';

const dist = join(root, 'dist');
const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'));
const code = (name) => readFileSync(join(dist, name), 'utf8');

/** What a page or a worker fetches before an entry runs: static imports alone. */
function fetched(name, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    for (const [, next] of code(name).matchAll(/^(?:import|export|\})[^;'"]*?["']\.\/([^"']+)["'];$/gm)) fetched(next, seen);
  }
  return seen;
}

test('every import and every URL leads to a file; control: where one is gone it is named', async () => {
  assert.deepEqual(await checkBundle(), []);
  const copy = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    cpSync(dist, copy, { recursive: true });
    const chunk = [...fetched('vector.js')].find((name) => name.startsWith('chunk-') && !code(name).includes('new URL('));
    for (const name of ['vector.entry.js', 'wasm/sqlite.simd.wasm', chunk]) rmSync(join(copy, name));
    const wrong = (await checkBundle(copy)).join('\n');
    for (const said of ['-> ./vector.entry.js: nothing is there', '-> ./wasm/sqlite.simd.wasm: nothing is there', `-> ./${chunk}: nothing is there`]) assert.ok(wrong.includes(said), wrong);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('every worker is started by a literal `new Worker(new URL(…, import.meta.url), { type: "module" … })`, and worker_threads find the same name', () => {
  const all = scripts.map(code).join('\n');
  for (const entry of scripts.filter((name) => name.endsWith('.entry.js') && name !== 'any.entry.js')) {
    assert.match(all, new RegExp(`new Worker\\(new URL\\("\\./${entry}", import\\.meta\\.url\\), \\{ type: "module"[^\\n]*\\n\\s+file: "\\./${entry}",`), entry);
  }
});

test('URLs are read from code, not from comments and strings; one that is no literal is refused', async () => {
  const urls = async (text) => (await literalUrls(text, 'x.js')).urls;
  assert.deepEqual(await urls("export const a = () => new URL('./a.js', import.meta.url);"), ['./a.js']);
  assert.deepEqual(await urls("/** new URL('./b.js', import.meta.url) */ export const b = \"new URL('./b.js', import.meta.url)\";"), []);
  assert.deepEqual(await urls('export const base = import.meta.url;'), []);
  await assert.rejects(urls('export const c = (name) => new URL(name, import.meta.url);'), /x\.js: .* without a literal/);
  await assert.rejects(urls('export const d = (name) => new URL(`./${name}.js`, import.meta.url);'), /without a literal/);
});

test('an entry is called by its module', () => {
  assert.deepEqual(['index', 'sqlite-kysely', 'inline/index', 'inline/vector', 'edge/index', 'worker/data-pool.entry'].map(flatName), ['index', 'sqlite-kysely', 'inline', 'inline-vector', 'edge', 'data-pool.entry']);
});

// A page that starts a worker waits for each file: hundreds of modules took it 0.3 s (docs/decisions/0016).
for (const [name, most] of [['index.js', 40], ['vector.js', 22], ['sqlite.js', 22], ['compute.js', 25], ['data.js', 25], ['vector.entry.js', 27], ['sqlite.entry.js', 24], ['compute.entry.js', 33], ['data.entry.js', 33], ['vector-pool.entry.js', 10], ...['headers', 'store', 'react'].map((name) => [`${name}.js`, 4]), ['detect.js', 1], ['errors.js', 1]]) {
  test(`${name} needs at most ${most} files`, () => {
    const { size } = fetched(name);
    assert.ok(size <= most, `${size} files`);
    if (most > 1) assert.ok(size > 1, 'control: imports are seen');
  });
}
for (const name of ['vector', 'sqlite', 'compute', 'data', 'index']) {
  test(`an application's bundle of '${name}' is no larger than from the modules themselves: chunks hide nothing from its tree shaking`, async () => {
    const size = async (folder) => (await build({ entryPoints: [join(root, folder, `${name}.js`)], bundle: true, minify: true, format: 'esm', write: false, outdir: 'out', legalComments: 'none', external: ['node:*'], logLevel: 'error' })).outputFiles[0].contents.length;
    const [ours, modules] = [await size('dist'), await size('js/dist')];
    assert.ok(ours <= modules * 1.02, `${ours} bytes, ${modules} from the modules`);
    assert.ok(ours > 100_000, 'control: there is something in it');
  });
}

test('the entries for query builders answer over the service that is shipped with them', async () => {
  const [{ createSQLiteUtils }, { WASMSQLiteDialect }, { drizzle }, { Kysely }, { sql }] = await Promise.all([
    ...['sqlite', 'sqlite-kysely', 'sqlite-drizzle'].map((name) => import(join(dist, `${name}.js`))), import('kysely'), import('drizzle-orm')]);
  const service = createSQLiteUtils();
  try {
    const db = new Kysely({ dialect: new WASMSQLiteDialect({ database: service }) });
    await db.schema.createTable('t').addColumn('a', 'integer').execute();
    await db.insertInto('t').values({ a: 42 }).execute();
    assert.deepEqual(await db.selectFrom('t').selectAll().execute(), [{ a: 42 }]);
    assert.deepEqual(await drizzle(service).all(sql`SELECT a FROM t`), [{ a: 42 }]);
  } finally {
    await service.dispose();
  }
});

test('names are those of the sources, and each module says where it comes from', () => {
  const all = scripts.map(code).join('\n');
  for (const sign of ['\n// js/dist/services/vector/service.js\n', 'var ServiceError = class extends Error', 'function createManager(']) assert.ok(all.includes(sign), sign);
});
