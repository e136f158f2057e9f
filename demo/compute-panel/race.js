/** The same work by every implementation that runs here: answers compared before a time counts, rounds in turns, medians, losses shown. */
import { createComputeEngine } from 'wasm-services/compute';
import { median } from '../data-panel/compare.js';
import { byId, element } from '../dom.js';
import { milliseconds } from '../format.js';
import { firstDifference, RACES } from './jobs.js';

const VARIANTS = ['js', 'simd', 'relaxed-simd', 'simd-threads'];
const ROUNDS = 5, BUDGET_MS = 2500;

/** Why a variant is not here, or undefined; nothing is loaded to find that out. */
export function whyNot(variant) {
  const engine = createComputeEngine({ implementation: variant });
  const why = engine.info.rejected.find((r) => r.variant === variant)?.reason;
  engine.dispose();
  return why;
}

/** @returns {Promise<{ variant: string, engine?: object, why?: string }>} an engine, or why there is none */
async function enter(variant) {
  const engine = createComputeEngine({ implementation: variant });
  try {
    await engine.ready();
    return { variant, engine };
  } catch (error) {
    await engine.dispose();
    return { variant, why: error.code === 'VARIANT_UNAVAILABLE' ? engine.info.rejected.find((r) => r.variant === variant)?.reason ?? error.message : error.message };
  }
}

async function timeAll(runners, job, input) {
  const times = runners.map(() => []);
  const began = performance.now();
  for (let round = 0; round < ROUNDS && (round < 2 || performance.now() - began < BUDGET_MS); round++) {
    // In turns, the first changing: whatever else the machine does meets all of them.
    for (const i of [...runners.keys()].sort(() => (round % 2 ? -1 : 1))) {
      const start = performance.now();
      await job.run(runners[i].engine, input);
      times[i].push(performance.now() - start);
    }
  }
  return times.map(median);
}

const cell = (text, kind) => element('td', { class: kind }, text);

function showJob(job, runners, results, times, body) {
  const [base] = times;
  const fastest = Math.min(...times);
  runners.forEach(({ variant, engine }, i) => {
    const difference = firstDifference(results[0], results[i], job.digits);
    const ratio = base / times[i];
    const against = i === 0 ? '1x' : ratio >= 1.05 ? `${ratio.toFixed(1)}x` : ratio > 0.95 ? 'even' : `loses, ${ratio.toFixed(2)}x`;
    const line = element('tr', { 'data-variant': variant, 'data-job': job.name, 'data-answers': difference ? 'DIFFERENT' : 'equal' },
      ...(i === 0 ? [element('th', { scope: 'rowgroup', rowspan: runners.length }, job.name)] : []),
      cell(`${variant}${engine.info.threads > 1 ? `, ${engine.info.threads} threads` : ''}`), cell(milliseconds(times[i]), times[i] === fastest ? 'number best' : 'number'), cell(against, ratio < 0.95 ? 'number loss' : 'number'),
      cell(difference ? `DIFFERENT: ${difference}` : job.digits === undefined ? 'equal' : `equal to ${job.digits} digits`, difference ? 'error' : ''));
    body.append(line);
  });
}

/** @param {(text: string) => void} say @returns {Promise<string>} the verdict */
export async function race(sample, say) {
  const table = byId('compute-race-table');
  for (const body of [...table.tBodies]) body.remove();
  table.hidden = false;
  say('The implementations start…');
  const entered = [];
  for (const variant of VARIANTS) entered.push(await enter(variant));
  const runners = entered.filter(({ engine }) => engine);
  byId('compute-race-missing').replaceChildren(...entered.filter(({ why }) => why).map(({ variant, why }) => element('li', { 'data-variant': variant }, `${variant} is not in the race: ${why}`)));
  let won = 0, lost = 0, wrong = 0;
  try {
    for (const job of RACES) {
      say(`Racing: ${job.name}…`);
      const input = job.prepare(sample);
      // The first run loads and warms; its answers are the ones that are compared.
      const results = [];
      for (const { engine } of runners) results.push(await job.run(engine, input));
      const times = await timeAll(runners, job, input);
      const body = element('tbody');
      table.append(body);
      showJob(job, runners, results, times, body);
      wrong += results.filter((result) => firstDifference(results[0], result, job.digits)).length;
      const best = Math.min(...times.slice(1));
      if (times.length > 1 && best < times[0] * 0.95) won++;
      else if (times.length > 1 && best > times[0] * 1.05) lost++;
    }
  } finally {
    for (const { engine } of runners) await engine.dispose();
  }
  if (wrong) return `No winner: ${wrong} answers differ.`;
  return `${runners.map(({ variant }) => variant).join(', ')}: answers agree. WebAssembly wins ${won} of ${RACES.length}${lost ? ` and loses ${lost}: where the package knows it, JavaScript answers by itself` : ''}. Times are with the way to the worker and back.`;
}
