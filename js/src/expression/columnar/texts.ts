/** Kernels of text, and of JSON as its text. */
import type { Node } from '../ir.js';
import { fault } from '../syntax.js';
import { jsonAt, jsonText, jsonToString, toJson } from '../json.js';
import { MAX_TIME, timeText } from '../time.js';
import { joinText, replaceAll, substring } from '../text.js';
import { pickText } from '../values.js';
import type { Binder } from './bind.js';
import { TextKernel, bitOf, mapped, partial, readValidity, reading, type Kernel, type NumberKernel } from './block.js';
import { halvesOf, HIGH, LOW } from './i64.js';
import { stringsOf } from './strings.js';

export function bindText(binder: Binder, node: Node): TextKernel {
  switch (node.op) {
    case 'const': {
      const made = new TextKernel(node.value === null);
      if (node.value === null) made.valid.fill(0); else made.own.fill(node.value as string);
      return made;
    }
    case 'column': return bindColumn(binder, node.place);
    case 'path': {
      const of = bindColumn(binder, node.place);
      return partial(new TextKernel(true), [of], (i) => jsonAt(of.values[of.base + i], node.steps));
    }
    case 'as': {
      const of = binder.text(node.of);
      return partial(new TextKernel(true), [of], (i) => jsonText(of.values[of.base + i]));
    }
    case 'box': return bindBox(binder, node.of);
    case 'join': {
      const items = node.items.map((item) => binder.text(item));
      const made = new TextKernel(false);
      return mapped(made, items, (rows) => { for (let i = 0; i < rows; i++) made.own[i] = joinText(items.map((item) => item.values[item.base + i] ?? '')); });
    }
    case 'call': return bindCall(binder, node);
    default: throw fault('INVALID_ARGUMENT', 0, `${node.op} gives no text`);
  }
}

function bindColumn(binder: Binder, place: number): TextKernel {
  const column = binder.table.column(place);
  const { values } = column;
  if (values.kind === 'strings') {
    const made = reading(new TextKernel(false, stringsOf(values.strings)), column);
    if (column.type !== 'json') return made;
    // A document that is `null` is no value.
    return partial(new TextKernel(true), [made], (i) => jsonAt(made.values[made.base + i], []));
  }
  if (values.kind !== 'dictionary') throw fault('INVALID_ARGUMENT', 0, `a ${values.kind} column holds no text`);
  const dictionary = stringsOf(values.dictionary);
  const { codes } = values;
  const made = new TextKernel(column.validity !== undefined);
  made.run = (start, rows) => {
    for (let i = 0; i < rows; i++) made.own[i] = dictionary[codes[start + i]];
    readValidity(made, column.validity, start, rows);
  };
  return made;
}

function bindBox(binder: Binder, of: Node): TextKernel {
  switch (of.type) {
    case 'number': {
      const kernel = binder.number(of);
      return partial(new TextKernel(true), [kernel], (i) => toJson(kernel.values[kernel.base + i]));
    }
    case 'bool': return boolText(binder, of);
    default: {
      const kernel = binder.text(of);
      return partial(new TextKernel(true), [kernel], (i) => toJson(kernel.values[kernel.base + i]));
    }
  }
}

function boolText(binder: Binder, of: Node): TextKernel {
  const kernel = binder.bool(of);
  return partial(new TextKernel(true), [kernel], (i) => String(bitOf(kernel.bits, i)));
}

/** toString. */
function bindToString(binder: Binder, of: Node): TextKernel {
  switch (of.type) {
    case 'text': return binder.text(of);
    case 'json': {
      const kernel = binder.text(of);
      return partial(new TextKernel(true), [kernel], (i) => jsonToString(kernel.values[kernel.base + i]));
    }
    case 'bool': return boolText(binder, of);
    case 'number': {
      if (of.op === 'column' && of.column === 'i64') return wholeText(binder, of.place);
      if (of.op === 'const' && of.exact !== undefined) return binder.text({ op: 'const', type: 'text', value: String(of.exact) });
      const kernel = binder.number(of);
      return partial(new TextKernel(true), [kernel], (i) => String(kernel.values[kernel.base + i]));
    }
    case 'timestamp': {
      const kernel = binder.number(of);
      return partial(new TextKernel(true), [kernel], (i) => { const time = kernel.values[kernel.base + i]; return Math.abs(time) <= MAX_TIME ? timeText(time) : null; });
    }
    default: return binder.text({ op: 'const', type: 'text', value: null });
  }
}

/** Every digit of an i64 column. */
function wholeText(binder: Binder, place: number): TextKernel {
  const column = binder.table.column(place);
  const { values } = column.values as { values: BigInt64Array };
  const halves = halvesOf(values);
  const made = new TextKernel(column.validity !== undefined);
  made.run = (start, rows) => {
    for (let i = 0; i < rows; i++) {
      const value = halves[(start + i) * 2 + HIGH] * 4294967296 + (halves[(start + i) * 2 + LOW] >>> 0);
      made.own[i] = String(Number.isSafeInteger(value) ? value : values[start + i]);
    }
    readValidity(made, column.validity, start, rows);
  };
  return made;
}

function bindCall(binder: Binder, { fn, args }: Node & { op: 'call' }): TextKernel {
  if (fn === 'toString') return bindToString(binder, args[0]);
  if (fn === 'concat') {
    const items = args.map((arg) => bindToString(binder, arg));
    const made = new TextKernel(false);
    made.run = (start, rows) => {
      for (const item of items) item.run(start, rows);
      for (let i = 0; i < rows; i++) made.own[i] = joinText(items.map((item) => (item.nullable && !bitOf(item.valid, i) ? '' : item.values[item.base + i])));
    };
    return made;
  }
  if (fn === 'least' || fn === 'greatest') {
    const all = args.map((arg) => binder.text(arg));
    return partial(new TextKernel(false), all, (i) => all.map((kernel) => kernel.values[kernel.base + i]).reduce((a, b) => pickText(fn === 'least', a, b)));
  }
  const of = binder.text(args[0]);
  const made = new TextKernel(false);
  const each = (inputs: readonly Kernel[], compute: (text: string, i: number) => string): TextKernel =>
    mapped(made, inputs, (rows) => { for (let i = 0; i < rows; i++) made.own[i] = compute(of.values[of.base + i] ?? '', i); });
  switch (fn) {
    case 'upper': return each([of], (text) => text.toUpperCase());
    case 'lower': return each([of], (text) => text.toLowerCase());
    case 'trim': return each([of], (text) => text.trim());
    case 'replace': {
      const [needle, by] = [binder.text(args[1]), binder.text(args[2])];
      return each([of, needle, by], (text, i) => replaceAll(text, needle.values[needle.base + i] ?? '', by.values[by.base + i] ?? ''));
    }
    case 'substring': {
      const start = binder.number(args[1]);
      const length: NumberKernel | undefined = args[2] && binder.number(args[2]);
      return partial(made, length ? [of, start, length] : [of, start], (i) =>
        substring(of.values[of.base + i], start.values[start.base + i], length ? length.values[length.base + i] : Infinity));
    }
    default: throw fault('INVALID_ARGUMENT', 0, `${fn} gives no text`);
  }
}

