// `copy-wasm DIR`: esbuild, Rollup, Rolldown and `bun build` leave the .wasm files behind; this puts them where a page can fetch them.
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Misuse, oneOf } from '../misuse.mjs';

const FROM = new URL('../../dist/wasm/', import.meta.url);
/** zstd, lz4 and brotli belong to the data processor. */
const MODULES = { vector: ['vector'], sqlite: ['sqlite'], compute: ['compute'], data: ['data', 'codecs', 'brotli'] };

export const positionals = 1;
export const options = { service: { type: 'string', multiple: true }, threads: { type: 'boolean', default: false } };
export const help = `npx wasm-services copy-wasm DIR [--service NAME]… [--threads]

  DIR        is made when it is missing; files of the same name are replaced
  --service  ${Object.keys(MODULES).join(', ')}; may be repeated; all of them by default
  --threads  the builds for threads too

Then tell the package where they are:
  await wasmServices.initialize({ wasm: (service, variant) => new URL(\`/DIR/\${service}.\${variant}.wasm\`, location.href) });`;

export function run({ service = Object.keys(MODULES), threads }, [dir]) {
  if (dir === undefined) throw new Misuse(`say where to: npx wasm-services copy-wasm public/wasm\n\n${help}`);
  const modules = service.flatMap((name) => MODULES[oneOf('service', name, Object.keys(MODULES))]);
  if (statSync(dir, { throwIfNoEntry: false })?.isFile()) throw new Misuse(`${dir} is a file: name a folder`);
  const { artifacts, ...rest } = JSON.parse(readFileSync(new URL('manifest.json', FROM), 'utf8'));
  const chosen = artifacts.filter((a) => modules.includes(a.module) && (threads || a.variant !== 'simd-threads'));
  mkdirSync(dir, { recursive: true });
  for (const { file, bytes } of chosen) {
    copyFileSync(new URL(file, FROM), join(dir, file));
    console.log(`${join(dir, file)}  ${(bytes / 1000).toFixed(0)} kB`);
  }
  writeFileSync(join(dir, 'manifest.json'), `${JSON.stringify({ ...rest, artifacts: chosen }, null, 2)}\n`);
  console.log(`${join(dir, 'manifest.json')}  sizes, features and SHA-384 of each`);
  return 0;
}
