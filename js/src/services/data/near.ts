/** What a misspelt name may have meant, in words. */
import { nearNames } from '../../expression/index.js';

/** "did you mean 'a' or 'b'?", or what there is at all. */
export function suggest(name: string, names: readonly string[]): string {
  const known = names.filter((candidate) => !candidate.startsWith('\u0000')); // what we made up ourselves

  const near = nearNames(name, known);
  if (near.length > 0) return `did you mean ${near.map((n) => `'${n}'`).join(' or ')}?`;
  if (known.length === 0) return 'there are none';
  const shown = known.slice(0, 20).map((n) => `'${n}'`).join(', ');
  return `there are ${shown}${known.length > 20 ? `, and ${known.length - 20} more` : ''}`;
}
