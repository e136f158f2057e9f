/** Transforms of numbers, dates and rows: shape, where, select, order of steps; and what is refused. */
import { alike, asRows, columnsOf, pluck, refusals, sameRows, sameValues, transforms } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
/** [name, operation, args, values, answers] */
const STEPS = [
  ['normalize numbers to [0, 1]', 'normalize', undefined, [10, 20, null, 15, 30], [0, 0.5, null, 0.25, 1]],
  ['normalize a constant column to 0', 'normalize', undefined, [7, 7, null], [0, 0, null]],
  ['normalize negative fractions', 'normalize', undefined, [-1.5, 0.5, 2.5], [0, 0.5, 1]],
  ['normalize dates to ISO 8601', 'normalize', undefined, [D(0), null, D(1717200000000)], ['1970-01-01T00:00:00.000Z', null, new Date(1717200000000).toISOString()]],
  ['normalize texts that are all ISO dates', 'normalize', undefined, ['2024-06-01T12:00:00+02:00', '1970-01-01T00:00:00Z', null], ['2024-06-01T10:00:00.000Z', '1970-01-01T00:00:00.000Z', null]],
  ['normalize texts that are all RFC 2822 dates', 'normalize', undefined, ['Sat, 01 Jun 2024 12:00:00 +0200', 'Thu, 01 Jan 1970 00:00:00 GMT'], ['2024-06-01T10:00:00.000Z', '1970-01-01T00:00:00.000Z']],
  ['normalize texts of which one is no date as texts', 'normalize', undefined, ['2024-06-01T12:00:00Z', ' no  date '], ['2024-06-01T12:00:00Z', 'no date']],
  ['normalize epoch milliseconds as a timestamp', 'normalize', { as: 'timestamp' }, [0, 1717200000000, null], ['1970-01-01T00:00:00.000Z', new Date(1717200000000).toISOString(), null]],
  ['standardize a constant column to 0', 'standardize', undefined, [7, 7, null, 7], [0, 0, null, 0]],
  ['standardize with a NaN among the numbers: no mean, so NaN', 'standardize', undefined, [1, NaN, null, 5], [NaN, NaN, null, NaN]],
  ['normalize with a NaN among the numbers, which stays', 'normalize', undefined, [0, NaN, 10, null, 5], [0, NaN, 1, null, 0.5]],
  ['round', 'round', undefined, [1.4, 1.6, -1.4, null, 2], [1, 2, -1, null, 2]],
  ['round to digits', 'round', { digits: 2 }, [1.234, 1.236, -7, null], [1.23, 1.24, -7, null]],
  ['abs', 'abs', undefined, [-1.5, 2, null, -Infinity, NaN], [1.5, 2, null, Infinity, NaN]],
  ['abs of whole numbers', 'abs', undefined, [-5, 5, 0, null], [5, 5, 0, null]],
  ['abs of the least 32-bit number', 'abs', undefined, [-2147483648, 1], [2147483648, 1]],
  ['scale', 'scale', { factor: 2.5 }, [2, -4, null, 0.5], [5, -10, null, 1.25]],
  ['scale whole numbers past 32 bits', 'scale', { factor: 4 }, [2147483647, 1], [8589934588, 4]],
  ['clamp', 'clamp', { min: 0, max: 10 }, [-5, 5, 50, null, 10], [0, 5, 10, null, 10]],
  ['clamp from below alone', 'clamp', { min: 0 }, [-5, 1e9, null], [0, 1e9, null]],
  ['clamp from above alone', 'clamp', { max: 1.5 }, [2, 1, null], [1.5, 1, null]],
  ['log', 'log', undefined, [1, Math.E, null], [0, 1, null]],
  ['log to base 10', 'log', { base: 10 }, [1000, 1, null], [3, 0, null]],
  ['log to base 2', 'log', { base: 2 }, [8, 0.25, null], [3, -2, null]],
  ['toString of whole numbers', 'toString', undefined, [1, -5, null], ['1', '-5', null]],
  ['toString of fractions, NaN and infinities', 'toString', undefined, [0.1, NaN, -Infinity, 1e21, null, 1e-7], ['0.1', 'NaN', '-Infinity', '1e+21', null, '1e-7']],
  ['toString of booleans', 'toString', undefined, [true, false, null], ['true', 'false', null]],
  ['toNumber of booleans', 'toNumber', undefined, [true, false, null], [1, 0, null]],
  ['toNumber of numbers', 'toNumber', undefined, [1.5, null], [1.5, null]],
  ['toDate of milliseconds', 'toDate', undefined, [0, 1717200000000, null], [D(0), D(1717200000000), null]],
  ['toTimestamp of dates', 'toTimestamp', undefined, [D(0), D(1717200000000), null, D(-1)], [0, 1717200000000, null, -1]],
  ['fillNull of numbers', 'fillNull', { value: 0 }, [1, null, undefined, 3], [1, 0, 0, 3]],
  ['fillNull with a fraction among whole numbers', 'fillNull', { value: 0.5 }, [1, null], [1, 0.5]],
  ['fillNull of booleans', 'fillNull', { value: false }, [true, null], [true, false]],
];

const near = (a, b) => alike(a, b) || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)));

const ROWS = [{ id: 1, name: 'Anna', price: 10, tags: ['x'] }, { id: 2, name: 'Bert', price: null, tags: [] }, { id: 3, name: 'Cleo', price: 250, tags: ['y', 'z'] }];
const upper = { field: 'name', operation: 'uppercase' };

export default [
  ...STEPS.map(([name, operation, args, values, answers]) => ({
    name: `transform: ${name}`,
    async run({ createData, assert }) {
      const service = createData(), rows = values.map((v, i) => ({ v, i })), step = { field: 'v', operation, ...(args && { args }) }, table = await service.load(rows);
      for (const [form, data] of [['rows', rows], ['columns', columnsOf(rows)], ['table', table]]) {
        const got = pluck(await asRows((await service.transform(data, { transformations: [step] })).data), 'v');
        got.forEach((v, i) => { if (!near(v, answers[i])) assert.fail(`${form}: value ${i} is ${v}, expected ${answers[i]}`); });
        assert.equal(got.length, answers.length);
      }
      assert.ok(rows.every((row, i) => row.v === values[i] || Number.isNaN(row.v)), 'the input is unchanged');
    },
  })),
  {
    name: 'transform: standardize gives mean 0 and keeps distances and nulls',
    async run({ createData, assert }) {
      const service = createData(), rows = [2, 4, null, 4, 4, 5, 5, 7, 9].map((v) => ({ v })), table = await service.load(rows), all = [];
      for (const data of [rows, columnsOf(rows), table]) all.push(pluck(await asRows((await service.transform(data, { transformations: [{ field: 'v', operation: 'standardize' }] })).data), 'v'));
      for (const got of all) {
        assert.equal(got[2], null);
        const v = got.filter((x) => x !== null);
        assert.close(v.reduce((a, b) => a + b, 0), 0, 1e-9);
        assert.close(v.reduce((a, b) => a + b * b, 0), v.length - 1, 1e-9, 'deviation 1, of the sample');
        assert.close((v[7] - v[0]) / (v[1] - v[0]), 3.5, 1e-9);
        got.forEach((x, i) => { if (!near(x, all[0][i])) assert.fail(`rows, columns and tables differ: ${x}, ${all[0][i]}`); });
      }
    },
  },
  {
    name: 'transform: an expression makes a column',
    run: (context) => transforms(context, ROWS, { transformations: [{ field: 'gross', operation: 'expression', args: { expr: 'price * 1.5' } }], select: ['id', 'gross'] }, [{ id: 1, gross: 15 }, { id: 2, gross: null }, { id: 3, gross: 375 }]),
  },
  {
    name: 'transform: a step sees what the steps before it made',
    run: (context) => transforms(context, ROWS, { transformations: [{ field: 'price', operation: 'fillNull', args: { value: 0 } }, { field: 'price', operation: 'scale', args: { factor: 2 }, as: 'double' }, { field: 'double', operation: 'toString' }, upper] }, [
      { id: 1, name: 'ANNA', price: 10, tags: ['x'], double: '20' }, { id: 2, name: 'BERT', price: 0, tags: [], double: '0' }, { id: 3, name: 'CLEO', price: 250, tags: ['y', 'z'], double: '500' }]),
  },
  {
    name: 'transform: where is looked at before the steps',
    run: (context) => transforms(context, ROWS, { transformations: [upper, { field: 'price', operation: 'fillNull', args: { value: 1000 } }], where: 'price > 5' }, [{ id: 1, name: 'ANNA', price: 10, tags: ['x'] }, { id: 3, name: 'CLEO', price: 250, tags: ['y', 'z'] }]),
  },
  {
    name: 'transform: normalize takes its limits from the rows that where keeps',
    run: (context) => transforms(context, [1, 2, 3, 1000].map((v) => ({ v })), { transformations: [{ field: 'v', operation: 'normalize' }], where: 'v < 100' }, [{ v: 0 }, { v: 0.5 }, { v: 1 }]),
  },
  {
    name: 'transform: select names the columns of the output and their order, made ones too',
    async run(context) {
      const options = { transformations: [{ ...upper, as: 'loud' }], select: ['loud', 'id'] };
      const { service, table } = await transforms(context, ROWS, options, [{ loud: 'ANNA', id: 1 }, { loud: 'BERT', id: 2 }, { loud: 'CLEO', id: 3 }]);
      for (const row of (await service.transform(ROWS, options)).data) context.assert.deepEqual(Object.keys(row), ['loud', 'id']);
      context.assert.deepEqual(Object.keys((await table.transform(options)).schema), ['loud', 'id']);
    },
  },
  {
    name: 'transform: as replaces a column in its place or comes last',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      for (const data of [ROWS, table]) {
        const keys = async (transformations) => Object.keys((await asRows((await service.transform(data, { transformations })).data))[0]);
        assert.deepEqual(await keys([upper]), ['id', 'name', 'price', 'tags']);
        assert.deepEqual(await keys([{ ...upper, as: 'x' }]), ['id', 'name', 'price', 'tags', 'x']);
        assert.deepEqual(await keys([{ ...upper, as: 'id' }]), ['id', 'name', 'price', 'tags']);
      }
    },
  },
  {
    name: 'transform: no steps give copies of the rows',
    async run({ createData, assert }) {
      const service = createData(), rows = [{ a: 1, o: { b: 1 } }];
      const { data } = await service.transform(rows, { transformations: [] });
      sameRows(assert, data, rows);
      data[0].a = 2;
      assert.equal(rows[0].a, 1, 'the rows given out are not the rows taken in');
    },
  },
  {
    name: 'transform: frozen input is fine, nothing of it changes',
    async run({ createData, assert }) {
      const service = createData(), rows = Object.freeze(ROWS.map((row) => Object.freeze({ ...row }))), kept = structuredClone(ROWS);
      await service.transform(rows, { transformations: [upper, { field: 'price', operation: 'fillNull', args: { value: 1 } }], where: 'id > 1', select: ['name'] });
      sameRows(assert, rows, kept);
      const columns = { v: Float64Array.of(3, 1, 2) };
      const { data } = await service.transform(columns, { transformations: [{ field: 'v', operation: 'scale', args: { factor: 2 } }] });
      sameValues(assert, data.v, [6, 2, 4]);
      assert.deepEqual(columns.v, Float64Array.of(3, 1, 2));
    },
  },
  {
    name: 'transform: no rows give no rows',
    async run({ createData, assert }) {
      const service = createData();
      assert.deepEqual((await service.transform([], { transformations: [] })).data, []);
      const table = await service.load([], { schema: { s: 'utf8', n: 'f64' } });
      const done = await table.transform({ transformations: [{ field: 's', operation: 'uppercase' }, { field: 'n', operation: 'normalize' }, { field: 'n', operation: 'standardize', as: 'm' }] });
      assert.equal(done.rowCount, 0);
      assert.deepEqual(Object.keys(done.schema), ['s', 'n', 'm']);
    },
  },
  {
    name: 'transform: a table keeps what it was; the result is another table',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), done = await table.transform({ transformations: [upper] });
      sameRows(assert, await table.toRows(), ROWS);
      table.free();
      sameValues(assert, await done.column('name'), ['ANNA', 'BERT', 'CLEO']);
      sameRows(assert, pluck(await done.toRows(), 'tags').map((t) => ({ t })), ROWS.map((r) => ({ t: r.tags })));
    },
  },
  {
    name: 'transform: hash is the same for equal values, other for another seed, null for null',
    async run({ createData, assert }) {
      const service = createData(), rows = ['a', 'b', 'a', null, 'ä😀', ''].map((s) => ({ s })), table = await service.load(rows), answers = [];
      for (const args of [undefined, { seed: 1 }]) {
        for (const data of [rows, columnsOf(rows), table]) answers.push(pluck(await asRows((await service.transform(data, { transformations: [{ field: 's', operation: 'hash', as: 'h', ...(args && { args }) }] })).data), 'h'));
      }
      for (const h of answers) {
        assert.ok(alike(h[0], h[2]) && !alike(h[0], h[1]) && h[3] === null && h[5] !== null, String(h));
      }
      for (const i of [1, 2, 4, 5]) sameValues(assert, answers[i], answers[i < 3 ? 0 : 3]);
      assert.ok(!alike(answers[0][0], answers[3][0]), 'a seed makes another hash');
    },
  },
  {
    name: 'transform: bucket by edges and by count, the same by every way',
    async run({ createData, assert }) {
      const service = createData(), rows = [-1, 0, 5, 9.99, 10, 15, 20, 100, null, NaN].map((v) => ({ v })), table = await service.load(rows);
      for (const args of [{ edges: [0, 10, 20] }, { count: 4 }]) {
        const answers = [];
        for (const data of [rows, columnsOf(rows), table]) answers.push(pluck(await asRows((await service.transform(data, { transformations: [{ field: 'v', operation: 'bucket', as: 'b', args }] })).data), 'b'));
        for (const b of answers) sameValues(assert, b, answers[0], JSON.stringify(args));
        sameValues(assert, answers[0], args.edges ? [0, 1, 1, 1, 2, 2, 3, 3, null, null] : [0, 0, 0, 0, 0, 0, 0, 3, null, null], JSON.stringify(args));
      }
    },
  },
  ...[
    ['an unknown operation, with near names', { transformations: [{ field: 'name', operation: 'upercase' }] }, /uppercase/], ['an operation like a method', { transformations: [{ field: 'name', operation: 'constructor' }] }, /constructor/],
    ['an unknown field, with near names', { transformations: [{ field: 'nmae', operation: 'uppercase' }] }, /name/], ['an unknown column in select, with near names', { transformations: [], select: ['nam'] }, /name/], ['a column twice in select', { transformations: [], select: ['id', 'id'] }, /id/],
    ['transformations that are no list', { transformations: 'uppercase' }, /transformations/], ['no transformations', {}, /transformations/], ['a step that is null', { transformations: [null] }, /transformation/], ['a field that is no string', { transformations: [{ field: 5, operation: 'uppercase' }] }, /field/], ['a name that is no string', { transformations: [{ ...upper, as: 5 }] }, /as/],
    ['an unknown key of a step', { transformations: [{ ...upper, alias: 'x' }] }, /alias/], ['an unknown option', { transformations: [], filter: 'id > 1' }, /filter/], ['select that is no list', { transformations: [], select: 'id' }, /select/], ['options that are no object', 5, /./],
    ['round to a fraction of digits', { transformations: [{ field: 'price', operation: 'round', args: { digits: 1.5 } }] }, /digits/], ['scale without a factor', { transformations: [{ field: 'price', operation: 'scale' }] }, /factor/], ['scale by a text', { transformations: [{ field: 'price', operation: 'scale', args: { factor: '2' } }] }, /factor/],
    ['clamp with min above max', { transformations: [{ field: 'price', operation: 'clamp', args: { min: 2, max: 1 } }] }, /min|max/], ['clamp without limits', { transformations: [{ field: 'price', operation: 'clamp' }] }, /min|max/], ['log to base 1', { transformations: [{ field: 'price', operation: 'log', args: { base: 1 } }] }, /base/], ['log to a negative base', { transformations: [{ field: 'price', operation: 'log', args: { base: -2 } }] }, /base/],
    ['abs of text', { transformations: [{ field: 'name', operation: 'abs' }] }, /name/], ['fillNull without a value', { transformations: [{ field: 'price', operation: 'fillNull' }] }, /value/], ['fillNull of another type', { transformations: [{ field: 'price', operation: 'fillNull', args: { value: 'none' } }] }, /value|price/],
    ['coalesce of other types', { transformations: [{ field: 'price', operation: 'coalesce', args: { fields: ['price', 'name'] } }] }, /name|price/], ['bucket without edges or count', { transformations: [{ field: 'price', operation: 'bucket' }] }, /edges|count/], ['bucket with edges that fall', { transformations: [{ field: 'price', operation: 'bucket', args: { edges: [3, 1] } }] }, /edges/], ['bucket with a count of 0', { transformations: [{ field: 'price', operation: 'bucket', args: { count: 0 } }] }, /count/],
    ['an expression without expr', { transformations: [{ field: 'x', operation: 'expression' }] }, /expr/], ['an expression that does not parse', { transformations: [{ field: 'x', operation: 'expression', args: { expr: 'price *' } }] }, /\d/], ['an expression of an unknown column', { transformations: [{ field: 'x', operation: 'expression', args: { expr: 'prise * 2' } }] }, /price/],
  ].map(([name, options, pattern]) => ({
    name: `transform: ${name} is refused by every way`,
    run: (context) => refusals(context, 'transform', ROWS, options, ['INVALID_ARGUMENT', 'PARSE'], pattern),
  })),
];
