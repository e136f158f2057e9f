/**
 * Which of two implementations answers a call: estimates from measured constants, scaled to the host. Pure: the same work and scale give the
 * same choice. What work is, and what it costs, each service says itself (services/data/cost-model.ts, services/compute/dispatch.ts).
 */
export interface Both { js: number; wasm: number }

/** WebAssembly has to win by so much: an estimate is no measurement, and JavaScript keeps nothing and hands the thread back. */
const MARGIN = 0.8;
/** Below it (milliseconds) there is nothing to be won. */
const WORTH = 0.05;

export function cheaper({ js, wasm }: Both): 'js' | 'wasm' {
  return wasm < js * MARGIN && js - wasm > WORTH ? 'wasm' : 'js';
}

/** "3.1 ms" */
export const ms = (value: number): string => `${value < 1 ? value.toPrecision(1) : value < 100 ? value.toFixed(1) : Math.round(value)} ms`;

/** A host is at most so many times as fast or slow as the one of the constants. */
const FURTHEST = 16;
/** The two sides differ from the constants by no more than this against each other: what one of them is measured at says most about the host. */
const APART = 1.5;
/** How much of a measurement's surprise is taken over. */
const STEP = 0.25;

const bounded = (ratio: number): number => Math.min(FURTHEST, Math.max(1 / FURTHEST, ratio));

/** Constants scaled to a host: by what was measured there, a part of the way each time. */
export class CostModel<Work> {
  readonly #unscaled: (work: Work) => Both;
  readonly #apart: number;
  readonly #scale: Both = { js: 1, wasm: 1 };
  /** Whether `Calibration` has measured this host. */
  calibrated = false;

  /**
   * @param unscaled milliseconds, on the host of the constants
   * @param apart how far the scales of both sides may be from each other
   */
  constructor(unscaled: (work: Work) => Both, apart = APART) {
    this.#unscaled = unscaled;
    this.#apart = apart;
  }

  get scale(): Readonly<Both> { return this.#scale; }

  estimate(work: Work): Both {
    const { js, wasm } = this.#unscaled(work);
    return { js: js * this.#scale.js, wasm: wasm * this.#scale.wasm };
  }

  /** Both implementations were measured on this host, side by side: the scales are set. */
  calibrate(work: Work, measured: Both): void {
    const expected = this.#unscaled(work);
    for (const by of ['wasm', 'js'] as const) this.#set(by, measured[by] / expected[by]);
  }

  /** A call took so many milliseconds. */
  learn(work: Work, by: 'js' | 'wasm', measured: number): void {
    this.#set(by, this.#scale[by] * bounded(measured / this.estimate(work)[by]) ** STEP);
  }

  #set(by: 'js' | 'wasm', scale: number): void {
    if (!(scale > 0)) return; // a clock that stands still
    const other = by === 'js' ? 'wasm' : 'js';
    this.#scale[by] = bounded(scale);
    this.#scale[other] = Math.min(this.#scale[by] * this.#apart, Math.max(this.#scale[by] / this.#apart, this.#scale[other]));
  }
}
