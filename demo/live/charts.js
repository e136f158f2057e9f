/** Charts of the live panel by uPlot (demo/vendor/uplot). Each has its figures as text beside it: the drawing alone is for the eye. */
import uPlot from '../vendor/uplot/uPlot.esm.js';
import { element } from '../dom.js';

const HEIGHT = 170;
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const color = (i) => style(`--series-${(i % 6) + 1}`);

const axis = (more = {}) => ({ stroke: style('--soft'), grid: { stroke: style('--line'), width: 1 }, ticks: { stroke: style('--line'), width: 1 }, font: '12px system-ui, sans-serif', ...more });

/** Redraws where the place changes its width or the page its colours. */
function follow(place, draw) {
  let width = place.clientWidth;
  new ResizeObserver(() => { if (place.clientWidth !== width) { width = place.clientWidth; draw(); } }).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}

function legend(place, entries) {
  place.replaceChildren(...entries.map(({ name, text, i }) => {
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = color(i);
    return element('li', {}, swatch, `${name} `, element('b', {}, text));
  }));
}

/**
 * Lines over the last seconds.
 * @param {HTMLElement} place @param {HTMLElement} names list for the legend @param {(value: number) => string} say a value in words
 * @returns {(window: { seconds: number[], series: Map<string, (number | null)[]> }) => void}
 */
export function timeChart(place, names, say) {
  let plot, drawn = '', last;
  const draw = () => {
    if (!last || place.clientWidth === 0) return;
    plot?.destroy();
    const keys = [...last.series.keys()];
    drawn = keys.join('\n');
    plot = new uPlot({
      width: place.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { show: false }, scales: { x: { time: false }, y: { range: (_, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
      axes: [axis({ values: (_, ticks) => ticks.map((t) => `${t} s`) }), axis({ size: 74, values: (_, ticks) => ticks.map((t) => say(t)) })],
      series: [{}, ...keys.map((name, i) => ({ label: name, stroke: color(i), width: 2, spanGaps: false, points: { show: false } }))],
    }, [last.seconds, ...last.series.values()], place);
  };
  follow(place, draw);
  return (window) => {
    last = window;
    if (!plot || drawn !== [...window.series.keys()].join('\n')) draw();
    else plot.setData([window.seconds, ...window.series.values()]);
    legend(names, [...window.series].map(([name, list], i) => ({ name, i, text: list.at(-1) === null ? 'ended' : say(list.at(-1)) })));
  };
}

const end = (ms) => (ms === Infinity ? 'more' : ms < 1 ? `${Number(ms.toPrecision(2))}` : ms < 1000 ? `${Number(ms.toPrecision(3))}` : `${Number((ms / 1000).toPrecision(2))} s`);

/** Bars: how many calls took up to so long. @returns {(buckets: { upTo: number, calls: number }[]) => void} */
export function histogramChart(place) {
  let plot, last = [];
  const draw = () => {
    plot?.destroy();
    plot = undefined;
    if (last.length === 0 || place.clientWidth === 0) return;
    plot = new uPlot({
      width: place.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false, range: [-0.6, last.length - 0.4] }, y: { range: (_, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
      axes: [axis({ splits: () => last.map((_, i) => i), values: (_, ticks) => ticks.map((i) => (last.length > 9 && place.clientWidth < 600 && i % 2 ? '' : end(last[i]?.upTo ?? 0))) }), axis({ size: 62 })],
      series: [{}, { fill: color(0), stroke: color(0), width: 0, paths: uPlot.paths.bars({ size: [0.8, 80] }), points: { show: false } }],
    }, [last.map((_, i) => i), last.map((b) => b.calls)], place);
  };
  follow(place, draw);
  return (buckets) => {
    // Empty ends say nothing: from the first call's bucket to the last call's.
    const first = buckets.findIndex((b) => b.calls > 0), final = buckets.findLastIndex((b) => b.calls > 0);
    last = first < 0 ? [] : buckets.slice(Math.max(0, first - 1), final + 2);
    draw();
    const most = last.reduce((best, b) => (b.calls > (best?.calls ?? 0) ? b : best), undefined);
    place.setAttribute('aria-label', most ? `Calls by duration in milliseconds; most of them, ${most.calls}, up to ${end(most.upTo)}` : 'No calls yet');
  };
}
