/** The Mandelbrot set by `evaluate`: each round is three expressions over all points, and the picture sharpens as rounds go by. */
import { byId } from '../dom.js';
import { milliseconds } from '../format.js';

/** Centre, width of the view, rounds. */
export const VIEWS = {
  whole: { name: 'the whole set', x: -0.6, y: 0, width: 3.4, rounds: 60 },
  seahorses: { name: 'seahorse valley', x: -0.7463, y: 0.1102, width: 0.012, rounds: 240 },
  spirals: { name: 'double spirals', x: -0.74529, y: 0.11307, width: 0.0022, rounds: 320 },
};
/** Painting every round would take longer than the rounds. */
const PAINT_EVERY = 4;

const columnsOf = ({ x, y, width }, w, h) => {
  const cx = new Float64Array(w * h), cy = new Float64Array(w * h), step = width / w;
  for (let j = 0; j < h; j++) for (let i = 0; i < w; i++) {
    cx[j * w + i] = x + (i - w / 2 + 0.5) * step;
    cy[j * w + i] = y + (j - h / 2 + 0.5) * step;
  }
  return { cx, cy };
};

/** What is still bounded is dark; the rest by how long it took to leave. */
function paint(context, n, round, most) {
  const { width, height } = context.canvas;
  const image = context.createImageData(width, height);
  for (let i = 0; i < n.length; i++) {
    const inside = n[i] >= round, t = Math.log1p(n[i]) / Math.log1p(most);
    image.data[4 * i] = inside ? 8 : 255 * Math.min(1, Math.max(0, 2.2 * t - 0.7));
    image.data[4 * i + 1] = inside ? 20 : 255 * Math.min(1, 0.12 + t * t * 1.1);
    image.data[4 * i + 2] = inside ? 24 : 255 * Math.min(1, 0.3 + 0.9 * t * (1 - t) * 1.6);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** z becomes z² + c; n counts the rounds that a point stayed within 2. What has left goes to infinity and NaN, which is not within. */
export const ROUND = { zx: 'zx*zx - zy*zy + cx', zy: '2*zx*zy + cy', n: 'zx*zx + zy*zy <= 4 ? n + 1 : n' };

export async function mandelbrot(engine, viewName, say, signal) {
  const view = VIEWS[viewName];
  const context = byId('compute-mandelbrot').getContext('2d');
  const { width, height } = context.canvas;
  const { cx, cy } = columnsOf(view, width, height);
  let zx = new Float64Array(width * height), zy = new Float64Array(width * height), n = new Float64Array(width * height);
  const began = performance.now();
  let asked = 0;
  for (let round = 1; round <= view.rounds; round++) {
    const start = performance.now();
    // Three questions at once: the engine takes them one after another without the page in between.
    const next = await Promise.all([engine.evaluate(ROUND.zx, { zx, zy, cx }, { signal }), engine.evaluate(ROUND.zy, { zx, zy, cy }, { signal }), engine.evaluate(ROUND.n, { zx, zy, n }, { signal })]);
    asked += performance.now() - start;
    [zx, zy, n] = next;
    if (round % PAINT_EVERY === 0 || round === view.rounds) {
      paint(context, n, round, view.rounds);
      say(`Round ${round} of ${view.rounds}`);
      // A frame for the page between two paintings.
      await new Promise((done) => { requestAnimationFrame(done); });
    }
  }
  context.canvas.setAttribute('aria-label', `The Mandelbrot set, ${view.name}, after ${view.rounds} rounds`);
  const each = (asked / view.rounds / 3);
  return `${view.name[0].toUpperCase()}${view.name.slice(1)}: ${(width * height).toLocaleString('en')} points, ${view.rounds} rounds of three expressions in ${milliseconds(performance.now() - began)}; ${milliseconds(each)} an expression with the way to the engine and back (${engine.info.variant}).`;
}
