/** One real call with a known answer, large enough that no engine hands it on (dispatch.ts). */
import type { Steps } from '../../calls/steps.js';
import { isResident, type ComputeEngine } from './engine.js';
import { computeError } from './errors.js';

const SIDE = 24;

/** @throws ServiceError CORRUPT when the answer is wrong */
export function* selfCheck(engine: ComputeEngine): Steps<void> {
  const a = { data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.floor(i / SIDE)), rows: SIDE, cols: SIDE };
  const b = { data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => i % SIDE), rows: SIDE, cols: SIDE };
  const made = yield* engine.run('matmul', { a, b }, { keep: false, progress: () => undefined });
  const values = isResident(made) ? [] : made.data;
  const wrong = a.data.findIndex((x, i) => values[i] !== SIDE * x * b.data[i]);
  if (wrong >= 0) throw computeError('CORRUPT', `the self-check of the compute engine gave ${values[wrong]} where ${SIDE * a.data[wrong] * b.data[wrong]} is right: report it, this is our defect`);
}
