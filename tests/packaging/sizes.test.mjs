// What an application's bundler makes of each entry: split and minified by esbuild, each file compressed by brotli. Counted are what a page loads when it imports the entry, what the first
// call fetches besides (on a page, where a service is in a worker: its proxy and the loader), and everything there is. The aims are 1.5 kB for detect, 15 kB for one service and 60 kB for
// everything (docs/decisions/0015 says which are met); the limits here are what was measured, so that it only goes down.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './install.mjs';

const dist = join(root, 'js/dist');
const ours = (path) => path.replace(/^.*js\/dist\//, '');

/** @param entry a file of js/dist, or the text of a program beside it */
async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    ...(entry.includes(' ') ? { stdin: { contents: entry, resolveDir: dist, sourcefile: 'program.js' } } : { entryPoints: [join(dist, `${entry}.js`)] }),
    bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022', write: false, metafile: true, outdir: 'out', legalComments: 'none', logLevel: 'error', external: ['react', '*.wasm'],
  });
  const paths = Object.keys(metafile.outputs);
  const brotli = Object.fromEntries(paths.map((path, i) => [path, brotliCompressSync(outputFiles[i].contents).length]));
  /** The output files that come with one, by static imports. */
  const closure = (from, into = new Set()) => {
    if (into.has(from)) return into;
    into.add(from);
    for (const { path, kind } of metafile.outputs[from].imports) if (kind === 'import-statement' && metafile.outputs[path]) closure(path, into);
    return into;
  };
  const outputOf = (name) => paths.find((path) => ours(metafile.outputs[path].entryPoint ?? '') === name);
  const first = paths.find((path) => (entry.includes(' ') ? /stdin|program/.test(path) : ours(metafile.outputs[path].entryPoint ?? '') === `${entry}.js`));
  const start = closure(first);
  const sum = (set) => [...set].reduce((bytes, path) => bytes + brotli[path], 0);
  return {
    start: sum(start), all: sum(paths), files: paths.length,
    /** Of ours, what is in the files that come with the entry. */
    inputs: [...start].flatMap((path) => Object.keys(metafile.outputs[path].inputs)).map(ours),
    /** What fetching these files of ours brings besides. */
    besides(names) {
      const more = new Set();
      for (const name of names) {
        assert.ok(outputOf(name), `${name} is fetched by itself`);
        for (const path of closure(outputOf(name))) if (!start.has(path)) more.add(path);
      }
      return sum(more);
    },
  };
}

/** What the first call of a service fetches on a page. */
const FIRST = {
  vector: ['services/vector/worker-proxy.js'], sqlite: ['services/sqlite/worker-proxy.js'], compute: ['services/compute/worker-proxy.js'], data: ['services/data/tables.js', 'services/data/worker-proxy.js'],
};

/** Entry -> [bytes of brotli with the entry, besides with the first call, in all files; the most files]. */
const LIMITS = {
  vector: [15_600, 10_100, 87_500, 10], sqlite: [14_700, 13_600, 82_000, 10], compute: [13_200, 11_800, 73_000, 16], data: [12_900, 71_500, 143_500, 28], index: [52_600, 84_000, 332_000, 68],
};

for (const [file, [withEntry, withCall, inAll, most]] of Object.entries(LIMITS)) {
  test(`${file}: at most ${(withEntry / 1000).toFixed(1)} kB brotli with the import, ${(withCall / 1000).toFixed(1)} with the first call on a page, ${(inAll / 1000).toFixed(0)} in at most ${most} files`, async () => {
    const { start, all, files, besides } = await bundle(file);
    const first = besides(FIRST[file] ?? Object.values(FIRST).flat());
    assert.ok(start <= withEntry && first <= withCall && all <= inAll && files <= most, JSON.stringify({ start, first, all, files }));
  });
}

for (const [file, most] of Object.entries({ headers: 1_000, vite: 800, store: 450, react: 550, 'inline/decode': 650 })) {
  test(`${file}: at most ${most} bytes brotli in one file`, async () => {
    const { start, files } = await bundle(file);
    assert.ok(start <= most && files === 1, `${start} bytes, ${files} files`);
  });
}

test('detect: at most 1.5 kB brotli for who only asks, from one file', async () => {
  const { start, inputs } = await bundle("export { wasmDetector } from './detect.js'");
  assert.ok(start <= 1500, `${start} bytes`);
  assert.deepEqual(inputs.filter((path) => path !== 'program.js'), ['detect.js']);
});

/** What must not come with an entry: engines and what runs them, the fallback, glue, storage, languages, the expression language, advice, codecs, readers and writers. */
const LATER = /services\/\w+\/(?:js|wasm|engines|analysis|codecs\/(?!input)|read|arrow|operations|storage|rows\/(?!tasks|transform-work))\/|services\/\w+\/(?:core|js-engine|wasm-engine|engine-source|engines|worker-proxy|split|once|load|table|runner)\.js|services\/vector\/text\/(?!names)|loader\/(?:glue\/|load|best|compile|source)|vendor\/|expression\/|host\/storage\/(?!page-lifecycle)|worker\/(?:client|lives|pool|threads)/;

test('no entry brings what only a later call needs; control: a program that imports a fallback statically is seen', async () => {
  for (const file of Object.keys(LIMITS)) {
    const { inputs } = await bundle(file);
    assert.deepEqual(inputs.filter((path) => LATER.test(path)), [], file);
  }
  const { inputs } = await bundle("export { createVectorSearch } from './vector.js'; export { createJsEngine } from './services/vector/js-engine.js'");
  assert.ok(inputs.filter((path) => LATER.test(path)).length > 10);
});

test('an entry of one service holds no other service, and names no other module\'s file; control: the whole package names each', async () => {
  const { outputFiles } = await build({ entryPoints: [join(dist, 'index.js')], bundle: true, format: 'esm', target: 'es2022', write: false, external: ['*.wasm'], logLevel: 'error' });
  const named = (text) => [...new Set([...text.matchAll(/wasm\/(\w+)\.[\w-]+\.wasm/g)].map(([, name]) => name))].sort();
  assert.deepEqual(named(outputFiles[0].text), ['brotli', 'codecs', 'compute', 'data', 'sqlite', 'vector']);
  for (const [file, others, modules] of [['vector', 'sqlite|data|compute', ['vector']], ['sqlite', 'vector|data|compute', ['sqlite']], ['compute', 'vector|sqlite|data', ['compute']], ['data', 'vector|sqlite|compute', ['brotli', 'codecs', 'data']]]) {
    const { outputFiles, metafile } = await build({ entryPoints: [join(dist, `${file}.js`)], bundle: true, format: 'esm', target: 'es2022', write: false, metafile: true, external: ['*.wasm'], logLevel: 'error' });
    assert.deepEqual(Object.keys(metafile.inputs).filter((path) => new RegExp(`/services/(${others})/`).test(path)), [], file);
    assert.deepEqual(named(outputFiles[0].text), modules, file);
  }
});
