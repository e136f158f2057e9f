/** Transformations over rows, as values that come one from another: what a row has, and what steps make of it. */
import { compileExpression, compileRowExpression } from '../../../expression/index.js';
import type { ColumnSchema } from '../engine.js';
import { checkAgainst, type CheckedStep, type Lookup, type Shape } from '../operations/check.js';
import { OPERATIONS } from '../operations/registry.js';
import { joiner, widened } from '../operations/several.js';
import type { Statistic } from '../operations/types.js';
import type { ColumnType } from '../types.js';
import type { RowField, RowFields } from './transform-fields.js';

/** Cells (operations/types.ts), null for null. `id` is the place among the values of a row. */
export type Value = { id: number; type: ColumnType } & (
  | { kind: 'source'; field: RowField }
  /** `cell` comes when the statistic is known. `bad`: what a value that does not convert becomes, or throws. */
  | { kind: 'cell'; of: Value; step: CheckedStep; field: string; fallible: boolean; statistic: Statistic | undefined; cell: ((value: unknown) => unknown) | undefined; known?: unknown }
  | { kind: 'fill'; of: Value; value: unknown }
  | { kind: 'first'; of: Value[] }
  | { kind: 'join'; of: Value[]; join: (cells: readonly unknown[]) => string }
  /** Over an object with the fields that the expression reads. */
  | { kind: 'expression'; reads: { name: string; value: Value | undefined }[]; evaluate: (row: object) => unknown }
);

/** Fields of bigints and nested values go through columns. */
export class NeedsColumns extends Error {}

export interface RowPlan {
  /** Each after those it needs. */
  values: readonly Value[];
  /** By name, in the order in which they were first made. */
  made: ReadonlyMap<string, Value>;
}

/** @throws ServiceError INVALID_ARGUMENT, PARSE; NeedsColumns */
export function planRows(shapes: readonly Shape[], fields: RowFields): RowPlan {
  const values: Value[] = [], made = new Map<string, Value>(), sources = new Map<string, Value>();
  type Made = Value extends infer V ? V extends Value ? Omit<V, 'id'> : never : never;
  const add = <V extends Made>(value: V): V & { id: number } => {
    const numbered = { ...value, id: values.length };
    values.push(numbered as unknown as Value);
    return numbered;
  };
  const source = (field: RowField, type: ColumnType): Value => {
    if (type === 'i64' || type === 'json') throw new NeedsColumns();
    let value = sources.get(field.name);
    if (!value) sources.set(field.name, value = add({ kind: 'source', field, type }) as Value);
    return value;
  };
  for (const shape of shapes) {
    const lookup = new RowLookup(shape, fields, made);
    const step = checkAgainst(shape, lookup), { type, args, operation } = step;
    const at = (place: number, assumed: ColumnType): Value => {
      const found = lookup.found[place];
      return 'kind' in found ? found : source(found, found.type ?? assumed);
    };
    switch (operation) {
      case 'expression': {
        const { fields: names, value } = compileRowExpression(args.expr as string);
        const reads = names.filter((name) => made.has(name) || hasField(fields, name)).map((name) => ({ name, value: made.get(name) }));
        made.set(step.as, add({ kind: 'expression', type, reads, evaluate: value }) as Value);
        break;
      }
      case 'fillNull': {
        const of = at(step.column, type);
        made.set(step.as, add({ kind: 'fill', type, of, value: args.value }) as Value);
        break;
      }
      case 'coalesce': case 'concat': {
        const of = (args.columns as number[]).map((place) => at(place, operation === 'coalesce' ? type : 'utf8'));
        if (operation === 'concat') made.set(step.as, add({ kind: 'join', type, of, join: joiner(of.map((value) => value.type), args) }) as Value);
        else if (of.some((value) => widened(value.type, type) !== undefined)) throw new NeedsColumns();
        else made.set(step.as, add({ kind: 'first', type, of }) as Value);
        break;
      }
      default: {
        const operationOf = OPERATIONS.get(operation)!, of = at(step.column, operationOf.takes[0]);
        const statistic = operationOf.statistic?.(args, of.type);
        const cell = statistic ? undefined : operationOf.cell(args, of.type, undefined as never) as (value: unknown) => unknown;
        made.set(step.as, add({ kind: 'cell', type, of, step, field: shape.field, fallible: 'onError' in args, statistic, cell }) as Value);
      }
    }
  }
  return { values, made };
}

/** Sets the cell of a value whose statistic was taken. */
export function settle(value: Value & { kind: 'cell' }): void {
  const { step, of, statistic } = value;
  value.known = statistic!.result();
  value.cell = OPERATIONS.get(step.operation)!.cell(step.args, of.type, value.known as never) as (cell: unknown) => unknown;
}

/** Fields for one step: what steps before it made, then what rows have. Places are those of `found`. */
class RowLookup implements Lookup {
  readonly found: (Value | RowField)[] = [];

  constructor(private readonly shape: Shape, private readonly fields: RowFields, private readonly made: ReadonlyMap<string, Value>) {}

  get names(): string[] { return [...new Set([...this.fields.names, ...this.made.keys()])]; }

  find(name: string): { place: number; type: ColumnType | undefined } | undefined {
    const found = this.made.get(name) ?? this.fields.find(name);
    if (!found) return undefined;
    this.found.push(found);
    return { place: this.found.length - 1, type: found.type };
  }

  /** For expressions: the fields they read with their types, all others for the messages alone. */
  get schema(): ColumnSchema[] {
    const { expr } = this.shape.args;
    const read = readsOf(expr as string, this.fields, this.made);
    const names = [...new Set([...read, ...this.names])];
    return typed(expr as string, names.map((name) => ({ name, type: read.includes(name) ? (this.made.get(name) ?? this.fields.find(name))?.type : 'utf8' })));
  }
}

/** Names that an expression reads and that are there, of paths the first. */
export function readsOf(expr: string, fields: RowFields, made: ReadonlyMap<string, unknown>): string[] {
  return compileRowExpression(expr).fields.filter((name) => made.has(name) || hasField(fields, name));
}

function hasField(fields: RowFields, name: string): boolean {
  const found = fields.find(name);
  return found !== undefined && found.path === undefined;
}

/** Types that fields of nothing but nulls may be taken for, so that the expression is one. */
const GUESSES: readonly ColumnType[] = ['f64', 'utf8', 'timestamp', 'bool', 'json'];

/** Fields of nothing but nulls get a type that suits the expression, where one does. */
export function typed(expr: string, schema: readonly { name: string; type: ColumnType | undefined }[]): ColumnSchema[] {
  const as = (guess: ColumnType): ColumnSchema[] => schema.map(({ name, type }) => ({ name, type: type ?? guess }));
  if (schema.some(({ type }) => type === undefined)) {
    for (const guess of GUESSES) {
      try { compileExpression(expr, as(guess)); return as(guess); } catch { /* the next one */ }
    }
  }
  return as('utf8');
}

/** Checks a condition against what the rows have. @throws ServiceError INVALID_ARGUMENT, PARSE */
export function conditionOf(where: string, fields: RowFields, rows: number): (row: object) => boolean {
  const condition = compileRowExpression(where), read = readsOf(where, fields, new Map());
  const names = [...new Set([...read, ...fields.names])];
  if (rows > 0) compileExpression(where, typed(where, names.map((name) => ({ name, type: read.includes(name) ? fields.find(name)?.type : 'utf8' })))).checkCondition();
  return condition.test;
}
