/** The machine's peak of 128-bit multiplications and additions, not fused. */
import { assembled } from './wat.mjs';

const CHAINS = 12, A_TURN = 24;
let exports;

/** @returns {{ flops: number, run(): number, right(sum: number): boolean }} about `flops` operations a run, in registers */
export function peak(type, flops) {
  exports ??= assembled('peak.wat');
  const one = 2 * A_TURN * (type === 'f32' ? 4 : 2), turns = Math.max(1000, Math.round(flops / one));
  return { flops: turns * one, run: () => exports[type](turns), right: (sum) => Math.abs(sum - CHAINS) < 1e-3 };
}
