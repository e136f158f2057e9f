/** Joins of every kind, with duplicates and nulls, on keys of every type. */
import { pluck, random, sameRows } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
const LEFT = [{ k: 1, l: 'a' }, { k: 2, l: 'b' }, { k: 2, l: 'c' }, { k: null, l: 'd' }, { k: 4, l: 'e' }];
const RIGHT = [{ k: 2, r: 'x' }, { k: 1, r: 'y' }, { k: 2, r: 'z' }, { k: null, r: 'n' }, { k: 9, r: 'w' }];
const row = (k, l, r) => ({ k, l, r });
const KINDS = {
  inner: [row(1, 'a', 'y'), row(2, 'b', 'x'), row(2, 'b', 'z'), row(2, 'c', 'x'), row(2, 'c', 'z')],
  left: [row(1, 'a', 'y'), row(2, 'b', 'x'), row(2, 'b', 'z'), row(2, 'c', 'x'), row(2, 'c', 'z'), row(null, 'd', null), row(4, 'e', null)],
  semi: [{ k: 1, l: 'a' }, { k: 2, l: 'b' }, { k: 2, l: 'c' }],
  anti: [{ k: null, l: 'd' }, { k: 4, l: 'e' }],
};
/** Of these the order is the implementation's own, the same for both. */
const BAGS = {
  right: [row(1, 'a', 'y'), row(2, 'b', 'x'), row(2, 'b', 'z'), row(2, 'c', 'x'), row(2, 'c', 'z'), row(null, null, 'n'), row(9, null, 'w')],
  full: [row(1, 'a', 'y'), row(2, 'b', 'x'), row(2, 'b', 'z'), row(2, 'c', 'x'), row(2, 'c', 'z'), row(null, 'd', null), row(4, 'e', null), row(null, null, 'n'), row(9, null, 'w')],
};
const sorted = (rows) => [...rows].map((r) => JSON.stringify([r.k ?? null, r.l ?? null, r.r ?? null])).sort();

/** [name, left keys, right keys, pairs of places that match] */
const KEYS = [
  ['strings', ['b', 'a', null, ''], ['a', '', 'c', null], [[1, 0], [3, 1]]],
  ['strings of two dictionaries', Array.from({ length: 60 }, (_, i) => `k${i % 3}`), ['k2', 'k0'], Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 !== 1).map((i) => [i, i % 3 === 0 ? 1 : 0])],
  ['fractions: NaN equals NaN, -0 equals 0', [NaN, -0, 0.5], [0, NaN, 1.5], [[0, 1], [1, 0]]],
  ['whole numbers with fractions', [1, 2, 3], [2.5, 2, 1.5, 3], [[1, 1], [2, 3]]],
  ['whole numbers with bigints', [1, 2, 3], [3n, 9007199254740993n, 1n], [[0, 2], [2, 0]]],
  ['bigints past 2^53', [9007199254740993n, 9007199254740992n], [9007199254740992n, 9007199254740993n], [[0, 1], [1, 0]]],
  ['booleans', [true, false, null], [false, true], [[0, 1], [1, 0]]],
  ['dates', [D(1), D(2), null], [D(2), D(3)], [[1, 0]]],
  ['lone surrogates', ['\ud800', '\ufffd'], ['\ufffd', '\ud800', '\udc00'], [[0, 1], [1, 0]]],
  ['no row on the right', [1, 2], [], []],
  ['far apart numbers', [2147483647, -2147483648, 0], [-2147483648, 5, 2147483647], [[0, 2], [1, 0]]],
];

export default [
  ...Object.entries(KINDS).map(([how, expected]) => ({
    name: `join: ${how}, with duplicates and nulls: null matches nothing`,
    async run({ createData, assert }) {
      const service = createData(), left = await service.load(LEFT), right = await service.load(RIGHT);
      sameRows(assert, await (await left.join(right, { on: 'k', how })).toRows(), expected);
      if (how === 'inner') sameRows(assert, await (await left.join(right, { on: 'k' })).toRows(), expected, 'inner is the default');
      sameRows(assert, await left.toRows(), LEFT, 'the left table stays');
      sameRows(assert, await right.toRows(), RIGHT, 'the right table stays');
    },
  })),
  ...Object.entries(BAGS).map(([how, expected]) => ({
    name: `join: ${how}, with duplicates and nulls: keys of both sides stand in one column`,
    async run({ createData, assert }) {
      const service = createData(), left = await service.load(LEFT), right = await service.load(RIGHT), joined = await left.join(right, { on: 'k', how }), other = createData({ implementation: 'js', host: 'inline' });
      const rows = await joined.toRows();
      assert.deepEqual(Object.keys(joined.schema), ['k', 'l', 'r']);
      assert.deepEqual(sorted(rows), sorted(expected));
      sameRows(assert, rows, await (await (await other.load(LEFT)).join(await other.load(RIGHT), { on: 'k', how })).toRows(), 'the same order as the fallback');
    },
  })),
  ...KEYS.map(([name, left, right, pairs]) => ({
    name: `join: on ${name}`,
    async run({ createData, assert }) {
      const service = createData(), l = await service.load(left.map((k, i) => ({ k, i }))), r = await service.load(right.map((k, j) => ({ k, j })), right.length ? {} : { schema: { k: 'i32', j: 'i32' } });
      const rows = await (await l.join(r, { on: 'k' })).toRows();
      sameRows(assert, rows.map(({ i, j }) => ({ i, j })), pairs.map(([i, j]) => ({ i, j })));
      const matched = new Set(pairs.map(([i]) => i));
      assert.deepEqual(pluck(await (await l.join(r, { on: 'k', how: 'anti' })).toRows(), 'i'), left.map((_, i) => i).filter((i) => !matched.has(i)), 'anti');
    },
  })),
  {
    name: 'join: keys of other names, several keys, columns of one name get _right',
    async run({ createData, assert }) {
      const service = createData();
      const left = await service.load([{ a: 1, b: 'x', v: 10 }, { a: 1, b: 'y', v: 20 }, { a: 2, b: 'x', v: 30 }]), right = await service.load([{ c: 1, d: 'x', v: 'R1' }, { c: 2, d: 'x', v: 'R2' }, { c: 2, d: 'y', v: 'R3' }]);
      const joined = await left.join(right, { on: [['a', 'c'], ['b', 'd']] });
      assert.deepEqual(Object.keys(joined.schema), ['a', 'b', 'v', 'v_right']);
      sameRows(assert, await joined.toRows(), [{ a: 1, b: 'x', v: 10, v_right: 'R1' }, { a: 2, b: 'x', v: 30, v_right: 'R2' }]);
    },
  },
  {
    name: 'join: a table with itself, on __proto__, and columns already named _right',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load([{ k: 1, v: 'a', v_right: 'b' }, { k: 2, v: 'c', v_right: 'd' }]);
      const joined = await table.join(table, { on: 'k' });
      assert.equal(new Set(Object.keys(joined.schema)).size, 5, 'no column is lost');
      assert.equal(joined.rowCount, 2);
      const proto = await service.load(JSON.parse('[{"__proto__":1,"x":1},{"__proto__":2,"x":2}]')), other = await service.load(JSON.parse('[{"__proto__":2,"y":3}]'));
      sameRows(assert, await (await proto.join(other, { on: '__proto__' })).toRows(), JSON.parse('[{"__proto__":2,"x":2,"y":3}]'));
    },
  },
  {
    name: 'join: columns of every type follow their rows, null where there is none',
    async run({ createData, assert }) {
      const service = createData(), right = [{ k: 'b', f: 1.5, i: 7, b: true, s: 'ä', t: D(5), j: { a: 1 }, l: 9007199254740993n }];
      const joined = await (await service.load([{ k: 'a' }, { k: 'b' }])).join(await service.load(right), { on: 'k', how: 'left' });
      assert.deepEqual({ ...joined.schema }, { k: 'utf8', f: 'f64', i: 'i32', b: 'bool', s: 'utf8', t: 'timestamp', j: 'json', l: 'i64' });
      sameRows(assert, await joined.toRows(), [{ k: 'a', f: null, i: null, b: null, s: null, t: null, j: null, l: null }, right[0]]);
    },
  },
  {
    name: 'join: many rows against the plainest loop',
    timeoutMs: 60_000,
    async run({ createData, assert }) {
      const service = createData(), r = random(9);
      const make = (n, name) => Array.from({ length: n }, (_, i) => ({ k: r() < 0.05 ? null : Math.floor(r() * 400), s: `s${Math.floor(r() * 3)}`, [name]: i }));
      const left = make(3000, 'l'), right = make(800, 'r'), byKey = new Map();
      for (const row of right) if (row.k !== null) { const key = `${row.k}|${row.s}`; if (!byKey.has(key)) byKey.set(key, []); byKey.get(key).push(row); }
      const matches = (row) => (row.k === null ? [] : byKey.get(`${row.k}|${row.s}`) ?? []);
      const a = await service.load(left), b = await service.load(right), on = [['k', 'k'], ['s', 's']];
      sameRows(assert, await (await a.join(b, { on })).toRows(), left.flatMap((row) => matches(row).map((m) => ({ ...row, r: m.r }))), 'inner');
      sameRows(assert, await (await a.join(b, { on, how: 'left' })).toRows(), left.flatMap((row) => (matches(row).length ? matches(row) : [{ r: null }]).map((m) => ({ ...row, r: m.r }))), 'left');
      sameRows(assert, await (await a.join(b, { on, how: 'semi' })).toRows(), left.filter((row) => matches(row).length), 'semi');
      sameRows(assert, await (await a.join(b, { on, how: 'anti' })).toRows(), left.filter((row) => !matches(row).length), 'anti');
    },
  },
  ...[
    ['no options', undefined, /on/], ['no on', {}, /on/], ['an unknown kind', { on: 'k', how: 'outer' }, /outer|inner/], ['an unknown key, with near names', { on: 'kk' }, /\bk\b/], ['an unknown key of the other table', { on: [['k', 'q']] }, /\bq\b/], ['an empty list of keys', { on: [] }, /on/],
    ['a pair of three', { on: [['k', 'k', 'k']] }, /on|pair/], ['keys of text and number', { on: [['k', 'r']] }, /k|r/], ['an unknown option', { on: 'k', kind: 'left' }, /kind/],
  ].map(([name, options, pattern]) => ({
    name: `join: ${name} is refused`,
    async run({ createData, assert }) {
      const service = createData(), left = await service.load(LEFT), right = await service.load(RIGHT);
      const error = await assert.code(() => left.join(right, options), 'INVALID_ARGUMENT');
      assert.ok(pattern.test(error.message), error.message);
    },
  })),
  {
    name: 'join: what is no table is refused',
    async run({ createData, assert }) {
      const table = await createData().load(LEFT);
      for (const other of [null, undefined, 5, {}, RIGHT, { rowCount: 1, toRows() {} }]) await assert.code(() => table.join(other, { on: 'k' }), 'INVALID_ARGUMENT');
    },
  },
];
