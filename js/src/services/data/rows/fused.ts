/**
 * Plain questions over rows (counts, sums, averages, extremes by up to two keys), each as one loop made from text that touches every row
 * once. The general way (aggregate.ts) makes columns first, and does it in a dozen functions, every one of which an engine runs slowly until
 * it has run it hundreds of times. What is not plain (values of several kinds, bigints, paths, rows of a class) ends the loop, and the
 * general way starts from the beginning.
 */
import { canMakeCode } from '../../../make-code.js';
import { makeCode, quoted } from '../codegen.js';
import { checkAggregation } from '../plan/aggregate.js';
import type { AggregationOptions } from '../types.js';
import { MOST_KEYS, MOST_OPERATIONS, PLAIN_OPERATIONS } from './tasks.js';

/** So many whole numbers of 32 bits sum exactly in a double. */
const MOST_ROWS = 1 << 22;
/** Rows between two pauses. */
const CHUNK = 1 << 15;
/** Of a first key with more values, pairs are counted in columns: a Map for each would take too much. */
const MOST_FIRSTS = 4096;

/** Lists with a place a group, and the maps from keys to groups. A plain array: nothing that code compiled for it depends on dies with it. */
type State = unknown[];
/**
 * The functions of one question. They live as long as the question: what an engine compiled for a closure of one call would be collected with it,
 * and be compiled anew after every collection.
 */
interface Loop {
  start(): State;
  /** Takes rows; false where one is not plain. */
  add(state: State, rows: readonly object[], from: number, to: number): boolean;
  /** The groups, in order of first appearance. */
  finish(state: State): object[];
}
/** What every row must hold in a field, unless it has none: text, a whole number of 32 bits, any number. */
type Kind = 's' | 'i' | 'd';

interface Operation { field: string; operation: string; alias: string }
interface Question {
  groupBy: readonly string[];
  operations: readonly Operation[];
  /** By the kinds of its fields. */
  loops: Map<string, Loop>;
  /** A whole number in the rows that were looked at was followed by another number before. */
  wide: boolean;
}

const KEYS: ReadonlySet<string> = new Set(['groupBy', 'operations', 'signal', 'timeoutMs', 'onProgress']);
const OPERATION_KEYS: ReadonlySet<string> = new Set(['field', 'operation', 'alias']);
const KEPT = 64;

/** By the text of the question; undefined: it is for the general way. */
const questions = new Map<string, Question | undefined>();

/**
 * The same rows as the general way gives, or undefined: ask there. Refuses nothing itself that the general way would not. Yields every few
 * milliseconds.
 *
 * ```ts
 * fusedSteps(rows, { groupBy: ['city'], operations: [{ field: 'price', operation: 'sum' }] })
 * ```
 * @throws ServiceError INVALID_ARGUMENT for options that no rows could answer
 */
export function* fusedSteps(rows: readonly object[], options: AggregationOptions): Generator<void, object[] | undefined> {
  const n = rows.length;
  if (n === 0 || n > MOST_ROWS || !canMakeCode()) return undefined;
  const question = asked(options);
  const kinds = question && kindsOf(question, rows);
  if (kinds === undefined) return undefined;
  const tries = question!.wide ? [widened(question!, kinds)] : [kinds, widened(question!, kinds)];
  for (const [t, kinds] of tries.entries()) {
    if (t > 0 && kinds === tries[0]) break;
    const loop = loopOf(question!, kinds), state = loop.start();
    let from = 0;
    while (from < n && loop.add(state, rows, from, Math.min(n, from + CHUNK))) {
      from += CHUNK;
      if (from < n) yield;
    }
    if (from >= n) {
      if (t > 0) question!.wide = true;
      return loop.finish(state);
    }
  }
  return undefined;
}

function asked(options: AggregationOptions): Question | undefined {
  const text = textOf(options);
  if (text === undefined) return undefined;
  let question = questions.get(text);
  if (question === undefined && !questions.has(text)) {
    if (questions.size >= KEPT) questions.clear();
    questions.set(text, question = questionOf(options));
  }
  return question;
}

function loopOf(question: Question, kinds: string): Loop {
  let loop = question.loops.get(kinds);
  if (loop === undefined) question.loops.set(kinds, loop = makeLoop(question, kinds));
  return loop;
}

/** Any number where a whole one was taken for granted; keys stay as they are. */
const widened = ({ groupBy }: Question, kinds: string): string => kinds.slice(0, groupBy.length) + kinds.slice(groupBy.length).replaceAll('i', 'd');

/** Groups and operations, told apart from all others; undefined where anything else is asked, or asked wrongly. */
function textOf(options: AggregationOptions): string | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  for (const key in options) if (!KEYS.has(key)) return undefined;
  const { groupBy = [], operations } = options;
  if (!Array.isArray(groupBy) || groupBy.length > MOST_KEYS || !Array.isArray(operations) || operations.length > MOST_OPERATIONS) return undefined;
  let text = '';
  for (const field of groupBy) {
    if (typeof field !== 'string') return undefined;
    text += `k${field.length}:${field}`;
  }
  for (const asked of operations) {
    if (typeof asked !== 'object' || asked === null) return undefined;
    for (const key in asked) if (!OPERATION_KEYS.has(key)) return undefined;
    const { field, operation, alias } = asked;
    if (typeof field !== 'string' || typeof operation !== 'string' || (alias !== undefined && (typeof alias !== 'string' || alias === ''))) return undefined;
    text += `o${field.length}:${field}${operation.length}:${operation}${alias === undefined ? '' : `${alias.length}:${alias}`}`;
  }
  return text;
}

function questionOf(options: AggregationOptions): Question | undefined {
  const { groupBy, operations } = checkAggregation(options);
  if (operations.length === 0 || !groupBy.every(isName)) return undefined;
  for (const { field, operation, alias } of operations) {
    if (!PLAIN_OPERATIONS.has(operation) || !(field === '*' || isName(field)) || !(isName(alias) || alias === 'count_*')) return undefined;
  }
  return { groupBy, operations, loops: new Map(), wide: false };
}

/** A name that is no path, no number (numbers stand first in an object) and nothing that objects inherit. */
const isName = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name) && !(name in Object.prototype);

/** A letter a key, then one an operation, by a few rows from all over; undefined where one is no plain object, or a field of theirs no such value. */
function kindsOf({ groupBy, operations }: Question, rows: readonly object[]): string | undefined {
  const n = rows.length, samples: Record<string, unknown>[] = [];
  for (const i of [0, n >> 2, n >> 1, n - 1]) {
    const row = rows[i] as Record<string, unknown> | null;
    // What rows inherit is not theirs.
    if (typeof row !== 'object' || row === null || Object.getPrototypeOf(row) !== Object.prototype) return undefined;
    samples.push(row);
  }
  let kinds = '';
  for (const field of groupBy) {
    const kind = kindOf(samples, field);
    if (kind === undefined || kind === 'd') return undefined;
    kinds += kind;
  }
  for (const { field, operation } of operations) {
    const kind = field === '*' ? 'i' : kindOf(samples, field);
    if (kind === undefined || (kind === 's' && operation !== 'count')) return undefined;
    kinds += kind;
  }
  return kinds;
}

/** Undefined where a value is neither, or none of them has one. */
function kindOf(samples: readonly Record<string, unknown>[], field: string): Kind | undefined {
  let kind: Kind | undefined;
  for (const row of samples) {
    const value = row[field];
    if (value === null || value === undefined) continue;
    const here = typeof value === 'string' ? 's' : typeof value !== 'number' ? undefined : (value | 0) === value ? 'i' : 'd';
    if (here === undefined || (kind !== undefined && (here === 's') !== (kind === 's'))) return undefined;
    if (kind !== 'd') kind = here;
  }
  return kind;
}

/** Whether a variable holds a value of its kind. */
const isOfKind = (name: string, kind: string): string => (
  kind === 's' ? `typeof ${name} === 'string'` : kind === 'i' ? `(${name} | 0) === ${name} && (${name} !== 0 || 1 / ${name} > 0)` : `typeof ${name} === 'number'`);

/** Sums as js/aggregate/sums.ts has them, so that both ways give the same bits: whole numbers added, others compensated (Knuth's TwoSum). */
function makeLoop({ groupBy, operations }: Question, kinds: string): Loop {
  /** Lists with a place a group, and what a new group has there. */
  const lists: string[] = ['counts'], fresh: string[] = ['counts.push(0);'];
  const list = (name: string, first: string): string => {
    lists.push(name);
    fresh.push(`${name}.push(${first});`);
    return name;
  };
  const reads: string[] = [], known = new Map<string, string>();
  const variable = (field: string): string => {
    let name = known.get(field);
    if (name === undefined) {
      known.set(field, name = `v${known.size}`);
      reads.push(`let ${name} = r[${quoted(field)}];`);
    }
    return name;
  };
  const maps: string[] = [], each: string[] = [], after: string[] = [], result: string[] = [];
  const keys = groupBy.map((field, k) => {
    const key = variable(field);
    each.push(`if (!(${isOfKind(key, kinds[k])})) { if (${key} === null || ${key} === undefined) ${key} = null; else return false; }`);
    result.push(`${quoted(field)}: ${list(`k${k}`, key)}[g]`);
    return key;
  });
  const made = (found: string): string => `if (g === undefined) { g = counts.length; ${found} FRESH }`;
  if (keys.length === 1) {
    maps.push('m0');
    each.push(`let g = m0.get(${keys[0]}); ${made(`m0.set(${keys[0]}, g);`)}`);
  } else if (keys.length === 2) {
    maps.push('m0');
    lists.push('pairs');
    each.push(`let c0 = m0.get(${keys[0]}); if (c0 === undefined) { c0 = m0.size; if (c0 >= ${MOST_FIRSTS}) return false; m0.set(${keys[0]}, c0); pairs.push(new Map()); }`);
    each.push(`const inner = pairs[c0]; let g = inner.get(${keys[1]}); ${made(`inner.set(${keys[1]}, g);`)}`);
  } else each.push('if (counts.length === 0) { FRESH }');
  each.push('counts[g]++;');

  operations.forEach(({ field, operation, alias }, o) => {
    if (field === '*') { result.push(`${quoted(alias)}: counts[g]`); return; }
    const kind = kinds[groupBy.length + o], value = variable(field), missing = list(`n${o}`, '0'), there = `counts[g] - ${missing}[g]`;
    let work = '', answer = there;
    switch (operation) {
      case 'count': break;
      case 'min': case 'max': {
        const best = list(`a${o}`, kind === 'i' ? (operation === 'min' ? '2147483647' : '-2147483648') : (operation === 'min' ? 'Infinity' : '-Infinity'));
        // Math.min and Math.max have the rules for NaN and -0.
        work = kind === 'i' ? `if (${value} ${operation === 'min' ? '<' : '>'} ${best}[g]) ${best}[g] = ${value};` : `${best}[g] = Math.${operation}(${best}[g], ${value});`;
        answer = `${there} === 0 ? null : ${best}[g]`;
        break;
      }
      default: {
        const sum = list(`a${o}`, '0');
        if (kind === 'i') work = `${sum}[g] += ${value};`;
        else {
          const rest = list(`b${o}`, '0');
          work = `const s = ${sum}[g], t = s + ${value}, p = t - s; ${rest}[g] += s - (t - p) + (${value} - p); ${sum}[g] = t;`;
          after.push(`{ const s = ${sum}[g] + ${rest}[g]; if (s - s === 0) ${sum}[g] = s; }`);
        }
        answer = operation === 'sum' ? `${sum}[g]` : `${there} === 0 ? null : ${sum}[g] / (${there})`;
      }
    }
    each.push(`if (${isOfKind(value, kind)}) { ${work} } else if (${value} === null || ${value} === undefined) ${missing}[g]++; else return false;`);
    result.push(`${quoted(alias)}: ${answer}`);
  });

  const parts = [...lists, ...maps], local = parts.map((name, place) => `${name} = state[${place}]`).join(', ');
  const body = `return {
start: () => [${[...lists.map(() => '[]'), ...maps.map(() => 'new Map()')].join(', ')}],
add(state, rows, from, to) {
const ${local};
${keys.length === 0 ? 'const g = 0;' : ''}
for (let i = from; i < to; i++) {
const r = rows[i];
if (typeof r !== 'object' || r === null) return false;
${reads.join('\n')}
${each.join('\n').replace('FRESH', fresh.join(' '))}
}
return true;
},
finish(state) {
const ${local};
${keys.length === 0 ? 'const g = 0;' : ''}
const out = new Array(counts.length);
${keys.length === 0 ? '' : 'for (let g = 0; g < out.length; g++) '}{ ${after.join(' ')} out[g] = { ${result.join(', ')} }; }
return out;
},
};`;
  return makeCode<() => Loop>([], body)();
}
