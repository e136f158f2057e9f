/** Short words for the cases of the compute engine: matrices, and the plain loops that answers are judged by. Portable, like the cases. */
import { rng } from './oracle.mjs';

export { rng };
export const EPS64 = 2 ** -52;
export const EPS32 = 2 ** -23;
export const TYPES = [Float64Array, Float32Array];
export const epsOf = (Type) => (Type === Float32Array ? EPS32 : EPS64);

/** From rows of numbers. */
export const mat = (rows, Type = Float64Array, cols = rows[0]?.length ?? 0) => ({ data: Type.from(rows.flat()), rows: rows.length, cols });
export const randomMat = (seed, rows, cols, Type = Float64Array) => { const next = rng(seed); return { data: Type.from({ length: rows * cols }, () => next() * 2 - 1), rows, cols }; };
export const identity = (n, Type = Float64Array) => ({ data: Type.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), rows: n, cols: n });
export const at = ({ data, cols }, i, j) => data[i * cols + j];
export const rowsOf = ({ data, rows, cols }) => Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));

export function times(a, b) {
  const data = new Float64Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++) for (let k = 0; k < a.cols; k++) for (let j = 0; j < b.cols; j++) data[i * b.cols + j] += at(a, i, k) * at(b, k, j);
  return { data, rows: a.rows, cols: b.cols };
}
export function turned(a) {
  const data = new Float64Array(a.data.length);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) data[j * a.rows + i] = at(a, i, j);
  return { data, rows: a.cols, cols: a.rows };
}
export const scaledColumns = (a, by) => ({ ...a, data: Float64Array.from(a.data, (v, i) => v * by[i % a.cols]) });
const absolute = (a) => ({ ...a, data: Float64Array.from(a.data, Math.abs) });
/** The sum of the magnitudes of the terms of each element of a product: what rounding is relative to. */
export const magnitudes = (a, b) => times(absolute(a), absolute(b));
export const norm = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

export function sameShape(assert, actual, rows, cols, Type) {
  assert.equal(actual.rows, rows, 'rows');
  assert.equal(actual.cols, cols, 'cols');
  assert.equal(actual.data.length, rows * cols, 'length of the data');
  if (Type) assert.equal(actual.data.constructor.name, Type.name, 'type of the data');
}
/** Every element within `tolerance`, a number or one for each. */
export function near(assert, actual, expected, tolerance, note = 'matrix') {
  sameShape(assert, actual, expected.rows, expected.cols);
  nearValues(assert, actual.data, expected.data, tolerance, note);
}
export function nearValues(assert, actual, expected, tolerance, note = 'values') {
  assert.equal(actual.length, expected.length, `${note}: length`);
  for (let i = 0; i < expected.length; i++) {
    const slack = typeof tolerance === 'number' ? tolerance : tolerance[i];
    if (Object.is(actual[i], expected[i]) || Math.abs(actual[i] - expected[i]) <= slack) continue;
    assert.fail(`${note}: element ${i} is ${actual[i]}, expected ${expected[i]} ± ${slack}`);
  }
}
/** Values and nothing else, by Object.is, -0 and NaN too. */
export function exactly(assert, actual, expected, note = 'values') {
  assert.equal(actual.length, expected.length, `${note}: length`);
  for (let i = 0; i < expected.length; i++) if (!Object.is(actual[i], expected[i])) assert.fail(`${note}: element ${i} is ${Object.is(actual[i], -0) ? '-0' : actual[i]}, expected ${Object.is(expected[i], -0) ? '-0' : expected[i]}`);
}
export function orthonormalColumns(assert, a, tolerance, note = 'columns') {
  near(assert, times(turned(a), a), identity(a.cols), tolerance, `${note} are orthonormal`);
}
/** The entry of largest magnitude of each column is positive. */
export function columnsPointUp(assert, a, note) {
  for (let j = 0; j < a.cols; j++) {
    let best = 0;
    for (let i = 0; i < a.rows; i++) if (Math.abs(at(a, i, j)) > Math.abs(best) * (1 + 1e-6)) best = at(a, i, j);
    assert.ok(best >= 0, `${note}: column ${j} points down`);
  }
}
/** The inputs are what they were. */
export async function unharmed(assert, inputs, work) {
  const before = inputs.map((array) => array.slice());
  const made = await work();
  inputs.forEach((array, i) => exactly(assert, array, before[i], `input ${i} after the call`));
  return made;
}
/** A view in the middle of a larger buffer, whose surroundings must stay. */
export function viewOf(values, Type = values.constructor) {
  const whole = new Type(values.length + 7).fill(99);
  const view = whole.subarray(3, 3 + values.length);
  view.set(values);
  return { view, intact: (assert) => exactly(assert, [...whole.subarray(0, 3), ...whole.subarray(3 + values.length)], new Array(7).fill(99), 'what surrounds the view') };
}
export function dft(re, im, inverse = false) {
  const n = re.length, sign = inverse ? 1 : -1, out = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n, c = Math.cos(angle), s = Math.sin(angle);
      out.re[k] += re[j] * c - im[j] * s;
      out.im[k] += re[j] * s + im[j] * c;
    }
    if (inverse) { out.re[k] /= n; out.im[k] /= n; }
  }
  return out;
}
/** The sum of doubles, exact but for one last rounding: Shewchuk's partials. */
export function exactSum(values) {
  let partials = [];
  for (let x of values) {
    const next = [];
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (low !== 0) next.push(low);
      x = high;
    }
    partials = [...next, x];
  }
  return partials.reverse().reduce((a, b) => a + b, 0);
}
