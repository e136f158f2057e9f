/** What an answer is judged by: every figure of it, against those of the careful JavaScript. */

/** Parts of an answer, each a list of numbers with a tolerance of its own, as a share of the part's largest magnitude. */
export class Answer {
  /** @param {[ArrayLike<number>, number][]} parts */
  constructor(parts) { this.parts = parts; }

  /** Short, for the line of a wrong answer. */
  toJSON() { return this.off ?? this.parts.map(([values]) => [values.length, ...Array.from(values.slice(0, 3), (v) => +v.toPrecision(9))]); }
}
/** One that is judged by itself (a residual, a checksum). */
export const judged = (ok, words) => ({ ok, toJSON: () => words });

/** Answers are copied: who gives the same array at each call would else be compared with itself. */
export const answer = (...parts) => new Answer(parts.map(([values, tolerance = 0]) => [typeof values === 'number' ? [values] : values.slice(), tolerance]));

/** Undefined, or where they differ. */
function apart(right, given, tolerance) {
  if (right.length !== given.length) return `${given.length} values, not ${right.length}`;
  let most = 0;
  for (let i = 0; i < right.length; i++) { const v = Math.abs(right[i]); if (v > most) most = v; }
  const limit = tolerance * most;
  for (let i = 0; i < right.length; i++) if (!(Math.abs(right[i] - given[i]) <= limit)) return `value ${i} is ${given[i]}, not ${right[i]}`;
  return undefined;
}
export function equalAnswers(right, given) {
  if ('ok' in given) return given.ok;
  if ('ok' in right) return true;
  if (right.parts.length !== given.parts.length) return false;
  given.off = right.parts.map(([values, tolerance], i) => apart(values, given.parts[i][0], tolerance)).find((words) => words);
  return given.off === undefined;
}
