#!/usr/bin/env node
// Makes dist/, which is what the package ships, from js/dist, which is what tsc writes: a few dozen chunks instead of some hundred modules, since a page without a
// bundler and every worker it starts fetch their modules one by one (docs/decisions/0016). All JavaScript lies flat beside wasm/, so that the relative URLs below hold
// whichever chunk they land in; declarations keep their tree under dist/types.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { hashOf, isFresh, markFresh } from './lib/stamp.mjs';
import { root, stop } from './lib/proc.mjs';

const SOURCE = join(root, 'js/dist'), OUT = join(root, 'dist');
const TARGET = 'es2022';
/** Not imported above: on a fresh clone this file is read before npm has installed anything. */
const esbuild = () => import('esbuild');
/** A file each, which imports nothing, and the same instance for all entries: who only asks takes `detect` alone, and small entries nothing but `errors`. */
const ALONE = ['detect', 'errors'];

/** Where a module of js/dist that is an entry lies in dist: 'inline/vector' -> 'inline-vector', 'edge/index' -> 'edge', 'worker/vector.entry' -> 'vector.entry'. */
export const flatName = (module) => module.replace(/^worker\//, '').replace(/\/index$/, '').replaceAll('/', '-');

const inFolder = (folder) => readdirSync(join(SOURCE, folder)).filter((name) => name.endsWith('.js')).map((name) => `${folder}/${name.slice(0, -3)}`);

/** Every entry as its module in js/dist: what `exports` has types for, what edge hosts get instead, and the scripts of workers. */
function entries(manifest) {
  const published = Object.values(manifest.exports).filter((target) => target.types).map(({ types }) => types.replace(/^\.\/dist\/types\//, '').replace(/\.d\.ts$/, ''));
  return [...new Set([...published, ...inFolder('edge').filter((module) => module !== 'edge/supplied'), ...inFolder('worker').filter((module) => module.endsWith('.entry'))])];
}

// ── literal URLs ──

const HERE = '__import_meta_url__';
const LITERAL = new RegExp(`new URL\\("([^"]+)", ${HERE}\\)`, 'g');

/** The code with `import.meta.url` as a name of its own, in one way of writing: what stands in comments and strings stays as it is, and is no URL. */
const markUrls = async (code) => (await (await esbuild()).transform(code, { define: { 'import.meta.url': HERE }, format: 'esm', target: TARGET, legalComments: 'inline', logLevel: 'silent' })).code;

/** The URLs that a module names relative to itself; stops where one is no literal, which no bundler of a user's could follow. */
export async function literalUrls(code, file) {
  if (!code.includes('import.meta.url')) return { marked: code, urls: [] };
  const marked = await markUrls(code);
  if (new RegExp(`new URL\\((?!"[^"]+", ${HERE}\\))[^;]*?${HERE}`).test(marked)) throw new Error(`${file}: new URL(…, import.meta.url) without a literal`);
  return { marked, urls: [...marked.matchAll(LITERAL)].map((match) => match[1]) };
}

/** What a literal of js/dist is called in dist; undefined for what is neither a worker's script nor an artifact. */
function newPlace(file, url) {
  const target = relative(SOURCE, resolve(dirname(file), url)).replaceAll('\\', '/');
  if (!existsSync(join(SOURCE, target))) return undefined;
  if (/^worker\/[^/]+\.entry\.js$/.test(target)) return `./${basename(target)}`;
  if (/^loader\/wasm\/[^/]+\.wasm$/.test(target)) return `./wasm/${basename(target)}`;
  return undefined;
}

const places = ({ whole }) => ({
  name: 'places',
  setup(bundler) {
    // The name of a worker's script stands a second time beside its URL, for worker_threads: every string that equals a URL moves with it.
    bundler.onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const { marked, urls } = await literalUrls(readFileSync(path, 'utf8'), path);
      let contents = marked;
      for (const url of new Set(urls)) {
        const place = newPlace(path, url);
        if (!place) throw new Error(`${relative(root, path)}: new URL('${url}', import.meta.url) names neither a worker's script nor an artifact that is there`);
        contents = contents.replaceAll(JSON.stringify(url), JSON.stringify(place));
      }
      return { contents: contents.replaceAll(HERE, 'import.meta.url'), loader: 'js' };
    });
    // Edge hosts import modules statically; the import stays one.
    bundler.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./wasm/${basename(path)}`, external: true }));
    if (!whole) bundler.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir, kind }) => {
      const alone = ALONE.find((module) => join(resolveDir, path) === join(SOURCE, `${module}.js`));
      return alone && kind !== 'entry-point' ? { path: `./${alone}.js`, external: true } : undefined;
    });
  },
});

// ── what was built, looked at ──

/** Reads every output again: each URL and each import must lead to a file, and every worker and artifact must be reachable by a literal. */
export async function checkBundle(folder = OUT) {
  const { artifacts } = JSON.parse(readFileSync(join(folder, 'wasm/manifest.json'), 'utf8'));
  const files = readdirSync(folder).filter((name) => name.endsWith('.js')), named = new Set(), wrong = [];
  for (const file of files) {
    const code = readFileSync(join(folder, file), 'utf8');
    const { urls } = await literalUrls(code, file);
    const imports = [...code.matchAll(/^(?:import|export)\b[^;'"]*["'](\.[^"']+)["'];$|import\(["'](\.[^"']+)["']\)/gm)].map((match) => match[1] ?? match[2]);
    for (const target of [...urls, ...imports]) {
      if (!existsSync(join(folder, target))) wrong.push(`${file} -> ${target}: nothing is there`);
    }
    for (const url of urls) named.add(url);
  }
  // Nothing of ours starts `any.entry`.
  for (const file of files) if (file.endsWith('.entry.js') && file !== 'any.entry.js' && !named.has(`./${file}`)) wrong.push(`no new URL('./${file}', import.meta.url) is left`);
  for (const { file } of artifacts) if (!named.has(`./wasm/${file}`)) wrong.push(`no new URL('./wasm/${file}', import.meta.url) is left`);
  return wrong;
}

/** Copies the declarations that the entries lead to; nobody can import the others. */
function copyDeclarations(modules) {
  const kept = new Set();
  const keep = (file) => {
    if (kept.has(file) || !existsSync(file)) return;
    kept.add(file);
    const target = join(OUT, 'types', relative(SOURCE, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g)) keep(join(dirname(file), `${specifier}.d.ts`));
  };
  for (const module of modules) if (!module.startsWith('edge/')) keep(join(SOURCE, `${module}.d.ts`));
}

export async function bundle() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = hashOf(['js/dist', 'scripts/bundle.mjs', 'package.json', 'package-lock.json']);
  if (isFresh('bundle', hash, ['dist/index.js', 'dist/wasm/manifest.json'])) return;
  console.log('• bundle: js/dist -> dist');
  rmSync(OUT, { recursive: true, force: true });
  const modules = entries(manifest);
  /** @param whole in one file each, without shared chunks */
  const make = async (of, { whole }) => (await esbuild()).build({
    absWorkingDir: root, outdir: OUT, entryPoints: Object.fromEntries(of.map((module) => [flatName(module), join(SOURCE, `${module}.js`)])),
    bundle: true, splitting: !whole, chunkNames: '[name]-[hash]', format: 'esm', target: TARGET, platform: 'neutral', legalComments: 'inline', charset: 'utf8',
    external: ['node:*', ...Object.keys(manifest.peerDependencies)], plugins: [places({ whole })],
    // wasm-bindgen's classes have `free()` and may export a method `free(…)` of ours, which is meant to win.
    logOverride: { 'duplicate-class-member': 'silent' }, logLevel: 'warning',
  });
  await make(ALONE, { whole: true });
  // Workers too: in one file each they start sooner, and webpack's do not start at all (docs/decisions/0016).
  await make(modules.filter((module) => !ALONE.includes(module)), { whole: false });
  cpSync(join(SOURCE, 'loader/wasm'), join(OUT, 'wasm'), { recursive: true });
  copyDeclarations(modules);

  const wrong = await checkBundle();
  for (const [name, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) if (!file.includes('*') && !existsSync(join(root, file))) wrong.push(`exports['${name}'] -> ${file}: nothing is there`);
  }
  if (wrong.length) stop(`dist/ is not whole:\n  ${wrong.join('\n  ')}`);
  markFresh('bundle', hash);
}

if (process.argv[1] === join(root, 'scripts/bundle.mjs')) await bundle();
