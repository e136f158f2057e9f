/** Where two implementations are likeliest to part: the ends of number ranges, letters, and rows that are not alike. */
import { alike, asRows, columnsOf, pluck, sameRows, sameValues } from '../lib/data.mjs';

const MAX = Number.MAX_VALUE, TINY = 5e-324, BIG = 2n ** 63n;
const near = (a, b) => alike(a, b) || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)));
const sameNear = (assert, actual, expected, note) => expected.forEach((v, i) => { if (!near(actual[i], v)) assert.fail(`${note}: value ${i} is ${String(actual[i])}, expected ${String(v)}`); });

/** [name, type, values, operation, args, answers] of columns. */
const TRANSFORMS = [
  ['round keeps what has no digit there', 'f64', [123456789012345.67, 1e308, -1e308, 2 ** 52 + 1, 0.1, NaN, -Infinity], 'round', { digits: 2 }, [123456789012345.67, 1e308, -1e308, 2 ** 52 + 1, 0.1, NaN, -Infinity]],
  ['round to the most digits', 'f64', [1.2345, 5e-324, 1e300, -0], 'round', { digits: 22 }, [1.2345, 0, 1e300, -0]],
  ['round to tens keeps what has none there', 'f64', [15, -15, 1e300, 1.2345678901234567e38, MAX, 4, -4], 'round', { digits: -1 }, [20, -10, 1e300, 1.2345678901234567e38, MAX, 0, -0]],
  ['round to the most tens', 'f64', [MAX, 1e22, 4e21], 'round', { digits: -22 }, [MAX, 1e22, 0]],
  ['normalize where max − min is past the doubles', 'f64', [-MAX, 0, MAX, null], 'normalize', undefined, [0, 0.5, 1, null]],
  ['normalize at one end of the doubles', 'f64', [MAX, -1e308, MAX / 2], 'normalize', undefined, [1, 0, (MAX / 4 + 0.5e308) / (MAX / 2 + 0.5e308)]],
  ['normalize the smallest numbers', 'f64', [0, TINY, 2 * TINY], 'normalize', undefined, [0, 0.5, 1]],
  ['standardize the largest numbers', 'f64', [MAX, -MAX], 'standardize', undefined, [Math.SQRT1_2, -Math.SQRT1_2]],
  ['standardize the smallest numbers', 'f64', [0, TINY, 2 * TINY], 'standardize', undefined, [-1, 0, 1]],
  ['abs of i32 and of -0', 'i32', [-2147483648, 2147483647, 0], 'abs', undefined, [2147483648, 2147483647, 0]],
  ['abs of i64', 'i64', [-(BIG - 1n), BIG - 1n, -1n], 'abs', undefined, [BIG - 1n, BIG - 1n, 1]],
  ['fillNull of i64 with a number and with a bigint', 'i64', [1n, null], 'fillNull', { value: 7 }, [1, 7]],
  ['fillNull of i64 at its end', 'i64', [BIG - 1n, null], 'fillNull', { value: -BIG }, [BIG - 1n, -BIG]],
  ['toString where two shortest texts are equally near', 'f64', [2 ** 50 + 0.25, 2 ** 47 + 0.125, 2 ** -24, 2 ** 51 - 0.25], 'toString', undefined, [2 ** 50 + 0.25, 2 ** 47 + 0.125, 2 ** -24, 2 ** 51 - 0.25].map(String)],
];
/** [expression, type, values, answers] */
const EXPRESSIONS = [
  ['round(v, 2)', 'f64', [123456789012345.67, 1e308, 2 ** 52 + 1, 1.005, -0], [123456789012345.67, 1e308, 2 ** 52 + 1, 1, -0]],
  ['round(v, 400)', 'f64', [1e-300, 0.1, MAX], [1e-300, 0.1, MAX]],
  ['round(v, -400)', 'f64', [1e300, -1e300], [0, -0]],
  ['round(v, -1)', 'f64', [MAX, 1.2345678901234567e38, 15], [MAX, 1.2345678901234567e38, 20]],
  ['v % 3', 'i64', [-BIG, BIG - 1n, -7n], [Number(-BIG) % 3, Number(BIG - 1n) % 3, -1]],
  ['v % -3', 'f64', [7, -7, 0.5, Infinity], [1, -1, 0.5, NaN]],
  ['v / 0', 'i32', [1, -1, 0], [Infinity, -Infinity, NaN]],
  ['v % 0', 'i32', [1, 0], [NaN, NaN]],
  ['v + 1', 'i32', [2147483647, -2147483648], [2147483648, -2147483647]],
  ['v * v', 'i32', [2147483647], [2147483647 ** 2]],
  ['abs(v)', 'i64', [-BIG], [2 ** 63]],
  ['abs(v)', 'i32', [-2147483648], [2147483648]],
  ['-v', 'f64', [0, -0, NaN], [-0, 0, NaN]],
  ['least(v, 0)', 'f64', [-0, NaN, 1], [-0, NaN, 0]],
  ['greatest(v, -0)', 'f64', [0, NaN, -1], [0, NaN, -0]],
  ['v = 9223372036854775807', 'i64', [BIG - 1n, BIG - 2n, null], [true, false, null]],
  ['v <> v', 'f64', [NaN, -0], [true, false]],
  ['v = null', 'i64', [BIG - 1n], [null]],
  ['toString(v)', 'f64', [2 ** 50 + 0.25, 2 ** 47 + 0.375, 2 ** -24, 1e21, 1e-7, -0], [2 ** 50 + 0.25, 2 ** 47 + 0.375, 2 ** -24, 1e21, 1e-7, 0].map(String)],
];
/** [name, type, values, [stddev, variance]] */
const SPREADS = [
  ['numbers whose squares pass the doubles', 'f64', [1e200, -1e200], [Math.SQRT2 * 1e200, Infinity]],
  ['the largest numbers', 'f64', [MAX, -MAX], [Infinity, Infinity]],
  ['numbers whose squares vanish', 'f64', [1e-200, 3e-200], [Math.SQRT2 * 1e-200, 0]],
  ['the smallest numbers', 'f64', [0, TINY, 2 * TINY], [TINY, 0]],
  ['an infinity', 'f64', [Infinity, 1, 2], [NaN, NaN]], ['an infinity behind', 'f64', [1, 2, -Infinity], [NaN, NaN]], ['NaN', 'f64', [1, NaN, 2], [NaN, NaN]],
  ['what does not vary, large', 'f64', [MAX, MAX, MAX], [0, 0]], ['what does not vary, small', 'f64', [TINY, TINY], [0, 0]],
  ['64-bit integers by exact differences', 'i64', [2n ** 60n + 1n, 2n ** 60n + 2n, 2n ** 60n + 3n], [1, 1]],
  ['64-bit integers at their end', 'i64', [-BIG, -BIG + 1n, -BIG + 2n], [1, 1]],
];

const byColumns = (name, type, values, transformation, answers) => ({
  name: `twins: ${name}`,
  async run({ createData, assert }) {
    const service = createData(), table = await service.load({ v: values }, { schema: { v: type } });
    const made = await table.transform({ transformations: [transformation] });
    sameNear(assert, pluck(await made.toRows(), 'x'), answers, 'table');
    // Rows have types by their values alone.
    if (type === 'f64' || values.every((v) => typeof v === 'bigint')) sameNear(assert, pluck((await service.transform(values.map((v) => ({ v })), { transformations: [transformation] })).data, 'x'), answers, 'rows');
  },
});

const DATE = new Date(5), NESTED = { a: [1, { b: 2n }] }, ROWS = [{ b: 1, v: 2, o: NESTED, d: DATE, n: 5n }, { v: 1, a: 3, b: undefined, o: 'text' }, { v: null, f: 1 }];
const double = { field: 'v', operation: 'scale', args: { factor: 2 } };

export default [
  ...TRANSFORMS.map(([name, type, values, operation, args, answers]) => byColumns(name, type, values, { field: 'v', operation, as: 'x', ...(args && { args }) }, answers)),
  ...EXPRESSIONS.map(([expr, type, values, answers]) => byColumns(`${expr} of ${type} ${values.map(String).join(', ')}`, type, values, { field: 'x', operation: 'expression', args: { expr } }, answers)),
  ...SPREADS.map(([name, type, values, [stddev, variance]]) => ({
    name: `twins: stddev and variance of ${name}`,
    async run({ createData, assert }) {
      const service = createData(), operations = [{ field: 'v', operation: 'stddev', alias: 's' }, { field: 'v', operation: 'variance', alias: 'w' }];
      // With a group of another size beside it, and alone.
      const rows = values.flatMap((v, i) => [{ g: 'a', v }, { g: 'b', v: type === 'i64' ? BigInt(i) : i }]), table = await service.load(rows, { schema: { v: type } });
      for (const data of [rows, columnsOf(rows), table]) {
        const [a, b] = await asRows((await service.aggregate(data, { groupBy: ['g'], operations })).data);
        sameNear(assert, [a.s, a.w], [stddev, variance], 'among groups');
        assert.close(b.w, values.length === 2 ? 0.5 : 1);
      }
      const [alone] = await (await (await table.filter("g = 'a'")).aggregate({ operations })).toRows();
      sameNear(assert, [alone.s, alone.w], [stddev, variance], 'alone');
    },
  })),
  {
    name: 'twins: correlation at any magnitude, of 64-bit integers exactly',
    async run({ createData, assert }) {
      const service = createData();
      const cases = [[[1e-320, 2e-320, 3e-320], [1, 2, 3], 1], [[MAX, -MAX, 0], [1, -1, 0], 1], [[1e200, 2e200, 3e200], [3e-200, 2e-200, 1e-200], -1], [[TINY, TINY, TINY], [1, 2, 3], NaN], [[1, Infinity, 2], [1, 2, 3], NaN]];
      for (const [x, y, r] of cases) {
        const rows = x.map((v, i) => ({ x: v, y: y[i] })), options = { operations: [{ field: 'x', operation: 'correlation', alias: 'r', args: { with: 'y' } }] }, table = await service.load(rows);
        for (const data of [rows, columnsOf(rows), table]) sameNear(assert, [(await asRows((await service.aggregate(data, options)).data))[0].r], [r], `${x} with ${y}`);
      }
      const rows = [1n, 2n, 4n].map((k) => ({ x: 2n ** 62n + k, y: Number(k) })), table = await service.load(rows);
      assert.close((await (await table.aggregate({ operations: [{ field: 'x', operation: 'correlation', alias: 'r', args: { with: 'y' } }] })).toRows())[0].r, 1, 1e-12);
    },
  },
  {
    name: 'twins: abs of -2^63 is INTEGER_RANGE',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load({ v: [-BIG] }, { schema: { v: 'i64' } });
      for (const call of [() => table.transform({ transformations: [{ field: 'v', operation: 'abs' }] }), () => service.transform([{ v: -BIG }], { transformations: [{ field: 'v', operation: 'abs' }] })]) await assert.code(call, 'INTEGER_RANGE');
      sameRows(assert, await table.toRows(), [{ v: -BIG }]);
    },
  },
  {
    name: 'twins: fields that no step touches come back as they are, in the order of their first appearance, null where a row has none',
    async run({ createData, assert }) {
      const service = createData(), { data } = await service.transform(ROWS, { transformations: [double] });
      for (const row of data) assert.deepEqual(Object.keys(row), ['b', 'v', 'o', 'd', 'n', 'a', 'f']);
      sameValues(assert, data.map((row) => row.v), [4, 2, null]);
      assert.ok(data[0].o === NESTED && data[0].d === DATE && data[0].n === 5n, 'the same objects');
      assert.equal(data[1].b, null);
      assert.ok(Object.hasOwn(data[2], 'd') && data[2].d === null && data[1].o === 'text');
      const [{ w, b }] = (await service.transform(ROWS, { transformations: [{ ...double, as: 'w' }], where: 'a = 3', select: ['w', 'b'] })).data;
      assert.equal(w, 2);
      assert.equal(b, null);
    },
  },
  {
    name: 'twins: select finds a field that the first row lacks',
    async run({ createData, assert }) {
      const { data } = await createData().transform(ROWS, { transformations: [double], select: ['f', 'a'] });
      sameRows(assert, data, [{ f: null, a: null }, { f: null, a: 3 }, { f: 1, a: null }]);
      for (const row of data) assert.deepEqual(Object.keys(row), ['f', 'a']);
    },
  },
  {
    name: 'twins: rows whose other fields are of several kinds, and fields of nothing but nulls',
    async run({ createData, assert }) {
      const service = createData(), rows = [{ v: 1, m: 'x', z: null }, { v: 2, m: 3 }, { v: 3, m: [4], z: undefined }], options = { operations: [{ field: 'v', operation: 'sum', alias: 's' }, { field: 'z', operation: 'sum', alias: 'z' }, { field: '*', operation: 'count', alias: 'c' }] };
      sameRows(assert, (await service.aggregate(rows, options)).data, [{ s: 6, z: 0, c: 3 }]);
      sameValues(assert, pluck((await service.transform(rows, { transformations: [double, { ...double, field: 'z' }] })).data, 'z'), [null, null, null]);
      sameValues(assert, pluck((await service.transform(rows, { transformations: [{ field: 'q', operation: 'expression', args: { expr: 'm IS NULL' } }] })).data, 'q'), [false, false, false]);
      await assert.code(service.aggregate(rows, { groupBy: ['m'], operations: [] }), 'INVALID_ARGUMENT');
      sameValues(assert, pluck((await service.transform(rows, { transformations: [{ ...double, field: 'm' }], where: 'v = 2' })).data, 'm'), [6]);
    },
  },
  {
    name: 'twins: case in expressions and transforms is the host\'s',
    async run({ createData, assert }) {
      const texts = ['ΟΔΟΣ', 'ΑΣ\ud800', 'İI', 'ı', 'straße', 'ŉ', 'ﬃ', 'ΐ', 'Ა', 'ა', '\u{10400}', 'ǆ', '\u{1e900}', '\ua7dc', '\u019b', '\u{10d50}', 'a\ud83d'], rows = texts.map((s) => ({ s })), service = createData(), table = await service.load(rows);
      for (const [name, map] of [['upper', (s) => s.toUpperCase()], ['lower', (s) => s.toLowerCase()]]) {
        for (const step of [{ field: 'x', operation: 'expression', args: { expr: `${name}(s)` } }, { field: 's', operation: `${name}case`, as: 'x' }]) {
          for (const data of [rows, table]) sameValues(assert, pluck(await asRows((await service.transform(data, { transformations: [step] })).data), 'x'), texts.map(map), name);
        }
      }
      sameValues(assert, await (await table.filter("s ILIKE 'οδοσ'")).column('s'), ['ΟΔΟΣ']);
    },
  },
  {
    name: 'twins: lone surrogates stand in expressions as they do in texts; in names they are refused',
    async run({ createData, assert }) {
      const service = createData(), rows = ['a\ud800', '\udc00', 'a\ufffd'].map((s) => ({ s })), table = await service.load(rows);
      for (const [expression, texts] of [["s = 'a\ud800'", ['a\ud800']], ["s LIKE '%\udc00'", ['\udc00']], ["s ILIKE 'A\ud800'", ['a\ud800']], ["s IN ('\udc00', 'a\ufffd')", ['\udc00', 'a\ufffd']]]) {
        sameValues(assert, await (await table.filter(expression)).column('s'), texts, expression);
        sameValues(assert, pluck((await service.transform(rows, { transformations: [], where: expression })).data, 's'), texts, expression);
        assert.equal((await (await table.aggregate({ operations: [{ field: '*', operation: 'count', alias: 'n' }], where: expression })).toRows())[0].n, texts.length);
      }
      sameValues(assert, pluck(await (await table.transform({ transformations: [{ field: 'x', operation: 'expression', args: { expr: "concat(s, '\udc00')" } }] })).toRows(), 'x'), rows.map(({ s }) => `${s}\udc00`));
      const bad = '\ud800', row = { [bad]: 1, v: 2 };
      for (const call of [() => service.load([row]), () => service.load({ [bad]: [1] }), () => table.transform({ transformations: [{ field: 's', operation: 'trim', as: bad }] }), () => table.aggregate({ operations: [{ field: 's', operation: 'count', alias: bad }] }), () => service.aggregate([row], { groupBy: [bad], operations: [] })]) await assert.code(call, 'INVALID_ARGUMENT', String(call));
      await assert.code(service.load('{"\\ud800":1,"\\udc00":2}', { format: 'ndjson' }), 'PARSE');
      sameRows(assert, await (await service.load('{"\\ud83d\\ude00":1}', { format: 'ndjson' })).toRows(), [{ '😀': 1 }]);
      const [made] = (await service.transform([row], { transformations: [{ field: 'v', operation: 'scale', args: { factor: 2 } }] })).data;
      assert.ok(made[bad] === 1 && made.v === 4, 'what no step touches may be called anything');
      assert.equal((await service.transform([row], { transformations: [{ field: bad, operation: 'scale', args: { factor: 2 }, as: 'x' }] })).data[0].x, 2);
    },
  },
  {
    name: 'twins: median and quantile are never -0',
    async run({ createData, assert }) {
      const service = createData();
      for (const v of [[0, -0], [-0], [-0, -0, -0], [-1, -0, 1]]) {
        const rows = v.map((x) => ({ v: x })), operations = [{ field: 'v', operation: 'median', alias: 'm' }, { field: 'v', operation: 'quantile', args: { q: 0.5 }, alias: 'q' }], table = await service.load(rows);
        for (const data of [rows, table]) sameRows(assert, await asRows((await service.aggregate(data, { operations })).data), [{ m: 0, q: 0 }]);
      }
    },
  },
];
