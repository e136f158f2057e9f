/** What the module asks while a statement runs: whether to go on, and what the user's functions answer. */
import { host } from '../../../host/index.js';
import { BIG_INTEGER, BLOB, FLOAT, INTEGER, NULL, TEXT, decodeBadText, decodeText } from '../rows/cells.js';
import type { SQLValue } from '../types.js';
import { bindsAsInteger, toBound } from '../values.js';
import type { CoreHost, Memory } from './core.js';
import { utf8Encoder } from '../../../utf8.js';

export type UserFunction =
  | { kind: 'scalar'; call: (...args: SQLValue[]) => SQLValue }
  | { kind: 'aggregate'; start: () => unknown; step: (state: unknown, ...args: SQLValue[]) => unknown; result: (state: unknown) => SQLValue };

const ROW = 1, RESULT = 2, PENDING = 3;
/** Made when it is first needed: importing touches no global. */

export class EngineHost implements CoreHost {
  readonly #memory: () => Memory;
  readonly #functions: UserFunction[] = [];
  /** States of aggregates under way, by the number that the module gives each. */
  readonly #states = new Map<number, unknown>();
  #bytes: Uint8Array | undefined;
  #error: unknown;
  #pending: { value: unknown } | undefined;
  deadline: number | undefined;
  poll: (() => boolean) | undefined;
  /** Why the statement was interrupted. */
  reason: 'deadline' | 'cancel' | undefined;
  /** A function of the user's runs: the database must not be called now. */
  inFunction = false;

  constructor(memory: () => Memory) {
    this.#memory = memory;
  }

  /** The number by which the module knows it. */
  add(fn: UserFunction): number {
    return this.#functions.push(fn) - 1;
  }

  /** What a function threw, once. */
  takeError(): unknown {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** Before each statement, since the last one may have failed halfway. */
  reset(): void {
    this.reason = undefined;
    if (this.#states.size > 0) this.#states.clear();
  }

  interrupted(): boolean {
    if (this.poll?.() === true) this.reason = 'cancel';
    else if (this.deadline !== undefined && host.now() >= this.deadline) this.reason = 'deadline';
    return this.reason !== undefined;
  }

  /** The common case without packing. A result that is no finite number waits for the call that asks for it. */
  numbers(id: number, count: number, a: number, b: number, c: number): number {
    this.inFunction = true;
    try {
      const { call } = this.#functions[id] as Extract<UserFunction, { kind: 'scalar' }>;
      const value: unknown = count === 1 ? call(a) : count === 2 ? call(a, b) : count === 3 ? call(a, b, c) : call();
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      this.#pending = { value };
    } catch (error) {
      this.#error = error;
    } finally {
      this.inFunction = false;
    }
    return NaN;
  }

  call(id: number, step: number, aggregate: number, table: number): number {
    const memory = this.#memory();
    memory.refresh();
    const at = table >>> 2;
    this.inFunction = true;
    try {
      const fn = this.#functions[id];
      if (step === PENDING) {
        const pending = this.#pending;
        this.#pending = undefined;
        if (pending === undefined) return -1; // it threw
        return this.#give(pending.value, memory.u32[at + 6]);
      }
      if (fn.kind === 'scalar') return this.#give(fn.call(...readArguments(memory, at)), memory.u32[at + 6]);
      if (step === ROW) {
        const args = readArguments(memory, at);
        const state = this.#states.has(aggregate) ? this.#states.get(aggregate) : fn.start();
        this.#states.set(aggregate, fn.step(state, ...args));
        return 0;
      }
      const state = step === RESULT && this.#states.has(aggregate) ? this.#states.get(aggregate) : fn.start();
      this.#states.delete(aggregate);
      return this.#give(fn.result(state), memory.u32[at + 6]);
    } catch (error) {
      this.#error = error;
      return -1;
    } finally {
      this.inFunction = false;
    }
  }

  /** Writes the result's cell; gives the bytes that `result` is still to write. */
  #give(value: unknown, address: number): number {
    const memory = this.#memory();
    memory.refresh();
    const { u32, f64, i64 } = memory;
    const word = address >>> 2, double = (address >>> 3) + 1;
    if (typeof value === 'number' && Number.isFinite(value)) {
      u32[word] = bindsAsInteger(value) ? INTEGER : FLOAT;
      f64[double] = value;
      return 0;
    }
    const bound = toBound(value, 'result');
    if (bound === null) { u32[word] = NULL; return 0; }
    if (typeof bound === 'number') { u32[word] = INTEGER; f64[double] = bound; return 0; }
    if (typeof bound === 'bigint') { u32[word] = BIG_INTEGER; i64[double] = bound; return 0; }
    this.#bytes = typeof bound === 'string' ? utf8Encoder().encode(bound) : bound;
    u32[word] = typeof bound === 'string' ? TEXT : BLOB;
    u32[word + 2] = 0;
    u32[word + 3] = this.#bytes.length;
    return this.#bytes.length;
  }

  result(address: number): void {
    const memory = this.#memory();
    memory.refresh();
    memory.u8.set(this.#bytes!, address >>> 0);
    this.#bytes = undefined;
  }

  message(): string {
    return String((this.#error as Error)?.message ?? this.#error);
  }
}

function readArguments({ u32, f64, i64, u8 }: Memory, at: number): SQLValue[] {
  const cells = u32[at] >>> 2, count = u32[at + 1], text = u32[at + 2], blobs = u32[at + 4];
  const out = new Array<SQLValue>(count);
  for (let i = 0, word = cells; i < count; i++, word += 4) {
    const kind = u32[word], from = u32[word + 2], length = u32[word + 3];
    if (kind === INTEGER || kind === FLOAT) out[i] = f64[(word >>> 1) + 1];
    else if (kind === NULL) out[i] = null;
    else if (kind === BIG_INTEGER) out[i] = i64[(word >>> 1) + 1];
    else if (kind === TEXT) out[i] = decodeText(u8, text + from, text + from + length);
    else {
      const bytes = u8.slice(blobs + from, blobs + from + length);
      out[i] = kind === BLOB ? bytes : decodeBadText(bytes);
    }
  }
  return out;
}
