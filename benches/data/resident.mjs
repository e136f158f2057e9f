/** Tables that stay: the ten questions of db-benchmark, sort and join. */
import { row, x } from '../lib/rows.mjs';
import { careful, questions } from './baseline.mjs';
import { CAREFUL, drop, equalProofs, everyone, FALLBACK, OURS, proofOf } from './contenders.mjs';
import { arrow, columns, csv, dimension } from './data.mjs';
import { lines, over, race } from '../lib/race.mjs';

const LEAST = { q1: 4, q6: 1.5, q10: 1.5 };
const PEERS = ['DuckDB-wasm', 'nodejs-polars'];
const takers = (list) => list.filter((c) => c.ask);
const first = (list) => [...list].sort((a, b) => (b.name === CAREFUL) - (a.name === CAREFUL));

/** A table of each contender, the careful one first; who can not make one has no part and says why. */
async function tablesOf(list, data) {
  const out = [];
  for (const c of first(list)) {
    try { out.push({ c, table: await c.load.columns(data) }); } catch (error) { out.push({ c, lacks: `its table could not be made: ${String(error?.message ?? error).slice(0, 120)}` }); }
  }
  return { entries: out, async free() { for (const { c, table, lacks } of out) if (!lacks) await c.free(table); } };
}

/** Each answer stays in its maker's own form; one more line has ours brought to JavaScript as columns. */
async function questionsOf(api, n, quick) {
  const { list, absent } = await everyone(api), out = [], samples = {}, tables = await tablesOf(takers(list), columns(n));
  for (const id of Object.keys(questions)) {
    const contenders = tables.entries.map(({ c, table, lacks }) => ({ name: c.name, lacks, run: () => c.ask(table, id), drop: drop(c), proof: (answer) => proofOf(c, answer, id), slow: c.name === 'Arquero' && n > 200_000 }));
    const { c: mine, table, lacks } = tables.entries.find(({ c }) => c.name === OURS);
    contenders.push({ name: `${OURS}, to columns`, lacks, run: async () => { const answer = await mine.ask(table, id), got = await mine.columns(answer); mine.drop(answer); return got; }, proof: async (got) => proofOf({ rows: careful.rows }, got, id) });
    const results = await race(contenders, { quick, equal: equalProofs });
    samples[id] = results;
    out.push(...lines(results, OURS, { ...(LEAST[id] && { [CAREFUL]: LEAST[id] }), ...Object.fromEntries(PEERS.map((p) => [p, 1])) }, { label: id }));
  }
  await tables.free();
  return { title: `Resident group-by, db-benchmark questions, ${n.toLocaleString('en')} rows`, samples, rows: [...out, ...absent], notes: ['Every answer stays in its maker\'s own form: columns of typed arrays (careful JS), a table (wasm-services, Arquero, polars), an Arrow table (DuckDB).'] };
}

/** From the bytes to the last of the ten answers. */
async function withLoad(api, n, quick) {
  const { list } = await everyone(api), out = [], samples = {};
  for (const [form, input] of [['csv', csv(n)], ['arrow', arrow(n)]]) {
    const all = first(takers(list)).filter((c) => c.name !== 'Arquero' && c.name !== FALLBACK);
    const run = (c) => async () => {
      const table = await c.load[form](input);
      for (const id of Object.keys(questions)) { const answer = await c.ask(table, id); await c.drop?.(answer); }
      return table;
    };
    const results = await race(all.map((c) => ({ name: c.name, lacks: c.lacks?.[form], run: run(c), drop: (table) => c.free(table), proof: async (table) => { const answer = await c.ask(table, 'q5'), p = await proofOf(c, answer, 'q5'); await c.drop?.(answer); return p; }, slow: true })), { quick, equal: equalProofs });
    samples[form] = results;
    out.push(...lines(results, OURS, Object.fromEntries(PEERS.map((p) => [p, 1])), { label: `${form} bytes, then q1 to q10` }));
  }
  return { title: `Load and all ten questions, ${n.toLocaleString('en')} rows`, samples, rows: out };
}

async function order(api, { quick }) {
  const { list, absent } = await everyone(api), n = quick ? 100_000 : 1_000_000, tables = await tablesOf(list.filter((c) => c.sort), columns(n)), dims = new Map();
  const free = (c) => (table) => c.free(table), slow = (c) => c.name === 'Arquero' || c.name === 'DuckDB-wasm';
  for (const { c, lacks } of tables.entries) if (!lacks) dims.set(c, c.dimension ? c.dimension(dimension(n)) : await c.load.columns(dimension(n)));
  const contenders = (run, proof) => tables.entries.map(({ c, table, lacks }) => ({ name: c.name, lacks, run: () => run(c, table), drop: free(c), slow: slow(c), proof: (answer) => proof(c, answer) }));
  const sorted = await race(contenders((c, t) => c.sort(t), async (c, s) => (await c.first(s, 5)).map((r) => [r.id1, r.id3, r.id4, r.id6, r.v1, r.v3])), { quick });
  const joined = await race(contenders((c, t) => c.join(t, dims.get(c)), async (c, j) => ({ n: await c.count(j), w: await c.sum(j, 'w') })), { quick });
  await tables.free();
  for (const [c, dim] of dims) if (!c.dimension) await c.free(dim);
  const size = n.toLocaleString('en');
  return {
    title: 'Sort and join of resident tables, all ten columns', samples: { sorted, joined },
    rows: [...lines(sorted, OURS, { [CAREFUL]: 3 }, { label: `sort ${size} by id4, v3` }), ...lines(joined, OURS, { [CAREFUL]: 3 }, { label: `inner join ${size} x ${dimension(n).id3.length.toLocaleString('en')}` }), ...absent],
  };
}

/** Threads pay on tables that are large enough. */
async function threads(api, { quick }) {
  const n = quick ? 100_000 : 1_000_000, { ours } = await import('./ours.mjs'), { named } = await everyone(api), one = named(OURS);
  let many;
  try { many = await ours(api, { implementation: 'simd-threads', host: 'worker' }, 'simd-threads'); } catch (error) { return { title: 'Threads', samples: {}, rows: ['q6', 'q10', 'CSV load'].map((what) => row(what, `not measured: ${error.message.slice(0, 120)}`, '>= 1.50x simd', false)) }; }
  const rows = [], samples = {}, tables = new Map();
  for (const c of [one, many]) tables.set(c, await c.load.columns(columns(n)));
  for (const what of ['q6', 'q10', 'csv']) {
    const results = await race([one, many].map((c) => (what === 'csv'
      ? { name: c.name, run: () => c.load.csv(csv(n)), drop: (t) => c.free(t), proof: (t) => t.rowCount } : { name: c.name, run: () => c.ask(tables.get(c), what), drop: drop(c), proof: (answer) => proofOf(c, answer, what) })), { quick, equal: what === 'csv' ? Object.is : equalProofs });
    const times = over(results, OURS, many.name);
    samples[what] = results;
    rows.push(row(what, times === undefined ? `no time: ${results[many.name].note}` : `${x(times)} one thread`, '>= 1.50x', times !== undefined && times >= 1.5));
  }
  await many.end();
  return { title: `Threads: ${n.toLocaleString('en')} rows, against one thread`, samples, rows };
}

export const RESIDENT = {
  questions100k: (api, { quick }) => questionsOf(api, quick ? 20_000 : 100_000, quick), questions1m: (api, { quick }) => questionsOf(api, quick ? 50_000 : 1_000_000, quick),
  withLoad: (api, { quick }) => withLoad(api, quick ? 20_000 : 100_000, quick), order, threads,
};
