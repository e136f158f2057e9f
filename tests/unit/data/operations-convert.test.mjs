/** Conversions, dates, nulls, several columns, and what is refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { checkStep, OPERATION_NAMES } from '../../../js/dist/services/data/operations/index.js';
import { columnValues } from '../../../js/dist/services/data/to-values.js';
import { onForms, run, tableOf, values } from './operations-support.mjs';

const D = (ms) => new Date(ms);
const parse = (row, field = 'v') => (error) => error.code === 'PARSE' && error.detail.row === row && error.detail.field === field && error.message.includes('onError');

test('toNumber', () => {
  assert.deepEqual(values(['1', ' 2.5 ', '-1e3', null, 'NaN', '-Infinity', '.5', '+7'], 'toNumber'), [1, 2.5, -1000, null, NaN, -Infinity, 0.5, 7]);
  for (const bad of ['', 'x', '1,5', '0x10', '1e', '--1', '1 2', '١']) {
    assert.throws(() => values([null, '1', bad], 'toNumber'), parse(2), bad);
    assert.deepEqual(values(['1', bad], 'toNumber', { onError: 'null' }), [1, null]);
  }
  assert.deepEqual(values([true, false, null], 'toNumber'), [1, 0, null]);
  assert.deepEqual(values([D(5), null], 'toNumber'), [5, null]);
  assert.deepEqual(values([2n ** 53n, 5n], 'toNumber'), [2 ** 53, 5]);
  assert.deepEqual(values([1, '2', true, null], 'toNumber', undefined, 'json'), [1, 2, 1, null]);
  assert.throws(() => values([{ a: 1 }], 'toNumber'), parse(0));
});

test('a word of the dictionary that no row has does not fail', () => {
  for (const got of onForms(['1', '2', null, '1'], 'toNumber')) assert.deepEqual(got, [1, 2, null, 1]);
});

test('toString', () => {
  assert.deepEqual(values([1.5, -0, NaN, 1e21, null], 'toString'), ['1.5', '0', 'NaN', '1e+21', null]);
  assert.deepEqual(values([1, null], 'toString'), ['1', null]);
  assert.deepEqual(values([2n ** 60n, null], 'toString'), [String(2n ** 60n), null]);
  assert.deepEqual(values([true, false], 'toString'), ['true', 'false']);
  assert.deepEqual(values([D(-1), null], 'toString'), ['1969-12-31T23:59:59.999Z', null]);
  assert.deepEqual(values([{ b: 1, a: [null] }, null], 'toString'), ['{"b":1,"a":[null]}', null]);
});

test('toBoolean', () => {
  assert.deepEqual(values(['true', 'FALSE', ' yes ', 'no', '1', '0', null], 'toBoolean'), [true, false, true, false, true, false, null]);
  assert.deepEqual(values([1, 0, null], 'toBoolean'), [true, false, null]);
  assert.throws(() => values([1, 2], 'toBoolean'), parse(1));
  assert.throws(() => values(['maybe'], 'toBoolean'), parse(0));
});

test('parseJSON', () => {
  assert.deepEqual(values(['{"a":[1,null]}', ' 5 ', '"x"', 'null', null, '{"__proto__":1}'], 'parseJSON').map((v) => JSON.stringify(v)), ['{"a":[1,null]}', '5', '"x"', 'null', 'null', '{"__proto__":1}']);
  assert.throws(() => values(['{'], 'parseJSON'), parse(0));
  assert.throws(() => values(['['.repeat(100000)], 'parseJSON'), parse(0));
  assert.throws(() => values(['['.repeat(300) + ']'.repeat(300)], 'parseJSON'), parse(0));
  assert.equal(values(['['.repeat(256) + ']'.repeat(256)], 'parseJSON').length, 1);
});

const DATES = [
  ['iso', '2024-06-01T12:00:00Z', Date.UTC(2024, 5, 1, 12)], ['iso', '2024-06-01', Date.UTC(2024, 5, 1)], ['iso', '2024-06-01T12:00', Date.UTC(2024, 5, 1, 12)], ['iso', '2024-06-01 12:00:00.5+02:00', Date.UTC(2024, 5, 1, 10, 0, 0, 500)], ['iso', '2024-03-31T02:30:00', Date.UTC(2024, 2, 31, 2, 30)],
  ['iso', '2024-12-31T24:00:00Z', Date.UTC(2025, 0, 1)], ['iso', '1969-12-31T23:59:59.999Z', -1], ['iso', '+275760-09-13T00:00:00.000Z', 8.64e15], ['iso', '-271821-04-20T00:00:00.000Z', -8.64e15], ['iso', '0001-01-01', Date.parse('0001-01-01T00:00:00Z')],
  ['iso', '+275760-09-13T00:00:00.001Z', undefined], ['iso', '2024-02-30', undefined], ['iso', '2024-12-31T23:59:60Z', undefined], ['iso', '2024-12-31T24:00:01Z', undefined], ['iso', '2024-13-01', undefined], ['iso', 'June 1, 2024', undefined], ['iso', '', undefined], ['iso', '1717200000000', undefined],
  ['rfc2822', 'Sat, 01 Jun 2024 12:00:00 +0200', Date.UTC(2024, 5, 1, 10)], ['rfc2822', 'Thu, 1 Jan 1970 00:00 GMT', 0], ['rfc2822', '1 Jan 70 00:00:00 EST', 5 * 3600000], ['rfc2822', 'Fri, 01 Jun 2024 12:00:00 +0200', undefined], ['rfc2822', 'Sat, 31 Jun 2024 12:00:00 +0200', undefined], ['rfc2822', '2024-06-01', undefined], ['rfc2822', '1 Jan 2024 00:00:60 GMT', undefined],
  ['epoch-s', '1717200000.5', 1717200000500], ['epoch-ms', '-1', -1], ['epoch-s', '8640000000001', undefined], ['epoch-ms', '1e3', undefined],
  ['yyyy-MM-dd HH:mm:ss', '2024-06-01 23:59:59', Date.UTC(2024, 5, 1, 23, 59, 59)], ['dd.MM.yyyy', '01.06.2024', Date.UTC(2024, 5, 1)], ['d/M/yy', '1/6/24', Date.UTC(2024, 5, 1)], ['MMM d, yyyy h:mm a', 'Jun 1, 2024 12:05 AM', Date.UTC(2024, 5, 1, 0, 5)], ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-06-01T00:00:00.123-01:30', Date.UTC(2024, 5, 1, 1, 30, 0, 123)], ['yyyyMMdd', '20240601', Date.UTC(2024, 5, 1)], ["yyyy 'at' HH'h'", '2024 at 07h', Date.UTC(2024, 0, 1, 7)],
  ['yyyy-MM-dd', '2024-6-1', undefined], ['yyyy-MM-dd', '2024-06-01x', undefined], ['yyyy-MM-dd', '2024-02-30', undefined], ['h a yyyy', '13 PM 2024', undefined],
];

test('toDate and toTimestamp by format', () => {
  for (const [format, text, ms] of DATES) {
    const args = { ...(format !== 'iso' && { format }) };
    if (ms === undefined) {
      assert.throws(() => values(['x'.slice(1) + text], 'toDate', args), parse(0), `${format} ${text}`);
      assert.deepEqual(values([text, null], 'toTimestamp', { ...args, onError: 'null' }), [null, null]);
    } else {
      assert.deepEqual(values([text, null], 'toDate', args), [D(ms), null], `${format} ${text}`);
      assert.deepEqual(values([text], 'toTimestamp', args), [ms]);
    }
  }
  assert.deepEqual(values([0, 1717200000000.7, null, -1], 'toDate'), [D(0), D(1717200000000), null, D(-1)]);
  assert.deepEqual(values([1.5, null], 'toDate', { format: 'epoch-s' }), [D(1500), null]);
  assert.throws(() => values([8.64e15 + 2], 'toDate'), parse(0));
  assert.deepEqual(values([D(0), null], 'toTimestamp'), [0, null]);
  assert.deepEqual(values([5n], 'toDate'), [D(5)]);
  for (const format of ['nope', 'yyyy-yyyy', 'HH:mm', "yyyy 'x", 'hh yyyy', 'yyyy-MM-DD', '']) assert.throws(() => values(['a'], 'toDate', { format }), { code: 'INVALID_ARGUMENT' }, format);
  assert.throws(() => values([1], 'toDate', { format: 'yyyy' }), { code: 'INVALID_ARGUMENT' });
});

test('dates do not depend on the host\'s zone', () => {
  const script = `import { values } from './tests/unit/data/operations-support.mjs';
console.log(JSON.stringify(${JSON.stringify(DATES.map(([format, text]) => [format, text]))}.map(([format, text]) => [values([text], 'toTimestamp', { format, onError: 'null' }), values([text], 'normalize')])));`;
  const answers = ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Apia', 'America/Sao_Paulo'].map((TZ) => execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: new URL('../../..', import.meta.url), env: { ...process.env, TZ } }).toString());
  assert.equal(new Set(answers).size, 1);
  assert.deepEqual(JSON.parse(answers[0]).map(([[ms]]) => ms ?? undefined), DATES.map(([, , ms]) => ms));
});

test('normalize of dates and texts', () => {
  assert.deepEqual(values([D(0), null, D(-1)], 'normalize'), ['1970-01-01T00:00:00.000Z', null, '1969-12-31T23:59:59.999Z']);
  for (const got of onForms(['2024-06-01T12:00:00+02:00', null, 'Thu, 01 Jan 1970 00:00:00 GMT'], 'normalize')) assert.deepEqual(got, ['2024-06-01T10:00:00.000Z', null, '1970-01-01T00:00:00.000Z']);
  for (const got of onForms(['2024-06-01', ' no  date '], 'normalize')) assert.deepEqual(got, ['2024-06-01', 'no date']);
  assert.deepEqual(values([0, null], 'normalize', { as: 'timestamp' }), ['1970-01-01T00:00:00.000Z', null]);
  assert.deepEqual(values([5n], 'normalize', { as: 'timestamp' }), ['1970-01-01T00:00:00.005Z']);
  assert.throws(() => values([NaN], 'normalize', { as: 'timestamp' }), parse(0));
  assert.throws(() => values(['2024-06-01', 'x'], 'normalize', { as: 'timestamp' }), parse(1));
});

test('fillNull', () => {
  assert.deepEqual(values([1, null], 'fillNull', { value: 0 }), [1, 0]);
  assert.deepEqual(values([1, null], 'fillNull', { value: 0.5 }), [1, 0.5]);
  assert.deepEqual(values([1, 2], 'fillNull', { value: -0 }), [1, 2]);
  assert.deepEqual(values(['a', null, 'a'], 'fillNull', { value: 'ö' }), ['a', 'ö', 'a']);
  assert.deepEqual(values([true, null], 'fillNull', { value: false }), [true, false]);
  for (const value of [D(5), 5, '1970-01-01T00:00:00.005Z']) assert.deepEqual(values([D(1), null], 'fillNull', { value }), [D(1), D(5)]);
  assert.deepEqual(values([[1], null], 'fillNull', { value: [] }), [[1], []]);
  assert.deepEqual(values([1n, null], 'fillNull', { value: 7 }).map(Number), [1, 7]);
  for (const [list, value] of [[[1], 'x'], [['a'], 1], [[true], 1], [[D(1)], 'x'], [[1n], 0.5], [[1n], 2n ** 63n], [[1], null], [[1], undefined]]) assert.throws(() => values(list, 'fillNull', { value }), { code: 'INVALID_ARGUMENT' });
  assert.equal(values([1, null], 'fillNull', { value: NaN })[1], NaN);
});

test('coalesce and concat', () => {
  const table = tableOf({ a: ['x', null, null], b: ['y', 'z', null], n: [1, null, 3], f: [0.5, 2.5, null], d: [D(0), null, D(1)] });
  const get = (raw) => Array.from(columnValues(run(table, raw)));
  assert.deepEqual(get({ field: 'a', operation: 'coalesce', args: { fields: ['b'] } }), ['x', 'z', null]);
  assert.deepEqual(get({ field: 'b', operation: 'coalesce', args: { fields: ['a', 'b'] } }), ['x', 'z', null]);
  assert.deepEqual(get({ field: 'n', operation: 'coalesce', args: { fields: ['f'] } }), [1, 2.5, 3]);
  assert.deepEqual(get({ field: 'c', operation: 'coalesce', args: { fields: ['a', 'b'] } }), ['x', 'z', null]);
  assert.deepEqual(get({ field: 'a', operation: 'concat', args: { fields: ['a', 'b'], separator: '-' } }), ['x-y', '-z', '-']);
  assert.deepEqual(get({ field: 'a', operation: 'concat', args: { fields: ['n', 'f', 'd'] } }), ['x10.51970-01-01T00:00:00.000Z', '2.5', '31970-01-01T00:00:00.001Z']);
  assert.throws(() => get({ field: 'c', operation: 'concat', as: 'x', args: { fields: ['a'] } }), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => get({ field: 'a', operation: 'coalesce', args: { fields: ['n'] } }), { code: 'INVALID_ARGUMENT' });
});

test('expression', () => {
  const table = tableOf({ s: ['a', null], n: [1, 2], 'x y': [10, 20] });
  const column = run(table, { field: 'twice', operation: 'expression', args: { expr: 'n * 2 + "x y"' } });
  assert.deepEqual(Array.from(columnValues(column)), [12, 24]);
  assert.equal(column.name, 'twice');
});

test('paths into json columns', () => {
  const table = tableOf({ c: [{ w: 4, s: 'a', t: [1, 2] }, null, { w: 9, t: [] }] });
  const get = (raw) => Array.from(columnValues(run(table, raw)));
  assert.deepEqual(get({ field: 'c.w', operation: 'scale', as: 'w', args: { factor: 0.5 } }), [2, null, 4.5]);
  assert.deepEqual(get({ field: 'c.s', operation: 'uppercase', as: 's' }), ['A', null, null]);
  assert.deepEqual(get({ field: 'c.t[1]', operation: 'toString', as: 's' }), ['2', null, null]);
  assert.throws(() => get({ field: 'c.s', operation: 'abs', as: 's' }), { code: 'INVALID_ARGUMENT' });
});

test('steps are checked, with near names', () => {
  const schema = [{ name: 'name', type: 'utf8' }, { name: 'price', type: 'f64' }];
  const refused = (raw, pattern) => assert.throws(() => checkStep(raw, schema), (error) => error.code === 'INVALID_ARGUMENT' && pattern.test(error.message), JSON.stringify(raw));
  refused({ field: 'name', operation: 'upercase' }, /uppercase/);
  refused({ field: 'name', operation: 'constructor' }, /constructor/);
  refused({ field: 'nmae', operation: 'trim' }, /name/);
  refused({ field: 'name', operation: 'substring', args: { start: 0, stop: 1 } }, /stop.*start.*end/);
  refused({ field: 'name', operation: 'trim', args: { side: 1 } }, /side/);
  refused({ field: 'name', operation: 'trim', alias: 'x' }, /alias/);
  refused({ field: 'name', operation: 'abs' }, /name.*utf8.*toNumber/);
  refused({ field: 'price', operation: 'trim' }, /price.*toString/);
  refused(null, /transformation/);
  refused({ field: 'name', operation: 'trim', as: '' }, /as/);
  refused({ field: 'name', operation: 'trim', args: 5 }, /args/);
  refused({ field: 'name', operation: 'replace', args: { pattern: '', with: '' } }, /pattern/);
  refused({ field: 'name', operation: 'replace', args: { pattern: 'a', with: '', flags: 'i' } }, /flags/);
  refused({ field: 'price', operation: 'bucket', args: { edges: [1], count: 2 } }, /edges/);
  refused({ field: 'price', operation: 'bucket', args: { edges: [1, NaN] } }, /edges/);
  refused({ field: 'price', operation: 'clamp', args: { min: 2, max: 1 } }, /min/);
  refused({ field: 'price', operation: 'log', args: { base: 1 } }, /base/);
  refused({ field: 'price', operation: 'hash', args: { seed: -1 } }, /seed/);
  refused({ field: 'name', operation: 'toNumber', args: { onError: 'skip' } }, /onError/);
});

test('every operation of the contract is there', () => {
  const contract = 'uppercase lowercase trim capitalize replace split substring length pad slugify concat normalize standardize round abs scale clamp log toNumber toString toBoolean toDate toTimestamp parseJSON fillNull coalesce hash bucket expression';
  assert.deepEqual([...OPERATION_NAMES].sort(), contract.split(' ').sort());
});

test('checked steps are plain data', () => {
  const schema = [{ name: 's', type: 'utf8' }, { name: 't', type: 'timestamp' }, { name: 'b', type: 'i64' }];
  for (const raw of [{ field: 's', operation: 'replace', args: { pattern: '(a+)+$', with: '', regex: true } }, { field: 't', operation: 'fillNull', args: { value: D(5) } }, { field: 'b', operation: 'fillNull', args: { value: 5n } }, { field: 's', operation: 'concat', args: { fields: ['t'] } }, { field: 'x', operation: 'expression', args: { expr: 's' } }]) {
    const step = checkStep(raw, schema);
    assert.deepEqual(structuredClone(step), step);
  }
});
