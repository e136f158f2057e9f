/** The result as bars: plain SVG, drawn again when its place changes its width. */
import { element } from '../dom.js';
import { BAR, barLayout, barText } from './bars.js';
import { count, valueText } from './format.js';

const MOST = 40;
const NS = 'http://www.w3.org/2000/svg';

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function drawing({ labels, values, width, measure }) {
  const { height, zero, bars } = barLayout({ labels, values, width });
  const text = (x, y, anchor, kind, content) => svg('text', { x, y, 'text-anchor': anchor, 'dominant-baseline': 'central', class: kind }, content);
  const groups = bars.map((bar, i) => svg('g', { class: 'bar' },
    svg('title', {}, `${labels[i]}: ${values[i] ?? 'null'}`),
    text(0, bar.y + BAR / 2, 'start', 'label', bar.label),
    svg('rect', { x: bar.x, y: bar.y, width: bar.length, height: BAR, rx: 2 }),
    text(bar.textX, bar.y + BAR / 2, bar.negative ? 'end' : 'start', 'value', bar.text)));
  const most = values.reduce((best, value, i) => (typeof value === 'number' && !(value <= values[best]) ? i : best), 0);
  return svg('svg', { width, height, role: 'img', 'aria-label': `Bars of ${measure}, ${values.length} of them; the longest is ${labels[most]} with ${barText(values[most])}` },
    svg('line', { x1: zero, x2: zero, y1: 0, y2: height, class: 'axis' }), ...groups);
}

const asNumber = (value) => (typeof value === 'bigint' ? Number(value) : value ?? null);
const chartable = (schema, keys) => Object.keys(schema).filter((name) => ['f64', 'i64', 'i32'].includes(schema[name]) && !keys.includes(name));

let watcher;

/**
 * Charts the first rows of a result.
 * @param result a DataTable @param {string[]} keys its key columns
 */
export async function showChart(place, result, keys) {
  watcher?.disconnect();
  const measures = chartable(result.schema, keys);
  if (measures.length === 0 || result.rowCount === 0) return place.replaceChildren();
  const part = await result.slice(0, MOST);
  const data = await part.toColumns();
  const n = part.rowCount;
  part.free();
  const labels = Array.from({ length: n }, (_, i) => (keys.length ? keys.map((key) => valueText(data[key][i]).text).join(' · ') : 'all rows'));
  const chooser = element('select', { id: 'data-measure' }, ...measures.map((name) => element('option', { value: name }, name)));
  const canvas = element('div', { class: 'bars' });
  const draw = () => {
    const width = Math.max(160, Math.floor(canvas.clientWidth));
    canvas.replaceChildren(drawing({ labels, values: Array.from({ length: n }, (_, i) => asNumber(data[chooser.value][i])), width, measure: chooser.value }));
  };
  chooser.addEventListener('change', draw);
  place.replaceChildren(element('label', { class: 'options' }, 'Bars of ', chooser), canvas,
    ...(result.rowCount > n ? [element('p', { class: 'cut' }, `The first ${count(n)} of ${count(result.rowCount)} groups: order them or set a limit to choose which.`)] : []));
  let drawn = 0;
  watcher = new ResizeObserver(() => { if (canvas.clientWidth !== drawn) { drawn = canvas.clientWidth; draw(); } });
  draw();
  drawn = canvas.clientWidth;
  watcher.observe(canvas);
}
