/** Rows in groups, and what every aggregate of them asks for: counts, places of nulls, places of rows. */
import type { Column } from '../column.js';
import { CHUNK, type Groups } from '../groups.js';
import { groupStarts, scatterRows } from './quantile.js';
import { countRows } from './sums.js';

/** The groups of those rows that hold a value. Null rows are in group `count`, which nobody reads: no loop asks for nulls. */
export interface Part { ids: Int32Array; counts: Int32Array }

export class Grouped {
  readonly #parts = new Map<Uint8Array | undefined, Part>();
  /** Sums that were asked for before, or beside others (numbers.ts). */
  readonly sums = new Map<Column, Float64Array>();
  readonly #ids = new Map<Uint8Array, Int32Array>();
  #rows: { rows: Int32Array; start: Int32Array } | undefined;

  constructor(readonly n: number, readonly groups: Groups) {}

  /** Groups that have a row. There is one without any where nothing was grouped by and no row is there. */
  get count(): number { return this.groups.count; }

  /** The group of each row, null rows apart. */
  ids(valid: Uint8Array | undefined): Int32Array {
    if (!valid) return this.groups.ids;
    let ids = this.#ids.get(valid);
    if (!ids) this.#ids.set(valid, (ids = withoutNulls(this.groups.ids, valid, this.count)));
    return ids;
  }

  *part(valid: Uint8Array | undefined): Generator<void, Part> {
    let part = this.#parts.get(valid);
    if (!part) {
      const ids = this.ids(valid);
      const counts = new Int32Array(this.count + 1);
      yield* chunks(this.n, (from, to) => countRows(ids, counts, from, to));
      this.#parts.set(valid, (part = { ids, counts }));
    }
    return part;
  }

  /** Of each group its rows, in order. */
  *rows(): Generator<void, { rows: Int32Array; start: Int32Array }> {
    if (!this.#rows) {
      const { ids, counts } = yield* this.part(undefined);
      const start = groupStarts(counts.subarray(0, this.count));
      const next = start.slice();
      const rows = new Int32Array(this.n);
      yield* chunks(this.n, (from, to) => scatterRows(ids, next, rows, from, to));
      this.#rows = { rows, start };
    }
    return this.#rows;
  }
}

function withoutNulls(ids: Int32Array, valid: Uint8Array, none: number): Int32Array {
  const out = new Int32Array(ids.length);
  for (let i = 0; i < out.length; i++) out[i] = valid[i] ? ids[i] : none;
  return out;
}

const NOTHING: readonly void[] = [];

/** Runs a loop over all rows in pieces, with a yield between two; few rows at once. */
export function chunks(n: number, loop: (from: number, to: number) => void): Iterable<void> {
  if (n > CHUNK) return pieces(n, loop);
  loop(0, n);
  return NOTHING;
}

function* pieces(n: number, loop: (from: number, to: number) => void): Generator<void, void> {
  for (let from = 0; from < n; from += CHUNK) {
    if (from > 0) yield;
    loop(from, Math.min(n, from + CHUNK));
  }
}

/** A byte per group, 1 where at least `least` rows count. */
export function enough(counts: Int32Array, groups: number, least = 1): Uint8Array {
  const valid = new Uint8Array(groups);
  for (let g = 0; g < groups; g++) if (counts[g] >= least) valid[g] = 1;
  return valid;
}

/** The numbers of a column as doubles. */
export function doublesOf({ body }: Column): Float64Array {
  switch (body.kind) {
    case 'f64': return body.values;
    case 'i32': case 'bool': return new Float64Array(body.values);
    case 'big': return Float64Array.from(body.values, Number);
    default: return new Float64Array(0);
  }
}
