#!/usr/bin/env node
// Builds every module x variant of variants.json: wasm-pack, wasm-opt, proof of features, glue factory, manifest, and what the
// loader knows of them (write-loader.mjs). `node scripts/build-wasm.mjs [module[:variant] …]` builds a part.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { clangEnvironment, ensureNpm, ensureRust, ensureWasmTools } from './lib/tools.mjs';
import { readFeatures } from './lib/features.mjs';
import { toFactory } from './lib/glue.mjs';
import { hashOf, isFresh, markFresh } from './lib/stamp.mjs';
import { root, run, stop } from './lib/proc.mjs';
import { writeLoader } from './write-loader.mjs';

const { modules } = JSON.parse(readFileSync(join(root, 'variants.json'), 'utf8'));

/** The folders a module's bytes depend on: its crate and every workspace crate (small enough to take all). */
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'variants.json', 'crates', 'scripts/build-wasm.mjs', 'scripts/lib'];

function buildVariant(name, module, variantName, variant, tools) {
  const out = `pkg/${name}/${variantName}`;
  const wasm = `${out}/${module.out}.wasm`;
  const hash = hashOf(SOURCES, name, variantName, JSON.stringify(tools.versions));
  const stamp = `wasm-${name}-${variantName}`;
  if (isFresh(stamp, hash, [wasm, `${out}/glue.js`, `${out}/features.json`])) return;

  rmSync(join(root, out), { recursive: true, force: true });
  // What panics traps at once instead of first making a message that nobody hears: std is built for that too.
  const trap = variant.panic === 'immediate-abort', buildStd = variant.buildStd || trap;
  const rustflags = [`-C target-feature=${variant.targetFeatures.join(',')}`, ...(trap ? ['-Z unstable-options', '-C panic=immediate-abort'] : []), ...(variant.linkArgs ?? []).map((a) => `-C link-arg=${a}`)].join(' ');
  const cargoArgs = ['--target-dir', join(root, 'target', `wasm-${variantName}${trap ? '-trap' : ''}${variant.stdFeatures ? '-small' : ''}`), '--locked', ...(buildStd ? ['-Z', `build-std=std${trap ? '' : ',panic_abort'}`, ...(variant.stdFeatures ? ['-Z', `build-std-features=${variant.stdFeatures.join(',')}`] : [])] : []),
    ...(variant.cargoFeatures ? ['--features', variant.cargoFeatures.join(',')] : [])];
  // A target directory per variant: other flags would rebuild everything on each switch.
  run('wasm-pack', ['build', module.crate, '--target', 'web', '--release', '--no-opt', '--no-typescript', '--no-pack', '--mode', 'no-install',
    '--out-dir', join(root, out), '--out-name', module.out, '--', ...cargoArgs], {
    env: { PATH: tools.PATH, RUSTFLAGS: rustflags, ...(buildStd && { RUSTC_BOOTSTRAP: '1' }), ...(module.clang && clangEnvironment(module.cFlags)) }, label: `wasm-pack build ${name} (${variantName})`,
  });

  const raw = join(root, out, `${module.out}_bg.wasm`);
  run(process.execPath, [join(root, 'node_modules/binaryen/bin/wasm-opt'), raw, '-o', join(root, wasm), ...variant.wasmOpt,
    '--enable-bulk-memory', '--enable-sign-ext', '--enable-nontrapping-float-to-int', '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue',
    '--strip-debug', '--strip-producers'], { label: `wasm-opt ${name} (${variantName})` });
  rmSync(raw);

  const features = readFeatures(join(root, wasm));
  for (const [feature, expected] of Object.entries(variant.proves)) {
    if (features[feature] !== expected) stop(`${wasm}: ${feature} is ${features[feature]} in the bytes, variants.json says ${expected}`);
  }
  writeFileSync(join(root, out, 'features.json'), `${JSON.stringify(features)}\n`);
  const { code } = toFactory(readFileSync(join(root, out, `${module.out}.js`), 'utf8'), { title: `${name} (${variantName})` });
  writeFileSync(join(root, out, 'glue.js'), code);
  // wasm-pack leaves a .gitignore with `*` (npm would honour it) and a nested package.json (it would override ours).
  for (const file of ['.gitignore', 'package.json', 'snippets']) rmSync(join(root, out, file), { recursive: true, force: true });
  markFresh(stamp, hash);
}

const digest = (bytes) => createHash('sha384').update(bytes).digest('base64');

/** Writes pkg/manifest.json from the artifacts themselves, and returns its entries. */
function writeManifest(tools, rustc) {
  const artifacts = [];
  for (const [name, module] of Object.entries(modules)) {
    for (const variant of Object.keys(module.variants)) {
      const dir = join(root, 'pkg', name, variant);
      const file = join(dir, `${module.out}.wasm`);
      if (!existsSync(file)) stop(`${file.slice(root.length + 1)} is missing: run \`npm run build\``);
      const bytes = readFileSync(file);
      const { memory, ...features } = JSON.parse(readFileSync(join(dir, 'features.json'), 'utf8'));
      artifacts.push({
        module: name, variant, file: `${name}.${variant}.wasm`, abi: module.abi, features, ...(memory && { memory }),
        bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length, sha384: digest(bytes),
      });
    }
  }
  const binaryen = JSON.parse(readFileSync(join(root, 'node_modules/binaryen/package.json'), 'utf8')).version;
  writeFileSync(join(root, 'pkg', 'manifest.json'), `${JSON.stringify({ tools: { rustc, binaryen, ...tools.versions }, artifacts }, null, 2)}\n`);
  return artifacts;
}

/** Copies artifacts to where the compiled loader expects them. */
export function copyArtifacts() {
  const { artifacts } = JSON.parse(readFileSync(join(root, 'pkg/manifest.json'), 'utf8'));
  const target = join(root, 'js/dist/loader/wasm');
  mkdirSync(target, { recursive: true });
  mkdirSync(join(root, 'js/dist/loader/glue'), { recursive: true });
  for (const a of artifacts) {
    cpSync(join(root, 'pkg', a.module, a.variant, `${modules[a.module].out}.wasm`), join(target, a.file));
    cpSync(join(root, 'pkg', a.module, a.variant, 'glue.js'), join(root, 'js/dist/loader/glue', `${a.module}.${a.variant}.js`));
  }
  cpSync(join(root, 'pkg/manifest.json'), join(target, 'manifest.json'));
}

/** Builds what is stale of every variant (or of those named `module` or `module:variant`). */
export function buildWasm(only = []) {
  ensureNpm();
  const rustc = ensureRust();
  const tools = ensureWasmTools();
  for (const [name, module] of Object.entries(modules)) {
    for (const [variantName, variant] of Object.entries(module.variants)) {
      if (only.length && !only.includes(name) && !only.includes(`${name}:${variantName}`)) continue;
      buildVariant(name, module, variantName, variant, tools);
    }
  }
  const artifacts = writeManifest(tools, rustc);
  writeLoader(artifacts);
  return artifacts;
}

if (process.argv[1] === join(root, 'scripts/build-wasm.mjs')) {
  for (const a of buildWasm(process.argv.slice(2))) console.log(`  ${a.file.padEnd(28)} ${(a.bytes / 1024).toFixed(1)} kB, gzip ${(a.gzip / 1024).toFixed(1)} kB, brotli ${(a.brotli / 1024).toFixed(1)} kB`);
  if (existsSync(join(root, 'js/dist/loader')) && statSync(join(root, 'js/dist/loader')).isDirectory()) copyArtifacts();
}
