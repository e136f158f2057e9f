/** Measures a plain 128-bit read of as many bytes as a workload scans. */
import { assembled } from './wat.mjs';

/** @returns {() => void} one pass over `bytes` bytes of wasm memory */
export function plainRead(bytes) {
  const exports = assembled('read.wat');
  const size = Math.ceil(bytes / 64) * 64;
  exports.memory.grow(Math.ceil(size / 65536));
  new Uint32Array(exports.memory.buffer).fill(1);
  return () => exports.read(0, size);
}
