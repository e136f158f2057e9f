/** Assembles one of the .wat files beside it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** @returns {WebAssembly.Exports} */
export function assembled(file) {
  const dir = mkdtempSync(join(tmpdir(), 'wat-'));
  const out = join(dir, 'out.wasm');
  execFileSync(process.execPath, [join(here, '../../node_modules/binaryen/bin/wasm-as'), join(here, file), '--enable-simd', '-o', out]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(out)));
  rmSync(dir, { recursive: true });
  return exports;
}
