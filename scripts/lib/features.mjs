// Reads an artifact's features back from its bytes: what a build was asked for is not what counts, what is in it is.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './proc.mjs';

/** Disassembles with binaryen and looks for the instructions of each proposal; of a shared memory, its limits in pages too. */
export function readFeatures(file) {
  const wat = execFileSync(process.execPath, [join(root, 'node_modules/binaryen/bin/wasm-dis'), '--all-features', file], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const memory = /\(import [^\n]*\(memory [^\n]*?(\d+) (\d+) shared\)/.exec(wat);
  return {
    simd: /\(v128\.|\((?:i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\./.test(wat),
    relaxedSimd: /\((?:i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\.(?:relaxed_|dot_i8x16_i7x16)/.test(wat),
    atomics: /\((?:i32|i64|memory)\.atomic\.|\(atomic\.fence/.test(wat),
    sharedMemory: memory !== null,
    ...(memory && { memory: { initial: Number(memory[1]), maximum: Number(memory[2]) } }),
  };
}
