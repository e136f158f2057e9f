/** The compress meter: the open file's bytes through an algorithm and back, what it comes to and how fast. */
import { byId, element } from '../dom.js';
import { errorText } from '../format.js';
import { median } from './compare.js';
import { bytes, megabytes } from './format.js';

/** Least, most and usual level. A page's gzip and deflate are the browser's own, which knows no levels. */
const LEVELS = { gzip: undefined, deflate: undefined, brotli: [0, 11, 4], zstd: [1, 19, 3], lz4: undefined };
const SAMPLE = 4e6;
const MOST_RUNS = 7, BUDGET_MS = 500;

/** The result of the first run, which loads and warms, and the median time of those after it. */
async function timed(work) {
  const began = performance.now();
  const result = await work();
  const times = [];
  do {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  } while (times.length < MOST_RUNS && performance.now() - began < BUDGET_MS);
  return { ...result, ms: median(times) };
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** One line of the table. */
async function measure(data, input, algorithm, level) {
  const packed = await timed(() => data.compress(input, { algorithm, ...(level !== undefined && { level }) }));
  const back = await timed(() => data.decompress(packed.data, { algorithm }));
  return { packed: packed.data.length, ratio: input.length / packed.data.length, inMs: packed.ms, outMs: back.ms, ok: same(back.data, input), reason: packed.metadata.reason };
}

function showLevels() {
  const levels = LEVELS[byId('data-algorithm').value];
  const select = byId('data-level');
  select.disabled = levels === undefined;
  select.title = levels ? '' : 'it has one level here';
  select.replaceChildren(...(levels ? Array.from({ length: levels[1] - levels[0] + 1 }, (_, i) => element('option', { value: levels[0] + i }, levels[0] + i)) : [element('option', { value: '' }, 'the only one')]));
  if (levels) select.value = String(levels[2]);
}

export function startMeter() {
  byId('data-algorithm').append(...Object.keys(LEVELS).map((name) => element('option', { value: name }, name)));
  byId('data-algorithm').value = 'zstd';
  showLevels();
  byId('data-algorithm').addEventListener('change', showLevels);
}

export function clearMeter() {
  byId('data-meter-table').tBodies[0].replaceChildren();
  byId('data-meter-table').hidden = true;
  byId('data-meter-note').textContent = '';
}

/** @param {boolean} all every algorithm at its usual level; else the chosen one */
export async function runMeter(data, source, all, say) {
  const input = await source.head(SAMPLE);
  const level = byId('data-level').value;
  const jobs = all ? Object.keys(LEVELS).map((algorithm) => ({ algorithm, level: LEVELS[algorithm]?.[2] })) : [{ algorithm: byId('data-algorithm').value, level: level === '' ? undefined : Number(level) }];
  const body = byId('data-meter-table').tBodies[0];
  byId('data-meter-table').hidden = false;
  byId('data-meter-note').textContent = `${source.size > SAMPLE ? `The first ${bytes(input.length)} of ${bytes(source.size)}` : `All ${bytes(input.length)}`}, uncompressed in the rates. A first run that loads and warms is not counted.`;
  for (const { algorithm, level: at } of jobs) {
    const name = `${algorithm}${at === undefined ? '' : ` ${at}`}`;
    say(`Measuring ${name}…`);
    body.querySelector(`[data-job="${name}"]`)?.remove();
    const line = element('tr', { 'data-job': name }, element('th', { scope: 'row' }, name));
    try {
      const { packed, ratio, inMs, outMs, ok, reason } = await measure(data, input, algorithm, at);
      line.title = reason;
      line.dataset.roundTrip = ok ? 'ok' : 'BROKEN';
      line.append(element('td', { class: 'number' }, bytes(packed)), element('td', { class: 'number' }, `${ratio.toFixed(2)}x`), element('td', { class: 'number' }, megabytes(input.length, inMs)),
        element('td', { class: 'number' }, megabytes(input.length, outMs)), element('td', { class: ok ? 'ok' : 'error' }, ok ? 'ok' : 'BROKEN'));
    } catch (error) {
      line.append(element('td', { colspan: 5 }, errorText(error)));
    }
    body.append(line);
  }
  say('Measured.');
}
