/** One-shot calls go to what is cheaper: the same answers whatever that is, and the reason says what was compared. */
import { asRows, random, sameRows } from '../lib/data.mjs';

const N = 40_000;
/** Rows with texts, nulls, NaN, dates and numbers of 64 bits. */
function many() {
  const r = random(31);
  return Array.from({ length: N }, (_, i) => ({
    k: r() < 0.05 ? null : `key ${Math.floor(r() * 60)}`, g: Math.floor(r() * 30) - 10, v: r() < 0.05 ? null : Math.floor(r() * 1e6) / 8, w: r() < 0.0001 ? NaN : r() * 100, i, d: new Date(Math.floor(r() * 100) * 86_400_000), l: BigInt(Math.floor(r() * 1000)) * 10n ** 15n, b: r() < 0.5,
  }));
}
const columnsOf = (rows) => ({
  k: rows.map((r) => r.k), g: Int32Array.from(rows, (r) => r.g), v: rows.map((r) => r.v), w: Float64Array.from(rows, (r) => r.w), i: Int32Array.from(rows, (r) => r.i), d: rows.map((r) => r.d), l: BigInt64Array.from(rows, (r) => r.l), b: rows.map((r) => r.b),
});
const op = (operation, field, args) => ({ operation, field, alias: `${operation}_${field}${args?.q ?? ''}`, ...(args && { args }) });
const COSTLY = [op('median', 'v'), op('quantile', 'w', { q: 0.1 }), op('quantile', 'w', { q: 0.9 }), op('quantile', 'v', { q: 0.99 }), op('stddev', 'v'), op('correlation', 'i', { with: 'g' }), op('countDistinct', 'v')];

/** [name, options] */
const QUESTIONS = [
  ['without keys', { operations: COSTLY }],
  ['by a whole number', { groupBy: ['g'], operations: COSTLY }],
  ['by a text with nulls', { groupBy: ['k'], operations: COSTLY }],
  ['by a text and a number, texts told apart', { groupBy: ['k', 'g'], operations: [...COSTLY, op('first', 'k'), op('last', 'k'), op('mode', 'k'), op('countDistinct', 'k'), op('count', 'k')] }],
  ['texts in their order, in other groups', { groupBy: ['b'], operations: [...COSTLY, op('min', 'k'), op('max', 'k'), op('mode', 'k')] }],
  ['by dates and by numbers of 64 bits', { groupBy: ['d', 'l'], operations: [...COSTLY, op('min', 'd'), op('max', 'l'), op('first', 'd'), op('mode', 'l')] }],
  ['with having, orderBy and limit', { groupBy: ['k'], operations: COSTLY, having: 'median_v > 10', orderBy: [{ field: 'k', descending: true }], limit: 7 }],
];
const asked = QUESTIONS.map(([name, options]) => ({
  name: `dispatch: a costly question ${name} has one answer, from rows and from columns`,
  async run({ createData, assert }) {
    const auto = createData({ implementation: 'auto', host: 'inline' }), js = createData({ implementation: 'js', host: 'inline' });
    await auto.ready();
    const rows = many();
    for (const data of [rows, columnsOf(rows)]) {
      const { data: answer, metadata } = await auto.aggregate(data, options), expected = await js.aggregate(data, options);
      const near = (list) => list.map((row) => Object.fromEntries(Object.entries(row).map(([key, v]) => [key, typeof v === 'number' && !Number.isInteger(v) ? Number(v.toPrecision(10)) : v])));
      sameRows(assert, near(await asRows(answer)), near(await asRows(expected.data)));
      assert.equal(metadata.inputSize, N);
      assert.equal(metadata.outputSize, expected.metadata.outputSize);
      assert.equal(expected.metadata.implementation, 'js');
      if (auto.info.variant === 'js') assert.equal(metadata.implementation, 'js');
      else {
        assert.equal(metadata.implementation, 'simd', metadata.reason);
        assert.ok(/^simd: about [\d.]+ ms against [\d.]+ ms in JavaScript \(40000 rows copied\)$/.test(metadata.reason), metadata.reason);
      }
    }
  },
}));

export default [
  ...asked,
  {
    name: 'dispatch: rows that are transformed are read and built in JavaScript, and so is what is small',
    async run({ createData, assert }) {
      const auto = createData({ implementation: 'auto', host: 'inline' });
      await auto.ready();
      const rows = many();
      for (const { metadata } of [
        await auto.transform(rows, { transformations: [{ field: 'v', operation: 'scale', args: { factor: 2 } }] }), await auto.aggregate(rows.slice(0, 10), { operations: COSTLY }),
        await auto.transform({ x: [1, 2, 3] }, { transformations: [{ field: 'x', operation: 'scale', args: { factor: 2 } }] }), await auto.aggregate({ x: [1, 2, 3] }, { operations: [op('sum', 'x')], where: 'x > 1' }),
      ]) {
        assert.equal(metadata.implementation, 'js', metadata.reason);
        if (auto.info.variant !== 'js') assert.ok(/^js: about [\d.]+ ms against [\d.]+ ms in WebAssembly \(\d+ rows to be copied\)$/.test(metadata.reason), metadata.reason);
      }
    },
  },
  {
    name: 'dispatch: columns that are transformed have one answer, whatever answers',
    async run({ createData, assert }) {
      const auto = createData({ implementation: 'auto', host: 'inline' }), js = createData({ implementation: 'js', host: 'inline' });
      await auto.ready();
      const { k, v, w, i } = columnsOf(many());
      const steps = [{ field: 'w', operation: 'normalize' }, { field: 'v', operation: 'round' }, { field: 'x', operation: 'expression', args: { expr: 'i * 2 + w' } }, { field: 'k', operation: 'uppercase' }];
      for (const options of [{ transformations: steps }, { transformations: steps, where: 'i % 3 = 0', select: ['x', 'k'] }]) {
        const { data, metadata } = await auto.transform({ k, v, w, i }, options), expected = await js.transform({ k, v, w, i }, options);
        sameRows(assert, await asRows(data), await asRows(expected.data));
        // The second call may meet the sample of work that the first one set off, and be answered here meanwhile.
        if (auto.info.variant !== 'js' && options.where === undefined) assert.equal(metadata.implementation, 'simd', metadata.reason);
      }
    },
  },
  {
    name: 'dispatch: what WebAssembly is given is the data as the call was made, and the caller keeps his arrays',
    async run({ createData, assert }) {
      const auto = createData({ implementation: 'auto', host: 'inline' });
      await auto.ready();
      const x = Float64Array.from({ length: N }, (_, i) => i), options = { operations: [op('median', 'x'), op('quantile', 'x', { q: 0.25 })] };
      const calls = [auto.aggregate({ x }, options), auto.aggregate({ x }, options)];
      x.fill(-1);
      for (const { data } of await Promise.all(calls)) assert.equal(data.median_x[0], (N - 1) / 2);
      assert.equal((await auto.aggregate({ x }, options)).data.median_x[0], -1);
      assert.equal(x.length, N);
    },
  },
  {
    name: 'dispatch: where tables are in a worker, columns are transformed there and aggregated here, with the same answers',
    async run({ createData, assert }) {
      const auto = createData({ implementation: 'auto', host: 'worker' }), { k, v, w, i } = columnsOf(many().slice(0, 2000)), inline = createData({ implementation: 'js', host: 'inline' });
      for (const ready of [false, true]) {
        if (ready) await auto.ready();
        const steps = { transformations: [{ field: 'w', operation: 'scale', args: { factor: 2 } }, { field: 'k', operation: 'uppercase' }], where: 'i > 100' }, where = { groupBy: ['k'], operations: [op('max', 'v')], where: 'i > 100' };
        const transformed = await auto.transform({ k, v, w, i }, steps), filtered = await auto.aggregate({ k, v, w, i }, where), grouped = await auto.aggregate({ k, v, w, i }, { groupBy: ['k'], operations: COSTLY.slice(0, 2) });
        // A worker that does not start in time has this thread answer.
        if (auto.info.host === 'worker') for (const { metadata } of [transformed, filtered]) assert.equal(metadata.implementation, auto.info.variant, metadata.reason);
        assert.equal(grouped.metadata.implementation, 'js', grouped.metadata.reason);
        sameRows(assert, await asRows(transformed.data), await asRows((await inline.transform({ k, v, w, i }, steps)).data));
        sameRows(assert, await asRows(filtered.data), await asRows((await inline.aggregate({ k, v, w, i }, where)).data));
      }
    },
  },
  {
    name: 'dispatch: signals, deadlines and errors are those of JavaScript',
    async run({ createData, assert }) {
      const auto = createData({ implementation: 'auto', host: 'inline' });
      await auto.ready();
      const data = columnsOf(many());
      await assert.code(() => auto.aggregate(data, { operations: COSTLY, signal: AbortSignal.abort() }), 'ABORTED');
      await assert.code(() => auto.aggregate(data, { operations: COSTLY, timeoutMs: 0 }), 'TIMEOUT');
      await assert.code(() => auto.aggregate(data, { operations: [...COSTLY, op('median', 'k')] }), 'INVALID_ARGUMENT');
      const error = await assert.code(() => auto.aggregate(data, { groupBy: ['gg'], operations: COSTLY }), 'INVALID_ARGUMENT');
      assert.ok(/\bg\b/.test(error.message), error.message);
      await assert.code(() => auto.aggregate({ ...data, w: data.w.slice(1) }, { operations: COSTLY }), 'INVALID_ARGUMENT');
      assert.equal((await auto.aggregate(data, { operations: COSTLY })).metadata.outputSize, 1);
      await auto.dispose();
      await assert.code(() => auto.aggregate(data, { operations: COSTLY }), 'DISPOSED');
      await assert.code(() => auto.transform({ x: [1] }, { transformations: [] }), 'DISPOSED');
    },
  },
];
