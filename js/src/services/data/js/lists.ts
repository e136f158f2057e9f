/** What `list` gives: of each group the values of its rows, nulls too. Made into JSON text only where text is asked for. */
import type { Column } from './column.js';

/** Group g has the rows `rows[start[g]..start[g + 1]]` of `source`. */
export interface Lists { source: Column; rows: Int32Array; start: Int32Array }

/** How JSON writes the value of one row of a column. */
export function jsonText(column: Column): (row: number) => string {
  const { valid } = column;
  const some = textOf(column);
  if (!valid) return some;
  return (row) => (valid[row] ? some(row) : 'null');
}

function textOf({ body, type }: Column): (row: number) => string {
  switch (body.kind) {
    case 'i32': return (row) => String(body.values[row]);
    case 'f64': return type === 'timestamp' ? (row) => dateText(body.values[row]) : (row) => JSON.stringify(body.values[row]);
    case 'big': return type === 'timestamp' ? (row) => dateText(Number(body.values[row])) : (row) => String(body.values[row]);
    case 'bool': return (row) => (body.values[row] ? 'true' : 'false');
    case 'strings': return type === 'json' ? (row) => body.values[row] : (row) => JSON.stringify(body.values[row]);
    case 'dictionary': {
      const texts: string[] = [];
      return (row) => (texts[body.codes[row]] ??= JSON.stringify(body.dictionary[body.codes[row]]));
    }
    case 'lists': {
      const text = jsonText(body.lists.source);
      return (row) => listText(body.lists, text, row);
    }
  }
}

/** As JSON.stringify has a Date: null where it is none (past the range of Date). */
const dateText = (time: number): string => JSON.stringify(new Date(time));

/** As JSON.parse gives it back from the text. */
function valueOf({ body, type, valid }: Column): (row: number) => unknown {
  const some = ((): ((row: number) => unknown) => {
    switch (body.kind) {
      case 'i32': return (row) => body.values[row];
      case 'f64':
        if (type === 'timestamp') return (row) => new Date(body.values[row]).toJSON();
        return (row) => (Number.isFinite(body.values[row]) ? body.values[row] + 0 : null);
      case 'bool': return (row) => body.values[row] === 1;
      case 'dictionary': return (row) => body.dictionary[body.codes[row]];
      case 'strings': return type === 'json' ? (row) => JSON.parse(body.values[row]) as unknown : (row) => body.values[row];
      case 'big':
      case 'lists': {
        const text = textOf({ body, type, valid, length: 0 });
        return (row) => JSON.parse(text(row)) as unknown;
      }
    }
  })();
  return valid ? (row) => (valid[row] ? some(row) : null) : some;
}

function listText({ rows, start }: Lists, text: (row: number) => string, group: number): string {
  let out = '[';
  for (let i = start[group]; i < start[group + 1]; i++) out += (i > start[group] ? ',' : '') + text(rows[i]);
  return `${out}]`;
}

export function listTexts(lists: Lists): string[] {
  const text = jsonText(lists.source);
  return Array.from({ length: lists.start.length - 1 }, (_, group) => listText(lists, text, group));
}

/** The lists as values: what JSON.parse would make of their texts. */
export function listValues({ source, rows, start }: Lists): unknown[][] {
  const value = valueOf(source);
  return Array.from({ length: start.length - 1 }, (_, group) => {
    const from = start[group];
    const list = new Array<unknown>(start[group + 1] - from);
    for (let i = 0; i < list.length; i++) list[i] = value(rows[from + i]);
    return list;
  });
}
