/**
 * Where code is made from text: with a row's own field names in it, every row is read or made without looking a name up, several times
 * faster than a loop over columns. Where that may not be (`canMakeCode`), each user has a way without.
 */

/** Fewer rows than this do not pay for making it. */
export const FEWEST_ROWS = 64;

const KEPT = 64;
const made = new Map<string, unknown>();

/**
 * The function of this body; one that was made before is warm and comes again.
 * @param body our own text; names of the user's stand in it as JSON alone (`quoted`)
 */
export function makeCode<F>(parameters: readonly string[], body: string): F {
  let code = made.get(body) as F | undefined;
  if (code === undefined) {
    if (made.size >= KEPT) made.delete(made.keys().next().value!);
    made.set(body, code = new Function(...parameters, body) as F);
  }
  return code;
}

/** A name as a literal of code. */
export function quoted(name: string): string { return JSON.stringify(name); }
