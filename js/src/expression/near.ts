/** Names that a mistyped one may have meant. crates/expression/src/near.rs is its twin. */

/** Insertions, deletions and replacements between two names, upper and lower case of ASCII alike. */
function distance(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

const LONGEST = 64;
const folded = (name: string): string[] => [...name.replace(/[A-Z]/g, (c) => c.toLowerCase())];

/** At most three of `known`, the nearest first. */
export function nearNames(name: string, known: readonly string[]): string[] {
  const wanted = folded(name);
  if (wanted.length > LONGEST) return [];
  const reach = Math.max(1, Math.floor(wanted.length / 3));
  return known
    .map((candidate) => ({ candidate, letters: folded(candidate) }))
    .filter(({ letters }) => Math.abs(letters.length - wanted.length) <= reach)
    .map(({ candidate, letters }) => ({ candidate, far: distance(wanted, letters) }))
    .filter(({ far }) => far <= reach)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

export function unknownColumn(name: string, names: readonly string[], quoted: boolean): string {
  const known = names.filter((candidate) => !candidate.startsWith('\u0000')); // made for the time of a call
  const near = nearNames(name, known);
  const shown = (names: readonly string[]): string => names.map((known) => `'${known}'`).join(', ');
  if (near.length) return `there is no column '${name}': did you mean ${shown(near)}?`;
  if (quoted) return `there is no column '${name}': text stands in single quotes`;
  if (!known.length) return `there is no column '${name}': the table has none`;
  return `there is no column '${name}': the columns are ${shown(known.slice(0, 10))}${known.length > 10 ? ', …' : ''}`;
}
