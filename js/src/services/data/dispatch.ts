/**
 * Which implementation answers a one-shot call, and why: what each would take by the cost model. WebAssembly is taken where it is ready in
 * this thread and enough cheaper, copies included; a pinned variant is obeyed.
 */
import { host } from '../../host/index.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { calibrateLater, type Probe } from '../../dispatch/calibration.js';
import type { Explanation, Variant } from '../../types.js';
import type { DataBackend } from './backend.js';
import { type Both, cheaper, CostModel, explain, type Work } from './cost-model.js';

export interface Choice {
  implementation: Variant;
  reason: string;
  /** What it took, in milliseconds, of a call that was not interrupted. */
  took?: (ms: number) => void;
}

/** What WebAssembly has grown to it keeps: no single call makes it grow by more. */
const MOST_BYTES = 1 << 28;

/** Calls below it (milliseconds) tell nothing of the host. */
const TELLING = 0.5;

/** What is compared, where anything is. */
interface Compared { work: Work; costs: Both; by: 'js' | 'wasm' }

export class Dispatcher {
  readonly #backend: DataBackend;
  readonly #pin: Variant | undefined;
  readonly #probe: Probe<Work> | undefined;
  readonly #model: CostModel;
  readonly #calibrated: (scale: Readonly<Both>) => void;

  /**
   * @param probe measured once, after the first call that was worth a comparison
   * @param calibrated is told what was found
   */
  constructor(backend: DataBackend, pin: Variant | undefined, model = new CostModel(), probe?: Probe<Work>, calibrated: (scale: Readonly<Both>) => void = () => undefined) {
    this.#backend = backend;
    this.#pin = pin;
    this.#model = model;
    this.#probe = probe;
    this.#calibrated = calibrated;
  }

  /**
   * @param workOf is not asked where no comparison is made
   * @param steady the work is done by tables of either kind, whose single steps can not be interrupted
   */
  choose(workOf: () => Work, shape: 'rows' | 'columns', steady = false): Choice {
    const { compared, ...choice } = this.#decide(workOf, shape, steady);
    if (!compared) return choice;
    const { work, costs: { js, wasm }, by } = compared;
    if (this.#probe && this.#backend.immediate && Math.max(js, wasm) >= TELLING) calibrateLater(this.#model, this.#probe, this.#calibrated);
    const took = Math.min(js, wasm) < TELLING ? undefined : (ms: number): void => this.#model.learn(work, by, ms);
    return { ...choice, ...(took && { took }) };
  }

  /** What `choose` would say, with what it compares; nothing comes of it. */
  explain(work: Work, shape: 'rows' | 'columns', steady = false): Explanation {
    const { compared, implementation, reason } = this.#decide(() => work, shape, steady);
    const { js, wasm } = compared?.costs ?? this.#model.estimate(work);
    const { variant } = this.#backend;
    return { implementation, reason, estimatedMs: { js, ...(variant !== 'js' && { [variant]: wasm }) } };
  }

  #decide(workOf: () => Work, shape: 'rows' | 'columns', steady: boolean): Choice & { compared?: Compared } {
    const pin = this.#pin;
    if (pin !== undefined) return { implementation: pin, reason: pin === 'js' ? 'pinned to js' : `pinned to ${pin}: the ${shape} were copied into a table for this call` };
    // A page's thread stays free.
    if (steady && !this.#backend.immediate && this.#backend.info.host === 'worker') {
      const { variant } = this.#backend;
      return { implementation: variant, reason: `${variant}: the ${shape} went to the worker that has the tables, and this thread stays free` };
    }
    const work = workOf();
    const costs = this.#model.estimate(work);
    const ready = this.#backend.immediate;
    const fits = work.bytesIn <= MOST_BYTES;
    const best = cheaper(costs);
    // Before the start the variant is a plan that has to be made: only where it matters.
    const variant = ready || best === 'wasm' ? this.#backend.variant : 'simd';
    if (variant === 'js') return { implementation: 'js', reason: `js: WebAssembly does not answer here (${this.#backend.info.reason})` };
    const by = ready && fits ? best : 'js';
    const lacking = best === by ? '' : fits ? '; WebAssembly is not started, at work or in a worker: load() the data to ask often' : '; WebAssembly would keep the memory of so large a copy: load() the data to ask often';
    return { implementation: by === 'js' ? 'js' : variant, reason: `${explain(by, costs, work.rows, variant)}${lacking}`, compared: { work, costs, by } };
  }

  /** For a plain question over rows, which one loop in JavaScript answers; undefined where another implementation is pinned. */
  plain(rows: number): Choice | undefined {
    if (this.#pin !== undefined && this.#pin !== 'js') return undefined;
    return { implementation: 'js', reason: this.#pin === 'js' ? 'pinned to js' : `js: one loop over ${rows} rows takes less than their way into columns` };
  }
}

/** Runs `work`, and tells the choice what it took where that is known. */
export function timed<T>({ took }: Choice, work: () => MaybePromise<T>): MaybePromise<T> {
  if (!took) return work();
  const began = host.now();
  const result = work();
  if (!isPromise(result)) took(host.now() - began);
  return result;
}

/** Of rows that a pinned engine has no table for. */
export const ROW_BY_ROW = { implementation: 'js', reason: 'no table holds a field that is read as its rows have it (values of several kinds, or nulls alone): they are looked at one by one, in JavaScript' } as const;
