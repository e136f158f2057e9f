/**
 * What a one-shot call takes in JavaScript and in WebAssembly, from a few measured constants. Pure: the same work and costs give the same
 * estimate. `benches/data/calibrate.mjs` measures the constants; dispatch.ts scales them to the host.
 */
import { CostModel as HostModel, ms, type Both } from '../../dispatch/cost-model.js';

export { cheaper, type Both } from '../../dispatch/cost-model.js';

/** What is done with every row. Keys: texts that were numbered while they were read, whole numbers, doubles, several columns. */
export type Task =
  | 'readyKey' | 'codeKey' | 'doubleKey' | 'severalKeys'
  | 'light' | 'spread' | 'quantile' | 'distinct' | 'distinctDoubles' | 'list'
  /** Transforms; `objects`: rows that are read and built. */
  | 'number' | 'text' | 'condition' | 'pattern' | 'objects';

export interface Costs {
  /** Microseconds a call. */
  call: Both;
  /** Nanoseconds a row, by task. */
  row: Readonly<Record<Task, Both>>;
  /** Nanoseconds in and out of WebAssembly: a byte of numbers, a text. */
  byteIn: number;
  textIn: number;
  byteOut: number;
  textOut: number;
}

export interface Work {
  rows: number;
  /** Each with the rows that it is done on: of a dictionary's texts there are fewer. */
  tasks: readonly (readonly [Task, number])[];
  /** What WebAssembly would be given, and give back. */
  bytesIn: number;
  textsIn: number;
  bytesOut: number;
  textsOut: number;
}

/** Milliseconds. */
export function estimate(work: Work, costs: Costs): Both {
  const { tasks, bytesIn, textsIn, bytesOut, textsOut } = work;
  let js = 0;
  let wasm = bytesIn * costs.byteIn + textsIn * costs.textIn + bytesOut * costs.byteOut + textsOut * costs.textOut;
  for (const [task, rows] of tasks) {
    js += rows * costs.row[task].js;
    wasm += rows * costs.row[task].wasm;
  }
  return { js: costs.call.js / 1e3 + js / 1e6, wasm: costs.call.wasm / 1e3 + wasm / 1e6 };
}

/** "js: about 3.1 ms against 7.9 ms in WebAssembly (100000 rows to be copied)". */
export function explain(chosen: 'js' | 'wasm', { js, wasm }: Both, rows: number, variant: string): string {
  return chosen === 'js'
    ? `js: about ${ms(js)} against ${ms(wasm)} in WebAssembly (${rows} rows to be copied)`
    : `${variant}: about ${ms(wasm)} against ${ms(js)} in JavaScript (${rows} rows copied)`;
}

/** The model of one-shot calls. */
export class CostModel extends HostModel<Work> {
  constructor(costs: Costs = DEFAULT_COSTS) { super((work) => estimate(work, costs)); }
}

let shared: CostModel | undefined;
/** Of this thread: every processor in it learns for the others. */
export const hostModel = (): CostModel => shared ??= new CostModel();

/** Node 20 on x86-64, 200,000 rows in 1,000 groups: `node benches/data/calibrate.mjs`. */
export const DEFAULT_COSTS: Costs = {
  call: { js: 8, wasm: 45 },
  row: {
    readyKey: { js: 0, wasm: 2.5 }, codeKey: { js: 10, wasm: 2.5 }, doubleKey: { js: 21, wasm: 7 }, severalKeys: { js: 19, wasm: 4.3 },
    light: { js: 3.1, wasm: 0.6 }, spread: { js: 14, wasm: 5 }, quantile: { js: 21, wasm: 6 }, distinct: { js: 22, wasm: 10 }, distinctDoubles: { js: 65, wasm: 38 }, list: { js: 30, wasm: 480 },
    number: { js: 8, wasm: 1.8 }, condition: { js: 13, wasm: 2.8 }, text: { js: 90, wasm: 70 }, pattern: { js: 460, wasm: 600 }, objects: { js: 27, wasm: 1700 },
  },
  byteIn: 0.15, byteOut: 0.15, textIn: 145, textOut: 145,
};
