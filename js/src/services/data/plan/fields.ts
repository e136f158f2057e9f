/** Fields by name: columns, and paths into json columns, which become columns of their own for the time of a plan. */
import type { TableStep } from '../backend.js';
import type { ColumnSchema } from '../engine.js';
import { invalid } from '../errors.js';
import { suggest } from '../near.js';
import type { ColumnType } from '../types.js';

/** Before every name that a plan makes up; a column called so by its user still wins. */
const MADE = '\u0000';

/** The columns of a plan as it grows: those of the table, then those that steps add. */
export class Fields {
  readonly schema: ColumnSchema[];
  readonly steps: TableStep[] = [];

  constructor(schema: readonly ColumnSchema[]) {
    this.schema = [...schema];
  }

  /**
   * The place of a field.
   * @param as the type that a path's values must have; json keeps them as they are
   * @throws ServiceError INVALID_ARGUMENT with the nearest names
   */
  place(field: unknown, what: string, as: ColumnType = 'json'): number {
    if (typeof field !== 'string' || field === '') throw invalid(`${what} must be the name of a column`);
    const known = this.schema.findIndex(({ name }) => name === field);
    if (known >= 0) return known;
    const path = this.#path(field);
    if (path === undefined) throw invalid(`${what}: there is no column '${field}': ${suggest(field, this.#names())}`, { field });
    const name = `${MADE}${as}:${field}`;
    const made = this.schema.findIndex((column) => column.name === name);
    if (made >= 0) return made;
    const expr = as === 'f64' ? `toNumber(${path})` : path;
    this.steps.push({ op: 'transform', step: { column: -1, operation: 'expression', as: name, args: { expr }, type: as } });
    this.schema.push({ name, type: as });
    return this.schema.length - 1;
  }

  /** The field as an expression, when its head is a json column. */
  #path(field: string): string | undefined {
    const end = /[.[]/.exec(field)?.index;
    if (end === undefined || !this.schema.some(({ name, type }) => type === 'json' && name === field.slice(0, end))) return undefined;
    return `"${field.slice(0, end).replaceAll('"', '""')}"${field.slice(end)}`;
  }

  #names(): string[] { return this.schema.map(({ name }) => name).filter((name) => !name.startsWith(MADE)); }
}

/** The name that a user knows it by. */
export function shownName(name: string): string {
  return name.startsWith(MADE) ? name.slice(name.indexOf(':') + 1) : name;
}
