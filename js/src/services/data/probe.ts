/** A few milliseconds of grouping in both implementations on this host, for the cost model: it is run once, off the path of every call. */
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { Call } from '../../calls/call.js';
import { best, BUDGET_MS, type Probe } from '../../dispatch/calibration.js';
import { host } from '../../host/index.js';
import type { DataBackend } from './backend.js';
import type { Work } from './cost-model.js';
import { finish } from './js/aggregate/index.js';
import { computeSteps, type Prepared } from './rows/aggregate.js';
import { tableOf, workOf } from './rows/aggregate-inside.js';

const ROWS = 8192;
const GROUPS = 64;

/** @returns undefined where tables are not in this thread, or at work */
export function groupingProbe(backend: DataBackend): Probe<Work> {
  return () => {
    if (!backend.immediate || backend.variant === 'js') return undefined;
    const prepared = sample();
    const { table, plan } = tableOf(prepared, false);
    const inside = (): void => {
      const opened = now(backend.open(table, Call.plain));
      const made = opened && now(backend.run(opened.id, [{ op: 'aggregate', plan }], Call.plain));
      if (made) now(backend.export(made.id, undefined, Call.plain));
      for (const state of [opened, made]) if (state) backend.free(state.id);
    };
    const until = host.now() + BUDGET_MS;
    return { work: workOf(prepared), measured: { wasm: best(inside, until), js: best(() => finish(computeSteps(prepared)), until) } };
  };
}

/** What is there at once, as it is of a backend that was idle. */
function now<T>(value: MaybePromise<T>): T | undefined {
  if (!isPromise(value)) return value;
  value.catch(() => undefined);
  return undefined;
}

/** By one key: a sum and a median. */
function sample(): Prepared {
  const keys = new Int32Array(ROWS);
  const values = new Float64Array(ROWS);
  // A linear congruence: the same numbers everywhere.
  let state = 1;
  for (let i = 0; i < ROWS; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    keys[i] = state >>> 26;
    values[i] = state / 4294967296;
  }
  return {
    rows: ROWS, names: ['key', 'sum', 'median'], groupBy: [0],
    columns: [
      { type: 'utf8', length: ROWS, valid: undefined, body: { kind: 'dictionary', codes: keys, dictionary: Array.from({ length: GROUPS }, (_, i) => String(i)) } },
      { type: 'f64', length: ROWS, valid: undefined, body: { kind: 'f64', values } },
    ],
    steps: [{ operation: 'sum', column: 1 }, { operation: 'median', column: 1 }],
  };
}
