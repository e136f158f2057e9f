/** Row objects in, row objects out, nothing kept: aggregate and transform. */
import { careful, digest, questions } from './baseline.mjs';
import { CAREFUL, equalProofs, everyone, OURS } from './contenders.mjs';
import { columns, eventRows, rows } from './data.mjs';
import { lines, over, race } from '../lib/race.mjs';

export async function aggregate(api, { quick }) {
  const { list, absent } = await everyone(api), out = [], samples = {};
  const takers = list.filter((c) => c.oneShot).sort((a, b) => (b.name === CAREFUL) - (a.name === CAREFUL));
  for (const n of quick ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000]) {
    const input = rows(n);
    for (const id of ['q1', 'q3', 'q2']) {
      const label = `${id}, ${n.toLocaleString('en')} rows`;
      const results = await race(takers.filter((c) => id !== 'q2' || c.name !== 'lodash').map((c) => ({ name: c.name, run: () => c.oneShot(input, id), proof: (answer) => digest(answer, questions[id]), slow: c.name === 'Arquero' || c.name === 'lodash' })), { quick, equal: equalProofs });
      samples[label] = results;
      out.push(...lines(results, OURS, { [CAREFUL]: { most: 1.1 }, lodash: 5, Arquero: 10 }, { label }));
    }
  }
  return { title: 'One-shot aggregate(rows): objects in, objects out', samples, rows: [...out, ...absent] };
}

/** Text trimmed and in upper case, amount normalised, a country where there is none. */
const STEPS = { transformations: [{ field: 'text', operation: 'trim' }, { field: 'text', operation: 'uppercase' }, { field: 'amount', operation: 'normalize' }, { field: 'country', operation: 'fillNull', args: { value: 'ZZ' } }] };
const proof = (done) => { let sum = 0, text = 0, zz = 0; for (const r of done) { sum += r.amount ?? 0; for (let i = 0; i < r.text.length; i += 3) text = (text * 31 + r.text.charCodeAt(i)) | 0; if (r.country === 'ZZ') zz++; } return { n: done.length, sum: +sum.toPrecision(9), text, zz, keys: Object.keys(done[7]).join() }; };

export async function transform(api, { quick }) {
  const { named } = await everyone(api), n = quick ? 5000 : 50_000, input = eventRows(n), _ = (await import('./peers.mjs')).require('lodash'), mine = named(OURS);
  const withLodash = () => { const known = input.filter((r) => r.amount !== null), min = _.minBy(known, 'amount').amount, max = _.maxBy(known, 'amount').amount; return _.map(input, (r) => ({ ...r, text: _.toUpper(_.trim(r.text)), amount: r.amount === null ? null : (r.amount - min) / (max - min || 1), country: r.country ?? 'ZZ' })); };
  const results = await race([
    { name: CAREFUL, run: () => careful.transformObjects(input), proof }, { name: OURS, run: async () => (await mine.service.transform(input, STEPS)).data, proof }, { name: 'lodash', run: withLodash, proof },
  ], { quick });
  return { title: `One-shot transform(rows), ${n.toLocaleString('en')} events: trim, upper case, normalise, fill`, samples: results, rows: lines(results, OURS, { [CAREFUL]: { most: 1.1 } }) };
}

const q = (field, operation, args) => ({ field, operation, alias: `${operation}_${field}`, ...(args && { args }) });
const COLUMNS = {
  'sum by a text': { groupBy: ['id1'], operations: [q('v1', 'sum')] }, 'sums by a number': { groupBy: ['id6'], operations: [q('v1', 'sum'), q('v2', 'sum'), q('v3', 'sum')] }, median: { operations: [q('v3', 'median')] },
  'median and deviation by two numbers': { groupBy: ['id4', 'id5'], operations: [q('v3', 'median'), q('v3', 'stddev')] }, 'distinct values': { operations: [q('v3', 'countDistinct'), q('id6', 'countDistinct')] }, correlation: { groupBy: ['id4'], operations: [q('v1', 'correlation', { with: 'v2' })] },
};
const sums = ({ data }) => Object.entries(data).map(([name, list]) => [name, list.length, typeof list[0] === 'number' ? +Array.from(list).reduce((a, b) => a + b, 0).toPrecision(8) : 0]);

/** Plain columns once: what the dispatcher chose against either implementation pinned. It takes WebAssembly where that is a fifth cheaper at least, so it may take a quarter more than the better one. */
export async function columnsOnce(api, { quick }) {
  const services = Object.fromEntries([['auto', {}], ['js', { implementation: 'js' }], ['simd', { implementation: 'simd' }]].map(([name, config]) => [name, api.createDataProcessor({ host: 'inline', ...config })]));
  for (const service of Object.values(services)) await service.ready();
  const out = [], samples = {};
  for (const n of quick ? [10_000] : [1000, 10_000, 100_000, 1_000_000]) {
    for (const [what, options] of Object.entries(COLUMNS)) {
      const results = await race(Object.entries(services).map(([name, service]) => ({ name, run: () => service.aggregate(columns(n), options), proof: sums })), { quick });
      const label = `${what}, ${n.toLocaleString('en')} rows`, { metadata } = await services.auto.aggregate(columns(n), options), best = over(results, 'js', 'simd') > 1 ? 'simd' : 'js';
      samples[label] = results;
      out.push(...lines(results, 'auto', { [best]: { most: 1.25 } }, { label: `${label} (chose ${metadata.implementation})` }));
    }
  }
  for (const service of Object.values(services)) await service.dispose();
  return { title: 'One-shot aggregate(columns): what the dispatcher chose', samples, rows: out };
}
