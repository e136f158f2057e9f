/** Numbers whose squares leave the range of doubles, brought near 1 by powers of two. crates/data-processor/src/aggregate/rescale.rs is its twin. */
import { scaleOf } from '../../powers.js';
import { chunks, type Grouped } from './grouped.js';

/** Every value times `1 / powers[group]`; a power is 1 where a group needs none. */
export interface Rescaled { values: Float64Array; powers: Float64Array }

/** @param odd groups in question; undefined where none of them needs it */
export function* rescale(grouped: Grouped, ids: Int32Array, values: Float64Array, odd: Uint8Array | undefined): Generator<void, Rescaled | undefined> {
  if (!odd) return undefined;
  const { n } = grouped, powers = new Float64Array(odd.length), factors = new Float64Array(odd.length).fill(1);
  yield* chunks(n, (from, to) => {
    for (let i = from; i < to; i++) {
      const group = ids[i], size = Math.abs(values[i]);
      if (size > powers[group]) powers[group] = size;
    }
  });
  for (let g = 0; g < powers.length; g++) {
    if (odd[g]) factors[g] = scaleOf(powers[g]);
    powers[g] = 1 / factors[g];
  }
  if (factors.every((factor) => factor === 1)) return undefined;
  const scaled = new Float64Array(n);
  yield* chunks(n, (from, to) => { for (let i = from; i < to; i++) scaled[i] = values[i] * factors[ids[i]]; });
  return { values: scaled, powers };
}
