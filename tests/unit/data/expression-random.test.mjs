/** Random expressions over random tables: columns, dictionaries, packed strings and row objects give the same values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression, compileRowExpression } from '../../../js/dist/expression/index.js';
import { bitsOf, rowsOf, tableOf, written } from '../../support/expression/table.mjs';
import { sameAsRow } from '../../support/expression/same.mjs';

const pick = (...items) => fc.constantFrom(...items);
const TEXTS = ['', 'a', 'ab', 'abc', 'b', 'A', 'ß', 'é', '😀', '\ud800', 'x😀y', '10', ' 2.5 ', 'a%b'];
const NUMBERS = [0, -0, 1, -1, 2.5, 100, NaN, Infinity, -Infinity, 1e300, 2 ** 31];
const orNull = (values) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.constant(null) });
const COLUMNS = {
  x: { type: 'f64', values: orNull([...NUMBERS.filter((n) => Number.isFinite(n) && !Object.is(n, -0)), '-0', 'NaN', 'Infinity', '-Infinity']) },
  i: { type: 'i32', values: orNull([0, 1, 2, 3, -5, 100, 2147483647, -2147483648]) },
  w: { type: 'i64', values: orNull(['0', '1', '100', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808', '4294967296']) },
  p: { type: 'bool', values: orNull([true, false]) },
  s: { type: 'utf8', values: orNull(TEXTS) },
  d: { type: 'utf8', dictionary: true, values: orNull(TEXTS.slice(0, 6)) },
  t: { type: 'timestamp', values: orNull(['0', '-1', '1704067200000', '951782400000', '253402300799999']) },
  j: { type: 'json', values: orNull(['{}', '{"n":1,"s":"a","b":true}', '{"n":"x","s":2,"b":null}', '{"n":-2.5,"s":"ab","b":false}', '{"n":[1],"s":{"n":1}}']) },
};
const table = fc.integer({ min: 0, max: 40 }).chain((rows) => fc.tuple(...Object.entries(COLUMNS).map(([name, { type, dictionary, values }]) =>
  fc.array(values, { minLength: rows, maxLength: rows }).map((list) => ({ name, type, ...(dictionary && { dictionary }), values: list })))).map((columns) => ({ rows, columns })));

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const { number, bool, text, time } = fc.letrec((tie) => {
  const [n, b, s, t] = ['number', 'bool', 'text', 'time'].map(tie);
  const of = (build, ...args) => fc.tuple(...args).map((list) => build(...list));
  const weighted = (leaf, ...branches) => fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, ...branches);
  const cmp = pick('=', '<>', '<', '<=', '>', '>=');
  return {
    number: weighted(pick('x', 'i', 'w', '0', '1', '2.5', '-1', '100', '9007199254740993', 'null', '1e999'),
      of((a, op, c) => `(${a} ${op} ${c})`, n, pick('+', '-', '*', '/', '%'), n), of((a) => `(-${a})`, n),
      of((f, a) => `${f}(${a})`, pick('abs', 'floor', 'ceil', 'sqrt', 'sign', 'round'), n), of((a) => `length(${a})`, s), of((a) => `toNumber(${a})`, fc.oneof(s, b, t, pick('j.n', 'j'))),
      of((f, a) => `${f}(${a})`, pick('year', 'month', 'day', 'hour', 'dayOfWeek'), t), of((f, a, c) => `${f}(${a}, ${c})`, pick('least', 'greatest', 'coalesce', 'nullif', 'pow'), n, n),
      of((c, a, e) => `case when ${c} then ${a} else ${e} end`, b, n, n), of((c, a, e) => `(${c} ? ${a} : ${e})`, b, n, n), pick('(j.n + 0)', '(j.s * 2)')),
    bool: weighted(pick('p', 'true', 'false', 'null', '(not j.b)'),
      of((a, op, c) => `(${a} ${op} ${c})`, n, cmp, n), of((a, op, c) => `(${a} ${op} ${c})`, s, cmp, s), of((a, op, c) => `(${a} ${op} ${c})`, t, cmp, t), of((a, op, c) => `(${a} ${op} ${c})`, b, cmp, b),
      of((op, c) => `(j.n ${op} ${c})`, cmp, fc.oneof(n, s)), of((op) => `(j.n ${op} j.s)`, cmp), of((a, op, c) => `(${a} ${op} ${c})`, b, pick('and', 'or'), b), of((a) => `(not ${a})`, b),
      of((a, c, e) => `(${a} and ${c} or ${e})`, b, b, b), of((a) => `(${a} is null)`, fc.oneof(n, b, s, t, pick('j.n', 'j'))),
      of((a, not, list) => `(${a} ${not}in (${list.join(', ')}))`, n, pick('', 'not '), fc.array(pick('0', '1', '2.5', 'null', '100', 'i', '9007199254740993'), { minLength: 1, maxLength: 4 })),
      of((a, not, list) => `(${a} ${not}in (${list.map((v) => (v === null ? 'null' : quote(v))).join(', ')}))`, s, pick('', 'not '), fc.array(orNull(TEXTS), { minLength: 1, maxLength: 4 })),
      of((a, lo, hi) => `(${a} between ${lo} and ${hi})`, n, n, n),
      of((a, op, parts) => `(${a} ${op} ${quote(parts.join(''))})`, s, pick('like', 'not like', 'ilike'), fc.array(pick('%', '_', 'a', 'b', '😀', 'A', ''), { maxLength: 5 })),
      of((f, a, c) => `${f}(${a}, ${c})`, pick('startsWith', 'endsWith', 'contains'), s, s), of((c, a, e) => `case when ${c} then ${a} else ${e} end`, b, b, b), of((a, c) => `coalesce(${a}, ${c})`, b, b)),
    text: weighted(fc.oneof(pick('s', 'd', 'null'), fc.constantFrom(...TEXTS).map(quote)),
      of((f, a) => `${f}(${a})`, pick('upper', 'lower', 'trim'), s), of((a, c) => `(${a} || ${c})`, s, s), of((a, c) => `concat(${a}, ${c})`, s, fc.oneof(s, n, b, t)),
      of((a, from, count) => `substring(${a}, ${from}, ${count})`, s, n, n), of((a, c, e) => `replace(${a}, ${c}, ${e})`, s, s, s), of((a) => `toString(${a})`, fc.oneof(n, b, t, pick('j.n', 'j.s'))),
      of((f, a, c) => `${f}(${a}, ${c})`, pick('coalesce', 'nullif', 'least', 'greatest'), s, s), of((c, a, e) => `case when ${c} then ${a} else ${e} end`, b, s, s)),
    time: weighted(pick('t', "timestamp '2024-02-29T12:00:00Z'"), of((unit, a) => `dateTrunc('${unit}', ${a})`, pick('hour', 'day', 'week', 'month', 'quarter', 'year'), t), of((a) => `toTimestamp(${a})`, n),
      of((a, c) => `coalesce(${a}, ${c})`, t, t), of((c, a, e) => `case when ${c} then ${a} else ${e} end`, b, t, t)),
  };
});

/** The same table with its strings as bytes, and dictionaries as plain strings or the other way round. */
function otherLayout({ rows, columns }) {
  const made = tableOf({ rows, columns: columns.map((column) => (column.type === 'utf8' ? { ...column, dictionary: !column.dictionary } : column)) });
  const all = columns.map((_, place) => {
    const column = made.column(place);
    const { values } = column;
    if (values.kind === 'strings') return { ...column, values: { kind: 'strings', strings: pack(values.strings) } };
    return values.kind === 'dictionary' ? { ...column, values: { ...values, dictionary: pack(values.dictionary) } } : column;
  });
  return { ...made, column: (place) => all[place] };
}
function pack(list) {
  const pieces = list.map((text) => [...text].flatMap((point) => {
    const code = point.codePointAt(0);
    return code >= 0xd800 && code <= 0xdfff ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)] : [...new TextEncoder().encode(point)];
  }));
  const offsets = new Int32Array(list.length + 1);
  pieces.forEach((piece, i) => { offsets[i + 1] = offsets[i] + piece.length; });
  return { offsets, bytes: Uint8Array.from(pieces.flat()) };
}
/** Packed strings are compared as JavaScript's. */
const plainly = (column) => written(column);

test('columns, other layouts of them and rows give the same', () => {
  let evaluated = 0;
  fc.assert(fc.property(table, fc.oneof(number, bool, text, time), (data, expression) => {
    const columns = tableOf(data);
    const compiled = compileExpression(expression, columns.schema);
    const column = compiled.evaluate(columns, data.rows);
    assert.equal(column.length, data.rows);
    const values = plainly(column);
    // A plain column is given as it is, packed or not.
    if (!/^\w$/.test(expression)) assert.deepEqual(plainly(compiled.evaluate(otherLayout(data), data.rows)), values, expression);
    const row = compileRowExpression(expression);
    rowsOf(data).forEach((object, i) => sameAsRow(row.value(object), values[i], column.type, `${expression}, row ${i}`));
    if (column.type === 'bool') {
      const kept = values.map((value) => +(value === true));
      assert.deepEqual(bitsOf(compiled.filter(columns, data.rows), data.rows), kept);
      assert.deepEqual(rowsOf(data).map((object) => +row.test(object)), kept);
      // As source from the first row on.
      const { test: made } = compileRowExpression(expression, 0);
      assert.deepEqual(rowsOf(data).map((object) => +made(object)), kept, expression);
    }
    evaluated++;
  }), { numRuns: 3000, seed: 20240601 });
  assert.ok(evaluated >= 3000);
});

test('blocks join without a seam', () => {
  fc.assert(fc.property(bool, fc.integer({ min: 1020, max: 2060 }), (expression, rows) => {
    const small = { rows, columns: Object.entries(COLUMNS).map(([name, { type, dictionary }], k) => ({ name, type, ...(dictionary && { dictionary }), values: Array.from({ length: rows }, (_, i) => ((i * 7 + k) % 11 === 0 ? null : SAMPLE[type][(i * (k + 3) + (i >> 5)) % SAMPLE[type].length])) })) };
    const columns = tableOf(small);
    const kept = bitsOf(compileExpression(expression, columns.schema).filter(columns, rows), rows);
    const { test: holds } = compileRowExpression(expression);
    assert.deepEqual(kept, rowsOf(small).map((row) => +holds(row)), expression);
  }), { numRuns: 60, seed: 7 });
});
const SAMPLE = { f64: [1, 2.5, 'NaN', -1, 100], i32: [0, 1, 5, 100], i64: ['1', '9007199254740993', '-1'], bool: [true, false, true], utf8: TEXTS, timestamp: ['0', '1704067200000'], json: ['{"n":1,"s":"a","b":true}', '{"n":"x","s":2}'] };

test('source for conditions is made where it may be, and says and refuses what functions do', () => {
  const rows = [
    { a: 1, s: 'x', n: { k: 1 } }, { a: 2n ** 60n, s: null, n: { k: 'x' } }, { a: NaN, s: '\ud800', n: [1] }, { s: new Date(5) }, { a: new Date(NaN), s: '', n: null }, { a: {}, 'n.k': 7 },
    { a: 'text' }, { a: true }, Object.create(null), Object.assign(Object.create({ a: 5 }), { s: 'x' }), JSON.parse('{"__proto__":3,"constructor":"c"}'), { n: { k: undefined } }, { n: { k: Infinity } }, { n: new Date(0) },
  ];
  const expressions = [
    'a > 1', 'a = 1152921504606846976', 'a in (1, 2, null)', 'a in (1152921504606846976)', "s = 'x'", "s <> 'x'", "s < 'y'", "s in ('x', '')", "s in ('x', null)", "s > '1970-01-01'", "s = 'nope'", 'a is null', 'not (a > 1)', 'a + 1 > 2', '-a < 0',
    'a - 1 - 1 = a', 'n.k = 1', "n.k = 'x'", 'n.k is null', 'n.k > a', 'n[0] = 1', 'n.constructor is null', '"__proto__" = 3', '"constructor" = \'c\'', 'toString is null', 'a > 1 and s = \'x\'', 'a > 1 or s = \'x\'', 'n is null', 'a', 'n.k', 'true', 'null', "upper(s) = 'X'", 'a = -0', 'a < 1e999', 'a < 0/0',
    "'x' = s", 's = a', "s like 'x%'", 'case when a > 1 then true else false end', '"a" > 1 ? true : false', "`it's\\\"` is null", "s = 'it''s \\ \" \u2028'",
  ];
  const answer = (test, row) => { try { return test(row); } catch (error) { return `${error.code} ${error.message}`; } };
  for (const expression of expressions) {
    const byFunctions = compileRowExpression(expression, Infinity);
    const bySource = compileRowExpression(expression, 0);
    for (const row of rows) assert.equal(answer(bySource.test, row), answer(byFunctions.test, row), expression);
  }
  const long = Array(1000).fill('a = 1').join(' or ');
  assert.equal(compileRowExpression(long, 0).test({ a: 1 }), true);
});

test('no text makes anything but a ServiceError, and none overflows the stack', () => {
  const tokens = ['a', 'x', '1', "'t'", '(', ')', '[', ']', '.', ',', '?', ':', '+', '-', '*', '=', '<', 'and', 'or', 'not', 'in', 'between', 'like', 'is', 'null', 'case', 'when', 'then', 'end', '"', "'", '`', '😀', '\ud800', '1e', '||', '&&', '!'];
  const noise = fc.oneof(fc.array(fc.constantFrom(...tokens), { maxLength: 30 }).map((list) => list.join(' ')), fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...tokens).map((token) => `${token} `.repeat(20000)));
  fc.assert(fc.property(noise, (expression) => {
    try { compileRowExpression(expression); compileExpression(expression, [{ name: 'a', type: 'f64' }]); } catch (error) {
      assert.equal(error.name, 'ServiceError', error.stack);
      assert.ok(['PARSE', 'INVALID_ARGUMENT'].includes(error.code));
      assert.ok(error.detail.offset >= 0 && error.detail.offset <= expression.length);
    }
  }), { numRuns: 2000 });
});
