/** Aggregations: every operation on every kind of column, the same from rows, columns and tables. The rules: docs/data-semantics.md. */
import { aggregates, alike, pluck, refusals, sameRows } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
const one = (field, operation, args) => ({ operations: [{ field, operation, alias: 'x', ...(args && { args }) }] });
const column = (values) => values.map((v) => ({ v }));

/** [values, operation, answer, args] over one column, without groups. */
const ANSWERS = [
  // count
  [[1, null, 3, undefined], 'count', 2], [[null, null], 'count', 0], [['', 'a', null], 'count', 2], [[NaN, null], 'count', 1], [[false, null], 'count', 1], [[{}, null, []], 'count', 2],
  // sum
  [[1, 2, 3], 'sum', 6], [[0.5, 0.25, null], 'sum', 0.75], [[null, null], 'sum', 0, undefined, { v: 'f64' }], [[true, false, true, null], 'sum', 2], [[5n, 7n], 'sum', 12],
  [[1, NaN, 2], 'sum', NaN], [[1, Infinity, 2], 'sum', Infinity], [[Infinity, -Infinity], 'sum', NaN], [[1e16, 1, -1e16], 'sum', 1], [[1, 1e100, 1, -1e100], 'sum', 2],
  [[2147483647, 2147483647, 2147483647], 'sum', 6442450941], [[9007199254740991n, 1n], 'sum', 9007199254740992], [[9223372036854775807n, -9223372036854775807n, 3n], 'sum', 3], [[9223372036854775807n, 9223372036854775807n], 'sum', 18446744073709551614],
  [[-0, -0.5, 0.5], 'sum', 0],
  // avg, mean
  [[1, 2, 4, null, 5], 'avg', 3], [[1, 2, 4, null, 5], 'mean', 3], [[true, false], 'avg', 0.5], [[1, NaN], 'avg', NaN], [[null], 'avg', null, undefined, { v: 'f64' }], [[2n, 4n], 'avg', 3], [[-Infinity, 1], 'mean', -Infinity],
  // min, max
  [[3, 1, 2, null], 'min', 1], [[3, 1, 2, null], 'max', 3], [[1.5, NaN, 0], 'min', NaN], [[1.5, NaN, 0], 'max', NaN], [[0, -0], 'min', -0], [[-0, 0], 'max', 0], [[-0, -0], 'max', -0],
  [['b', 'a', null, 'B'], 'min', 'B'], [['b', 'a', 'B'], 'max', 'b'], [['\uffff', '\u{10000}'], 'max', '\u{10000}'], [['\uffff', '\u{10000}'], 'min', '\uffff'], [['z', 'ä', 'a'], 'max', 'ä'], [['a', '', 'b'], 'min', ''],
  [[true, false, null], 'min', false], [[true, false, null], 'max', true], [[D(5), D(-5), null], 'min', D(-5)], [[D(5), D(-5)], 'max', D(5)], [[7n, 9007199254740993n], 'max', 9007199254740993n], [[7n, 3n], 'min', 3],
  [[null, null], 'min', null], [[null, null], 'max', null], [[Infinity, 1], 'max', Infinity], [[-Infinity, 1], 'min', -Infinity],
  // median, quantile
  [[3, 1, 2], 'median', 2], [[4, 1, 3, 2], 'median', 2.5], [[5, null], 'median', 5], [[null], 'median', null, undefined, { v: 'f64' }], [[1, NaN, 2], 'median', NaN], [[1, Infinity, 2], 'median', 2], [[1n, 4n], 'median', 2.5],
  [[1, 2, 3, 4, 5], 'quantile', 2, { q: 0.25 }], [[1, 2, 3, 4], 'quantile', 1.75, { q: 0.25 }], [[1, 2, 3, 4], 'quantile', 1, { q: 0 }], [[1, 2, 3, 4], 'quantile', 4, { q: 1 }], [[10, 20], 'quantile', 19, { q: 0.9 }], [[7], 'quantile', 7, { q: 0.3 }], [[1, NaN], 'quantile', NaN, { q: 0 }],
  // variance, stddev
  [[2, 4, 4, 4, 5, 5, 7, 9], 'variance', 32 / 7], [[2, 4, 4, 4, 5, 5, 7, 9], 'variance', 4, { population: true }], [[2, 4, 4, 4, 5, 5, 7, 9], 'stddev', Math.sqrt(32 / 7)], [[2, 4, 4, 4, 5, 5, 7, 9], 'stddev', 2, { population: true }],
  [[5], 'variance', null], [[5], 'variance', 0, { population: true }], [[5, null], 'stddev', null], [[null], 'variance', null, { population: true }, { v: 'f64' }], [[3, 3, 3], 'stddev', 0], [[1, NaN, 2], 'variance', NaN], [[1e9 + 1, 1e9 + 2, 1e9 + 3], 'variance', 1],
  // countDistinct
  [[1, 2, 1, null], 'countDistinct', 2], [[NaN, NaN, 0, -0], 'countDistinct', 2], [['a', 'A', 'a', ''], 'countDistinct', 3], [[null], 'countDistinct', 0], [[true, false, true], 'countDistinct', 2], [[{ a: 1 }, { a: 1 }, { a: 2 }], 'countDistinct', 2], [[D(1), D(1), D(2)], 'countDistinct', 2], [['\ud800', '\udc00', '\ufffd'], 'countDistinct', 3],
  // mode
  [[1, 2, 2, null, null, null], 'mode', 2], [['b', 'a', 'a', 'b'], 'mode', 'b'], [[3, 1], 'mode', 3], [[null], 'mode', null], [[NaN, 1, NaN], 'mode', NaN], [[true, false, false], 'mode', false], [[D(2), D(1), D(1)], 'mode', D(1)],
  // first, last
  [[null, 3, 4, null], 'first', 3], [[null, 3, 4, null], 'last', 4], [['x', 'y'], 'first', 'x'], [['x', 'y'], 'last', 'y'], [[null, null], 'first', null], [[{ a: 1 }, { b: 2 }], 'last', { b: 2 }], [[D(7)], 'first', D(7)], [[true, null], 'last', true], [[9007199254740993n], 'first', 9007199254740993n], [[-0, 1], 'first', -0],
  // list
  [[1, null, 3], 'list', [1, null, 3]], [['a', 'b'], 'list', ['a', 'b']], [[{ a: 1 }, null], 'list', [{ a: 1 }, null]], [[true, false], 'list', [true, false]],
];

const label = (v) => (typeof v === 'bigint' ? `${v}n` : v instanceof Date ? `Date ${v.getTime()}` : Object.is(v, -0) ? '-0' : typeof v === 'number' || v === undefined ? String(v) : JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? `${x}n` : x)).replace(/[\ud800-\udfff\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`));
const near = (a, b) => (typeof a === 'number' && typeof b === 'number' && Number.isFinite(b) ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)) && (b !== 0 || Object.is(a, b) || b === a) : alike(a, b));
const FLOATS = new Set(['variance', 'stddev', 'avg', 'mean', 'quantile', 'median', 'sum']);

const answers = ANSWERS.map(([values, operation, expected, args, schema]) => ({
  name: `aggregate: ${operation}${args ? ` ${JSON.stringify(args)}` : ''} of ${values.map(label).join(', ')}${schema ? ` as ${schema.v}` : ''} is ${label(expected)}`,
  async run({ createData, assert }) {
    const service = createData(), rows = column(values), options = one('v', operation, args);
    const table = await service.load(rows, { schema });
    const answered = { table: (await (await table.aggregate(options)).toRows())[0].x };
    if (!schema) {
      answered.rows = (await service.aggregate(rows, options)).data[0].x;
      answered.columns = (await service.aggregate({ v: values }, options)).data.x[0];
    }
    for (const [form, x] of Object.entries(answered)) {
      if (FLOATS.has(operation) ? !near(x, expected) : !alike(x, expected)) assert.fail(`${form}: got ${label(x)}, expected ${label(expected)}`);
    }
  },
}));

const SALES = [
  { city: 'Köln', price: 10, qty: 2, ok: true }, { city: 'Bonn', price: 7.5, qty: 1, ok: false }, { city: 'Köln', price: null, qty: 5, ok: null }, { city: null, price: 1, qty: 1, ok: true },
  { city: 'Bonn', price: 2.5, qty: null, ok: true }, { city: 'Köln', price: 30, qty: 2, ok: false },
];

export default [
  ...answers,
  {
    name: 'aggregate: every operation by group, several of them at once',
    async run(context) {
      await aggregates(context, SALES, {
        groupBy: ['city'],
        operations: [
          { field: '*', operation: 'count', alias: 'rows' }, { field: 'price', operation: 'count' }, { field: 'price', operation: 'sum' }, { field: 'price', operation: 'avg' }, { field: 'price', operation: 'min' }, { field: 'price', operation: 'max' },
          { field: 'price', operation: 'median' }, { field: 'qty', operation: 'first' }, { field: 'qty', operation: 'last' }, { field: 'qty', operation: 'mode' }, { field: 'qty', operation: 'countDistinct' }, { field: 'qty', operation: 'list' }, { field: 'price', operation: 'quantile', args: { q: 0.5 } },
        ],
      }, [
        { city: 'Köln', rows: 3, count_price: 2, sum_price: 40, avg_price: 20, min_price: 10, max_price: 30, median_price: 20, first_qty: 2, last_qty: 2, mode_qty: 2, countDistinct_qty: 2, list_qty: [2, 5, 2], quantile_price: 20 },
        { city: 'Bonn', rows: 2, count_price: 2, sum_price: 10, avg_price: 5, min_price: 2.5, max_price: 7.5, median_price: 5, first_qty: 1, last_qty: 1, mode_qty: 1, countDistinct_qty: 1, list_qty: [1, null], quantile_price: 5 },
        { city: null, rows: 1, count_price: 1, sum_price: 1, avg_price: 1, min_price: 1, max_price: 1, median_price: 1, first_qty: 1, last_qty: 1, mode_qty: 1, countDistinct_qty: 1, list_qty: [1], quantile_price: 1 },
      ]);
    },
  },
  {
    name: 'aggregate: the output has the keys, then the operations, in the order they were asked',
    async run({ createData, assert }) {
      const service = createData();
      const { data } = await service.aggregate(SALES, { groupBy: ['ok', 'city'], operations: [{ field: 'qty', operation: 'sum', alias: 'z' }, { field: '*', operation: 'count', alias: 'a' }] });
      for (const row of data) assert.deepEqual(Object.keys(row), ['ok', 'city', 'z', 'a']);
      const table = await (await service.load(SALES)).aggregate({ groupBy: ['ok'], operations: [{ field: 'qty', operation: 'avg' }, { field: 'city', operation: 'max' }, { field: '*', operation: 'count' }] });
      assert.deepEqual({ ...table.schema }, { ok: 'bool', avg_qty: 'f64', max_city: 'utf8', 'count_*': 'i32' });
    },
  },
  {
    name: 'aggregate: no operations give the groups alone, no groups give one row',
    async run(context) {
      await aggregates(context, SALES, { groupBy: ['city'], operations: [] }, [{ city: 'Köln' }, { city: 'Bonn' }, { city: null }]);
      await aggregates(context, SALES, { operations: [{ field: '*', operation: 'count', alias: 'n' }] }, [{ n: 6 }]);
      await aggregates(context, SALES, { groupBy: [], operations: [{ field: 'price', operation: 'sum', alias: 's' }] }, [{ s: 51 }]);
    },
  },
  {
    name: 'aggregate: of no rows there is one row without groups and none with groups',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load([], { schema: { v: 'f64', s: 'utf8' } });
      const operations = ['count', 'sum', 'avg', 'min', 'median', 'stddev', 'countDistinct', 'mode', 'first', 'list'].map((operation) => ({ field: 'v', operation, alias: operation }));
      const row = { count: 0, sum: 0, avg: null, min: null, median: null, stddev: null, countDistinct: 0, mode: null, first: null, list: [] };
      sameRows(assert, await (await table.aggregate({ operations })).toRows(), [row]);
      sameRows(assert, await (await table.aggregate({ operations, groupBy: ['s'] })).toRows(), []);
      const some = await service.load([{ v: 1, s: 'x' }]);
      sameRows(assert, await (await some.aggregate({ operations, where: 'v > 5' })).toRows(), [row]);
      sameRows(assert, (await service.aggregate([{ v: 1 }], { operations, where: 'v > 5' })).data, [row]);
    },
  },
  {
    name: 'aggregate: correlation pairs rows where both stand',
    async run({ createData, assert }) {
      const service = createData();
      const cases = [
        [[[1, 2], [2, 4], [3, 6]], 1], [[[1, 3], [2, 2], [3, 1]], -1], [[[1, 2], [null, 9], [2, 4], [5, null], [3, 6]], 1], [[[1, 2]], null], [[[1, null], [null, 2]], null], [[[1, 5], [2, 5], [3, 5]], NaN],
        [[[1, 1], [2, 3], [3, 2], [4, 5]], 0.8315218406202999],
      ];
      for (const [pairs, expected] of cases) {
        const rows = pairs.map(([a, b]) => ({ a, b })), options = one('a', 'correlation', { with: 'b' }), table = await service.load(rows, { schema: { a: 'f64', b: 'f64' } });
        for (const x of [(await (await table.aggregate(options)).toRows())[0].x, ...(rows.length > 2 ? [(await service.aggregate(rows, options)).data[0].x] : [])]) if (!near(x, expected)) assert.fail(`${JSON.stringify(pairs)}: got ${label(x)}, expected ${label(expected)}`);
      }
    },
  },
  {
    name: 'aggregate: variance of large close numbers keeps its digits',
    async run({ createData, assert }) {
      const service = createData(), values = Array.from({ length: 1000 }, (_, i) => 1e12 + (i % 10));
      const rows = column(values);
      for (const x of [(await service.aggregate(rows, one('v', 'variance', { population: true }))).data[0].x, (await (await (await service.load(rows)).aggregate(one('v', 'variance', { population: true }))).toRows())[0].x]) assert.close(x, 8.25, 1e-6);
    },
  },
  {
    name: 'aggregate: a sum of a million tenths is exact to the last digits',
    async run({ createData, assert }) {
      const service = createData(), v = new Float64Array(1_000_000).fill(0.1), table = await service.load({ v });
      const [row] = await (await table.aggregate({ operations: [{ field: 'v', operation: 'sum', alias: 's' }, { field: 'v', operation: 'avg', alias: 'a' }] })).toRows();
      assert.close(row.s, 100000, 1e-14);
      assert.close(row.a, 0.1, 1e-14);
    },
  },
  {
    name: 'aggregate: paths into nested objects and lists; a column of that very name comes first',
    async run(context) {
      const rows = [{ ctx: { w: 1, tags: ['a', 'b'] }, 'ctx.w': 10 }, { ctx: { w: 2, tags: [] }, 'ctx.w': 20 }, { ctx: null, 'ctx.w': 30 }];
      await aggregates(context, rows, { operations: [{ field: 'ctx.w', operation: 'sum', alias: 's' }] }, [{ s: 60 }]);
      const nested = rows.map(({ ctx }) => ({ ctx }));
      await aggregates(context, nested, { operations: [{ field: 'ctx.w', operation: 'sum', alias: 's' }, { field: 'ctx.tags[0]', operation: 'count', alias: 'n' }, { field: 'ctx.w', operation: 'count', alias: 'c' }] }, [{ s: 3, n: 1, c: 2 }]);
      await aggregates(context, nested, { groupBy: ['ctx.tags[0]'], operations: [{ field: '*', operation: 'count', alias: 'n' }] }, [{ 'ctx.tags[0]': 'a', n: 1 }, { 'ctx.tags[0]': null, n: 2 }]);
    },
  },
  ...[
    ['an unknown operation, with near names', one('price', 'summ'), /sum/], ['an unknown operation like a method', one('price', 'constructor'), /constructor/], ['an unknown field, with near names', one('prize', 'sum'), /price/], ['an unknown group, with near names', { groupBy: ['citty'], operations: [] }, /city/],
    ['sum of text', one('city', 'sum'), /city/], ['median of text', one('city', 'median'), /city/], ['avg of text', one('city', 'avg'), /city/], ['stddev of booleans', one('ok', 'stddev'), /ok/],
    ['quantile without q', one('price', 'quantile'), /\bq\b/], ['quantile with q beyond 1', one('price', 'quantile', { q: 1.5 }), /\bq\b/], ['quantile with q NaN', one('price', 'quantile', { q: NaN }), /\bq\b/], ['an unknown key in args', one('price', 'quantile', { q: 0.5, p: 1 }), /\bp\b/], ['args where none are taken', one('price', 'sum', { population: true }), /population/],
    ['population that is no boolean', one('price', 'stddev', { population: 'yes' }), /population/], ['correlation without a partner', one('price', 'correlation'), /with/], ['correlation with an unknown field', one('price', 'correlation', { with: 'quantity' }), /quantity/], ['correlation with text', one('price', 'correlation', { with: 'city' }), /city/],
    ['* for another operation than count', one('*', 'sum'), /\*|count/], ['two columns of one name', { operations: [{ field: 'price', operation: 'sum', alias: 'x' }, { field: 'qty', operation: 'sum', alias: 'x' }] }, /x/], ['an alias that is a group', { groupBy: ['city'], operations: [{ field: 'price', operation: 'sum', alias: 'city' }] }, /city/],
    ['the same group twice', { groupBy: ['city', 'city'], operations: [] }, /city/], ['operations that are no list', { operations: 'sum' }, /operations/], ['no operations at all', {}, /operations/], ['an operation that is null', { operations: [null] }, /operation/], ['a field that is no string', one(5, 'sum'), /field/], ['an alias that is no string', { operations: [{ field: 'price', operation: 'sum', alias: 5 }] }, /alias/],
    ['groupBy that is a string', { groupBy: 'city', operations: [] }, /groupBy/], ['an unknown option', { operations: [], groupby: ['city'] }, /groupby/], ['an unknown key of an operation', { operations: [{ field: 'price', op: 'sum', operation: 'sum' }] }, /op/], ['options that are null', null, /./],
    ['a limit below 0', { operations: [], groupBy: ['city'], limit: -1 }, /limit/], ['a limit with a fraction', { operations: [], groupBy: ['city'], limit: 1.5 }, /limit/], ['orderBy that is a string', { operations: [], groupBy: ['city'], orderBy: 'city' }, /orderBy/], ['orderBy of an unknown column', { operations: [], groupBy: ['city'], orderBy: [{ field: 'citi' }] }, /city/],
    ['having of an unknown column', { groupBy: ['city'], operations: [{ field: 'price', operation: 'sum', alias: 'total' }], having: 'totel > 1' }, /total/], ['where that is no string', { operations: [], groupBy: ['city'], where: true }, /where/], ['where of an unknown column', { operations: [], groupBy: ['city'], where: 'prize > 1' }, /price/], ['where that gives no truth', { operations: [], groupBy: ['city'], where: 'price + 1' }, /./],
  ].map(([name, options, pattern]) => ({
    name: `aggregate: ${name} is refused by every way`,
    run: (context) => refusals(context, 'aggregate', SALES, options, ['INVALID_ARGUMENT', 'PARSE'], pattern),
  })),
  {
    name: 'aggregate: the input is never changed',
    async run({ createData, assert }) {
      const service = createData(), kept = structuredClone(SALES), frozen = SALES.map((row) => Object.freeze({ ...row }));
      await service.aggregate(Object.freeze(frozen), { groupBy: ['city'], operations: [{ field: 'price', operation: 'median' }, { field: 'qty', operation: 'list' }], orderBy: [{ field: 'median_price' }] });
      sameRows(assert, frozen, kept);
      const columns = { v: Float64Array.of(3, 1, 2) };
      await service.aggregate(columns, { operations: [{ field: 'v', operation: 'median' }] });
      assert.deepEqual(columns.v, Float64Array.of(3, 1, 2));
    },
  },
  {
    name: 'aggregate: rows that change between two calls are read anew',
    async run({ createData, assert }) {
      const service = createData(), rows = [{ v: 1 }, { v: 2 }];
      assert.deepEqual(pluck((await service.aggregate(rows, one('v', 'sum'))).data, 'x'), [3]);
      rows[0].v = 10;
      assert.deepEqual(pluck((await service.aggregate(rows, one('v', 'sum'))).data, 'x'), [12]);
      rows.push({ v: 0.5 });
      assert.deepEqual(pluck((await service.aggregate(rows, one('v', 'sum'))).data, 'x'), [12.5]);
      rows[1] = { other: 'shape', v: 1 };
      assert.deepEqual(pluck((await service.aggregate(rows, one('v', 'sum'))).data, 'x'), [11.5]);
    },
  },
];
