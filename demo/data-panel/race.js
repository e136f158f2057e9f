/** The same question to every implementation: answers compared before a time counts, rounds taken in turns, medians. */
import { createDataProcessor } from 'wasm-services';
import { byId, element } from '../dom.js';
import { milliseconds } from '../format.js';
import { differenceOf, median } from './compare.js';
import { rate } from './format.js';

const VARIANTS = ['js', 'simd'];
/** Up to here the page's own thread is used, so that no message is timed; larger files go to workers, so that the page stays alive. */
const IN_PAGE = 16e6;
const ROUNDS = 9;
/** A round takes at least this, whatever the clock's step is; all rounds of one implementation about `BUDGET`. */
const ROUND_MS = 5, BUDGET_MS = 1500;

async function enter(implementation, source, loadOptions, question) {
  const data = createDataProcessor({ implementation, host: source.size > IN_PAGE ? 'worker' : 'inline' });
  try {
    await data.ready();
    const content = await source.content();
    const began = performance.now();
    const table = await data.load(content, loadOptions);
    const loadMs = performance.now() - began;
    const { data: answer, metadata } = await data.aggregate(table, question);
    const columns = await answer.toColumns();
    answer.free();
    return { implementation, data, table, loadMs, columns, reason: metadata.reason, ran: metadata.implementation, times: [], calls: 1 };
  } catch (error) {
    await data.dispose();
    throw error;
  }
}

/** Mean milliseconds of one call over `calls` of them. */
async function round({ table }, question, calls) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) (await table.aggregate(question)).free();
  return (performance.now() - began) / calls;
}

async function run(runners, question) {
  for (const runner of runners) {
    // Also warms it up. Calls are doubled until a round is long enough for the clock.
    while (await round(runner, question, runner.calls) * runner.calls < ROUND_MS && runner.calls < 4096) runner.calls *= 2;
  }
  const began = performance.now();
  for (let i = 0; i < ROUNDS && (i < 3 || performance.now() - began < BUDGET_MS * runners.length); i++) {
    // In turns, the first changing: whatever else the machine does meets both.
    for (const runner of i % 2 ? [...runners].reverse() : runners) runner.times.push(await round(runner, question, runner.calls));
    await new Promise((done) => { setTimeout(done); });
  }
  for (const runner of runners) runner.ms = median(runner.times);
}

function verdictOf(runners) {
  const [best, next] = [...runners].sort((a, b) => a.ms - b.ms);
  if (!next) return [`${best.implementation} ran alone: ${best.reason}.`];
  const ratio = next.ms / best.ms;
  if (ratio < 1.05) return [`Even: ${best.implementation} and ${next.implementation} are within 5 %.`];
  return [element('b', {}, `${best.implementation} wins, ${ratio.toFixed(1)}x`), ` as fast as ${next.implementation} (medians of ${best.times.length} rounds). Why it answers as it does: ${best.reason}.`];
}

/**
 * @param source as source.js opens it @param loadOptions LoadOptions @param question AggregationOptions
 * @param {(text: string) => void} say
 */
export async function race(source, loadOptions, question, say) {
  const body = byId('data-race-table').tBodies[0];
  body.replaceChildren();
  byId('data-race-table').hidden = false;
  byId('data-race-verdict').replaceChildren();
  const runners = [];
  try {
    for (const variant of VARIANTS) {
      say(`Racing: ${variant} loads…`);
      try {
        runners.push(await enter(variant, source, loadOptions, question));
      } catch (error) {
        body.append(element('tr', { 'data-variant': variant }, element('th', { scope: 'row' }, variant), element('td', { colspan: 5 }, `not here: ${error.message}`)));
      }
    }
    if (runners.length === 0) throw new Error('no implementation answers this question');
    say('Racing…');
    const [first] = runners;
    for (const runner of runners) runner.difference = differenceOf(first.columns, runner.columns);
    await run(runners, question);
    for (const { implementation, loadMs, ms, table, difference } of runners) {
      body.append(element('tr', { 'data-variant': implementation, 'data-answers': difference ? 'DIFFERENT' : 'equal' },
        element('th', { scope: 'row' }, implementation), element('td', {}, milliseconds(loadMs)), element('td', {}, ms < 0.1 ? `${(ms * 1000).toPrecision(2)} µs` : milliseconds(ms)),
        element('td', {}, rate(table.rowCount, ms, 'rows')), element('td', {}, `${(first.ms / ms).toFixed(1)}x`), element('td', {}, difference ? `DIFFERENT: ${difference}` : 'equal')));
    }
    const wrong = runners.find(({ difference }) => difference);
    byId('data-race-verdict').replaceChildren(...(wrong ? [`No winner: ${wrong.implementation} gave another answer (${wrong.difference}).`] : verdictOf(runners)),
      source.size > IN_PAGE ? ' Each in a worker; messages are in the times.' : ' Each in this page, so that no message is timed.');
  } finally {
    for (const { data } of runners) await data.dispose();
  }
}
