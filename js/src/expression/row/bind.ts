/**
 * A checked expression to functions of a row object. Inside, timestamps are milliseconds where the type says so, and Dates where
 * nothing is known (`any`); JSON is what JSON.parse would give.
 */
import { eachNode, type Node, type Place } from '../ir.js';
import { fault } from '../syntax.js';
import { asCondition } from '../check.js';
import { compareText, codePointLength, contains, endsWith, joinText, like, replaceAll, startsWith, substring } from '../text.js';
import { MAX_TIME, parseTime, timeText, type TimeUnit } from '../time.js';
import { NUMBER_FUNCTIONS, arithmetic, numberOfText, partOfTime, pickText, round, timeOfNumber, truncated } from '../values.js';
import { conditionCode } from './code.js';
import { compareValues, fieldReader, holds, kindOf, misfit, orderOf, pathReader, plainJson, type Kind } from './values.js';

type Get<T = unknown> = (row: object) => T | null;

export function fieldsOf(node: Node): string[] {
  const found = new Set<string>();
  eachNode(node, (of) => {
    if (of.op === 'fieldPath') found.add(of.whole);
    if (of.op === 'field' || of.op === 'fieldPath') found.add(of.name);
  });
  return [...found];
}

/** Which row is looked at, counted: what is shared is computed once for each. */
let current = 0;
const sharedGets = new WeakMap<Node, Get>();

/** After so many rows source is made of a condition. */
const WARM = 128;

export function bindRow(node: Node, warm = WARM): { test(row: object): boolean; value(row: object): unknown } {
  const get = bind(node);
  let condition: Node | undefined;
  let asked: Get | undefined;
  let made: ((row: object) => boolean) | undefined;
  let calls = 0;
  const timed = node.type === 'timestamp';
  return {
    test(row) {
      current++;
      if (made) return made(row);
      condition ??= asCondition(node);
      if (calls++ === warm) {
        made = conditionCode(condition, bind, converterOf);
        if (made) return made(row);
      }
      return (asked ??= bind(condition))(row) === true;
    },
    value(row) {
      current++;
      const value = get(row);
      return timed && value !== null ? new Date(value as number) : value;
    },
  };
}

function bindShared(node: Node & { op: 'shared' }): Get {
  let get = sharedGets.get(node);
  if (get) return get;
  const of = bind(node.of);
  let seen = 0;
  let value: unknown;
  get = (row) => {
    if (seen !== current) {
      value = of(row);
      seen = current;
    }
    return value;
  };
  sharedGets.set(node, get);
  return get;
}

function bind(node: Node): Get {
  switch (node.op) {
    case 'const': { const { value } = node; return () => value; }
    case 'field': return fieldReader(node.name);
    case 'fieldPath': return pathReader(node.whole, node.name, node.steps);
    case 'as': return bindAs(node);
    case 'box': return bindBox(node);
    case 'compare': return bindCompare(node);
    case 'and': case 'or': return bindJunction(node.items.map(bind) as Get<boolean>[], node.op === 'or');
    case 'not': { const of = bind(node.of); return (row) => { const value = of(row); return value === null ? null : !(value as boolean); }; }
    case 'isNull': { const of = bind(node.of); return (row) => of(row) === null; }
    case 'in': return bindIn(node);
    case 'like': { const of = bind(node.of); return (row) => { const value = of(row); return value === null ? null : like(node.pattern, value as string); }; }
    case 'neg': { const of = bind(node.of); return (row) => { const value = of(row); return value === null ? null : -Number(value); }; }
    case 'arith': return bindArithmetic(node);
    case 'join': return all(node.items, (texts) => joinText(texts as string[]));
    case 'case': return bindCase(node);
    case 'call': return bindCall(node);
    case 'shared': return bindShared(node);
    default: throw fault('INVALID_ARGUMENT', 0, `${node.op} is of columns`);
  }
}

/** `compute` of all values, null where one is. */
function all(nodes: readonly Node[], compute: (values: readonly unknown[]) => unknown): Get {
  const gets = nodes.map(bind);
  return (row) => {
    const values = new Array<unknown>(gets.length);
    for (let i = 0; i < gets.length; i++) if ((values[i] = gets[i](row)) === null) return null;
    return compute(values);
  };
}

function bindAs(node: Node & { op: 'as' }): Get {
  const of = bind(node.of);
  const convert = converterOf(node);
  return (row) => convert(of(row));
}

/** A value as the type that is wanted of it. */
function converterOf({ type, place, taker, of }: Node & { op: 'as' }): (value: unknown) => unknown {
  const strict = of.type === 'any';
  return (value) => {
    if (value === null) return null;
    const kind = kindOf(value);
    if (kind === type) return kind === 'timestamp' ? (value as Date).getTime() : value;
    // An object is a value of a json column, which is of no kind that could be asked for.
    if (strict && (kind !== 'other' || type === 'timestamp')) throw misfit(place, taker, type, value);
    return null;
  };
}

function bindBox(node: Node & { op: 'box' }): Get {
  const of = bind(node.of);
  if (node.type === 'json') return (row) => plainJson(of(row));
  return node.of.type === 'timestamp' ? (row) => { const time = of(row); return time === null ? null : new Date(time as number); } : of;
}

function bindCompare(node: Node & { op: 'compare' }): Get<boolean> {
  const { cmp, kind, places, at } = node;
  const [a, b] = [bind(node.a), bind(node.b)];
  const written = [node.a, node.b].map((of) => of.op === 'const' && of.written === true) as [boolean, boolean];
  switch (kind) {
    case 'number': {
      const wide = [node.a, node.b].map((of) => (of.op === 'const' ? of.exact : undefined));
      if (wide[0] === undefined && wide[1] === undefined) break;
      // A whole number that no double holds is compared as itself.
      return (row) => {
        const [x, y] = [a(row), b(row)];
        return x === null || y === null ? null : holds(cmp, orderOf(wide[0] ?? x, wide[1] ?? y, 'number'));
      };
    }
    case 'json': case 'any': case 'null': {
      const loose = node.a.type === 'json' || node.b.type === 'json';
      return (row) => compareValues(cmp, a(row), b(row), loose, places, written, at);
    }
  }
  const typed = kind as Kind;
  if (typed === 'text') {
    return (row) => {
      const [x, y] = [a(row), b(row)];
      return x === null || y === null ? null : cmp === '=' ? x === y : cmp === '<>' ? x !== y : holds(cmp, compareText(x as string, y as string));
    };
  }
  const test = TESTS[cmp];
  return (row) => {
    const x = a(row);
    if (x === null) return null;
    const y = b(row);
    return y === null ? null : test(x as number, y as number);
  };
}

const TESTS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  // Loose equality, of numbers and bigints alone.
  '=': (a, b) => a == b, '<>': (a, b) => a != b, '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
};

function bindJunction(items: readonly Get<boolean>[], decisive: boolean): Get<boolean> {
  return (row) => {
    let unknown = false;
    for (let i = 0; i < items.length; i++) {
      const value = items[i](row);
      if (value === decisive) return decisive;
      unknown ||= value === null;
    }
    return unknown ? null : !decisive;
  };
}

function bindIn(node: Node & { op: 'in' }): Get<boolean> {
  const of = bind(node.of);
  const values = new Set<unknown>(node.values);
  if (node.each) {
    const each = bind(node.each) as Get<boolean>;
    const absent = node.nulls ? null : false;
    return (row) => {
      const value = of(row);
      return typeof value === 'string' ? values.has(value) || absent : each(row);
    };
  }
  const exact = node.kind === 'number' ? new Set(node.exact ?? (node.values as number[]).filter(Number.isInteger).map(BigInt)) : undefined;
  const missing = node.nulls ? null : false;
  return (row) => {
    const value = of(row);
    if (value === null) return null;
    return (typeof value === 'bigint' ? exact!.has(value) : values.has(value)) || missing;
  };
}

function bindArithmetic(node: Node & { op: 'arith' }): Get<number> {
  const first = bind(node.first);
  const rest = node.rest.map(({ op, of }) => ({ op, get: bind(of) }));
  return (row) => {
    const start = first(row);
    if (start === null) return null;
    let value = Number(start);
    for (const { op, get } of rest) {
      const more = get(row);
      if (more === null) return null;
      value = arithmetic(op, value, Number(more));
    }
    return value;
  };
}

function bindCase(node: Node & { op: 'case' }): Get {
  const whens = node.whens.map(({ when, then }) => ({ when: bind(when), then: bind(then) }));
  const otherwise = bind(node.otherwise);
  return (row) => {
    for (const { when, then } of whens) if (when(row) === true) return then(row);
    return otherwise(row);
  };
}

function bindCall(node: Node & { op: 'call' }): Get {
  const { fn, args, places } = node;
  switch (fn) {
    case 'coalesce': {
      const gets = args.map(bind);
      return (row) => {
        for (const get of gets) { const value = get(row); if (value !== null) return value; }
        return null;
      };
    }
    case 'least': case 'greatest': return bindExtreme(node, fn === 'least');
    case 'concat': {
      const gets = args.map((arg) => bindToString(arg));
      return (row) => joinText(gets.map((get) => (get(row) as string | null) ?? ''));
    }
    case 'toString': return bindToString(args[0]);
    case 'toNumber': return all(args, ([value]) => toNumber(value));
    case 'toTimestamp': return all(args, ([value]) => toTimestamp(value, args[0], places[0]));
    case 'year': case 'month': case 'day': case 'hour': case 'minute': case 'second': case 'dayOfWeek': return all(args, ([time]) => partOfTime(fn, time as number));
    case 'dateTrunc': return all(args, ([unit, time]) => truncated(unit as TimeUnit, time as number));
    case 'upper': return all(args, ([text]) => (text as string).toUpperCase());
    case 'lower': return all(args, ([text]) => (text as string).toLowerCase());
    case 'trim': return all(args, ([text]) => (text as string).trim());
    case 'length': return all(args, ([text]) => codePointLength(text as string));
    case 'substring': return all(args, ([text, start, length]) => substring(text as string, Number(start), length === undefined ? Infinity : Number(length)));
    case 'replace': return all(args, ([text, needle, by]) => replaceAll(text as string, needle as string, by as string));
    case 'startsWith': return all(args, ([text, needle]) => startsWith(text as string, needle as string));
    case 'endsWith': return all(args, ([text, needle]) => endsWith(text as string, needle as string));
    case 'contains': return all(args, ([text, needle]) => contains(text as string, needle as string));
    case 'pow': return all(args, ([a, b]) => Number(a) ** Number(b));
    case 'round': return all(args, ([value, digits]) => round(Number(value), digits === undefined ? 0 : Number(digits)));
    default: { const compute = NUMBER_FUNCTIONS[fn]; return all(args, ([value]) => compute(Number(value))); }
  }
}

function bindExtreme(node: Node & { op: 'call' }, least: boolean): Get {
  const places = node.places as readonly Place[];
  return all(node.args, (values) => values.reduce((a, b, i) => {
    const kind = kindOf(a);
    if (kind !== kindOf(b) || kind === 'other') {
      // Two kinds: the comparison says so.
      compareValues('<', a, b, false, [places[0], places[i]], [false, false], node.at);
      throw misfit(places[kind === 'other' ? 0 : i], node.fn, 'number', kind === 'other' ? a : b);
    }
    if (kind === 'text') return pickText(least, a as string, b as string);
    if (kind === 'number') return (least ? Math.min : Math.max)(Number(a), Number(b));
    return (orderOf(b, a, kind) < 0) === least ? b : a;
  }));
}

function bindToString(node: Node): Get {
  const of = bind(node);
  if (node.type === 'timestamp') return (row) => { const time = of(row); return time === null ? null : textOfTime(time as number); };
  if (node.op === 'const' && node.exact !== undefined) { const digits = String(node.exact); return () => digits; }
  return (row) => {
    const value = of(row);
    if (value === null) return null;
    if (typeof value !== 'object') return String(value as string | number | boolean | bigint);
    return value instanceof Date ? textOfTime(value.getTime()) : JSON.stringify(value);
  };
}

const textOfTime = (time: number): string | null => (Math.abs(time) <= MAX_TIME ? timeText(time) : null);

function toNumber(value: unknown): number | null {
  switch (kindOf(value)) {
    case 'text': return numberOfText(value as string);
    case 'other': return null;
    default: return Number(value);
  }
}

function toTimestamp(value: unknown, node: Node, place: Place): number | null {
  switch (kindOf(value)) {
    case 'text': return parseTime(value as string) ?? null;
    case 'number': return node.type === 'timestamp' ? (value as number) : timeOfNumber(Number(value));
    case 'timestamp': return (value as Date).getTime();
    case 'bool':
      if (node.type === 'any') throw misfit(place, 'toTimestamp', 'text', value);
      return null;
    default: return null;
  }
}
