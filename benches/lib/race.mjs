/** Contenders in turns: every answer is proved before and after; who can not take part or answers wrongly has no time, and a line that says why. */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median } from './measure.mjs';
import { ms, row, x } from './rows.mjs';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

/** A sample is at least this long, so that a clock's tick is nothing in it. */
const SAMPLE_MS = 8;

/**
 * @param {{ name: string, run(): unknown, drop?(answer): void, proof(answer): unknown, lacks?: string, slow?: boolean }[]} contenders
 *   the first one's proof is what is right; `proof` is not timed and gives anything that JSON tells apart, or a function `(right) => boolean`
 * @returns {Promise<Record<string, { samples?: number[], median?: number, calls?: number, note?: string }>>}
 */
export async function race(contenders, { rounds = 7, quick = false, equal = (a, b) => JSON.stringify(a) === JSON.stringify(b) } = {}) {
  const results = {}, running = [];
  let right;
  const drop = async (c, answer) => { await c.drop?.(answer); };
  const prove = async (c, answer) => {
    const proof = await c.proof(answer);
    await drop(c, answer);
    if (right === undefined) right = { proof };
    return equal(right.proof, proof) ? undefined : `wrong answer: ${JSON.stringify(proof).slice(0, 120)}, not ${JSON.stringify(right.proof).slice(0, 120)}`;
  };
  for (const c of contenders) {
    const entry = results[c.name] = {};
    if (c.lacks) { entry.note = c.lacks; continue; }
    try {
      const wrong = await prove(c, await c.run());
      if (wrong) { entry.note = wrong; continue; }
      let best = Infinity;
      for (let i = 0; i < (quick || c.slow ? 1 : 3); i++) { const start = performance.now(), answer = await c.run(); best = Math.min(best, performance.now() - start); await drop(c, answer); }
      entry.calls = Math.max(1, Math.min(1000, Math.ceil(SAMPLE_MS / best)));
      entry.samples = [];
      running.push(c);
    } catch (error) { entry.note = `failed: ${String(error?.message ?? error).slice(0, 160)}`; }
  }
  const warm = quick ? 0 : 1;
  for (let round = -warm; round < (quick ? 3 : rounds); round++) {
    for (const c of running) {
      const entry = results[c.name];
      if (c.slow && (round < 0 || round >= 3)) continue;
      gc();
      let spent = 0;
      for (let i = 0; i < entry.calls; i++) { const start = performance.now(); let answer = c.run(); if (typeof answer?.then === 'function') answer = await answer; spent += performance.now() - start; await drop(c, answer); }
      if (round >= 0) entry.samples.push(spent / entry.calls);
    }
  }
  for (const c of running) {
    const entry = results[c.name], wrong = await prove(c, await c.run());
    if (wrong) { entry.note = `after the timed runs: ${wrong}`; delete entry.samples; } else entry.median = median(entry.samples);
  }
  return results;
}

/** Median over the rounds that both took part in of a/b: how many times as long a takes; undefined where one has no time. */
export function over(results, a, b) {
  const left = results[a]?.samples, right = results[b]?.samples;
  return left && right ? median(Array.from({ length: Math.min(left.length, right.length) }, (_, i) => left[i] / right[i])) : undefined;
}

/**
 * Lines of a race: `mine` against everyone else. musts: by contender, the least number of times as long that it may take, or `{ most }`.
 * @param {(result) => string} [figure] what stands before the ratio; default milliseconds
 */
export function lines(results, mine, musts = {}, { label = '', figure = (r) => ms(r.median) } = {}) {
  const out = [], own = results[mine], prefix = label ? `${label}: ` : '';
  out.push(row(`${prefix}${mine}`, own.samples ? figure(own) : `no time: ${own.note}`, '', own.samples ? undefined : false));
  for (const [name, r] of Object.entries(results)) {
    if (name === mine) continue;
    const must = musts[name], words = must === undefined ? undefined : typeof must === 'object' ? `we take <= ${must.most.toFixed(2)}x` : `>= ${x(must)} ours`;
    if (!r.samples) { out.push(row(`${prefix}${name}`, `no time: ${r.note}`, words, words ? false : undefined)); continue; }
    const times = over(results, name, mine);
    const met = words === undefined ? undefined : times === undefined ? false : typeof must === 'object' ? 1 / times <= must.most : times >= must;
    out.push(row(`${prefix}${name}`, `${figure(r)}${times === undefined ? '' : ` = ${x(times)} ours`}`, words, met));
  }
  return out;
}
