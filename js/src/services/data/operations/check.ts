/** Transformations as users write them, checked and completed. */
import { compileExpression } from '../../../expression/index.js';
import type { ColumnSchema, TransformStep } from '../engine.js';
import { checkName, invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import { pathOf, type Segment } from '../rows/path.js';
import type { ColumnType, Transformation } from '../types.js';
import { filledText, list, optional, text } from './args.js';
import { OPERATION_NAMES, OPERATIONS } from './registry.js';
import { coalescedType, filledType, fillValue } from './several.js';
import type { Args, Operation } from './types.js';

/** A step and the type of its result. */
export type CheckedStep = TransformStep & { type: ColumnType };

const KEYS = ['field', 'operation', 'as', 'args'];
const fields = list(filledText, 'an array of column names');
/** Of the operations that are not of one column. */
const SEVERAL_ARGS: Readonly<Record<string, Operation['args']>> = {
  concat: { fields, separator: optional(text, '') },
  fillNull: { value: (value) => value },
  coalesce: { fields },
  expression: { expr: filledText },
};

/** What is known of a transformation before its columns are. */
export interface Shape { field: string; operation: string; as: string; named: boolean; args: Args; what: string }

/** Checks everything that does not depend on columns. @throws ServiceError INVALID_ARGUMENT */
export function checkShape(raw: Transformation): Shape {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalidField('a transformation', "an object such as { field: 'name', operation: 'trim' }", raw);
  for (const key of Object.keys(raw)) if (!KEYS.includes(key)) throw invalid(`a transformation has no '${key}': ${suggest(key, KEYS)}`, { key });
  const { field, operation, as = field, args = {} } = raw;
  if (typeof operation !== 'string') throw invalidField('operation', 'the name of an operation', operation);
  if (!OPERATION_NAMES.includes(operation)) throw invalid(`there is no operation '${operation}': ${suggest(operation, OPERATION_NAMES)}`, { operation, known: OPERATION_NAMES });
  if (typeof field !== 'string' || field === '') throw invalidField(`field of ${operation}`, 'the name of a column', field);
  if (typeof as !== 'string' || as === '') throw invalidField(`as of ${operation}`, 'the name of the result', as);
  checkName(as, `the result of ${operation}`);
  const what = `${operation} of '${field}'`;
  if (typeof args !== 'object' || args === null || Array.isArray(args)) throw invalidField(`${what}: args`, 'an object', args);
  const checks = OPERATIONS.get(operation)?.args ?? SEVERAL_ARGS[operation];
  const known = Object.keys(checks), complete: Record<string, unknown> = {};
  for (const key of Object.keys(args)) {
    if (!known.includes(key)) throw invalid(`${what} has no argument '${key}': ${known.length > 0 ? `it knows ${known.map((name) => `'${name}'`).join(', ')}` : 'it knows none'}`, { key, known });
  }
  for (const key of known) {
    const value = checks[key](args[key], `${what}: args.${key}`);
    if (value !== undefined) complete[key] = value;
  }
  return { field, operation, as, named: raw.as !== undefined, args: complete, what };
}

/** Where fields are, and of what type; undefined where nothing but nulls is there, which every operation takes. */
export interface Lookup {
  find(field: string): { place: number; type: ColumnType | undefined; path?: readonly Segment[] } | undefined;
  readonly names: readonly string[];
  readonly schema: readonly ColumnSchema[];
}

/** Columns by name, then paths into json columns, whose values may be of any type. */
export function lookupOf(schema: readonly ColumnSchema[]): Lookup {
  return {
    schema,
    names: schema.map(({ name }) => name),
    find(field) {
      const place = schema.findIndex(({ name }) => name === field);
      if (place >= 0) return { place, type: schema[place].type };
      const [head, ...path] = pathOf(field) ?? [];
      const top = path.length === 0 ? -1 : schema.findIndex(({ name, type }) => name === head && type === 'json');
      return top < 0 ? undefined : { place: top, type: 'json', path };
    },
  };
}

/** @throws ServiceError INVALID_ARGUMENT, PARSE (of an expression) */
export function checkStep(raw: Transformation, schema: readonly ColumnSchema[]): CheckedStep {
  return checkAgainst(checkShape(raw), lookupOf(schema));
}

export function checkAgainst(shape: Shape, lookup: Lookup): CheckedStep {
  const { field, operation, as, args, what } = shape;
  const step = (column: number, type: ColumnType, complete: Args = args): CheckedStep => ({ column, operation, as, args: complete, type });
  if (operation === 'expression') {
    const { type, columns } = compileExpression(args.expr as string, lookup.schema);
    return step(-1, type, { ...args, columns, schema: columns.map((place) => lookup.schema[place]) });
  }
  if (operation === 'concat' || operation === 'coalesce') return ofSeveral(shape, lookup);
  const found = lookup.find(field);
  if (!found) throw unknownField(field, what, lookup);
  const { place, type = assumedType(shape), path } = found;
  if (operation === 'fillNull') {
    if (path) throw invalid(`${what}: a path has no nulls to fill: make a column of it first, with an expression such as { field: 'filled', operation: 'expression', args: { expr: "coalesce(${field}, …)" } }`);
    const value = fillValue(args.value, type, what);
    return step(place, filledType(type, value), { value });
  }
  const of = OPERATIONS.get(operation)!;
  // What a path leads to shows row by row: it must be what the operation takes first.
  const input = path && !of.takes.includes('json') ? of.takes[0] : type;
  if (!of.takes.includes(input)) throw invalid(`${what}: it takes ${of.takes.join(', ')}, and '${field}' is ${type}${hint(of.takes)}`, { field, type });
  of.check?.(args, input, what);
  return step(place, of.gives(input, args), path ? { ...args, path } : args);
}

/** What a column of nothing but nulls is taken for, so that the step can be made. */
export function assumedType({ operation, args }: Pick<Shape, 'operation' | 'args'>): ColumnType {
  if (operation !== 'fillNull') return OPERATIONS.get(operation)?.takes[0] ?? 'utf8';
  switch (typeof args.value) {
    case 'number': return 'f64';
    case 'bigint': return 'i64';
    case 'boolean': return 'bool';
    case 'object': return args.value instanceof Date ? 'timestamp' : 'json';
    default: return 'utf8';
  }
}

const hint = (takes: Operation['takes']): string => (takes.includes('f64') ? ': convert it with toNumber' : takes.includes('utf8') ? ': convert it with toString' : '');

/**
 * concat and coalesce are over `fields`; the step's own field comes before them unless it is one of them, or is no column and so the name
 * of the result alone.
 */
function ofSeveral({ field, operation, as, named, args, what }: Shape, lookup: Lookup): CheckedStep {
  const names = args.fields as string[];
  const own = lookup.find(field);
  if (!own && named) throw unknownField(field, what, lookup);
  const all = own && !names.includes(field) ? [field, ...names] : names;
  const found = all.map((name) => {
    const column = lookup.find(name);
    if (!column) throw unknownField(name, what, lookup);
    if (column.path) throw invalid(`${what}: '${name}' is a path: make a column of it first, with an expression`);
    return column;
  });
  const told = found.map(({ type }) => type).filter((type) => type !== undefined);
  const types = found.map(({ type }) => type ?? told[0] ?? 'utf8'), columns = found.map(({ place }) => place);
  const type = operation === 'concat' ? 'utf8' : coalescedType(all, types, what);
  return { column: columns[0], operation, as, args: { ...args, fields: all, columns }, type };
}

export function unknownField(field: string, what: string, { names }: Lookup): Error {
  return invalid(`${what}: there is no column '${field}': ${suggest(field, names)}`, { field });
}
