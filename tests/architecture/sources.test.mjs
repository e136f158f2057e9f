/** Rules that hold for every source file: sizes, forbidden words, who may name what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOnly, files, read, withoutComments } from './sources.mjs';

const TS = files('js/src', /\.ts$/);
const RUST = files('crates', /\.rs$/);
const SCRIPTS = [...files('scripts', /\.m?js$/), ...files('tests', /\.m?js$/).filter((f) => !f.startsWith('tests/hosts/') && !f.startsWith('tests/packaging/node_modules')), ...files('demo', /\.m?js$/)];
const OURS = [...TS, ...RUST, ...SCRIPTS].filter((path) => !path.includes('/vendor/') && !path.endsWith('.gen.ts'));

const offenders = (paths, pattern, prepare = codeOnly) => paths.flatMap((path) => prepare(read(path)).split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])));

test('the rules are applied to real files', () => {
  assert.ok(TS.length > 30 && RUST.length > 10 && SCRIPTS.length > 20, `${TS.length} TypeScript, ${RUST.length} Rust, ${SCRIPTS.length} scripts`);
});

test('no file is longer than 450 lines', () => {
  assert.deepEqual(OURS.map((path) => [path, read(path).split('\n').length]).filter(([, lines]) => lines > 451), []);
});

test('only the host room and the worker entries name a runtime\'s globals', () => {
  // detect.ts is an entry that may import nothing, so it asks by itself.
  const paths = TS.filter((path) => !path.startsWith('js/src/host/') && path !== 'js/src/detect.ts' && !/\.entry\.ts$/.test(path));
  // 'node:sqlite' is also the name of an engine; the module itself comes through the host room.
  const names = /\b(?:process|Bun|Deno|window|self|worker_threads|localStorage|indexedDB|require)\s*(?:\.|\()|\bglobalThis\.(?:process|Bun|Deno|window|self)\b|['"]node:/;
  assert.deepEqual(offenders(paths, names, (text) => withoutComments(text).replaceAll("'node:sqlite'", "''").replace(/'(?!node:)(?:[^'\\\n]|\\.)*'/g, "''")), []);
});

test('no top-level await', () => {
  const atTop = (text) => {
    let depth = 0;
    return codeOnly(text).split('\n').map((line) => {
      const here = depth;
      depth += (line.match(/[{(]/g) ?? []).length - (line.match(/[})]/g) ?? []).length;
      return here === 0 && !/=>|function|async/.test(line) ? line : '';
    }).join('\n');
  };
  assert.deepEqual(offenders(TS, /^\s*(?:(?:const|let|export|var)\b.*)?\bawait\b/, atTop), []);
});

test('no eval, no new Function but where rows are built and read, which does without where it is forbidden', () => {
  const makers = ['js/src/make-code.ts', 'js/src/services/sqlite/rows/codegen.ts', 'js/src/services/data/codegen.ts', 'js/src/expression/row/code.ts', 'js/src/expression/columnar/code.ts'];
  for (const maker of makers) assert.ok(TS.includes(maker), maker);
  assert.deepEqual(offenders(TS.filter((path) => !makers.includes(path)), /\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(/), []);
});

test('no skipped, postponed or silenced work', () => {
  const words = new RegExp(['TO', 'DO'].join('') + '|' + ['FIX', 'ME'].join('') + '|\\bX' + 'XX\\b');
  assert.deepEqual(offenders(OURS, words, (text) => text), []);
  const skipped = new RegExp('\\b(?:test|it|describe)\\.(?:' + ['sk', 'ip|to', 'do|on', 'ly'].join('') + ')\\b|\\b(?:sk' + 'ip|to' + 'do): *(?:true|[\'"])|#\\[ignore');
  assert.deepEqual(offenders([...SCRIPTS, ...RUST], skipped, (text) => text), []);
  assert.deepEqual(offenders(TS, /@ts-(?:ignore|nocheck)|eslint-disable/, (text) => text), []);
});

test('only the generated artifact tables name a wasm file or pkg/', () => {
  // source.ts asks for the installed package's file by the name that package.json exports.
  const paths = TS.filter((path) => !/^js\/src\/loader\/\w+\.gen\.ts$/.test(path) && path !== 'js/src/loader/source.ts');
  assert.deepEqual(offenders(paths, /['"`][^'"`\s]*(?:\.wasm|\bpkg\/[^'"`\s]*)['"`]/, withoutComments), []);
});

test('no language feature that a supported host lacks', () => {
  assert.deepEqual(offenders(TS, /\bFloat16Array\b|\bPromise\.(?:withResolvers|try)\b|\bArray\.fromAsync\b|\bIterator\.from\b|^\s*(?:await\s+)?using\s+\w|\bnew Set\([^)]*\)\.(?:union|intersection|difference)\b/), []);
});

test('views on an instance\'s memory are made in one place, which makes them again when it grows (FAULTS 17)', () => {
  // The others read a memory that nobody grows: a dead instance's, a word of a pool, a probe of one page.
  const may = ['js/src/services/vector/wasm/core.ts', 'js/src/services/vector/wasm/salvage.ts', 'js/src/worker/pool-seat.ts', 'js/src/detect.ts'];
  const view = /\bnew (?:\w+Array|DataView)\([^)]*\b(?:memory|memoryObject|glue\.memory)\b|\b(?:memory|memoryObject)\b[^;=]*\.buffer\b(?!\.byteLength)|\{[^}]*\bbuffer\b[^}]*\} = [^;]*\bmemory\b/;
  const found = offenders(TS.filter((path) => path.startsWith('js/src/services/vector/') || !path.startsWith('js/src/services/')), view);
  assert.deepEqual([...new Set(found.map((line) => line.split(':')[0]))].sort(), [...may].sort(), found.join('\n'));
});

test('wasm-bindgen stands only in the bindings', () => {
  const manifests = files('crates', /^Cargo\.toml$/);
  assert.ok(manifests.length >= 5);
  for (const manifest of manifests) {
    const crate = manifest.split('/')[1];
    const binds = /^(?:wasm-bindgen|js-sys|web-sys)\b/m.test(read(manifest));
    assert.equal(binds && !(crate.endsWith('-wasm') || crate === 'bindings-common'), false, `${crate} must not depend on wasm-bindgen`);
  }
  const cores = RUST.filter((path) => !/^crates\/(?:[^/]*-wasm|bindings-common)\//.test(path));
  assert.deepEqual(offenders(cores, /\b(?:wasm_bindgen|js_sys|web_sys)\b/), []);
});

test('crates depend only on those below them', () => {
  const ALLOWED = {
    'error-code': [], 'simd-kernels': ['error-code'], 'thread-team': [], 'vector-search': ['error-code', 'simd-kernels', 'thread-team'], 'bindings-common': ['error-code', 'thread-team'],
    'vector-search-wasm': ['bindings-common', 'error-code', 'simd-kernels', 'vector-search'],
    columnar: ['error-code'], expression: ['columnar', 'error-code', 'simd-kernels'], 'data-processor': ['columnar', 'error-code', 'expression', 'simd-kernels', 'thread-team'],
    'data-processor-wasm': ['bindings-common', 'columnar', 'data-processor', 'error-code', 'expression', 'simd-kernels'],
    'compute-engine': ['columnar', 'error-code', 'expression', 'thread-team'], 'compute-engine-wasm': ['bindings-common', 'columnar', 'compute-engine'],
    codecs: ['columnar'], 'codecs-wasm': ['bindings-common', 'codecs', 'columnar'], 'brotli-wasm': ['bindings-common', 'codecs', 'columnar'],
    'mem-functions': [], 'sqlite-utils': ['simd-kernels'], 'sqlite-utils-wasm': ['bindings-common', 'mem-functions', 'sqlite-utils'],
  };
  for (const manifest of files('crates', /^Cargo\.toml$/)) {
    const crate = manifest.split('/')[1];
    const section = /^\[dependencies\]$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(read(manifest))?.[1] ?? '';
    const own = [...section.matchAll(/^([\w-]+)/gm)].map(([, name]) => name).filter((name) => files(`crates/${crate}`, /^Cargo\.toml$/) && name in ALLOWED);
    assert.ok(crate in ALLOWED, `${crate} is not in the list of crates: add it here and to ARCHITECTURE.md`);
    assert.deepEqual(own.filter((name) => !ALLOWED[crate].includes(name)), [], `${crate} depends on a crate above it`);
  }
});

test('unsafe stands only in simd-kernels, in mem-functions and at SQLite\'s C interface, each block with its SAFETY note', () => {
  const mayBeUnsafe = (path) => path.startsWith('crates/simd-kernels/') || path.startsWith('crates/mem-functions/') || path.startsWith('crates/sqlite-utils/');
  assert.deepEqual(offenders(RUST.filter((path) => !mayBeUnsafe(path)), /\bunsafe\b\s*(?:\{|fn|impl|extern)/), []);
  const bare = RUST.filter(mayBeUnsafe).flatMap((path) => {
    const lines = read(path).split('\n');
    return lines.flatMap((line, i) => (/\bunsafe\s*\{/.test(line) && !/^\s*\/\//.test(line) && !lines.slice(Math.max(0, i - 8), i + 1).some((l) => /SAFETY:/.test(l)) ? [`${path}:${i + 1}`] : []));
  });
  assert.deepEqual(bare, [], 'unsafe blocks without a SAFETY note in the lines before');
});

test('files name no machine and no session', () => {
  const words = new RegExp(['/wo' + 'rk/', '/ro' + 'ot/', '/tmp/ba' + 'sh'].join('|'));
  assert.deepEqual(offenders([...OURS, ...files('docs', /\.md$/)], words, (text) => text), []);
});

test('no binding file is longer than 400 lines', () => {
  assert.deepEqual(RUST.filter((path) => /^crates\/[^/]+-wasm\//.test(path)).filter((path) => read(path).split('\n').length > 401), []);
});
