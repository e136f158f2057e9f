/** Tables of plain arrays for tests of transforms: a step on a column, and what comes out as JavaScript has it. */
import { columnFromValues } from '../../../js/dist/services/data/from-values.js';
import { applyStep, checkStep } from '../../../js/dist/services/data/operations/index.js';
import { columnValues } from '../../../js/dist/services/data/to-values.js';
import { packStrings } from '../../../js/dist/services/data/strings.js';
import { checkColumn } from './plain.mjs';

/** @param columns arrays by name, or [values, type] */
export function tableOf(columns) {
  const made = Object.entries(columns).map(([name, values]) => (Array.isArray(values[0]) && typeof values[1] === 'string' ? columnFromValues(name, values[0], values[1]) : columnFromValues(name, values)));
  return { rows: made[0]?.length ?? 0, columns: made, column: (place) => made[place], schema: made.map(({ name, type }) => ({ name, type })) };
}

export function run(table, raw) {
  const step = checkStep(raw, table.schema);
  const column = applyStep(step, { rows: table.rows, column: table.column });
  checkColumn(column, table.rows);
  if (column.name !== step.as) throw new Error(`named ${column.name}`);
  if (column.type !== step.type) throw new Error(`${raw.operation}: ${column.type} where ${step.type} was promised`);
  return column;
}

/** The values of a step on one column of values. */
export function values(list, operation, args, type) {
  const column = run(tableOf({ v: type ? [list, type] : list }), { field: 'v', operation, ...(args && { args }) });
  return Array.from(columnValues(column));
}

/** The same column with its strings plain, packed, and in a dictionary with a word that no row has. */
export function forms(list) {
  const nulls = list.some((value) => value === null), bits = new Uint8Array(Math.ceil(list.length / 8));
  list.forEach((value, i) => { if (value !== null) bits[i >> 3] |= 1 << (i & 7); });
  const base = { name: 'v', type: 'utf8', length: list.length, ...(nulls && { validity: bits }) };
  const strings = list.map((value) => value ?? ''), words = [...new Set(['never \ud800 used', ...strings])], places = new Map(words.map((word, place) => [word, place]));
  const codes = Uint16Array.from(list, (value) => (value === null ? 0 : places.get(value)));
  return [
    { ...base, values: { kind: 'strings', strings } },
    { ...base, values: { kind: 'strings', strings: packStrings(strings) } },
    { ...base, values: { kind: 'dictionary', codes: words.length <= 256 ? Uint8Array.from(codes) : codes, dictionary: words } },
    { ...base, values: { kind: 'dictionary', codes: words.length <= 256 ? Uint8Array.from(codes) : codes, dictionary: packStrings(words) } },
  ];
}

export const onForms = (list, operation, args) => forms(list).map((column) => onColumn(column, operation, args));

export function onColumn(column, operation, args) {
  const table = { rows: column.length, column: () => column, schema: [{ name: 'v', type: 'utf8' }] };
  return Array.from(columnValues(run(table, { field: 'v', operation, ...(args && { args }) })));
}
