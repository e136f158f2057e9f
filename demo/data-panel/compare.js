/** Whether two implementations gave the same answer, by docs/data-semantics.md: everything exact but floats. Names no page. */

const TOLERANCE = 1e-9;

function sameValue(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) return JSON.stringify(a) === JSON.stringify(b);
  return (a ?? null) === (b ?? null);
}

/**
 * @param {Record<string, ArrayLike<unknown>>} a columns
 * @returns {string | undefined} where they differ first; undefined when they do not
 */
export function differenceOf(a, b) {
  const names = Object.keys(a);
  if (names.join('\n') !== Object.keys(b).join('\n')) return `columns ${names.join(', ')} against ${Object.keys(b).join(', ')}`;
  for (const name of names) {
    if (a[name].length !== b[name].length) return `${a[name].length} rows against ${b[name].length}`;
    for (let i = 0; i < a[name].length; i++) if (!sameValue(a[name][i], b[name][i])) return `row ${i + 1} of ${name}: ${a[name][i]} against ${b[name][i]}`;
  }
  return undefined;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
