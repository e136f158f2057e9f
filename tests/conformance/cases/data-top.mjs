/** The first rows of each group: order, ties, nulls, NaN, limits; what is refused; wherever the tables are. */
import { narrowed, random, sameRows, sameValues } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
const place = (table) => table.column('i');
/** Rows `{ i, k, v }` of groups and values side by side. */
const rowsOf = (keys, values) => values.map((v, i) => ({ i, k: keys[i], v }));
/** A whole number comes as a number where it is exact. */
const shown = (row) => ({ ...row, v: narrowed([row.v])[0] });
const KEYS = ['b', 'a', 'b', 'b', 'a', 'b'];

/** [name, values, the rows of the two least of each group, of the two greatest] by place; groups are b: 0 2 3 5, a: 1 4 */
const ORDERS = [
  ['whole numbers', [3, 9, 1, 2, -4, 7], [2, 3, 4, 1], [5, 0, 1, 4]],
  ['ties go by row order, in both directions', [1, 5, 1, 1, 5, 1], [0, 2, 1, 4], [0, 2, 1, 4]],
  ['NaN after every number, so first when descending', [NaN, 1, 2.5, Infinity, NaN, NaN], [2, 3, 1, 4], [0, 5, 4, 1]],
  ['nulls last in both directions', [null, null, 2, null, 1, null], [2, 0, 4, 1], [2, 0, 4, 1]],
  ['nulls behind NaN', [null, null, NaN, 1.5, NaN, null], [3, 2, 4, 1], [2, 3, 4, 1]],
  ['nothing but nulls keeps row order', [null, null, null, null, null, null], [0, 2, 1, 4], [0, 2, 1, 4]],
  ['0 and -0 are equal', [0, -0, -0, 0, 0, 0.5], [0, 2, 1, 4], [5, 0, 1, 4]],
  ['infinities', [Infinity, -Infinity, -Infinity, 0.5, Infinity, 1e308], [2, 3, 1, 4], [0, 5, 4, 1]],
  ['strings by code point', ['b', '\uffff', 'B', 'ä', '\u{10000}', ''], [5, 2, 1, 4], [3, 0, 4, 1]],
  ['texts of their own', ['long text b', 'x', 'long text a', 'long text c', 'w', null], [2, 0, 4, 1], [3, 0, 1, 4]],
  ['booleans, false first', [true, true, false, true, false, false], [2, 5, 4, 1], [0, 3, 1, 4]],
  ['dates', [D(5), D(1), D(-5), null, D(0), D(9)], [2, 0, 4, 1], [5, 0, 1, 4]],
  ['bigints past 2^53', [9007199254740993n, 9223372036854775807n, 9007199254740992n, 1n, -9223372036854775808n, null], [3, 2, 4, 1], [0, 2, 1, 4]],
  ['the greatest whole number is no null', [9223372036854775807n, null, 1n, null, 9223372036854775807n, 9223372036854775807n], [2, 0, 4, 1], [0, 5, 4, 1]],
  ['json by its text', [{ b: 1 }, [1], { a: 1 }, null, [0], { c: 1 }], [2, 0, 4, 1], [5, 0, 1, 4]],
];
const orders = ORDERS.map(([name, values, least, greatest]) => ({
  name: `top: ${name}`,
  async run({ createData, assert }) {
    const rows = rowsOf(KEYS, values), table = await createData().load(rows);
    for (const descending of [false, true]) {
      const top = await table.top({ groupBy: 'k', orderBy: [{ field: 'v', descending }], limit: 2 }), want = descending ? greatest : least;
      sameValues(assert, await place(top), want, `descending: ${descending}`);
      sameRows(assert, await top.toRows(), want.map((i) => shown(rows[i])), `whole rows, descending: ${descending}`);
      // Many more than are kept one by one go another way.
      const all = await table.top({ groupBy: ['k'], orderBy: [{ field: 'v', descending }], limit: 1000 });
      sameValues(assert, (await place(all)).filter((_, at) => [0, 1, 4, 5].includes(at)), want, `all, descending: ${descending}`);
    }
  },
}));

const shop = () => [
  { city: 'Köln', kind: 'a', price: 10, at: { w: 3, tags: ['x'] } }, { city: 'Bonn', kind: 'b', price: 7.5, at: { w: 1, tags: ['y'] } }, { city: 'Köln', kind: 'b', price: null, at: null }, { city: null, kind: 'a', price: 1, at: { w: 9, tags: ['x'] } },
  { city: 'Bonn', kind: 'a', price: 2.5, at: { w: 5, tags: [] } }, { city: 'Köln', kind: 'a', price: 30, at: { w: 1, tags: ['y'] } }, { city: null, kind: 'b', price: 4, at: { w: 2, tags: ['x'] } },
];
const dearest = { groupBy: 'city', orderBy: [{ field: 'price', descending: true }], limit: 1 };

/** [name, options, places of the rows of `shop`] */
const QUESTIONS = [
  ['one of each group, groups by first appearance, null a group of its own', dearest, [5, 1, 6]],
  ['without groupBy all rows are one group', { orderBy: [{ field: 'price' }], limit: 3 }, [3, 4, 6]],
  ['an empty groupBy too', { groupBy: [], orderBy: [{ field: 'price', descending: true }], limit: 2 }, [5, 0]],
  ['without orderBy rows come as they stand', { groupBy: 'kind', limit: 2 }, [0, 3, 1, 2]],
  ['two group keys', { groupBy: ['city', 'kind'], orderBy: [{ field: 'price', descending: true }], limit: 1 }, [5, 1, 2, 3, 4, 6]],
  ['several orders, each in its direction', { groupBy: 'city', orderBy: [{ field: 'kind', descending: true }, { field: 'price' }], limit: 2 }, [2, 0, 1, 4, 6, 3]],
  ['an order by a group key', { groupBy: 'kind', orderBy: [{ field: 'kind' }], limit: 1 }, [0, 1]],
  ['limit 0', { ...dearest, limit: 0 }, []],
  ['a limit past every group', { ...dearest, limit: 2 ** 40 }, [5, 0, 2, 1, 4, 6, 3]],
  ['the largest limit', { ...dearest, limit: Number.MAX_SAFE_INTEGER }, [5, 0, 2, 1, 4, 6, 3]],
  ['where is looked at before', { ...dearest, where: 'price < 20' }, [0, 1, 6]],
  ['where that nothing meets', { ...dearest, where: 'price > 1000' }, []],
  ['a path as the order', { groupBy: 'kind', orderBy: [{ field: 'at.w', descending: true }], limit: 1 }, [3, 6]],
  ['a path as the group', { groupBy: 'at.tags[0]', orderBy: [{ field: 'price' }], limit: 1 }, [3, 1, 4]],
];
const questions = QUESTIONS.map(([name, options, want]) => ({
  name: `top: ${name}`,
  async run({ createData, assert }) {
    const rows = shop(), table = await createData().load(rows), top = await table.top(options);
    sameRows(assert, await top.toRows(), want.map((i) => rows[i]));
    assert.equal(top.rowCount, want.length);
    assert.deepEqual(Object.entries(top.schema), Object.entries(table.schema), 'the columns are those of the table');
    sameRows(assert, await table.toRows(), rows, 'the table stays');
  },
}));

/** [name, options, what the message must name] */
const WRONG = [
  ['no options', undefined, /limit/], ['no limit', { groupBy: 'city' }, /limit/], ['a limit below 0', { ...dearest, limit: -1 }, /limit/], ['a limit with a fraction', { ...dearest, limit: 1.5 }, /limit/],
  ['a limit NaN', { ...dearest, limit: NaN }, /limit/], ['a limit without end', { ...dearest, limit: Infinity }, /limit/], ['a limit as text', { ...dearest, limit: '2' }, /limit/], ['a limit as a bigint', { ...dearest, limit: 2n }, /limit/],
  ['an unknown group', { ...dearest, groupBy: 'citty' }, /\bcity\b/], ['an unknown group among others', { ...dearest, groupBy: ['kind', 'citty'] }, /groupBy\[1\].*\bcity\b/], ['an unknown order', { ...dearest, orderBy: [{ field: 'prise' }] }, /orderBy\[0\].*\bprice\b/],
  ['an unknown column of select', { ...dearest, select: ['city', 'prise'] }, /\bprice\b/], ['select that names a column twice', { ...dearest, select: ['city', 'city'] }, /city/], ['a group twice', { ...dearest, groupBy: ['city', 'city'] }, /city/],
  ['a group that is a number', { ...dearest, groupBy: 5 }, /groupBy/], ['a group among others that is a number', { ...dearest, groupBy: ['city', 5] }, /groupBy/], ['no group name', { ...dearest, groupBy: '' }, /groupBy/], ['an order as text', { ...dearest, orderBy: 'price' }, /orderBy/],
  ['an order as one object', { ...dearest, orderBy: { field: 'price' } }, /orderBy/], ['a wrong key of an order', { ...dearest, orderBy: [{ field: 'price', desc: true }] }, /descending/], ['an unknown option', { ...dearest, order: [{ field: 'price' }] }, /orderBy/],
  ['by for groupBy', { ...dearest, by: 'city' }, /by/], ['where that is no condition', { ...dearest, where: 'price' }, /where|condition|bool/i], ['where as a number', { ...dearest, where: 5 }, /where/],
];
const wrong = WRONG.map(([name, options, names]) => ({
  name: `top: ${name} is refused`,
  async run({ createData, assert }) {
    const table = await createData().load(shop()), error = await assert.code(() => table.top(options), 'INVALID_ARGUMENT');
    assert.ok(names.test(error.message), error.message);
    assert.equal((await table.top(dearest)).rowCount, 3, 'the table is usable');
  },
}));

/** What `top` says, by a sort of each group's rows. */
function expected(rows, groupBy, orderBy, limit) {
  const groups = new Map(), compare = (x, y, descending) => (x === y ? 0 : x === null ? 1 : y === null ? -1 : (x < y ? -1 : 1) * (descending ? -1 : 1));
  for (const row of rows) { const key = JSON.stringify(groupBy.map((k) => row[k])); if (!groups.has(key)) groups.set(key, []); groups.get(key).push(row); }
  return [...groups.values()].flatMap((group) => group.sort((x, y) => { for (const { field, descending } of orderBy) { const order = compare(x[field], y[field], descending); if (order) return order; } return x.i - y.i; }).slice(0, limit));
}

export default [
  ...orders, ...questions, ...wrong,
  {
    name: 'top: select gives columns in the order asked, of rows chosen by others',
    async run({ createData, assert }) {
      const table = await createData().load(shop());
      for (const [select, rows] of [[['price', 'city'], [{ price: 30, city: 'Köln' }, { price: 7.5, city: 'Bonn' }, { price: 4, city: null }]], [['kind'], [{ kind: 'a' }, { kind: 'b' }, { kind: 'b' }]]]) {
        const top = await table.top({ ...dearest, select });
        assert.deepEqual(Object.keys(top.schema), select);
        sameRows(assert, await top.toRows(), rows, select.join());
      }
      assert.equal((await table.top({ ...dearest, select: [] })).rowCount, 3, 'no columns, the rows stay counted');
      sameRows(assert, await (await table.top({ groupBy: 'at.tags[0]', orderBy: [{ field: 'at.w' }], limit: 1, select: ['price'] })).toRows(), [{ price: 4 }, { price: 7.5 }, { price: 2.5 }], 'paths');
    },
  },
  {
    name: 'top: of an empty table, and of one without columns',
    async run({ createData, assert }) {
      const service = createData(), table = await (await service.load(shop())).filter('price > 1000');
      for (const options of [dearest, { limit: 5 }, { orderBy: [{ field: 'price' }], limit: 1 }]) {
        const top = await table.top(options);
        assert.equal(top.rowCount, 0);
        assert.deepEqual(Object.entries(top.schema), Object.entries(table.schema));
      }
      const bare = await (await service.load(shop())).select([]);
      assert.equal((await bare.top({ limit: 3 })).rowCount, 3);
    },
  },
  {
    name: 'top: many rows and groups, few and many of each',
    async run({ createData, assert }) {
      const r = random(77), rows = Array.from({ length: 3000 }, (_, i) => ({ i, k: `k${Math.floor(r() * 40)}`, g: Math.floor(r() * 9) - 4, v: r() < 0.1 ? null : Math.floor(r() * 50) / 4, s: r() < 0.1 ? null : `s${Math.floor(r() * 20)}`, u: `unique ${Math.floor(r() * 1e6)}` }));
      const table = await createData().load(rows);
      for (const groupBy of [['k'], ['g'], ['k', 'g'], ['v'], [], ['i']]) {
        for (const orderBy of [[{ field: 'v', descending: true }], [{ field: 's' }], [{ field: 'u', descending: true }], [{ field: 'i', descending: true }], [{ field: 'g' }, { field: 'v', descending: true }]]) {
          for (const limit of [1, 2, 8, 9, 60]) sameValues(assert, await place(await table.top({ groupBy, orderBy, limit })), expected([...rows], groupBy, orderBy, limit).map((row) => row.i), JSON.stringify({ groupBy, orderBy, limit }));
        }
      }
    },
  },
  {
    name: 'top: inline and in a worker',
    async run({ createData, assert }) {
      for (const host of ['inline', 'worker']) {
        const service = createData({ host }), rows = shop(), table = await service.load(rows), top = await table.top(dearest);
        sameRows(assert, await top.toRows(), [5, 1, 6].map((i) => rows[i]), host);
        sameRows(assert, await (await top.top({ ...dearest, groupBy: 'kind' })).toRows(), [5, 1].map((i) => rows[i]), `${host}: of its own result`);
        const error = await assert.code(table.top({ ...dearest, groupBy: 'citty' }), 'INVALID_ARGUMENT', host);
        assert.ok(/\bcity\b/.test(error.message), error.message);
        table.free();
        await assert.code(() => table.top(dearest), 'DISPOSED', host);
        sameValues(assert, await top.column('price'), [30, 7.5, 4], `${host}: the result outlives its table`);
        await service.dispose();
        await assert.code(() => top.top(dearest), 'DISPOSED', host);
      }
    },
  },
];
