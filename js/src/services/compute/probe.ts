/** The measurement of this host for the cost model (dispatch.ts). */
import { best, BUDGET_MS, type Probe } from '../../dispatch/calibration.js';
import { host } from '../../host/index.js';
import { unitsOf, type Units } from './dispatch.js';
import { isResident, type ComputeEngine, type Plans } from './engine.js';
import { JsEngine } from './js/index.js';

/** Where both implementations take about the same time. */
const SIDE = 20;

/** A small product by both, for the cost model. Undefined where the engine is at work. */
export function productProbe(engine: () => ComputeEngine | undefined): Probe<Units> {
  return () => {
    const wasm = engine();
    if (!wasm) return undefined;
    const a = { data: Float64Array.from({ length: SIDE * SIDE }, (_, i) => (i * 7919) % 101), rows: SIDE, cols: SIDE };
    const plan: Plans['matmul'] = { a, b: a };
    // Enough of them that a coarse clock sees it.
    const run = (by: ComputeEngine) => (): void => {
      for (let i = 0; i < REPEATS; i++) {
        const steps = by.run('matmul', plan, { keep: false, progress: () => undefined });
        for (let step = steps.next(); ; step = steps.next()) if (step.done) { if (isResident(step.value)) by.free(step.value.id); break; }
      }
    };
    const until = host.now() + BUDGET_MS;
    const other = new JsEngine();
    const measured = { wasm: best(run(wasm), until) / REPEATS, js: best(run(other), until) / REPEATS };
    other.dispose();
    // What a call takes on its way to either engine is not among it.
    const { cost, units } = unitsOf('matmul', plan)!;
    return { work: { cost: { js: [0, cost.js[1]], wasm: [cost.wasm[0] - cost.js[0], cost.wasm[1]] }, units }, measured };
  };
}
const REPEATS = 16;

