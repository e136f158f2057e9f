/** A hundred thousand rows through each path, and groups by the hundred thousand: right, and in bounded time. */
import { alike, bytesOf, columnsOf, rowsOf, sameValues, streamOf } from '../lib/data.mjs';

const N = 100_000;
let made;
/** Made once: 100 texts, 1000 other texts with nulls, whole numbers, fractions, unique texts. */
function big() {
  return made ??= Array.from({ length: N }, (_, i) => ({ k: `key ${(i * 7919) % 100}`, s: i % 17 === 0 ? null : `s${(i * 31) % 1000}`, i: (i * 104_729) % 50_021, f: ((i * 15_485_863) % 1_000_003) / 8, u: `unique ${i}` }));
}
const question = { groupBy: ['k'], operations: [{ field: '*', operation: 'count', alias: 'n' }, { field: 'i', operation: 'sum', alias: 'si' }, { field: 'f', operation: 'sum', alias: 'sf' }, { field: 'f', operation: 'max', alias: 'mf' }, { field: 's', operation: 'countDistinct', alias: 'd' }, { field: 'f', operation: 'median', alias: 'med' }] };
function expected(rows) {
  const groups = new Map();
  for (const r of rows) {
    let g = groups.get(r.k);
    if (!g) groups.set(r.k, g = { k: r.k, n: 0, si: 0, sf: 0, mf: -Infinity, d: new Set(), f: [] });
    g.n++; g.si += r.i; g.sf += r.f; if (r.f > g.mf) g.mf = r.f; if (r.s !== null) g.d.add(r.s); g.f.push(r.f);
  }
  return [...groups.values()].map(({ d, f, ...g }) => { f.sort((a, b) => a - b); return { ...g, d: d.size, med: (f[(f.length - 1) >> 1] + f[f.length >> 1]) / 2 }; });
}
/** Compares without printing a hundred thousand rows. */
function check(assert, actual, wanted, note) {
  assert.equal(actual.length, wanted.length, note);
  for (let i = 0; i < wanted.length; i++) if (!alike(actual[i], wanted[i])) assert.fail(`${note}: row ${i} is ${JSON.stringify(actual[i])}, expected ${JSON.stringify(wanted[i])}`);
}
const csv = (rows) => `k,s,i,f,u\n${rows.map((r) => `${r.k},${r.s ?? ''},${r.i},${r.f},${r.u}`).join('\n')}\n`;

const LOADS = {
  rows: [(rows) => rows], columns: [(rows) => ({ ...columnsOf(rows), i: Int32Array.from(rows, (r) => r.i), f: Float64Array.from(rows, (r) => r.f) })], 'csv text': [csv, { format: 'csv' }], 'csv bytes': [(rows) => bytesOf(csv(rows)), { format: 'csv' }],
  'a csv stream': [(rows) => streamOf(bytesOf(csv(rows)), 50_021), { format: 'csv' }], 'ndjson bytes': [(rows) => bytesOf(rows.map((r) => JSON.stringify(r)).join('\n')), { format: 'ndjson' }], 'an ndjson stream': [(rows) => streamOf(bytesOf(rows.map((r) => JSON.stringify(r)).join('\n')), 65_537), { format: 'ndjson' }], 'json text': [(rows) => JSON.stringify(rows), { format: 'json' }],
};

export default [
  ...Object.entries(LOADS).map(([name, [make, options]]) => ({
    name: `large: 100,000 rows from ${name}: all of them are there, and a grouping of them`,
    timeoutMs: 120_000,
    async run({ createData, assert }) {
      const rows = big(), table = await createData().load(make(rows), options);
      assert.equal(table.rowCount, N);
      assert.deepEqual({ ...table.schema }, { k: 'utf8', s: 'utf8', i: 'i32', f: 'f64', u: 'utf8' });
      check(assert, await table.toRows(), rows, 'toRows');
      check(assert, await (await table.aggregate(question)).toRows(), expected(rows), 'aggregate');
    },
  })),
  {
    name: 'large: 100,000 rows aggregated and transformed without loading',
    timeoutMs: 120_000,
    async run({ createData, assert }) {
      const service = createData(), rows = big(), columns = columnsOf(rows), wanted = expected(rows);
      check(assert, (await service.aggregate(rows, question)).data, wanted, 'rows');
      check(assert, rowsOf((await service.aggregate(columns, question)).data), wanted, 'columns');
      const options = { transformations: [{ field: 'k', operation: 'uppercase' }, { field: 'f', operation: 'round' }, { field: 's', operation: 'fillNull', args: { value: '-' } }], where: 'i > 25000', select: ['k', 'f', 's'] };
      const done = rows.filter((r) => r.i > 25000).map((r) => ({ k: r.k.toUpperCase(), f: Math.round(r.f), s: r.s ?? '-' }));
      check(assert, (await service.transform(rows, options)).data, done, 'rows');
      check(assert, rowsOf((await service.transform(columns, options)).data), done, 'columns');
      check(assert, await (await (await service.load(rows)).transform(options)).toRows(), done, 'table');
    },
  },
  {
    name: 'large: filter, sort, join, slice and Arrow of 100,000 rows',
    timeoutMs: 120_000,
    async run({ createData, assert }) {
      const service = createData(), rows = big(), table = await service.load(rows);
      check(assert, await (await table.filter("f > 50000 AND k = 'key 7'")).toRows(), rows.filter((r) => r.f > 50000 && r.k === 'key 7'), 'filter');
      const order = rows.map((_, i) => i).sort((a, b) => (rows[a].k < rows[b].k ? -1 : rows[a].k > rows[b].k ? 1 : rows[b].i - rows[a].i || a - b));
      sameValues(assert, await (await table.sort([{ field: 'k' }, { field: 'i', descending: true }])).column('u'), order.map((i) => rows[i].u), 'sort');
      const names = await service.load(Array.from({ length: 1000 }, (_, i) => ({ s: `s${i}`, label: i })));
      sameValues(assert, await (await table.join(names, { on: 's' })).column('label'), rows.filter((r) => r.s !== null).map((r) => +r.s.slice(1)), 'join');
      check(assert, await (await table.slice(-500, -200)).toRows(), rows.slice(-500, -200), 'slice');
      check(assert, await (await service.load(await table.toArrow())).toRows(), rows, 'arrow');
    },
  },
  {
    name: 'large: 100,000 groups by text and by number',
    timeoutMs: 120_000,
    async run({ createData, assert }) {
      const table = await createData().load({ u: Array.from({ length: N }, (_, i) => `unique ${i}`), i: Int32Array.from({ length: N }, (_, i) => (i * 7919) % 1_000_003), v: new Int32Array(N).fill(1) });
      for (const groupBy of [['u'], ['i'], ['u', 'i']]) {
        const groups = await table.aggregate({ groupBy, operations: [{ field: 'v', operation: 'sum', alias: 's' }] });
        assert.equal(groups.rowCount, N, groupBy.join());
        sameValues(assert, await (await groups.slice(N - 2)).column(groupBy[0]), groupBy[0] === 'u' ? [`unique ${N - 2}`, `unique ${N - 1}`] : [((N - 2) * 7919) % 1_000_003, ((N - 1) * 7919) % 1_000_003]);
        groups.free();
      }
    },
  },
];
