/** Strings as numbers that order as they do. */
import { compareStrings } from '../strings.js';

/** The rank of each string among them; equal strings have one rank. */
export function ranksOf(strings: readonly string[]): Int32Array {
  const order = Array.from(strings, (_, i) => i).sort((a, b) => compareStrings(strings[a], strings[b]));
  const ranks = new Int32Array(strings.length);
  let rank = 0;
  for (let k = 0; k < order.length; k++) {
    if (k > 0 && strings[order[k]] !== strings[order[k - 1]]) rank++;
    ranks[order[k]] = rank;
  }
  return ranks;
}
