/** Which implementation would answer a call that is only described (dispatch.ts). */
import { ms } from '../../dispatch/cost-model.js';
import type { Explanation, Service, Variant } from '../../types.js';
import { hostModel, isForJsWith, unitsWith, type HasLoop } from './costs.js';
import type { Operation, Plans } from './engine.js';
import { invalidField } from './errors.js';
import type { ComputeService } from './service.js';

type Shape = Record<string, unknown>;
type Size = { rows: number; cols: number };

/**
 * The shape's fields: `rows` and `cols` of the matrix (of a, of the points, of the image); `b`, `kernel`: `{ rows, cols }`; `k`; `length` of values, `f32: true`;
 * `quantiles`: whether any; `rows`, `expression`, the names of its `columns`, `reducer`.
 *
 * @param dispatches whether JavaScript may answer what does not pay
 * @param hasLoop left out: the expression language is not here, and an expression is taken for one loop of source, as most are
 * @throws ServiceError INVALID_ARGUMENT naming the field
 */
export function explainCompute(variant: Variant, reason: string, dispatches: boolean, operation: string, shape: Shape, hasLoop?: HasLoop): Explanation {
  if (!Object.hasOwn(FIELDS, operation)) throw invalidField('operation', `one of ${Object.keys(FIELDS).join(', ')}`, operation);
  const plan = planOf(operation as Operation, shape);
  const loops = hasLoop ?? ((): boolean => true);
  const work = unitsWith(loops, operation as Operation, plan);
  if (!work) return { implementation: variant, reason, estimatedMs: {} };
  const { js, wasm } = hostModel().estimate(work);
  if (variant === 'js') return { implementation: 'js', reason: `js: WebAssembly does not answer here (${reason})`, estimatedMs: { js } };
  const estimatedMs = { js, [variant]: wasm };
  if (!dispatches) return { implementation: variant, reason: `pinned to ${variant}`, estimatedMs };
  const taken = hasLoop === undefined && FIELDS[operation as Operation] === 'rows' ? '; the expression is taken for one loop: none was evaluated in this thread yet' : '';
  return isForJsWith(loops, operation as Operation, plan)
    ? { implementation: 'js', reason: `js: about ${short(js)} against ${short(wasm)} in WebAssembly, with the way there and back${taken}`, estimatedMs }
    : { implementation: variant, reason: `${variant}: about ${short(wasm)} against ${short(js)} in JavaScript${taken}`, estimatedMs };
}

const short = (value: number): string => (value < 0.1 ? `${(value * 1e3).toPrecision(2)} µs` : ms(value));

/** What each operation's size is read from. */
const FIELDS: Readonly<Record<Operation, 'matrix' | 'values' | 'rows'>> = {
  matmul: 'matrix', solve: 'matrix', svd: 'matrix', eigh: 'matrix', qr: 'matrix', cholesky: 'matrix', pca: 'matrix', correlation: 'matrix', covariance: 'matrix', pairwiseDistances: 'matrix', kmeans: 'matrix',
  convolve2d: 'matrix', upload: 'matrix', download: 'matrix', sort: 'values', argsort: 'values', describe: 'values', histogram: 'values', fft: 'values', evaluate: 'rows', reduce: 'rows',
};

/** As much of a plan as its size needs. */
function planOf<K extends Operation>(operation: K, shape: Shape): Plans[K] {
  const of = FIELDS[operation];
  let plan: Shape;
  if (of === 'rows') {
    const { expression = '', columns = [] } = shape;
    if (typeof expression !== 'string') throw invalidField('expression', 'a text', expression);
    if (!Array.isArray(columns)) throw invalidField('columns', 'the names of the columns', columns);
    plan = { rows: whole(shape, 'rows'), expression, columns: columns.map((name) => ({ name: String(name), values: new Float64Array(0) })), reducer: shape['reducer'] };
  } else if (of === 'values') {
    const values = { length: whole(shape, 'length'), BYTES_PER_ELEMENT: shape['f32'] === true ? 4 : 8 };
    plan = { values, re: values, quantiles: shape['quantiles'] ? [0.5] : [] };
  } else {
    const a: Size = { rows: whole(shape, 'rows'), cols: whole(shape, 'cols') };
    const side = (field: string, otherwise: Size | undefined): Size | undefined => {
      const value = shape[field];
      if (value === undefined) return otherwise;
      if (typeof value !== 'object' || value === null) throw invalidField(field, '{ rows, cols }', value);
      return { rows: whole(value as Shape, 'rows', field), cols: whole(value as Shape, 'cols', field) };
    };
    const square = { rows: a.cols, cols: a.cols };
    plan = { a, points: a, image: a, matrix: a, b: side('b', operation === 'matmul' ? square : operation === 'solve' ? { rows: a.rows, cols: 1 } : undefined), kernel: side('kernel', { rows: 3, cols: 3 }), k: shape['k'] ?? 8 };
  }
  return plan as unknown as Plans[K];
}

function whole(shape: Shape, field: string, of?: string): number {
  const value = shape[field];
  if (typeof value !== 'number' || !(value >= 0)) throw invalidField(of ? `${of}.${field}` : field, 'a number, 0 or more', value);
  return value;
}

/** For the manager, which asks it of a service that it made. */
export function explain(service: Service, operation: string, shape: Shape): Explanation {
  const { info: { variant, reason }, dispatches, hasLoop } = service as ComputeService;
  return explainCompute(variant, reason, dispatches, operation, shape, hasLoop);
}
