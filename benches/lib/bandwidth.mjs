/** Measures a plain 128-bit read of as many bytes as a workload scans. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** @returns {() => void} one pass over `bytes` bytes of wasm memory */
export function plainRead(bytes) {
  const dir = mkdtempSync(join(tmpdir(), 'read-'));
  const out = join(dir, 'read.wasm');
  execFileSync(process.execPath, [join(here, '../../node_modules/binaryen/bin/wasm-as'), join(here, 'read.wat'), '--enable-simd', '-o', out]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(out)));
  rmSync(dir, { recursive: true });
  const size = Math.ceil(bytes / 64) * 64;
  exports.memory.grow(Math.ceil(size / 65536));
  new Uint32Array(exports.memory.buffer).fill(1);
  return () => exports.read(0, size);
}
