/** Transforms of resident tables, by what a column holds. */
import { CAREFUL, everyone, FALLBACK, OURS } from './contenders.mjs';
import { numbers, textEach, textRemembered } from './careful-more.mjs';
import { transformColumns } from './data.mjs';
import { lines, race } from '../lib/race.mjs';

const UPPER = (field) => ({ transformations: [{ field, operation: 'trim' }, { field, operation: 'uppercase' }] });
const NUMBERS = { transformations: [{ field: 'amount', operation: 'normalize' }, { field: 'amount', operation: 'scale', args: { factor: 100 } }, { field: 'amount', operation: 'round' }, { field: 'price', operation: 'clamp', args: { min: 10, max: 900 } }] };
const numbersProof = ({ amount, price }) => { let a = 0, p = 0; for (let i = 0; i < amount.length; i++) { a += amount[i]; p += price[i]; } return { a: Math.round(a / amount.length * 1e6), p: +p.toPrecision(9) }; };
const textProof = (list) => { let h = list.length; for (let i = 0; i < list.length; i += 7) for (let j = 0; j < list[i].length; j++) h = (h * 31 + list[i].charCodeAt(j)) | 0; return h; };

async function at(api, n, quick) {
  const { named } = await everyone(api), data = transformColumns(n), rows = [], samples = {}, tables = [];
  for (const name of [OURS, FALLBACK]) { const c = named(name); try { tables.push([c, await c.service.load(data)]); } catch (error) { tables.push([c, undefined, `its table could not be made: ${error.message.slice(0, 120)}`]); } }
  const mine = (options, proof) => tables.map(([c, table, lacks]) => ({ name: c.name, lacks, run: () => table.transform(options), drop: (t) => t.free(), proof }));
  const races = {
    numbers: [[{ name: CAREFUL, run: () => numbers(data), proof: numbersProof }, ...mine(NUMBERS, async (t) => numbersProof({ amount: await t.column('amount'), price: await t.column('price') }))], 4],
    'texts of 150 values': [[{ name: CAREFUL, run: () => textEach(data.label), proof: textProof }, { name: `${CAREFUL} that remembers`, run: () => textRemembered(data.label), proof: textProof }, ...mine(UPPER('label'), async (t) => textProof(await t.column('label')))], 4],
    'texts all different': [[{ name: CAREFUL, run: () => textEach(data.text), proof: textProof }, ...mine(UPPER('text'), async (t) => textProof(await t.column('text')))], 1],
  };
  for (const [what, [contenders, least]] of Object.entries(races)) {
    const results = await race(contenders, { quick });
    samples[what] = results;
    rows.push(...lines(results, OURS, { [CAREFUL]: least, ...(results[`${CAREFUL} that remembers`] && { [`${CAREFUL} that remembers`]: least }) }, { label: what }));
  }
  for (const [, table] of tables) table?.free();
  return { title: `DataTable.transform, ${n.toLocaleString('en')} rows`, samples, rows };
}

export const TRANSFORMS = { transform50k: (api, { quick }) => at(api, quick ? 5000 : 50_000, quick), transform1m: (api, { quick }) => at(api, quick ? 50_000 : 1_000_000, quick) };
