// What an application's bundler makes of each entry: minified by esbuild, compressed by brotli. The aims are 1.5 kB for detect, 15 kB for one service and 60 kB for everything
// (docs/decisions/0015 says what stands in their way); the limits here are what was measured, so that it only goes down.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './install.mjs';

async function bundle(file) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'js/dist', `${file}.js`)], bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, metafile: true, outdir: 'out', legalComments: 'none', logLevel: 'error', external: ['react', '*.wasm'],
  });
  const [{ contents }] = outputFiles;
  return { brotli: brotliCompressSync(contents).length, inputs: Object.keys(metafile.inputs), text: outputFiles[0].text };
}

/** Entry -> [limit in bytes of brotli, the most files of ours it may pull]. */
const LIMITS = {
  headers: [1_000, 2], vite: [800, 3], store: [450, 1], react: [550, 2], 'inline/decode': [650, 2],
  vector: [86_500, 165], sqlite: [81_000, 140], compute: [71_000, 120], data: [126_500, 235], index: [270_000, 490],
};

for (const [file, [most, files]] of Object.entries(LIMITS)) {
  test(`${file}: at most ${(most / 1000).toFixed(1)} kB brotli, from at most ${files} files`, async () => {
    const { brotli, inputs } = await bundle(file);
    assert.ok(brotli <= most, `${brotli} bytes`);
    assert.ok(inputs.length <= files, `${inputs.length} files`);
  });
}

test('detect: at most 1.5 kB brotli for who only asks, from one file', async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export { wasmDetector } from './detect.js'", resolveDir: join(root, 'js/dist') }, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, metafile: true, legalComments: 'none',
  });
  const { length } = brotliCompressSync(outputFiles[0].contents);
  assert.ok(length <= 1500, `${length} bytes`);
  assert.equal(Object.keys(metafile.inputs).length, 2, 'the program itself and detect.js');
});

test('an entry of one service holds no other service', async () => {
  for (const [file, others] of [['vector', 'sqlite|data|compute'], ['sqlite', 'vector|data|compute'], ['compute', 'vector|sqlite|data'], ['data', 'vector|sqlite|compute']]) {
    const { inputs } = await bundle(file);
    assert.deepEqual(inputs.filter((path) => new RegExp(`/services/(${others})/`).test(path)), [], file);
  }
});
