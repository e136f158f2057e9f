/** What a table offers: filter, sort, slice, select, column, copies out, life and end. */
import { columnsOf, pluck, random, rowsOf, sameRows, sameValues } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
const ten = () => Array.from({ length: 10 }, (_, i) => ({ i, s: `s${i}` }));
const SLICES = [[0, 3], [2, 5], [0, 10], [3], [0], [-3], [-3, -1], [0, -8], [5, 2], [8, 100], [100], [-100, 3], [10], [0, 0], [2.7, 5.2], [-0, 1], [0, undefined], [0, Infinity], [-Infinity, 2]];

/** [name, values, sorted ascending, sorted descending] by place */
const SORTS = [
  ['whole numbers', [3, 1, 2, 1], [1, 3, 2, 0], [0, 2, 1, 3]],
  ['negative and positive numbers', [0, -5, 5, -2147483648, 2147483647], [3, 1, 0, 2, 4], [4, 2, 0, 1, 3]],
  ['fractions with NaN after every number', [1.5, NaN, -Infinity, Infinity, -0.5], [2, 4, 0, 3, 1], [1, 3, 0, 4, 2]],
  ['0 and -0 are equal', [0, -0, -1, 0.5], [2, 0, 1, 3], [3, 0, 1, 2]],
  ['nulls last in both directions', [2, null, 1, null, 3], [2, 0, 4, 1, 3], [4, 0, 2, 1, 3]],
  ['NaN and nulls', [NaN, null, 1], [2, 0, 1], [0, 2, 1]],
  ['strings by code point', ['b', 'a', 'B', 'ä', 'z', ''], [5, 2, 1, 0, 4, 3], [3, 4, 0, 1, 2, 5]],
  ['strings beyond the BMP after U+FFFF', ['\u{10000}', '\uffff', '\ud7ff', 'a'], [3, 2, 1, 0], [0, 1, 2, 3]],
  ['strings that begin alike', ['ab', 'a', 'abc', 'a\0', 'aa'], [1, 3, 4, 0, 2], [2, 0, 4, 3, 1]],
  ['strings with nulls', ['b', null, 'a', ''], [3, 2, 0, 1], [0, 2, 3, 1]],
  ['booleans, false first', [true, false, null, true, false], [1, 4, 0, 3, 2], [0, 3, 1, 4, 2]],
  ['dates', [D(5), D(-5), null, D(0)], [1, 3, 0, 2], [0, 3, 1, 2]],
  ['bigints', [9007199254740993n, -1n, 9007199254740992n, 5n], [1, 3, 2, 0], [0, 2, 3, 1]],
  ['json by its text', [{ b: 1 }, { a: 2 }, [1], null], [2, 1, 0, 3], [0, 1, 2, 3]],
];

export default [
  ...SORTS.map(([name, values, up, down]) => ({
    name: `sort: ${name}`,
    async run({ createData, assert }) {
      const table = await createData().load(values.map((v, i) => ({ i, v })));
      sameValues(assert, await (await table.sort([{ field: 'v' }])).column('i'), up, 'ascending');
      sameValues(assert, await (await table.sort([{ field: 'v', descending: true }])).column('i'), down, 'descending');
    },
  })),
  {
    name: 'sort: several keys, each in its direction; equal rows keep their order',
    async run({ createData, assert }) {
      const r = random(5), rows = Array.from({ length: 2000 }, (_, i) => ({ i, a: Math.floor(r() * 5), b: `k${Math.floor(r() * 7)}`, c: r() < 0.2 ? null : Math.floor(r() * 3) / 2 }));
      const table = await createData().load(rows);
      const compare = (x, y, descending) => (x === y ? 0 : x === null ? 1 : y === null ? -1 : (x < y ? -1 : 1) * (descending ? -1 : 1));
      for (const by of [[['a'], ['b', true]], [['b'], ['c', true], ['a']], [['c', true]], [['c'], ['b'], ['a', true]]]) {
        const expected = [...rows].sort((x, y) => { for (const [f, d] of by) { const o = compare(x[f], y[f], d); if (o) return o; } return 0; });
        const sorted = await table.sort(by.map(([field, descending]) => ({ field, ...(descending && { descending }) })));
        sameValues(assert, await sorted.column('i'), expected.map((row) => row.i), JSON.stringify(by));
        sameRows(assert, await sorted.toRows(), expected);
      }
    },
  },
  {
    name: 'sort: no keys keep the order; unknown columns and wrong keys are refused',
    async run({ createData, assert }) {
      const table = await createData().load(ten());
      sameValues(assert, await (await table.sort([])).column('i'), ten().map((r) => r.i));
      const error = await assert.code(table.sort([{ field: 'ss' }]), 'INVALID_ARGUMENT');
      assert.ok(/\bs\b/.test(error.message), `near names: ${error.message}`);
      for (const by of [undefined, null, 'i', {}, ['i'], [null], [{ field: 5 }], [{ field: 'i', descending: 'yes' }], [{ field: 'i', desc: true }]]) await assert.code(() => table.sort(by), 'INVALID_ARGUMENT', JSON.stringify(by));
    },
  },
  ...SLICES.map((args) => ({
    name: `slice(${args.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join(', ')}) is that of an array`,
    async run({ createData, assert }) {
      const table = await createData().load(ten());
      sameRows(assert, await (await table.slice(...args)).toRows(), ten().slice(...args));
    },
  })),
  {
    name: 'slice of a slice; texts and nulls stay with their rows',
    async run({ createData, assert }) {
      const rows = Array.from({ length: 200 }, (_, i) => ({ i, s: i % 3 ? `t${i % 5}` : null, b: i % 2 ? true : null, u: `unique ${i}` }));
      const table = await createData().load(rows), part = await (await table.slice(13, 150)).slice(9, -20);
      const expected = rows.slice(13, 150).slice(9, -20);
      sameRows(assert, await part.toRows(), expected);
      sameRows(assert, await (await part.filter('b IS NOT NULL')).toRows(), expected.filter((r) => r.b !== null));
      sameRows(assert, await (await part.aggregate({ groupBy: ['s'], operations: [{ field: '*', operation: 'count', alias: 'n' }] })).toRows(), [...new Set(expected.map((r) => r.s))].map((s) => ({ s, n: expected.filter((r) => r.s === s).length })));
    },
  },
  {
    name: 'slice: what is no number is refused',
    async run({ createData, assert }) {
      const table = await createData().load(ten());
      for (const args of [['1'], [null], [{}], [NaN], [0, '2'], [0, null], [0, NaN], []]) await assert.code(() => table.slice(...args), 'INVALID_ARGUMENT', JSON.stringify(args));
    },
  },
  {
    name: 'select: columns in the order asked; unknown and repeated ones are refused',
    async run({ createData, assert }) {
      const table = await createData().load([{ a: 1, b: 'x', c: true }]);
      const part = await table.select(['c', 'a']);
      assert.deepEqual(Object.keys(part.schema), ['c', 'a']);
      sameRows(assert, await part.toRows(), [{ c: true, a: 1 }]);
      assert.equal((await table.select([])).rowCount, 1, 'no columns, the rows stay counted');
      const error = await assert.code(table.select(['a', 'bb']), 'INVALID_ARGUMENT');
      assert.ok(/\bb\b/.test(error.message), `near names: ${error.message}`);
      for (const bad of [['a', 'a'], 'a', null, undefined, [5], [null]]) await assert.code(() => table.select(bad), 'INVALID_ARGUMENT', JSON.stringify(bad));
    },
  },
  {
    name: 'column: a typed array where the type has one and no row is null, else values and nulls',
    async run({ createData, assert }) {
      const table = await createData().load([{ f: 1.5, i: 1, l: 5n, s: 'x', n: null, b: true, t: D(0) }, { f: 2, i: 2, l: 6n, s: 'y', n: 3, b: false, t: D(1) }]);
      assert.deepEqual(await table.column('f'), Float64Array.of(1.5, 2));
      assert.deepEqual(await table.column('i'), Int32Array.of(1, 2));
      sameValues(assert, await table.column('s'), ['x', 'y']);
      sameValues(assert, await table.column('n'), [null, 3]);
      assert.ok(Array.isArray(await table.column('n')), 'nulls: an array');
      sameValues(assert, await table.column('b'), [true, false]);
      sameValues(assert, await table.column('t'), [D(0), D(1)]);
      assert.deepEqual((await table.toColumns()).f, Float64Array.of(1.5, 2));
    },
  },
  {
    name: 'column: an unknown one is refused with near names',
    async run({ createData, assert }) {
      const table = await createData().load([{ price: 1, name: 'x' }]);
      const error = await assert.code(table.column('prise'), 'INVALID_ARGUMENT');
      assert.ok(/price/.test(error.message), error.message);
      for (const name of [undefined, null, 5, {}, 'toString', '__proto__']) await assert.code(() => table.column(name), 'INVALID_ARGUMENT', String(name));
    },
  },
  {
    name: 'filter: a table of what is left; the first one stays',
    async run({ createData, assert }) {
      const table = await createData().load(ten()), odd = await table.filter('i % 2 = 1'), none = await table.filter('i > 99');
      sameRows(assert, await odd.toRows(), ten().filter((r) => r.i % 2));
      assert.equal(none.rowCount, 0);
      assert.deepEqual({ ...none.schema }, { ...table.schema });
      assert.equal(table.rowCount, 10);
      sameRows(assert, await (await none.sort([{ field: 's' }])).toRows(), []);
      sameRows(assert, await (await none.slice(0, 5)).toRows(), []);
    },
  },
  {
    name: 'chains: filter, transform, join, aggregate, sort and slice after one another',
    async run({ createData, assert }) {
      const service = createData(), rows = Array.from({ length: 500 }, (_, i) => ({ k: `k${i % 7}`, v: i % 13 === 0 ? null : i })), names = await service.load(Array.from({ length: 5 }, (_, i) => ({ k: `k${i}`, label: `Label ${i}` })));
      let t = await service.load(rows);
      t = await t.filter('v > 50');
      t = await t.transform({ transformations: [{ field: 'v', operation: 'scale', args: { factor: 2 }, as: 'w' }] });
      t = await t.join(names, { on: 'k' });
      t = await t.aggregate({ groupBy: ['label'], operations: [{ field: 'w', operation: 'sum', alias: 'w' }, { field: '*', operation: 'count', alias: 'n' }] });
      t = await t.sort([{ field: 'w', descending: true }]);
      t = await t.slice(0, 3);
      const sums = new Map();
      for (const { k, v } of rows) if (v > 50 && +k[1] < 5) { const e = sums.get(k) ?? { label: `Label ${k[1]}`, w: 0, n: 0 }; e.w += 2 * v; e.n++; sums.set(k, e); }
      sameRows(assert, await t.toRows(), [...sums.values()].sort((a, b) => b.w - a.w).slice(0, 3));
    },
  },
  {
    name: 'toColumns and toRows of one table agree; every call gives fresh copies',
    async run({ createData, assert }) {
      const table = await createData().load(ten());
      sameRows(assert, rowsOf(await table.toColumns()), await table.toRows());
      sameRows(assert, rowsOf(columnsOf(await table.toRows())), ten());
      const a = await table.toColumns(), b = await table.toColumns();
      a.i.fill(-1);
      sameValues(assert, b.i, ten().map((r) => r.i));
      sameValues(assert, (await table.toColumns()).i, ten().map((r) => r.i));
    },
  },
  {
    name: 'free: every use afterwards is DISPOSED; freeing twice is nothing; others stay',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ten()), other = await table.filter('i > 4'), third = await service.load([{ i: 1 }]);
      assert.equal(table.free(), undefined);
      table.free();
      for (const [name, use] of Object.entries({
        transform: () => table.transform({ transformations: [] }), aggregate: () => table.aggregate({ operations: [], groupBy: ['i'] }), filter: () => table.filter('i > 1'), sort: () => table.sort([{ field: 'i' }]), top: () => table.top({ limit: 1 }), join: () => table.join(third, { on: 'i' }), joined: () => third.join(table, { on: 'i' }),
        slice: () => table.slice(0, 1), select: () => table.select(['i']), column: () => table.column('i'), toRows: () => table.toRows(), toColumns: () => table.toColumns(), toArrow: () => table.toArrow(), toCSV: () => table.toCSV(), compact: () => table.compact(),
        'service.transform': () => service.transform(table, { transformations: [] }), 'service.aggregate': () => service.aggregate(table, { operations: [], groupBy: ['i'] }), load: () => service.load(table),
      })) await assert.code(use, 'DISPOSED', name);
      sameValues(assert, await other.column('i'), [5, 6, 7, 8, 9]);
      sameValues(assert, await third.column('i'), [1]);
    },
  },
  {
    name: 'free: calls made before it are answered',
    async run({ createData, assert }) {
      const table = await createData().load(ten()), pending = [table.toRows(), table.filter('i < 3'), table.column('s')];
      table.free();
      const [rows, filtered, column] = await Promise.all(pending);
      sameRows(assert, rows, ten());
      assert.equal(filtered.rowCount, 3);
      assert.equal(column.length, 10);
      await assert.code(() => table.toRows(), 'DISPOSED');
    },
  },
  {
    name: 'free: thousands of tables made and freed',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ten());
      for (let i = 0; i < 2000; i++) (await table.slice(0, 5)).free();
      sameRows(assert, await table.toRows(), ten());
    },
  },
  {
    name: 'compact keeps every table as it was',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ten()), big = await service.load({ x: new Float64Array(300_000).fill(1) }), part = await table.filter('i > 6');
      big.free();
      await table.compact();
      sameRows(assert, await table.toRows(), ten());
      sameValues(assert, await part.column('i'), [7, 8, 9]);
      assert.equal((await part.sort([{ field: 'i', descending: true }])).rowCount, 3);
    },
  },
  {
    name: 'a table of another service is refused',
    async run({ createData, assert }) {
      const one = createData(), two = createData(), a = await one.load(ten()), b = await two.load(ten());
      await assert.code(() => a.join(b, { on: 'i' }), 'INVALID_ARGUMENT');
      const { value, error } = await assert.settles(two.aggregate(a, { operations: [{ field: '*', operation: 'count', alias: 'n' }] }), 5000);
      if (error) await assert.code(() => { throw error; }, 'INVALID_ARGUMENT');
      else sameValues(assert, pluck(await value.data.toRows(), 'n'), [10]);
    },
  },
  {
    name: 'rowCount and schema can not be changed from outside',
    async run({ createData, assert }) {
      const table = await createData().load(ten());
      for (const change of [() => { table.rowCount = 5; }, () => { table.schema = {}; }, () => { table.schema.i = 'utf8'; }, () => { delete table.schema.s; }]) try { change(); } catch { /* refusing is fine too */ }
      assert.equal(table.rowCount, 10);
      assert.deepEqual({ ...table.schema }, { i: 'i32', s: 'utf8' });
      sameRows(assert, await table.toRows(), ten());
    },
  },
];
