/** Everyone who takes part, made once for the whole run. Who cannot start has a line that says why. */
import { row } from '../lib/rows.mjs';
import { careful, digest, questions, same } from './baseline.mjs';
import { joinAll, sortTwo } from './careful-more.mjs';
import { ours } from './ours.mjs';
import { arquero, duckdb, lodash, polars } from './peers.mjs';

export const OURS = 'wasm-services', FALLBACK = 'wasm-services, js', CAREFUL = 'careful JS';
const JOINED = (t) => { const w = t.c.w; let s = 0; for (let i = 0; i < w.length; i++) s += w[i]; return s; };

/** The baseline file in the shape of a peer. */
const baseline = () => ({
  name: CAREFUL, kind: 'js', version: 'benches/baselines',
  load: { columns: (c) => careful.load('columns', c), csv: (bytes) => careful.load('csv', new TextDecoder().decode(bytes)), ndjson: (bytes) => careful.load('ndjson', new TextDecoder().decode(bytes)), arrow: (bytes) => careful.load('arrow', bytes) },
  ask: (t, id) => careful.aggregate(t, questions[id]), rows: (answer) => careful.rows(answer), free() {}, oneShot: (rows, id) => careful.aggregateObjects(rows, questions[id]),
  sort: sortTwo, join: (t, dim) => joinAll(t, dim), dimension: (d) => d, count: (t) => t.n, sum: (t) => JOINED(t),
  first: (t, n) => Array.from({ length: n }, (_, i) => Object.fromEntries(Object.keys(t.c).map((name) => [name, t.k[name]?.codes ? t.k[name].names[t.k[name].codes[i]] : t.c[name][i]]))),
});

let made;
export async function everyone(api) {
  if (made) return made;
  const list = [baseline(), await ours(api, {}, OURS), await ours(api, { implementation: 'js' }, FALLBACK)], absent = [];
  for (const [name, make] of Object.entries({ Arquero: arquero, lodash, 'DuckDB-wasm': duckdb, 'nodejs-polars': polars })) {
    try { list.push(await make()); } catch (error) { absent.push(row(name, `no time: ${String(error?.message ?? error).slice(0, 160)}`)); }
  }
  const named = (name) => list.find((c) => c.name === name);
  return made = { list, absent, named, careful: named(CAREFUL), versions: list.map((c) => `${c.name} ${c.version}`) };
}
export async function endEveryone() {
  for (const c of made?.list ?? []) await c.end?.();
  made = undefined;
}

/** What an answer to a question is judged by. */
export const proofOf = async (contender, answer, id) => digest(await contender.rows(answer), questions[id]);
export const equalProofs = (a, b) => a.rows === b.rows && same(a, b);
export const drop = (contender) => (answer) => contender.drop?.(answer);
