/** Random tables and random chains of operations on them, as fast-check draws them. */
import fc from 'fast-check';

const NAMES = ['a', 'b', 'price', 'ä😀', '__proto__', 'constructor', 'unit price', 'toString'];
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'a', 'b', 'A', ' x ', 'straße', 'İ', 'null', '1', '-2.5', 'true', '2024-06-01', '\ud800', '\udc00', '😀', '\uffff', 'a\0b', 'e\u0301', 'é', '__proto__') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) }, { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
/** A few values or many, by type. Sums stay within the range of doubles: past it the order of additions shows. Squares need not. */
export const VALUES = {
  f64: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 0.5, 1, -1.25, 1e100, 1e-100, 1e200, -3e200, 2e-200, 5e-324, 2 ** 53, 2 ** 31, 2 ** 50 + 0.25) }, { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((v) => (Math.abs(v) < 1e-100 ? 0 : v)) }),
  i32: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer(), fc.constantFrom(2147483647, -2147483648)),
  i64: fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(9007199254740993n, -9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 60n + 1n, 2n ** 60n + 2n)),
  bool: fc.boolean(),
  utf8: text,
  timestamp: fc.oneof(fc.constantFrom(0, -1, 86_400_000, 1_717_200_000_000), fc.integer({ min: -1e12, max: 4e12 })).map((ms) => new Date(ms)),
  json: fc.oneof(fc.constantFrom({ w: 1 }, { w: 2, tags: ['x'] }, [], [1, 'a', null], {}), fc.dictionary(fc.constantFrom('w', 'x', '__proto__'), fc.oneof(fc.integer(), text, fc.constant(null)), { noNullPrototype: false })),
};
const TYPES = Object.keys(VALUES);
/** Nulls: none, some or all. */
const column = (type, n) => fc.constantFrom(0, 0, 0.3, 1).chain((nulls) => fc.array(fc.tuple(VALUES[type], fc.double({ min: 0, max: 1, noNaN: true })), { minLength: n, maxLength: n }).map((list) => list.map(([v, r]) => (r < nulls ? null : v))));

/** `{ columns: { name: { type, values } }, rows }` of at most `most` rows. */
export const table = (most = 40, least = 0) => fc.tuple(fc.integer({ min: least, max: most }), fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5 })).chain(([n, names]) => fc.tuple(...names.map(() => fc.constantFrom(...TYPES).chain((type) => column(type, n).map((values) => ({ type, values }))))).map((columns) => ({
  rows: n, columns: names.map((name, i) => ({ name, ...columns[i] })),
})));

/** What load takes: columns on an object without a prototype, and the schema beside them. */
export function source({ columns }) {
  const data = Object.create(null), schema = Object.create(null);
  for (const { name, type, values } of columns) { data[name] = values; schema[name] = type; }
  return { data, schema };
}
export function rowsOf({ columns, rows }) {
  return Array.from({ length: rows }, (_, i) => {
    const row = {};
    for (const { name, values } of columns) Object.defineProperty(row, name, { value: values[i], enumerable: true, configurable: true, writable: true });
    return row;
  });
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const literal = (value) => (typeof value === 'bigint' ? String(value) : value === null ? 'NULL' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : typeof value === 'boolean' ? String(value) : Number.isFinite(value) ? String(value) : '0');
const NUMERIC = ['f64', 'i32', 'i64'];
const LITERALS = { f64: fc.constantFrom(0, 0.5, -1, 1e6, 2), i32: fc.integer({ min: -3, max: 3 }), i64: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(9223372036854775807n, -9223372036854775808n, 9007199254740993n)), utf8: fc.constantFrom('', 'a', 'A', 'straße', '😀', "O'Neil", '\ud800', '\udc00', '__proto__') };

/** An expression that gives a truth over columns of these types. `fields`: [name, type] pairs. */
export function condition(fields) {
  const leaves = fields.flatMap(([name, type]) => {
    const q = quoted(name), out = [fc.constantFrom(`${q} IS NULL`, `${q} IS NOT NULL`)];
    if (LITERALS[type]) {
      out.push(fc.tuple(fc.constantFrom('<', '<=', '=', '!=', '>', '>='), LITERALS[type]).map(([op, v]) => `${q} ${op} ${literal(v)}`), fc.array(LITERALS[type], { minLength: 1, maxLength: 4 }).map((list) => `${q} IN (${list.map(literal).join(', ')})`));
      out.push(fc.tuple(LITERALS[type], LITERALS[type]).map(([a, b]) => `${q} NOT BETWEEN ${literal(a)} AND ${literal(b)}`));
    }
    if (type === 'utf8') out.push(fc.constantFrom('%a%', '_', 'a%', '%', '').map((p) => `${q} LIKE '${p}'`), fc.constant(`length(${q}) > 1`), fc.constantFrom(`upper(${q}) = ${q}`, `lower(${q}) ILIKE ${literal('A%')}`, `concat(${q}, '\udc00') > '\ud83d'`));
    if (type === 'bool') out.push(fc.constantFrom(q, `NOT ${q}`));
    if (NUMERIC.includes(type)) out.push(fc.constantFrom(`${q} + 1 > 0`, `${q} * 2 <= 3`, `abs(${q}) >= 1`, `-${q} < 2`, `${q} / 2 > 0.2`, `coalesce(${q}, 0) = 0`, `round(${q}, 2) = ${q}`, `round(${q}, -1) > 0`, `${q} % 3 = 1`, `toString(${q}) LIKE '%2'`));
    return out;
  });
  const leaf = fc.oneof(...leaves);
  return fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: fc.tuple(leaf, fc.constantFrom('AND', 'OR'), leaf).map(([a, op, b]) => `${a} ${op} ${b}`) }, { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `NOT (${a} OR ${b})`) });
}

const OPERATIONS = {
  any: ['count', 'countDistinct', 'first', 'last', 'mode', 'list'], ordered: ['min', 'max'], numeric: ['sum', 'avg', 'median', 'stddev', 'variance'],
};
const operationsFor = (type) => [...OPERATIONS.any, ...(type === 'json' ? [] : OPERATIONS.ordered), ...(NUMERIC.includes(type) ? OPERATIONS.numeric : type === 'bool' ? ['sum', 'avg'] : [])];
/** Options of aggregate. */
export function aggregation(fields) {
  const operation = fc.oneof(fc.constant({ field: '*', operation: 'count' }), fc.constantFrom(...fields).chain(([field, type]) => fc.oneof(
    fc.constantFrom(...operationsFor(type)).map((name) => ({ field, operation: name })),
    ...(NUMERIC.includes(type) ? [fc.constantFrom(0, 0.1, 0.5, 0.99, 1).map((q) => ({ field, operation: 'quantile', args: { q } })), fc.constant({ field, operation: 'variance', args: { population: true } }), fc.constantFrom(...fields.filter(([, t]) => NUMERIC.includes(t))).map(([other]) => ({ field, operation: 'correlation', args: { with: other } }))] : []),
  )));
  return fc.record({
    groupBy: fc.uniqueArray(fc.constantFrom(...fields.map(([name]) => name)), { maxLength: 3 }),
    operations: fc.array(operation, { minLength: 1, maxLength: 5 }).map((list) => list.map((o, i) => ({ ...o, alias: `out${i}` }))),
    where: fc.option(condition(fields), { nil: undefined }), having: fc.constantFrom(undefined, undefined, 'out0 IS NOT NULL', "coalesce(toString(out0), '') <> '\ud800'", 'out0 IS NULL OR NOT (out0 <> out0)'), orderBy: fc.constantFrom(undefined, [{ field: 'out0', descending: true }], [{ field: 'out0' }]), limit: fc.constantFrom(undefined, undefined, 3),
  }).map((options) => {
    // Sums and what is made of them may differ in their last bit, and so in their order.
    const exact = [...OPERATIONS.any, ...OPERATIONS.ordered].includes(options.operations[0].operation);
    return exact ? options : { ...options, orderBy: undefined, limit: options.orderBy ? undefined : options.limit };
  });
}

const STEPS = {
  utf8: [['uppercase'], ['lowercase'], ['trim'], ['capitalize'], ['slugify'], ['length'], ['normalize'], ['replace', { pattern: 'a', with: 'Ä' }], ['replace', { pattern: '[a-z]+', with: '<$&>', regex: true }], ['split', { separator: ' ' }], ['split', { separator: 'a', index: 0 }], ['substring', { start: 1, end: 3 }], ['pad', { length: 6, with: '*' }], ['hash'], ['fillNull', { value: 'none' }]],
  f64: [['normalize'], ['standardize'], ['round'], ['round', { digits: 1 }], ['abs'], ['scale', { factor: -0.5 }], ['clamp', { min: -1, max: 100 }], ['log'], ['toString'], ['hash', { seed: 3 }], ['bucket', { edges: [-1, 0, 1, 100] }], ['bucket', { count: 4 }], ['fillNull', { value: 0.5 }]],
  bool: [['toNumber'], ['toString'], ['fillNull', { value: true }], ['hash']], timestamp: [['normalize'], ['toTimestamp'], ['toString'], ['hash']], json: [['toString']],
};
STEPS.i32 = STEPS.i64 = STEPS.f64;
const step = (fields) => fc.constantFrom(...fields).chain(([field, type]) => fc.tuple(fc.constantFrom(...STEPS[type]), fc.constantFrom(undefined, 'made', field)).map(([[operation, args], as]) => ({ field, operation, ...(args && { args }), ...(as && { as }) })));
export const transformation = (fields) => fc.record({ transformations: fc.array(step(fields), { maxLength: 3 }).map((list) => list.map((s, i) => (i && s.as === 'made' ? { ...s, as: `made${i}` } : s))), where: fc.option(condition(fields), { nil: undefined }) });

/** Options of top. */
export const topping = (fields) => {
  const names = fc.constantFrom(...fields.map(([name]) => name));
  return fc.record({
    groupBy: fc.oneof(names, fc.uniqueArray(names, { maxLength: 3 })), limit: fc.constantFrom(0, 1, 2, 3, 8, 9, 40, 2 ** 40),
    orderBy: fc.array(fc.record({ field: names, descending: fc.boolean() }), { maxLength: 2 }),
    where: fc.option(condition(fields), { nil: undefined }), select: fc.option(fc.uniqueArray(names), { nil: undefined }),
  });
};

/** One operation on a table, `(service, table, other) => table`, with the words that tell it. */
export const operation = (fields) => {
  const names = fields.map(([name]) => name);
  return fc.oneof(
    condition(fields).map((expression) => ({ what: 'filter', args: [expression] })),
    fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([field, descending]) => ({ field, descending })), { minLength: 1, maxLength: 3 }).map((by) => ({ what: 'sort', args: [by] })),
    topping(fields).map((options) => ({ what: 'top', args: [options] })),
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined })).map((args) => ({ what: 'slice', args })),
    fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }).map((list) => ({ what: 'select', args: [list] })),
    transformation(fields).map((options) => ({ what: 'transform', args: [options] })),
    aggregation(fields).map((options) => ({ what: 'aggregate', args: [options] })),
    fc.tuple(fc.constantFrom(...names), fc.constantFrom('inner', 'left', 'right', 'full', 'semi', 'anti')).map(([on, how]) => ({ what: 'join', args: [{ on, how }] })),
  );
};
