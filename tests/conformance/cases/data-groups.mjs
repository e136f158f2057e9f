/** Group keys of every kind, where, having, orderBy, limit: the same from rows, columns and tables. */
import { aggregates, alike, asRows, columnsOf, random, rowsOf, sameRows } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
const count = { field: '*', operation: 'count', alias: 'n' };
const by = (...groupBy) => ({ groupBy, operations: [count] });

/** [name, keys of the rows, [key, count] in order] */
const KEYS = [
  ['strings', ['b', 'a', 'b', 'B', ''], [['b', 2], ['a', 1], ['B', 1], ['', 1]]],
  ['null, undefined and missing are one group', [null, 'x', undefined, 'x'], [[null, 2], ['x', 2]]],
  ['the text "null" is not null', ['null', null, 'undefined', undefined], [['null', 1], [null, 2], ['undefined', 1]]],
  ['whole numbers', [3, -1, 3, 0], [[3, 2], [-1, 1], [0, 1]]],
  ['far apart whole numbers', [2147483647, -2147483648, 0, 2147483647], [[2147483647, 2], [-2147483648, 1], [0, 1]]],
  ['fractions', [0.5, 0.25, 0.5, null], [[0.5, 2], [0.25, 1], [null, 1]]],
  ['NaN equals NaN and is not null', [NaN, 1, NaN, null], [[NaN, 2], [1, 1], [null, 1]]],
  ['0 before -0 is one group', [0, -0, 0.5], [[0, 2], [0.5, 1]]],
  ['infinities', [Infinity, -Infinity, Infinity], [[Infinity, 2], [-Infinity, 1]]],
  ['booleans', [true, false, null, true], [[true, 2], [false, 1], [null, 1]]],
  ['dates', [D(5), D(0), D(5), null], [[D(5), 2], [D(0), 1], [null, 1]]],
  ['bigints', [1n, 9007199254740993n, 1n, 9007199254740992n], [[1, 2], [9007199254740993n, 1], [9007199254740992n, 1]]],
  ['objects by their text', [{ a: 1 }, { a: 1 }, { a: 2 }, null], [[{ a: 1 }, 2], [{ a: 2 }, 1], [null, 1]]],
  ['unicode is not normalised', ['é', 'e\u0301', 'é', '😀'], [['é', 2], ['e\u0301', 1], ['😀', 1]]],
  ['lone surrogates stay apart', ['\ud800', '\udc00', '\ufffd', '\ud800'], [['\ud800', 2], ['\udc00', 1], ['\ufffd', 1]]],
  ['names of Object.prototype', ['__proto__', 'constructor', '__proto__', 'toString', 'hasOwnProperty'], [['__proto__', 2], ['constructor', 1], ['toString', 1], ['hasOwnProperty', 1]]],
  ['texts that look like numbers', ['1', '01', '1', '1.0'], [['1', 2], ['01', 1], ['1.0', 1]]],
  ['texts with the separators of joined keys', ['a|b', 'a,b', 'a\0b', 'a|b'], [['a|b', 2], ['a,b', 1], ['a\0b', 1]]],
  ['long texts that share their beginning', [`${'x'.repeat(5000)}a`, `${'x'.repeat(5000)}b`, `${'x'.repeat(5000)}a`], [[`${'x'.repeat(5000)}a`, 2], [`${'x'.repeat(5000)}b`, 1]]],
];
const keys = KEYS.map(([name, values, groups]) => ({
  name: `group by: ${name}`,
  async run(context) {
    const rows = values.map((k, i) => (k === undefined && i > 0 ? { v: i } : { k, v: i }));
    await aggregates(context, rows, by('k'), groups.map(([k, n]) => ({ k, n })));
  },
}));

const SALES = [
  { city: 'Köln', kind: 'a', price: 10, qty: 2 }, { city: 'Bonn', kind: 'b', price: 7.5, qty: 1 }, { city: 'Köln', kind: 'b', price: null, qty: 5 }, { city: null, kind: 'a', price: 1, qty: 1 },
  { city: 'Bonn', kind: 'a', price: 2.5, qty: null }, { city: 'Köln', kind: 'a', price: 30, qty: 2 }, { city: 'Aachen', kind: 'b', price: 4, qty: 3 },
];
const total = { field: 'price', operation: 'sum', alias: 'total' };
const cities = { groupBy: ['city'], operations: [total, count] };

/** [name, what is added to `cities`, rows] */
const QUESTIONS = [
  ['where', { where: 'price > 3' }, [['Köln', 40, 2], ['Bonn', 7.5, 1], ['Aachen', 4, 1]]],
  ['where that nothing meets', { where: 'price > 1000' }, []],
  ['where on a column that is not in the output', { where: "kind = 'a' AND qty IS NOT NULL" }, [['Köln', 40, 2], [null, 1, 1]]],
  ['where on a null is not met', { where: 'NOT (price > 3)' }, [[null, 1, 1], ['Bonn', 2.5, 1]]],
  ['having', { having: 'total >= 10' }, [['Köln', 40, 3], ['Bonn', 10, 2]]],
  ['having on a key', { having: 'city IS NOT NULL AND n > 1' }, [['Köln', 40, 3], ['Bonn', 10, 2]]],
  ['having that nothing meets', { having: 'n > 100' }, []],
  ['orderBy a sum, descending', { orderBy: [{ field: 'total', descending: true }] }, [['Köln', 40, 3], ['Bonn', 10, 2], ['Aachen', 4, 1], [null, 1, 1]]],
  ['orderBy a key: null is last', { orderBy: [{ field: 'city' }] }, [['Aachen', 4, 1], ['Bonn', 10, 2], ['Köln', 40, 3], [null, 1, 1]]],
  ['orderBy a key, descending: null is last', { orderBy: [{ field: 'city', descending: true }] }, [['Köln', 40, 3], ['Bonn', 10, 2], ['Aachen', 4, 1], [null, 1, 1]]],
  ['orderBy with ties keeps the order of first appearance', { orderBy: [{ field: 'n' }] }, [[null, 1, 1], ['Aachen', 4, 1], ['Bonn', 10, 2], ['Köln', 40, 3]]],
  ['orderBy two columns', { orderBy: [{ field: 'n', descending: true }, { field: 'total', descending: true }] }, [['Köln', 40, 3], ['Bonn', 10, 2], ['Aachen', 4, 1], [null, 1, 1]]],
  ['limit', { limit: 2 }, [['Köln', 40, 3], ['Bonn', 10, 2]]],
  ['limit 0', { limit: 0 }, []],
  ['limit beyond the groups', { limit: 1e9 }, [['Köln', 40, 3], ['Bonn', 10, 2], [null, 1, 1], ['Aachen', 4, 1]]],
  ['all of them together', { where: 'price IS NOT NULL', having: 'total > 1', orderBy: [{ field: 'total' }], limit: 2 }, [['Aachen', 4, 1], ['Bonn', 10, 2]]],
];
const questions = QUESTIONS.map(([name, more, rows]) => ({
  name: `aggregate: ${name}`,
  run: (context) => aggregates(context, SALES, { ...cities, ...more }, rows.map(([city, sum, n]) => ({ city, total: sum, n }))),
}));

/** The same grouping written as plainly as can be. */
function naive(rows, groupBy) {
  const groups = new Map();
  for (const row of rows) {
    const key = groupBy.map((k) => { const v = row[k] ?? null; return v === null ? 'null' : `${typeof v}:${typeof v === 'number' && v === 0 ? 0 : String(v)}`; }).join('\u0001');
    let group = groups.get(key);
    if (!group) groups.set(key, group = { ...Object.fromEntries(groupBy.map((k) => [k, row[k] ?? null])), n: 0, total: 0 });
    group.n++;
    group.total += row.v;
  }
  return [...groups.values()];
}

export default [
  ...keys, ...questions,
  {
    name: 'group by: -0 before 0 is one group of zero',
    async run({ createData, assert }) {
      const service = createData(), rows = [{ k: -0 }, { k: 0 }, { k: 0.5 }], table = await service.load(rows);
      for (const data of [rows, columnsOf(rows), table]) {
        const groups = await asRows((await service.aggregate(data, by('k'))).data);
        assert.equal(groups.length, 2);
        assert.ok(groups[0].k === 0, 'zero');
        assert.equal(groups[0].n, 2);
      }
    },
  },
  {
    name: 'group by: several keys of several kinds, nulls in each',
    async run(context) {
      const rows = [['a', 1, true], ['a', 1, true], ['a', 1, null], ['a', null, true], [null, 1, true], [null, null, null], ['a', 1, true], [null, null, null], ['b', 1, false]].map(([s, i, b]) => ({ s, i, b }));
      await aggregates(context, rows, by('s', 'i', 'b'), [['a', 1, true, 3], ['a', 1, null, 1], ['a', null, true, 1], [null, 1, true, 1], [null, null, null, 2], ['b', 1, false, 1]].map(([s, i, b, n]) => ({ s, i, b, n })));
    },
  },
  {
    name: 'group by: keys that would meet if they were joined',
    run: (context) => aggregates(context, [{ a: 'x', b: 'yz' }, { a: 'xy', b: 'z' }, { a: 'x|', b: 'y' }, { a: 'x', b: '|y' }, { a: '', b: 'x' }, { a: 'x', b: '' }], by('a', 'b'), [
      { a: 'x', b: 'yz', n: 1 }, { a: 'xy', b: 'z', n: 1 }, { a: 'x|', b: 'y', n: 1 }, { a: 'x', b: '|y', n: 1 }, { a: '', b: 'x', n: 1 }, { a: 'x', b: '', n: 1 }]),
  },
  {
    name: 'group by: a column called __proto__ groups and is an own property of the answer',
    async run({ createData, assert }) {
      const service = createData(), rows = JSON.parse('[{"__proto__":"x","v":1},{"__proto__":"y","v":2},{"__proto__":"x","v":3}]'), table = await service.load(rows);
      const expected = JSON.parse('[{"__proto__":"x","s":4},{"__proto__":"y","s":2}]');
      const options = { groupBy: ['__proto__'], operations: [{ field: 'v', operation: 'sum', alias: 's' }] };
      for (const data of [rows, columnsOf(rows), table]) {
        const answer = await asRows((await service.aggregate(data, options)).data);
        sameRows(assert, answer, expected);
        assert.ok(Object.hasOwn(answer[0], '__proto__'), 'own property');
      }
      const { data } = await service.aggregate(rows, { operations: [{ field: 'v', operation: 'sum', alias: '__proto__' }] });
      assert.equal(Object.getOwnPropertyDescriptor(data[0], '__proto__')?.value, 6);
      assert.equal({}.s, undefined);
    },
  },
  ...[[10, 2000], [300, 2000], [5000, 8000], [70_000, 70_000]].map(([groups, n]) => ({
    name: `group by: ${groups} groups of random keys in ${n} rows, against the plainest loop`,
    async run({ createData, assert }) {
      const service = createData(), r = random(groups);
      const rows = Array.from({ length: n }, (_, i) => { const k = Math.floor(r() * groups); return { s: k % 11 === 5 ? null : `key ${k}`, i: k % 7 ? k * 7919 - 1e6 : null, f: k % 5 ? k / 8 : NaN, v: i }; });
      const table = await service.load(rows);
      for (const groupBy of [['s'], ['i'], ['f'], ['s', 'i'], ['f', 'i', 's']]) {
        const expected = naive(rows, groupBy), options = { groupBy, operations: [count, { field: 'v', operation: 'sum', alias: 'total' }] };
        const plain = rowsOf(await (await table.aggregate(options)).toColumns());
        sameRows(assert, plain, expected, `table by ${groupBy}`);
        if (n <= 8000) sameRows(assert, (await service.aggregate(rows, options)).data, expected, `rows by ${groupBy}`);
      }
    },
  })),
  {
    name: 'group by: every aggregation keeps its rows apart over many groups, in any order of rows',
    async run({ createData, assert }) {
      const service = createData(), r = random(77), rows = Array.from({ length: 3000 }, (_, i) => ({ g: Math.floor(r() * 200), v: r() < 0.1 ? null : Math.floor(r() * 50), w: i % 9, s: `t${Math.floor(r() * 20)}` }));
      const options = { groupBy: ['g'], operations: [['v', 'sum'], ['v', 'avg'], ['v', 'min'], ['v', 'max'], ['v', 'median'], ['v', 'first'], ['v', 'last'], ['v', 'mode'], ['v', 'countDistinct'], ['v', 'list'], ['s', 'min'], ['s', 'max'], ['s', 'mode'], ['s', 'first'], ['s', 'countDistinct']].map(([field, operation]) => ({ field, operation })) };
      const groups = new Map();
      for (const row of rows) { if (!groups.has(row.g)) groups.set(row.g, []); groups.get(row.g).push(row); }
      const expected = [...groups].map(([g, members]) => {
        const v = members.map((m) => m.v).filter((x) => x !== null), s = members.map((m) => m.s), sorted = [...v].sort((a, b) => a - b), texts = [...s].sort();
        const mode = (list) => { const c = new Map(); for (const x of list) c.set(x, (c.get(x) ?? 0) + 1); let best = null, most = 0; for (const [x, k] of c) if (k > most) { best = x; most = k; } return best; };
        const mid = sorted.length ? (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2 : null;
        return {
          g, sum_v: v.reduce((a, b) => a + b, 0), avg_v: v.length ? v.reduce((a, b) => a + b, 0) / v.length : null, min_v: sorted[0] ?? null, max_v: sorted.at(-1) ?? null, median_v: mid, first_v: v[0] ?? null, last_v: v.at(-1) ?? null, mode_v: mode(v),
          countDistinct_v: new Set(v).size, list_v: members.map((m) => m.v), min_s: texts[0], max_s: texts.at(-1), mode_s: mode(s), first_s: s[0], countDistinct_s: new Set(s).size,
        };
      });
      const table = await service.load(rows);
      for (const data of [rows, columnsOf(rows), table]) {
        const answer = await asRows((await service.aggregate(data, options)).data);
        assert.equal(answer.length, expected.length);
        answer.forEach((row, i) => { for (const k of Object.keys(expected[i])) if (!(k === 'avg_v' ? Math.abs(row[k] - expected[i][k]) < 1e-9 || row[k] === expected[i][k] : alike(row[k], expected[i][k]))) assert.fail(`group ${i}, ${k}: ${row[k]}, expected ${expected[i][k]}`); });
      }
    },
  },
];
