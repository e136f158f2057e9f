/** Short words for the cases of the data processor. Portable, like the cases. */

const show = (value) => {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[${Array.from(value, show).join(', ')}]`;
  if (value !== null && typeof value === 'object') return `{ ${Object.keys(value).map((k) => `${JSON.stringify(k)}: ${show(value[k])}`).join(', ')} }`;
  return value === undefined ? 'undefined' : JSON.stringify(value);
};
const brief = (value) => { const text = show(value); return text.length > 700 ? `${text.slice(0, 700)}…` : text; };

/** Equality of values as docs/data-semantics.md means it: null, undefined and a missing field are one; dates by their instant; -0 is not 0. */
export function alike(a, b) {
  a ??= null; b ??= null;
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  const list = (x) => Array.isArray(x) || ArrayBuffer.isView(x);
  if (list(a) || list(b)) {
    if (!list(a) || !list(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i])) return false;
    return true;
  }
  const own = (o, k) => (Object.hasOwn(o, k) ? o[k] : null);
  for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) if (!alike(own(a, k), own(b, k))) return false;
  return true;
}

/** Throws what `assert.fail` throws, naming the first row that differs. */
export function sameRows(assert, actual, expected, note = 'rows') {
  if (!Array.isArray(actual)) assert.fail(`${note}: expected an array of rows, got ${brief(actual)}`);
  const n = Math.min(actual.length, expected.length);
  for (let i = 0; i < n; i++) if (!alike(actual[i], expected[i])) assert.fail(`${note}: row ${i} is ${brief(actual[i])}, expected ${brief(expected[i])}`);
  if (actual.length !== expected.length) assert.fail(`${note}: ${actual.length} rows, expected ${expected.length}: ${brief(actual)}`);
}
export function sameValues(assert, actual, expected, note = 'values') {
  if (!alike(Array.from(actual), Array.from(expected))) assert.fail(`${note}: got ${brief(Array.from(actual))}, expected ${brief(Array.from(expected))}`);
}
/** The values of one column of rows. */
export const pluck = (rows, name) => rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null));

/** A column of i64 comes as numbers where all of them are exact, else as bigints; in rows each value goes by itself. */
const narrow = (value) => (typeof value === 'bigint' && value > -(2n ** 53n) && value < 2n ** 53n ? Number(value) : value);
export const narrowed = (values) => Array.from(values, narrow);

/** Rows out of columns, as toRows has them. */
export function rowsOf(columns) {
  const names = Object.keys(columns), n = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: n }, (_, i) => {
    const row = Object.create(null);
    for (const name of names) row[name] = narrow(columns[name][i]);
    return row;
  });
}
/** Columns out of rows, every key of every row, null where a row has none. */
export function columnsOf(rows) {
  const columns = Object.create(null);
  for (const name of new Set(rows.flatMap((row) => Object.keys(row)))) columns[name] = pluck(rows, name);
  return columns;
}

/** Rows of whatever a call gave back for rows, columns or a table. */
export async function asRows(data) {
  if (Array.isArray(data)) return data;
  if (typeof data.toRows === 'function') return data.toRows();
  return rowsOf(data);
}

const isTable = (data) => typeof data?.toRows === 'function';
/** What comes in comes out: rows for rows, columns for columns, a table for a table. */
function sameForm(assert, form, data) {
  if (form === 'rows') assert.ok(Array.isArray(data), 'rows for rows');
  else if (form === 'columns') assert.ok(!Array.isArray(data) && !isTable(data), 'columns for columns');
  else assert.ok(isTable(data), 'a table for a table');
}

/**
 * One question by every way that a caller has: rows, columns, a resident table through the service, and the table's own method.
 * Every answer must be `expected`.
 */
export async function everyWay({ createData, assert }, method, rows, options, expected) {
  const service = createData();
  const table = await service.load(rows);
  for (const [form, data] of [['rows', rows], ['columns', columnsOf(rows)], ['table', table]]) {
    const { data: answer, metadata } = await service[method](data, options);
    sameForm(assert, form, answer);
    assert.equal(metadata.inputSize, rows.length, `${form}: metadata.inputSize`);
    sameRows(assert, await asRows(answer), expected, form);
  }
  sameRows(assert, await (await table[method](options)).toRows(), expected, 'DataTable');
  return { service, table };
}
export const aggregates = (context, rows, options, expected) => everyWay(context, 'aggregate', rows, options, expected);
export const transforms = (context, rows, options, expected) => everyWay(context, 'transform', rows, options, expected);

/** The same refusal by every way. Gives the errors back. */
export async function refusals({ createData, assert }, method, rows, options, codes, pattern) {
  const service = createData(), table = await service.load(rows), errors = [];
  for (const [form, attempt] of Object.entries({
    rows: () => service[method](rows, options), columns: () => service[method](columnsOf(rows), options),
    table: () => service[method](table, options), DataTable: () => table[method](options),
  })) {
    const error = await assert.code(attempt, codes, form);
    if (pattern && !pattern.test(error.message)) assert.fail(`${form}: the message does not say ${pattern}: ${error.message}`);
    errors.push(error);
  }
  sameRows(assert, await table.toRows(), rows, 'the table after the refusals');
  return errors;
}

export const bytesOf = (text) => new TextEncoder().encode(text);
export const textOf = (bytes) => new TextDecoder().decode(bytes);

/** A byte stream cut into pieces of `size`. */
export function streamOf(bytes, size = 7, onCancel) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) { controller.close(); return; }
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
    cancel(reason) { onCancel?.(reason); },
  });
}

/** mulberry32 */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
