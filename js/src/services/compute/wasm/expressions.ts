/** Expressions over columns, piece by piece: compiled by js/src/expression, from where every error of a user comes, and again by its twin inside. */
import type { Steps } from '../../../calls/steps.js';
import { utf8Encoder } from '../../../utf8.js';
import type { Job, NamedColumn, Plans } from '../engine.js';
import { compile } from '../js/evaluate.js';
import type { Reducer } from '../types.js';
import type { Inside } from './inside.js';

/** Rows between two places to pause; what crosses at a time stays in the second-level cache. */
const PIECE = 1 << 15;
/** In the order of the binding's. */
const REDUCERS: readonly Reducer[] = ['sum', 'count', 'min', 'max', 'mean'];

/** @throws ServiceError PARSE, INVALID_ARGUMENT */
export function* evaluate(inside: Inside, plan: Plans['evaluate'], job: Job): Steps<Float64Array> {
  const made = new Float64Array(plan.rows);
  yield* pieces(inside, plan, job, (expression, ids, start) => {
    const id = inside.adopt(inside.call((core) => core.evaluate(expression, ids)));
    made.set(inside.view(id).values, start);
    inside.free(id);
  });
  return made;
}

/** @throws ServiceError PARSE, INVALID_ARGUMENT */
export function* reduce(inside: Inside, plan: Plans['reduce'], job: Job): Steps<number> {
  const { reducer } = plan;
  return yield* pieces(inside, plan, job, (expression, ids) => {
    inside.call((core) => { core.reduce(expression, ids); });
  }, (expression, condition) => inside.call((core) => core.reduced(expression, REDUCERS.indexOf(reducer === 'count' && condition ? 'sum' : reducer))));
}

/** @param take gets each piece's columns, which the core takes */
function* pieces<T>(
  inside: Inside, { expression, columns, rows }: Plans['evaluate'], job: Job, take: (expression: number, ids: Uint32Array, start: number) => void,
  end?: (expression: number, condition: boolean) => T,
): Steps<T> {
  const compiled = compile(expression, columns);
  // One column at the least: it says how many rows there are.
  const used = (compiled.columns.length === 0 ? [0] : compiled.columns).map((place) => columns[place]);
  const id = begin(inside, expression, used);
  try {
    for (let start = 0; start < rows; start += PIECE) {
      const ids = new Uint32Array(used.length);
      for (const [place, { values }] of used.entries()) ids[place] = yield* inside.stage(values.subarray(start, start + PIECE));
      inside.forget(ids);
      take(id, ids, start);
      job.progress(Math.min(rows, start + PIECE), rows);
      yield;
    }
    return end?.(id, compiled.type === 'bool') as T;
  } finally {
    inside.release((core) => { core.freeExpression(id); });
  }
}

function begin(inside: Inside, text: string, used: readonly NamedColumn[]): number {
  const names = used.map(({ name }) => utf8Encoder().encode(name));
  const all = new Uint8Array(names.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const name of names) { all.set(name, at); at += name.length; }
  const lengths = Uint32Array.from(names, ({ length }) => length);
  const whole = Uint8Array.from(used, ({ values }) => (values instanceof Int32Array ? 1 : 0));
  return inside.call((core) => core.expression(utf8Encoder().encode(text), all, lengths, whole));
}
