/** `transform` of row objects: the answers of tables, by made code and without, and rows that stay as they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transformRows, transformRowSteps } from '../../../js/dist/services/data/rows/transform.js';
import { tableFromRows } from '../../../js/dist/services/data/from-values.js';
import { rowsOf } from '../../../js/dist/services/data/to-values.js';
import { applyStep, checkStep } from '../../../js/dist/services/data/operations/index.js';
import { random } from './random.mjs';

const D = (ms) => new Date(ms);
const step = (field, operation, args, as) => ({ field, operation, ...(args && { args }), ...(as && { as }) });

/** The same through a table: the reference. */
function throughTable(rows, transformations) {
  const table = tableFromRows(rows), columns = [...table.columns], schema = columns.map(({ name, type }) => ({ name, type }));
  const plan = transformations.map((raw) => {
    const { as: name, type, ...rest } = checkStep(raw, schema), known = schema.findIndex((column) => column.name === name);
    if (known >= 0) schema[known] = { name, type }; else schema.push({ name, type });
    return { as: name, type, ...rest };
  });
  for (const checked of plan) {
    const column = applyStep(checked, { rows: table.rows, column: (place) => columns[place] });
    const known = columns.findIndex(({ name }) => name === column.name);
    if (known >= 0) columns[known] = column; else columns.push(column);
  }
  return rowsOf({ rows: table.rows, columns });
}

const outcome = (work) => { try { return { value: work() }; } catch (error) { return { code: error.code ?? error.message }; } };
const describe = (rows) => rows.map((row) => Object.entries(row));

/** Both ways give what the table gives, and change nothing. */
function same(rows, transformations, many = true) {
  const before = describe(rows);
  for (const list of many ? [rows, Array.from({ length: 70 }, () => rows).flat()] : [rows]) {
    const expected = outcome(() => describe(throughTable(list, transformations)));
    for (const codegen of [true, false]) {
      const got = outcome(() => describe(transformRows(list, { transformations }, codegen)));
      assert.deepEqual(got, expected, `${JSON.stringify(transformations)} codegen ${codegen}`);
    }
  }
  assert.deepEqual(describe(rows), before);
}

const ROWS = [
  { id: 1, s: '  Ab ', n: 1.5, b: true, d: D(0), j: { x: 1, y: [2] }, e: '2024-06-01', k: '{"a":1}' },
  { id: 2, s: null, n: null, b: null, d: null, j: null, e: null, k: null },
  { id: 3, s: 'ß\ud800', n: -7, b: false, d: D(86400000), j: { x: 3 }, e: '2024-06-02T00:00:00Z', k: '[2]' },
];

const SINGLE = [
  ...['uppercase', 'lowercase', 'trim', 'capitalize', 'slugify', 'length', 'normalize', 'toString', 'hash'].map((o) => step('s', o)),
  step('s', 'replace', { pattern: 'b', with: 'X' }), step('s', 'split', { separator: 'b' }), step('s', 'split', { separator: 'b', index: 1 }), step('s', 'substring', { start: 1 }), step('s', 'pad', { length: 9 }), step('s', 'fillNull', { value: '-' }), step('s', 'coalesce', { fields: ['e'] }), step('s', 'concat', { fields: ['s', 'n', 'd', 'b', 'id'], separator: '|' }, 'all'),
  ...['normalize', 'standardize', 'round', 'abs', 'log', 'toString', 'toNumber', 'hash', 'toDate', 'toTimestamp'].map((o) => step('n', o)), step('n', 'scale', { factor: 3 }), step('n', 'clamp', { min: 0 }), step('n', 'bucket', { count: 3 }), step('n', 'bucket', { edges: [0, 1] }), step('n', 'fillNull', { value: 0.5 }), step('n', 'normalize', { as: 'timestamp' }), step('n', 'coalesce', { fields: ['id'] }),
  ...['toNumber', 'toString', 'toBoolean', 'hash'].map((o) => step('b', o)), step('b', 'fillNull', { value: true }),
  ...['normalize', 'toNumber', 'toString', 'toTimestamp', 'toDate', 'hash'].map((o) => step('d', o)), step('d', 'fillNull', { value: D(9) }), step('d', 'coalesce', { fields: ['d'] }, 'd2'),
  ...['toString', 'hash', 'parseJSON'].map((o) => step('j', o)), step('j', 'fillNull', { value: { z: 1 } }), step('j', 'coalesce', { fields: ['j'] }, 'j2'),
  step('e', 'normalize'), step('e', 'toDate'), step('k', 'parseJSON'), step('k', 'toNumber', { onError: 'null' }), step('e', 'toNumber'), step('s', 'abs'), step('n', 'trim'), step('b', 'abs'),
  step('x', 'expression', { expr: 'n * 2 + id' }), step('x', 'expression', { expr: "upper(s) || '!'" }), step('x', 'expression', { expr: 'd' }), step('x', 'expression', { expr: 'j.x > 1' }), step('x', 'expression', { expr: 'j.y' }),
];

test('every operation on rows is the operation on tables', () => {
  for (const one of SINGLE) {
    same(ROWS, [one]);
    same(ROWS, [{ ...one, as: 'made' }]);
    same(ROWS.slice(1, 2).concat(ROWS), [one]);
  }
});

test('steps one after the other', () => {
  same(ROWS, [step('s', 'trim'), step('s', 'uppercase'), step('s', 'fillNull', { value: 'none' }), step('s', 'length', undefined, 'size'), step('size', 'normalize'), step('size', 'standardize', undefined, 'z')]);
  same(ROWS, [step('n', 'fillNull', { value: 0 }), step('n', 'scale', { factor: 2 }, 'double'), step('double', 'toString'), step('double', 'concat', { fields: ['double', 's'] })]);
  same(ROWS, [step('d', 'toTimestamp', undefined, 't'), step('t', 'toDate'), step('x', 'expression', { expr: 'year(t) + n' }), step('x', 'fillNull', { value: -1 }), step('y', 'expression', { expr: 'x * 2' })]);
  same(ROWS, [step('e', 'toDate'), step('y', 'expression', { expr: 'e' }), step('y', 'toString')]);
  same(ROWS, [step('s', 'split', { separator: 'b' }), step('s', 'toString')]);
  same(ROWS, [step('d', 'fillNull', { value: 3 }), step('d', 'toNumber'), step('id', 'coalesce', { fields: ['d'] })]);
});

test('rows at random', () => {
  const next = random(17), makers = { s: () => [' a', 'B ', '', 'ß'][next(4)], n: () => [0, -0, 1.5, NaN, 7, 1e12][next(6)], i: () => next(9) - 4, b: () => next(2) === 1, d: () => D(next(9) * 1e9), e: () => `202${next(9)}-0${1 + next(9)}-11` };
  const names = Object.keys(makers);
  const steps = SINGLE.filter(({ field, args }) => names.includes(field) && !JSON.stringify(args ?? '').includes('id'));
  for (let round = 0; round < 300; round++) {
    const rows = Array.from({ length: 3 + next(90) }, () => Object.fromEntries(names.filter(() => next(12) > 0).map((name) => [name, next(5) === 0 ? null : makers[name]()])));
    for (const name of names) rows[0][name] = makers[name](); // a type for every field
    same(rows, Array.from({ length: 1 + next(4) }, () => ({ ...steps[next(steps.length)], ...(next(3) === 0 && { as: names[next(names.length)] }) })), false);
  }
});

test('bigints, mixed kinds and what is no data go the careful way', () => {
  same([{ v: 1n }, { v: 2 }, { v: null }], [step('v', 'abs'), step('v', 'scale', { factor: 2 }, 'w')]);
  same([{ v: 1 }, { v: 2n ** 60n }, { v: 4 }], [step('v', 'round')]);
  same([{ v: 1 }, { v: 'x' }], [step('v', 'toString')]);
  same([{ v: 'x' }, { v: 1 }], [step('v', 'toString')]);
  same([{ v: true }, { v: D(1) }], [step('v', 'fillNull', { value: false })]);
  same([{ v: 1 }, { v: {} }], [step('v', 'normalize')]);
  same([{ v: () => 1 }], [step('v', 'toString')]);
  same([{ v: D(NaN), w: 1 }, { v: D(1), w: 2 }], [step('v', 'toString')]);
  const mixed = Array.from({ length: 200 }, (_, i) => ({ v: i === 150 ? 'x' : i }));
  for (const codegen of [true, false]) assert.throws(() => transformRows(mixed, { transformations: [step('v', 'normalize')] }, codegen), { code: 'INVALID_ARGUMENT', detail: { row: 150, field: 'v', kinds: ['number', 'string'] } });
});

test('fields that come later are kept, missing ones are null, in order of first appearance', () => {
  const rows = Array.from({ length: 100 }, (_, i) => (i === 60 ? { b: 'x', z: 9, a: 1 } : i === 61 ? {} : { a: i, b: ' y ' }));
  for (const codegen of [true, false]) {
    const out = transformRows(rows, { transformations: [step('b', 'trim'), step('a', 'scale', { factor: 2 }, 'c')] }, codegen);
    assert.ok(out.every((row) => Object.keys(row).join() === 'a,b,z,c'));
    assert.deepEqual([out[0], out[60], out[61]], [{ a: 0, b: 'y', z: null, c: 0 }, { a: 1, b: 'x', z: 9, c: 2 }, { a: null, b: null, z: null, c: null }]);
  }
});

test('names that every object has, and __proto__, are plain fields', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  const rows = Array.from({ length: 80 }, (_, i) => (i === 5 ? { a: 1 } : JSON.parse('{"__proto__":" x ","constructor":1,"toString":" y ","a":2}')));
  for (const list of [rows, rows.filter((_, i) => i !== 5)]) for (const codegen of [true, false]) {
    const out = transformRows(list, { transformations: [step('__proto__', 'trim'), step('toString', 'trim'), step('constructor', 'scale', { factor: 3 }), step('a', 'scale', { factor: 1 }, 'valueOf'), step('p', 'expression', { expr: '"valueOf" + 1' })] }, codegen);
    assert.deepEqual(Object.entries(out[0]), [['__proto__', 'x'], ['constructor', 3], ['toString', 'y'], ['a', 2], ['valueOf', 2], ['p', 3]]);
    assert.equal(Object.getPrototypeOf(out[0]), Object.prototype);
    if (list === rows) assert.deepEqual(Object.entries(out[5]), [['__proto__', null], ['constructor', null], ['toString', null], ['a', 1], ['valueOf', 1], ['p', 2]]);
  }
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, before);
  assert.equal({}.x, undefined);
});

test('what rows inherit is no field', () => {
  class Row { constructor(a) { this.a = a; } get b() { return 'inherited'; } }
  Row.prototype.c = 5;
  const rows = Array.from({ length: 80 }, (_, i) => new Row(i));
  for (const codegen of [true, false]) {
    assert.deepEqual(transformRows(rows, { transformations: [step('a', 'scale', { factor: 2 })] }, codegen)[3], { a: 6 });
    assert.throws(() => transformRows(rows, { transformations: [step('b', 'trim')] }, codegen), { code: 'INVALID_ARGUMENT' });
  }
});

test('paths into nested values', () => {
  const rows = Array.from({ length: 80 }, (_, i) => ({ ctx: i % 3 ? { w: i, t: ['a', ' b '] } : null, 'a.b': 1, a: { b: 2 } }));
  for (const codegen of [true, false]) {
    const out = transformRows(rows, { transformations: [step('ctx.w', 'scale', { factor: 2 }, 'w'), step('ctx.t[1]', 'trim', undefined, 't'), step('a.b', 'scale', { factor: 10 })] }, codegen);
    assert.deepEqual(out.slice(0, 2), [{ ctx: null, 'a.b': 10, a: { b: 2 }, w: null, t: null }, { ctx: { w: 1, t: ['a', ' b '] }, 'a.b': 10, a: { b: 2 }, w: 2, t: 'b' }]);
    assert.throws(() => transformRows(rows, { transformations: [step('cts.w', 'abs')] }, codegen), { code: 'INVALID_ARGUMENT' });
  }
});

test('where, select, and what they refuse', () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ v: i, s: `${i}` }));
  for (const codegen of [true, false]) {
    const get = (options) => transformRows(rows, options, codegen);
    assert.deepEqual(get({ transformations: [step('v', 'normalize')], where: 'v >= 197' }), [{ v: 0, s: '197' }, { v: 0.5, s: '198' }, { v: 1, s: '199' }]);
    const picked = get({ transformations: [step('v', 'scale', { factor: 2 }, 'w')], where: 'v = 3', select: ['w', 's'] });
    assert.deepEqual(Object.entries(picked[0]), [['w', 6], ['s', '3']]);
    assert.deepEqual(get({ transformations: [], where: 'v > 500' }), []);
    const copies = get({ transformations: [] });
    assert.deepEqual(copies, rows);
    assert.notEqual(copies[0], rows[0]);
    for (const [options, pattern] of [[{ transformations: [], select: ['w'] }, /'w'/], [{ transformations: [], where: 'x > 1' }, /x/], [{ transformations: [], where: 'v + 1' }, /./], [{ transformations: [step('x', 'expression', { expr: 'vv + 1' })] }, /vv/], [{ transformations: [step('vv', 'abs')] }, /'v'/], [{ transformations: [step('vv', 'abs')], where: 'v > 500' }, /'v'/]]) {
      assert.throws(() => get(options), (error) => ['INVALID_ARGUMENT', 'PARSE'].includes(error.code) && pattern.test(error.message), JSON.stringify(options));
    }
    assert.throws(() => get({ transformations: [step('s', 'toNumber'), step('s', 'toDate', { format: 'yyyy' })] }), { code: 'INVALID_ARGUMENT' });
  }
});

test('a value that does not convert is named with its row', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ v: i === 77 ? 'x' : `${i}` }));
  for (const codegen of [true, false]) {
    assert.throws(() => transformRows(rows, { transformations: [step('v', 'toNumber')] }, codegen), (error) => error.code === 'PARSE' && error.detail.row === 77 && error.detail.field === 'v' && error.detail.value === 'x');
    assert.equal(transformRows(rows, { transformations: [step('v', 'toNumber', { onError: 'null' })] }, codegen)[77].v, null);
  }
});

test('fields of nothing but nulls are taken by every operation', () => {
  for (const codegen of [true, false]) {
    const rows = Array.from({ length: 80 }, () => ({ a: null, b: undefined, c: 1, e: null }));
    const out = transformRows(rows, { transformations: [step('a', 'scale', { factor: 2 }), step('b', 'trim'), step('a', 'fillNull', { value: 7 }, 'n'), step('e', 'coalesce', { fields: ['c'] }, 'm'), step('e', 'normalize', undefined, 'z'), step('x', 'expression', { expr: 'e * 2 + c' })], where: 'e > 3 OR c = 1' }, codegen);
    assert.deepEqual(out[0], { a: null, b: null, c: 1, e: null, n: 7, m: 1, z: null, x: null });
    rows[70].d = 1n;
    assert.deepEqual(transformRows(rows, { transformations: [step('a', 'scale', { factor: 2 }), step('e', 'coalesce', { fields: ['c'] }, 'm'), step('x', 'expression', { expr: 'e * 2 + c' }), step('d', 'abs')] }, codegen)[70], { a: null, b: null, c: 1, e: null, d: 1, m: 1, x: null });
  }
});

test('rows that are none are refused with their place', () => {
  for (const bad of [null, undefined, 5, 'x', [1]]) for (const codegen of [true, false]) {
    const rows = Array.from({ length: 100 }, (_, i) => (i === 80 ? bad : { v: i }));
    for (const options of [{ transformations: [step('v', 'scale', { factor: 2 })] }, { transformations: [step('v', 'normalize')] }, { transformations: [], where: 'v > 3' }, { transformations: [] }]) {
      assert.throws(() => transformRows(rows, options, codegen), { code: 'INVALID_ARGUMENT', detail: { row: 80 } }, `${String(bad)} ${JSON.stringify(options)}`);
    }
  }
});

test('no rows', () => {
  assert.deepEqual(transformRows([], { transformations: [step('v', 'uppercase')], where: 'v = 1', select: ['x'] }), []);
  assert.throws(() => transformRows([], { transformations: [step('v', 'nothing')] }), { code: 'INVALID_ARGUMENT' });
});

test('all rows of a result have one shape, and long work pauses', () => {
  const rows = Array.from({ length: 20000 }, (_, i) => ({ v: i % 7 ? i : null, s: i % 5 ? 'x' : null }));
  const steps = transformRowSteps(rows, { transformations: [step('v', 'normalize'), step('s', 'fillNull', { value: '' })], where: 's IS NULL OR v >= 0' });
  let pauses = 0, next = steps.next();
  while (!next.done) { pauses++; next = steps.next(); }
  assert.ok(pauses > 5);
  const keys = Object.keys(next.value[0]).join();
  assert.ok(next.value.every((row) => Object.keys(row).join() === keys));
});
