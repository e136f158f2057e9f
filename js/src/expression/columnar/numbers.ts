/** Kernels of numbers, and of timestamps in milliseconds. */
import type { Node } from '../ir.js';
import { fault } from '../syntax.js';
import { jsonNumber } from '../json.js';
import { parseTime, type TimeUnit } from '../time.js';
import { codePointLength } from '../text.js';
import { NUMBER_FUNCTIONS, arithmetic, numberOfJson, numberOfText, partOfTime, round, timeOfJson, timeOfNumber, truncated } from '../values.js';
import type { Binder } from './bind.js';
import { NumberKernel, TextKernel, bitOf, mapped, partial, readValidity, reading } from './block.js';
import { halvesOf, toDoubles } from './i64.js';

export function bindNumber(binder: Binder, node: Node): NumberKernel {
  const made = new NumberKernel(false);
  switch (node.op) {
    case 'const': {
      if (node.value === null) { made.nullable = true; made.valid.fill(0); } else made.values.fill(node.value as number);
      return made;
    }
    case 'column': {
      const column = binder.table.column(node.place);
      const { values } = column;
      if (values.kind === 'f64' || values.kind === 'i32') return reading(new NumberKernel(false, values.values), column);
      const halves = halvesOf((values as { values: BigInt64Array }).values);
      made.nullable = column.validity !== undefined;
      made.run = (start, rows) => {
        toDoubles(made.values as Float64Array, halves, start, rows);
        readValidity(made, column.validity, start, rows);
      };
      return made;
    }
    case 'as': {
      const of = binder.text(node.of);
      return partial(made, [of], (i) => jsonNumber(of.values[of.base + i]));
    }
    case 'neg': {
      const of = binder.number(node.of);
      return mapped(made, [of], (rows) => { for (let i = 0; i < rows; i++) made.values[i] = -of.values[of.base + i]; });
    }
    case 'arith': return bindArithmetic(binder, node, made);
    case 'call': return bindCall(binder, node, made);
    default: throw fault('INVALID_ARGUMENT', 0, `${node.op} gives no number`);
  }
}

function bindArithmetic(binder: Binder, node: Node & { op: 'arith' }, made: NumberKernel): NumberKernel {
  const first = binder.number(node.first);
  const rest = node.rest.map(({ op, of }) => ({ op, of: binder.number(of) }));
  if (rest.length === 0) return first;
  return mapped(made, [first, ...rest.map(({ of }) => of)], (rows) => {
    let from: NumberKernel = first;
    for (const { op, of } of rest) {
      combine(op, made.values as Float64Array, from.values, from.base, of.values, of.base, rows);
      from = made;
    }
  });
}

function combine(op: '+' | '-' | '*' | '/' | '%', into: Float64Array, a: ArrayLike<number>, aBase: number, b: ArrayLike<number>, bBase: number, rows: number): void {
  switch (op) {
    case '+': for (let i = 0; i < rows; i++) into[i] = a[aBase + i] + b[bBase + i]; break;
    case '-': for (let i = 0; i < rows; i++) into[i] = a[aBase + i] - b[bBase + i]; break;
    case '*': for (let i = 0; i < rows; i++) into[i] = a[aBase + i] * b[bBase + i]; break;
    case '/': for (let i = 0; i < rows; i++) into[i] = a[aBase + i] / b[bBase + i]; break;
    case '%': for (let i = 0; i < rows; i++) into[i] = arithmetic('%', a[aBase + i], b[bBase + i]); break;
  }
}

function bindCall(binder: Binder, node: Node & { op: 'call' }, made: NumberKernel): NumberKernel {
  const { fn, args } = node;
  const number = (place: number): NumberKernel => binder.number(args[place]);
  const text = (place: number): TextKernel => binder.text(args[place]);
  switch (fn) {
    case 'length': {
      const of = text(0);
      return mapped(made, [of], (rows) => { for (let i = 0; i < rows; i++) made.values[i] = codePointLength(of.values[of.base + i] ?? ''); });
    }
    case 'pow': case 'round': {
      const of = number(0);
      const by = args[1] && number(1);
      return mapped(made, by ? [of, by] : [of], (rows) => {
        for (let i = 0; i < rows; i++) {
          const value = of.values[of.base + i];
          made.values[i] = fn === 'pow' ? value ** by!.values[by!.base + i] : round(value, by ? by.values[by.base + i] : 0);
        }
      });
    }
    case 'least': case 'greatest': {
      const all = args.map((_, place) => number(place));
      const pick = fn === 'least' ? Math.min : Math.max;
      return mapped(made, all, (rows) => {
        for (let i = 0; i < rows; i++) {
          let best = all[0].values[all[0].base + i];
          for (let k = 1; k < all.length; k++) best = pick(best, all[k].values[all[k].base + i]);
          made.values[i] = best;
        }
      });
    }
    case 'year': case 'month': case 'day': case 'hour': case 'minute': case 'second': case 'dayOfWeek': {
      const of = number(0);
      return partial(made, [of], (i) => partOfTime(fn, of.values[of.base + i]));
    }
    case 'dateTrunc': {
      const unit = (args[0] as Node & { op: 'const' }).value as TimeUnit;
      const of = number(1);
      return partial(made, [of], (i) => truncated(unit, of.values[of.base + i]));
    }
    case 'toNumber': case 'toTimestamp': return bindConversion(binder, fn, args[0], made);
  }
  const compute = NUMBER_FUNCTIONS[fn];
  const of = number(0);
  return mapped(made, [of], (rows) => { for (let i = 0; i < rows; i++) made.values[i] = compute(of.values[of.base + i]); });
}

function bindConversion(binder: Binder, fn: 'toNumber' | 'toTimestamp', arg: Node, made: NumberKernel): NumberKernel {
  const time = fn === 'toTimestamp';
  switch (arg.type) {
    case 'number': case 'timestamp': {
      const of = binder.number(arg);
      return time && arg.type === 'number' ? partial(made, [of], (i) => timeOfNumber(of.values[of.base + i])) : of;
    }
    case 'bool': {
      const of = binder.bool(arg);
      return mapped(made, [of], (rows) => { for (let i = 0; i < rows; i++) made.values[i] = +bitOf(of.bits, i); });
    }
    case 'text': {
      const of = binder.text(arg);
      return partial(made, [of], (i) => (time ? parseTime(of.values[of.base + i]) ?? null : numberOfText(of.values[of.base + i])));
    }
    case 'json': {
      const of = binder.text(arg);
      return partial(made, [of], (i) => (time ? timeOfJson : numberOfJson)(of.values[of.base + i]));
    }
    default: made.nullable = true; made.valid.fill(0); return made;
  }
}
