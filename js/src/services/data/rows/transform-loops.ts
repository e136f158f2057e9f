/**
 * The loops over rows: code made for a plan and the names of its rows, and the same without code. A loop stops at a row that is not as
 * the plan took it to be and gives its place; else it gives -1.
 */
import { isDate } from '../column-from-values.js';
import { makeCode, quoted } from '../codegen.js';
import { unconverted } from '../operations/apply.js';
import { OPERATIONS } from '../operations/registry.js';
import { ownField, reader, readerCode, step as into } from './path.js';
import type { Value } from './transform-plan.js';

/** Takes a value of every row, until it gives false. */
export interface Sink { add(value: unknown): boolean }
/** What a field of an output row is: a value of the plan, or the field of that name as it stands. */
export interface Output { name: string; value: Value | undefined }

export interface Loops {
  /** `done`: the sink needs no more. */
  collect(values: readonly Value[], of: Value, sink: Sink): (rows: readonly object[], from: number, to: number) => number;
  /** @param expected the names that every row must have, in this order; undefined: any */
  build(values: readonly Value[], outputs: readonly Output[], expected: readonly string[] | undefined): (rows: readonly object[], from: number, to: number, out: object[]) => number;
}
/** What `collect` gives when the sink needs no more. */
export const DONE = -2;

/** What a value needs of others, each before those it is for. */
export function needed(of: readonly Value[]): Value[] {
  const found = new Set<Value>();
  const visit = (value: Value): void => {
    if (found.has(value)) return;
    switch (value.kind) {
      case 'cell': case 'fill': visit(value.of); break;
      case 'first': case 'join': value.of.forEach(visit); break;
      case 'expression': value.reads.forEach(({ value: read }) => { if (read) visit(read); });
    }
    found.add(value);
  };
  of.forEach(visit);
  return [...found];
}

// ── what both share ──

/** Milliseconds, null of an invalid Date, undefined of what is none. */
function timeOf(value: unknown): number | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || !isDate(value)) return undefined;
  const ms = value.getTime();
  return ms === ms ? ms : null;
}

const EXACT = 2n ** 53n;

/** What an expression gives, as a cell. */
function cellOf(type: Value['type']): ((value: unknown) => unknown) | undefined {
  if (type === 'i64') return (value) => (typeof value === 'bigint' && value > -EXACT && value < EXACT ? Number(value) : value);
  return type === 'timestamp' ? (value) => timeOf(value) ?? null : type === 'json' ? (value) => (value === null ? null : JSON.stringify(value)) : undefined;
}

const JS_TYPES: Partial<Record<Value['type'], string>> = { f64: 'number', utf8: 'string', bool: 'boolean' };

/** A value that does not convert. */
const failed = (value: Value & { kind: 'cell' }) => (row: number, cell: unknown): null => {
  const { step: { args, operation }, field } = value;
  if (args.onError === 'null') return null;
  throw unconverted(operation, field, row, cell, args);
};

/** What comes out of a cell. */
const outOf = (type: Value['type']): ((cell: unknown) => unknown) | undefined => (type === 'timestamp' ? (cell) => new Date(cell as number) : type === 'json' ? (cell) => JSON.parse(cell as string) as unknown : undefined);

function define(row: object, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  else (row as Record<string, unknown>)[name] = value;
}

// ── by code ──

/** Every object answers to it: only what a row has itself counts. */
const inherited = (name: string): boolean => name in Object.prototype;

const key = (name: string): string => (name === '__proto__' ? '["__proto__"]' : quoted(name));

/** Variables of the code besides `rows`, `from` and `to`: constants of values as `k…`. */
function codeOf(values: readonly Value[]): { lines: string[]; constants: string[]; bound: unknown[] } {
  const lines: string[] = [], constants: string[] = [], bound: unknown[] = [];
  const constant = (value: unknown): string => {
    const name = `k${bound.length}`;
    constants.push(name);
    bound.push(value);
    return name;
  };
  const name = new Map(values.map((value, place) => [value.id, `v${place}`]));
  const v = (value: Value): string => name.get(value.id)!;
  for (const value of values) {
    const me = v(value);
    switch (value.kind) {
      case 'source': {
        const { field, type } = value, raw = readerCode(field.name, field.path, inherited(String(field.path?.[0] ?? field.name)));
        if (type === 'timestamp') lines.push(`const ${me} = time(${raw}); if (${me} === undefined) return i;`);
        else lines.push(`let ${me} = ${raw}; if (typeof ${me} !== '${JS_TYPES[type]!}') { if (${me} === null || ${me} === undefined) ${me} = null; else return i; }`);
        break;
      }
      case 'cell': {
        const inline = OPERATIONS.get(value.step.operation)!.code?.(v(value.of), constant, value.of.type, value.known as never);
        if (inline !== undefined) {
          lines.push(`const ${me} = ${v(value.of)} === null ? null : ${inline};`);
          break;
        }
        const call = `${v(value.of)} === null ? null : ${constant(value.cell)}(${v(value.of)})`;
        lines.push(value.fallible ? `let ${me} = ${call}; if (${me} === undefined) ${me} = ${constant(failed(value))}(i, ${v(value.of)});` : `const ${me} = ${call};`);
        break;
      }
      case 'fill': lines.push(`const ${me} = ${v(value.of)} === null ? ${constant(value.value)} : ${v(value.of)};`); break;
      case 'first': lines.push(`const ${me} = ${value.of.map((of) => `${v(of)} !== null ? ${v(of)} : `).join('')}null;`); break;
      case 'join': lines.push(`const ${me} = ${constant(value.join)}([${value.of.map(v).join(', ')}]);`); break;
      case 'expression': {
        const row = value.reads.some(({ value: read }) => read) ? `{ ${value.reads.map(({ name: field, value: read }) => `${key(field)}: ${read ? outCode(v(read), read, constant) : `own(r, ${quoted(field)})`}`).join(', ')} }` : 'r';
        const cell = cellOf(value.type), made = `${constant(value.evaluate)}(${row})`;
        lines.push(`const ${me} = ${cell ? `${constant(cell)}(${made})` : made};`);
      }
    }
  }
  return { lines, constants, bound };
}

function outCode(variable: string, { type }: Value, constant: (value: unknown) => string): string {
  const out = outOf(type);
  return out ? `${variable} === null ? null : ${constant(out)}(${variable})` : variable;
}

const HEAD = ['rows', 'from', 'to', 'own', 'step', 'time'];

export const BY_CODE: Loops = {
  collect(values, of, sink) {
    const { lines, constants, bound } = codeOf(values), last = `v${values.indexOf(of)}`;
    const numbers = 'min' in sink && !(sink as { finite?: boolean }).finite && of.type === 'f64';
    const body = `const [${constants.join(', ')}] = bound;
${numbers ? 'let { min, max } = sink;' : ''}
for (let i = from; i < to; i++) {
const r = rows[i];
if (typeof r !== 'object' || r === null) return i;
${lines.join('\n')}
${numbers ? `if (${last} !== null) { if (${last} < min) min = ${last}; if (${last} > max) max = ${last}; }` : `if (${last} !== null && !sink.add(${last})) return ${DONE};`}
}
${numbers ? 'sink.min = min; sink.max = max;' : ''}
return -1;`;
    const code = makeCode<(...all: unknown[]) => number>([...HEAD, 'bound', 'sink'], body);
    return (rows, from, to) => code(rows, from, to, ownField, into, timeOf, bound, sink);
  },
  build(values, outputs, expected) {
    const { lines, constants, bound } = codeOf(values);
    const constant = (value: unknown): string => {
      constants.push(`k${bound.length}`);
      bound.push(value);
      return constants[constants.length - 1];
    };
    const place = new Map(values.map((value, at) => [value.id, `v${at}`]));
    // Of rows with these names a copy keeps their order, and engines copy an object faster than its fields.
    const parts = expected ? ['...r'] : [];
    for (const { name, value } of outputs) {
      if (value) parts.push(`${key(name)}: ${outCode(place.get(value.id)!, value, constant)}`);
      else if (!expected) parts.push(`${key(name)}: ${readerCode(name, undefined, inherited(name))} ?? null`);
    }
    const check = expected ? `let n = 0;
for (const k in r) if (k !== names[n++]) return i;
if (n !== ${expected.length}) return i;` : '';
    const body = `const [${constants.join(', ')}] = bound;
for (let i = from; i < to; i++) {
const r = rows[i];
if (typeof r !== 'object' || r === null) return i;
${check}
${lines.join('\n')}
out[i] = { ${parts.join(', ')} };
}
return -1;`;
    const code = makeCode<(...all: unknown[]) => number>([...HEAD, 'bound', 'names', 'out'], body);
    return (rows, from, to, out) => code(rows, from, to, ownField, into, timeOf, bound, expected, out);
  },
};

// ── without code ──

/** Fills `cells`; false where a value is not as it was taken to be. */
type Evaluate = (row: object, i: number, cells: unknown[]) => boolean;

function evaluateOf(value: Value): Evaluate {
  const { id } = value;
  switch (value.kind) {
    case 'source': {
      const { field, type } = value, read = field.path ? reader(field.name, field.path, true) : (row: object): unknown => ownField(row, field.name);
      if (type === 'timestamp') return (row, _i, cells) => (cells[id] = timeOf(read(row))) !== undefined;
      const expected = JS_TYPES[type];
      return (row, _i, cells) => {
        const is = cells[id] = read(row) ?? null;
        return is === null || typeof is === expected;
      };
    }
    case 'cell': {
      const { of, cell } = value, bad = failed(value);
      return (_row, i, cells) => {
        const from = cells[of.id];
        const made = from === null ? null : cell!(from);
        cells[id] = made === undefined ? bad(i, from) : made;
        return true;
      };
    }
    case 'fill': return (_row, _i, cells) => { cells[id] = cells[value.of.id] ?? value.value; return true; };
    case 'first': return (_row, _i, cells) => { const from = value.of.find((of) => cells[of.id] !== null); cells[id] = from ? cells[from.id] : null; return true; };
    case 'join': return (_row, _i, cells) => { cells[id] = value.join(value.of.map((of) => cells[of.id])); return true; };
    case 'expression': {
      const cell = cellOf(value.type) ?? ((made: unknown) => made), made = value.reads.some(({ value: read }) => read);
      return (row, _i, cells) => {
        const from = made ? {} : row;
        if (made) for (const { name, value: read } of value.reads) define(from, name, read ? shown(read, cells) : ownField(row, name));
        cells[id] = cell(value.evaluate(from));
        return true;
      };
    }
  }
}

function shown({ id, type }: Value, cells: readonly unknown[]): unknown {
  const cell = cells[id];
  return cell === null ? null : (outOf(type)?.(cell) ?? cell);
}

const isRow = (row: unknown): boolean => typeof row === 'object' && row !== null;

function hasNames(row: object, names: readonly string[]): boolean {
  let n = 0;
  for (const name in row) if (name !== names[n++]) return false;
  return n === names.length;
}

export const BY_READERS: Loops = {
  collect(values, of, sink) {
    const evaluates = values.map(evaluateOf), cells: unknown[] = [];
    return (rows, from, to) => {
      for (let i = from; i < to; i++) {
        if (!isRow(rows[i])) return i;
        for (const evaluate of evaluates) if (!evaluate(rows[i], i, cells)) return i;
        const cell = cells[of.id];
        if (cell !== null && !sink.add(cell)) return DONE;
      }
      return -1;
    };
  },
  build(values, outputs, expected) {
    const evaluates = values.map(evaluateOf), cells: unknown[] = [];
    return (rows, from, to, out) => {
      for (let i = from; i < to; i++) {
        const row = rows[i];
        if (!isRow(row) || (expected && !hasNames(row, expected))) return i;
        for (const evaluate of evaluates) if (!evaluate(row, i, cells)) return i;
        const made = {};
        for (const { name, value } of outputs) define(made, name, value ? shown(value, cells) : ownField(row, name) ?? null);
        out[i] = made;
      }
      return -1;
    };
  },
};
