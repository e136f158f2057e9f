/** Loading rows and columns: what is inferred, what a schema makes of it, what is refused. */
import { alike, narrowed, sameRows, sameValues } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
/** What a column of these values is, and what comes back where that differs from what went in. */
const INFERRED = [
  ['whole numbers of 32 bits', [0, 1, -5, 2147483647, -2147483648], 'i32'],
  ['a whole number beyond 32 bits', [1, 2147483648], 'f64'],
  ['a whole number below 32 bits', [1, -2147483649], 'f64'],
  ['fractions', [1, 2.5], 'f64'],
  ['-0', [1, -0], 'f64'],
  ['NaN and infinities', [1, NaN, Infinity, -Infinity], 'f64'],
  ['the ends of doubles', [Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE, Number.MAX_SAFE_INTEGER], 'f64'],
  ['bigints', [1n, -5n], 'i64', [1, -5]],
  ['bigints past 2^53', [9007199254740993n, -9223372036854775808n, 9223372036854775807n, 9007199254740992n, 9007199254740991n], 'i64', [9007199254740993n, -9223372036854775808n, 9223372036854775807n, 9007199254740992n, 9007199254740991]],
  ['whole numbers among bigints', [1n, 2, 3n], 'i64', [1, 2, 3]],
  ['booleans', [true, false, true], 'bool'],
  ['strings', ['a', '', 'ä', '東京', '😀', 'a'], 'utf8'],
  ['lone surrogates', ['\ud800', 'x\udc00y', '\udc00\ud800', '\ud83d\ude00'], 'utf8'],
  ['strings with NUL and control characters', ['\0', 'a\0b', '\x1f\x7f', '\r\n', '\ufeff'], 'utf8'],
  ['dates', [D(0), D(-1), D(1717200000000), D(8.64e15)], 'timestamp'],
  ['an invalid date', [D(0), D(NaN)], 'timestamp', [D(0), null]],
  ['objects', [{ a: 1 }, { b: { c: [1, null] } }], 'json'],
  ['arrays', [[1, 'x', null], []], 'json'],
  ['nothing but nulls', [null, undefined, null], 'utf8', [null, null, null]],
  ['numbers and nulls', [1, null, undefined, 3], 'i32', [1, null, null, 3]],
  ['fractions and nulls', [1.5, null, NaN], 'f64', [1.5, null, NaN]],
  ['booleans and nulls', [null, true, undefined, false], 'bool', [null, true, null, false]],
  ['strings and nulls', [null, 'x', undefined, ''], 'utf8', [null, 'x', null, '']],
  ['bigints and nulls', [null, 7n], 'i64', [null, 7]],
  ['objects and nulls', [null, { a: 1 }, undefined], 'json', [null, { a: 1 }, null]],
];

const inferred = INFERRED.map(([name, values, type, back = values]) => ({
  name: `load: ${name} are ${type} from rows and from columns, and come back`,
  async run({ createData, assert }) {
    const service = createData();
    for (const source of [values.map((v) => ({ v })), { v: values }]) {
      const table = await service.load(source);
      assert.equal(table.rowCount, values.length);
      assert.deepEqual({ ...table.schema }, { v: type });
      sameRows(assert, await table.toRows(), back.map((v) => ({ v })), 'toRows');
      sameValues(assert, narrowed((await table.toColumns()).v), back, 'toColumns');
      sameValues(assert, narrowed(await table.column('v')), back, 'column');
    }
  },
}));

/** [values, schema type, what comes back] */
const OVERRIDES = [
  ['whole numbers as f64', [1, 2, null], 'f64', [1, 2, null]],
  ['whole numbers as i64', [1, 2 ** 40, null], 'i64', [1, 2 ** 40, null]],
  ['numbers as utf8', [1, 2.5, null], 'utf8', ['1', '2.5', null]],
  ['booleans as utf8', [true, false], 'utf8', ['true', 'false']],
  ['mixed values as utf8', [1, 'a', true, null], 'utf8', ['1', 'a', 'true', null]],
  ['mixed values as json', [1, 'a', true, null, { a: [1] }], 'json', [1, 'a', true, null, { a: [1] }]],
  ['numeric strings as f64', ['1', '2.5', null], 'f64', [1, 2.5, null]],
  ['numeric strings as i32', ['1', '-7', null], 'i32', [1, -7, null]],
  ['epoch milliseconds as timestamp', [0, 1717200000000, null], 'timestamp', [D(0), D(1717200000000), null]],
  ['ISO texts as timestamp', ['1970-01-01T00:00:00Z', '2024-06-01T00:00:00.000Z'], 'timestamp', [D(0), D(1717200000000)]],
  ['nulls as i32', [null, undefined], 'i32', [null, null]],
];
const overrides = OVERRIDES.map(([name, values, type, back]) => ({
  name: `load: schema, ${name}`,
  async run({ createData, assert }) {
    const service = createData();
    for (const source of [values.map((v) => ({ v })), { v: values }]) {
      const table = await service.load(source, { schema: { v: type } });
      assert.equal(table.schema.v, type);
      sameRows(assert, await table.toRows(), back.map((v) => ({ v })));
    }
  },
}));

const MIXED = [
  ['a number and a string', [1, 'x']], ['a string and a number', ['x', 1]], ['a boolean and a number', [true, 1]], ['a date and a string', [D(0), 'x']],
  ['an object and a number', [{}, 1]], ['a bigint and a fraction', [1n, 1.5]], ['a bigint and a string', [1n, 'x']], ['a date and a number', [D(0), 5]],
];
const mixed = MIXED.map(([name, values]) => ({
  name: `load: ${name} in one column are refused with row and column`,
  async run({ createData, assert }) {
    const service = createData(), padded = [values[0], null, values[0], values[1]];
    for (const [form, source] of [['rows', padded.map((price) => ({ ok: 1, price }))], ['columns', { ok: [1, 1, 1, 1], price: padded }]]) {
      const error = await assert.code(service.load(source), 'INVALID_ARGUMENT', form);
      assert.ok(/price/.test(error.message), `${form}: the column is named: ${error.message}`);
      assert.ok(/\b3\b|\b4\b/.test(error.message), `${form}: the row is named: ${error.message}`);
    }
    assert.equal((await service.load([{ a: 1 }])).rowCount, 1, 'the service goes on');
  },
}));

const SOURCES = [
  ['null', null], ['undefined', undefined], ['a number', 5], ['true', true], ['a function', () => []], ['a symbol', Symbol('s')], ['a bigint', 5n], ['a Date', new Date(0)],
  ['rows that are numbers', [1, 2]], ['rows that are null', [{ a: 1 }, null]], ['rows that are strings', ['a', 'b']], ['rows that are arrays', [[1], [2]]],
  ['columns of unequal length', { a: [1, 2], b: [1] }], ['a column that is no list', { a: 5 }], ['a column that is null', { a: null }], ['a column that is a function', { a: () => 1 }],
  ['a function as a value', [{ a: () => 1 }]], ['a symbol as a value', [{ a: Symbol('s') }]],
];
const sources = SOURCES.map(([name, source]) => ({
  name: `load: ${name} is refused with INVALID_ARGUMENT`,
  async run({ createData, assert }) {
    await assert.code(() => createData().load(source), 'INVALID_ARGUMENT');
  },
}));

const OPTIONS = [
  ['an unknown format', { format: 'xml' }], ['a format that is no string', { format: 5 }], ['an unknown type in the schema', { schema: { a: 'decimal' } }], ['a schema that is no object', { schema: 'f64' }],
  ['an unknown option', { formatt: 'csv' }], ['a signal that is none', { signal: {} }], ['a timeout that is NaN', { timeoutMs: NaN }], ['a negative timeout', { timeoutMs: -1 }], ['onProgress that is no function', { onProgress: 5 }], ['options that are no object', 'csv'],
  ['the format csv for rows', { format: 'csv' }], ['a delimiter of two characters', { format: 'csv', delimiter: ';;' }, 'a;;b\n1;;2'], ['an empty delimiter', { format: 'csv', delimiter: '' }, 'a\n1'], ['a quote as delimiter', { format: 'csv', delimiter: '"' }, 'a\n1'],
  ['an unknown way of ragged', { format: 'csv', ragged: 'ignore' }, 'a\n1'], ['header as a string', { format: 'csv', header: 'yes' }, 'a\n1'], ['nulls that are no list', { format: 'csv', nulls: 'NA' }, 'a\n1'], ['nulls that are no strings', { format: 'csv', nulls: [5] }, 'a\n1'],
];
const options = OPTIONS.map(([name, given, source = [{ a: 1 }]]) => ({
  name: `load: ${name} is refused with INVALID_ARGUMENT`,
  async run({ createData, assert }) {
    await assert.code(() => createData().load(source, given), 'INVALID_ARGUMENT');
  },
}));

const TYPED = [
  ['Float64Array', Float64Array.of(1.5, NaN, -0), 'f64'], ['Float32Array', Float32Array.of(1.5, 0.25, -2), 'f64'], ['Int32Array', Int32Array.of(1, -2, 3), 'i32'],
  ['Int16Array', Int16Array.of(1, -2, 3), 'i32'], ['Uint8Array', Uint8Array.of(1, 2, 255), 'i32'], ['Uint8ClampedArray', Uint8ClampedArray.of(1, 2, 255), 'i32'], ['Int8Array', Int8Array.of(-128, 127), 'i32'], ['Uint16Array', Uint16Array.of(65535, 0), 'i32'],
];
const typed = TYPED.map(([name, values, type]) => ({
  name: `load: a column that is a ${name} is ${type}`,
  async run({ createData, assert }) {
    const table = await createData().load({ v: values, w: Array.from(values, String) });
    assert.equal(table.schema.v, type);
    sameValues(assert, await table.column('v'), Array.from(values));
  },
}));

export default [
  ...inferred, ...overrides, ...mixed, ...typed, ...sources, ...options,
  {
    name: 'load: a BigInt64Array is i64; a Uint32Array and a BigUint64Array keep every value that fits',
    async run({ createData, assert }) {
      const service = createData();
      const table = await service.load({ a: BigInt64Array.of(1n, -9223372036854775808n), b: Uint32Array.of(1, 4294967295), c: BigUint64Array.of(1n, 9007199254740993n) });
      assert.equal(table.schema.a, 'i64');
      sameRows(assert, await table.toRows(), [{ a: 1, b: 1, c: 1 }, { a: -9223372036854775808n, b: 4294967295, c: 9007199254740993n }]);
      await assert.code(service.load({ c: BigUint64Array.of(18446744073709551615n) }), 'INTEGER_RANGE');
    },
  },
  {
    name: 'load: a column of i64 comes as numbers where all of them are exact, else as bigints',
    async run({ createData, assert }) {
      const table = await createData().load({ small: [1n, 2n], large: [1n, 9007199254740993n], gaps: [1n, null] });
      sameValues(assert, await table.column('small'), [1, 2]);
      sameValues(assert, await table.column('large'), [1n, 9007199254740993n]);
      sameValues(assert, await table.column('gaps'), [1, null]);
      sameRows(assert, await table.toRows(), [{ small: 1, large: 1, gaps: 1 }, { small: 2, large: 9007199254740993n, gaps: null }]);
    },
  },
  {
    name: 'load: a bigint beyond 64 bits is INTEGER_RANGE',
    async run({ createData, assert }) {
      const service = createData();
      for (const v of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 200n]) for (const source of [[{ v: 1n }, { v }], { v: [1n, v] }]) await assert.code(service.load(source), 'INTEGER_RANGE', String(v));
    },
  },
  {
    name: 'load: a schema that the values do not convert to is refused',
    async run({ createData, assert }) {
      const service = createData();
      for (const [v, type] of [['abc', 'f64'], ['1.5', 'i32'], [2 ** 40, 'i32'], [NaN, 'i32'], ['yesterday', 'timestamp'], [{ a: 1 }, 'f64'], ['maybe', 'bool']]) {
        const error = await assert.code(service.load([{ v: null }, { v }], { schema: { v: type } }), ['INVALID_ARGUMENT', 'INTEGER_RANGE'], `${String(v)} as ${type}`);
        assert.ok(error.message.includes('v'), `the column is named: ${error.message}`);
      }
    },
  },
  {
    name: 'load: a field that only some rows have is null elsewhere; columns come in order of first appearance',
    async run({ createData, assert }) {
      const table = await createData().load([{ a: 1 }, { b: 'x', a: 2 }, {}, { c: true }]);
      assert.deepEqual(Object.keys(table.schema), ['a', 'b', 'c']);
      sameRows(assert, await table.toRows(), [{ a: 1, b: null, c: null }, { a: 2, b: 'x', c: null }, { a: null, b: null, c: null }, { a: null, b: null, c: true }]);
      for (const row of await table.toRows()) assert.deepEqual(Object.keys(row), ['a', 'b', 'c'], 'every row has every column, nulls too');
    },
  },
  {
    name: 'load: no rows, no columns, empty columns',
    async run({ createData, assert }) {
      const service = createData();
      const none = await service.load([]);
      assert.equal(none.rowCount, 0);
      assert.deepEqual(await none.toRows(), []);
      assert.equal((await service.load({})).rowCount, 0);
      const empty = await service.load({ a: [], b: new Float64Array(0) });
      assert.deepEqual(Object.keys(empty.schema), ['a', 'b']);
      assert.deepEqual(await empty.toRows(), []);
      const typedEmpty = await service.load([], { schema: { a: 'i32', b: 'utf8' } });
      assert.deepEqual({ ...typedEmpty.schema }, { a: 'i32', b: 'utf8' });
      assert.equal(typedEmpty.rowCount, 0);
    },
  },
  {
    name: 'load: names of columns may be anything, __proto__ and the names of methods too',
    async run({ createData, assert }) {
      const service = createData(), before = Object.getOwnPropertyNames(Object.prototype).join();
      const rows = JSON.parse('[{"__proto__": 1, "constructor": "c", "toString": true, "": 5, "a b": null, "ä😀": 2.5, "length": 3, "hasOwnProperty": 1}, {"__proto__": 2, "then": 7}]');
      const table = await service.load(rows);
      assert.deepEqual(Object.keys(table.schema), ['__proto__', 'constructor', 'toString', '', 'a b', 'ä😀', 'length', 'hasOwnProperty', 'then']);
      const back = await table.toRows();
      sameRows(assert, back, rows);
      assert.ok(Object.hasOwn(back[0], '__proto__'), 'an own property');
      assert.equal(({}).polluted, undefined);
      assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before, 'Object.prototype is unchanged');
      sameValues(assert, await table.column('__proto__'), [1, 2]);
      sameValues(assert, (await table.toColumns()).constructor, ['c', null]);
    },
  },
  {
    name: 'load: inherited fields of rows are not read, getters of own fields are',
    async run({ createData, assert }) {
      const row = Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3, enumerable: false }, got: { get: () => 4, enumerable: true } });
      const table = await createData().load([row]);
      assert.deepEqual(Object.keys(table.schema), ['own', 'got']);
      sameRows(assert, await table.toRows(), [{ own: 2, got: 4 }]);
    },
  },
  {
    name: 'load: rows without a prototype, frozen rows and rows of a class are rows',
    async run({ createData, assert }) {
      class Point { constructor(x) { this.x = x; } }
      const bare = Object.create(null);
      bare.x = 3;
      const table = await createData().load(Object.freeze([new Point(1), Object.freeze({ x: 2 }), bare]));
      sameValues(assert, await table.column('x'), [1, 2, 3]);
    },
  },
  {
    name: 'load: what was loaded does not change when the source does, and the source never changes',
    async run({ createData, assert }) {
      const service = createData(), source = [{ a: 1, o: { deep: [1, 2] } }, { a: 2, o: null }], kept = structuredClone(source), column = Float64Array.of(1, 2, 3);
      const loading = [service.load(source), service.load({ c: column })];
      const [table, columns] = await Promise.all(loading);
      assert.ok(alike(source, kept), 'the rows are unchanged');
      source[0].a = 99; source[0].o.deep.push(3); source.push({ a: 3 }); column.fill(-1);
      sameRows(assert, await table.toRows(), kept);
      sameValues(assert, await columns.column('c'), [1, 2, 3]);
      const first = await table.toRows(), values = await columns.column('c');
      first[0].a = 'changed'; first[0].o.deep.length = 0; values[0] = 77;
      sameRows(assert, await table.toRows(), kept, 'what was handed out is a copy');
      sameValues(assert, await columns.column('c'), [1, 2, 3]);
    },
  },
  {
    name: 'load: a view on a part of a buffer is read where it stands',
    async run({ createData, assert }) {
      const buffer = Float64Array.of(9, 1, 2, 9).buffer;
      const table = await createData().load({ v: new Float64Array(buffer, 8, 2) });
      sameValues(assert, await table.column('v'), [1, 2]);
    },
  },
  {
    name: 'load: a table is loaded as another handle of the same rows',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load([{ a: 1 }, { a: 2 }]);
      const again = await service.load(table);
      table.free();
      sameRows(assert, await again.toRows(), [{ a: 1 }, { a: 2 }]);
    },
  },
  {
    name: 'load: objects with toJSON, dates and bigints inside json columns come back as JSON has them',
    async run({ createData, assert }) {
      const table = await createData().load([{ j: { at: new Date(0), n: NaN, u: undefined, list: [undefined] } }]);
      sameRows(assert, await table.toRows(), [{ j: { at: '1970-01-01T00:00:00.000Z', n: null, list: [null] } }]);
    },
  },
  {
    name: 'load: a json value that JSON can not hold is refused, naming the column',
    async run({ createData, assert }) {
      const service = createData(), cycle = {};
      cycle.self = cycle;
      for (const j of [cycle, { big: 1n }]) {
        const error = await assert.code(service.load([{ ok: 1, payload: j }]), 'INVALID_ARGUMENT');
        assert.ok(/payload/.test(error.message), error.message);
      }
    },
  },
  {
    name: 'load: thousands of columns',
    async run({ createData, assert }) {
      const row = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`c${i}`, i]));
      const table = await createData().load([row, row]);
      assert.equal(Object.keys(table.schema).length, 3000);
      sameValues(assert, await table.column('c2999'), [2999, 2999]);
    },
  },
  {
    name: 'load: onProgress ends with all rows',
    async run({ createData, assert }) {
      const calls = [];
      await createData().load(Array.from({ length: 20_000 }, (_, i) => ({ i })), { onProgress: (done, total) => calls.push([done, total]) });
      assert.ok(calls.length >= 1, 'onProgress is called at the end');
      assert.equal(calls.at(-1)[0], calls.at(-1)[1]);
      for (let i = 1; i < calls.length; i++) assert.atLeast(calls[i][0], calls[i - 1][0]);
    },
  },
];
