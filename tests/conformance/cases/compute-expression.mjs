/** evaluate and reduce over the shared expression language. */
import { EPS64, exactSum, exactly, nearValues, rng, unharmed, viewOf } from '../lib/compute.mjs';

const column = (seed, n, Type = Float64Array) => { const next = rng(seed); return Type.from({ length: n }, () => next() * 4 - 2); };
const each = (n, f) => Float64Array.from({ length: n }, (_, i) => f(i));

export default [
  {
    name: "evaluate: the contract's example",
    async run({ createCompute, assert }) {
      const x = new Float64Array([0, 1, 0.5, 3]), y = new Float64Array([0, 1, 0.5, 4]), made = await unharmed(assert, [x, y], () => createCompute().evaluate('sqrt(x*x + y*y) > 1 ? 0 : 1', { x, y }));
      assert.equal(made.constructor.name, 'Float64Array');
      exactly(assert, made, [1, 0, 1, 0]);
    },
  },
  {
    name: 'evaluate: every operator and function of numbers, row by row, over several blocks',
    async run({ createCompute, assert }) {
      const service = createCompute(), n = 3001, x = column(1, n), y = column(2, n);
      const KNOWN = {
        'x + y * 2 - 1': (a, b) => a + b * 2 - 1, 'x / y': (a, b) => a / b, 'x % y': (a, b) => a % b, '-x': (a) => -a, 'abs(x)': (a) => Math.abs(a), 'floor(x) + ceil(y)': (a, b) => Math.floor(a) + Math.ceil(b),
        'sqrt(x)': (a) => Math.sqrt(a), 'sign(x)': (a) => Math.sign(a), 'round(x)': (a) => Math.round(a), 'least(x, y, 0)': (a, b) => Math.min(a, b, 0), 'greatest(x, y)': (a, b) => Math.max(a, b),
        'x > y': (a, b) => +(a > b), 'x >= 0 and not y < 0': (a, b) => +(a >= 0 && !(b < 0)), 'x > 1 or y > 1': (a, b) => +(a > 1 || b > 1), 'x > 0 ? y : -y': (a, b) => (a > 0 ? b : -b),
        'case when x > 1 then 2 when x > 0 then 1 else 0 end': (a) => (a > 1 ? 2 : a > 0 ? 1 : 0), 'x between -1 and 1': (a) => +(a >= -1 && a <= 1), 'round(x) in (0, 1)': (a) => +[0, 1].includes(Math.round(a) + 0), '(x - y) * (x + y)': (a, b) => (a - b) * (a + b), '3': () => 3,
      };
      for (const [expression, f] of Object.entries(KNOWN)) exactly(assert, await service.evaluate(expression, { x, y }), each(n, (i) => f(x[i], y[i])), expression);
      for (const [expression, f] of Object.entries({ 'exp(x)': Math.exp, 'ln(abs(x))': (a) => Math.log(Math.abs(a)), 'log10(abs(x) + 1)': (a) => Math.log10(Math.abs(a) + 1), 'pow(abs(x), 1.5)': (a) => Math.abs(a) ** 1.5 })) {
        const expected = each(n, (i) => f(x[i]));
        nearValues(assert, await service.evaluate(expression, { x, y }), expected, expected.map((v) => 4 * EPS64 * Math.abs(v)), expression);
      }
    },
  },
  {
    name: 'evaluate: columns of every type, views, and arrays',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of [Float64Array, Float32Array, Int32Array, Uint32Array, Array]) {
        const values = Type.from([1, 2, 4000000]), made = await service.evaluate('x * x + 0.5', { x: values });
        exactly(assert, made, [1.5, 4.5, 16e12 + 0.5], Type.name);
      }
      exactly(assert, await service.evaluate('a + b', { a: new Float32Array([0.1]), b: new Int32Array([2]) }), [Math.fround(0.1) + 2]);
      exactly(assert, await service.evaluate('u', { u: new Uint32Array([4294967295]) }), [4294967295]);
      const { view, intact } = viewOf(new Float64Array([1, 2]));
      const made = await service.evaluate('v', { v: view });
      exactly(assert, made, [1, 2]);
      made[0] = 9;
      exactly(assert, view, [1, 2], 'a copy, not the column');
      intact(assert);
    },
  },
  {
    name: 'evaluate: NaN and infinities as JavaScript has them, null as NaN',
    async run({ createCompute, assert }) {
      const service = createCompute(), x = new Float64Array([NaN, Infinity, -Infinity, 0, -0]);
      exactly(assert, await service.evaluate('x > 0', { x }), [0, 1, 0, 0, 0]);
      exactly(assert, await service.evaluate('1 / x', { x }), [NaN, 0, -0, Infinity, -Infinity]);
      exactly(assert, await service.evaluate('x - x', { x }), [NaN, NaN, NaN, 0, 0]);
      exactly(assert, await service.evaluate('nullif(x, 0)', { x: [1, 0, 2] }), [1, NaN, 2]);
      exactly(assert, await service.evaluate('case when x > 1 then x end', { x: [1, 2] }), [NaN, 2]);
      exactly(assert, await service.evaluate('coalesce(nullif(x, 0), 7)', { x: [1, 0] }), [1, 7]);
      exactly(assert, await service.evaluate('nullif(x, 0) > 1', { x: [1, 0, 2] }), [0, NaN, 1], 'a condition on null');
    },
  },
  {
    name: 'evaluate: names that need quotes, unused columns, no rows',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, await service.evaluate('"first value" * größe', { 'first value': [2], größe: [3], other: [4] }), [6]);
      exactly(assert, await service.evaluate('x + 1', { x: [] }), []);
      exactly(assert, await service.evaluate('"__proto__" + constructor', { ['__proto__']: [1], constructor: [2] }), [3]);
    },
  },
  {
    name: 'evaluate, reduce: what is wrong with an expression, with its place',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [expression, code, offset] of [['x +', 'PARSE', 3], ['x + * 2', 'PARSE', 4], ['', 'PARSE', 0], ['x + y', 'INVALID_ARGUMENT', 4], ["x > 'a'", 'INVALID_ARGUMENT'], ['nope(x)', undefined], ["'text'", 'INVALID_ARGUMENT'], ['x = 1 = 2', 'PARSE']]) {
        for (const attempt of [() => service.evaluate(expression, { x: [1] }), () => service.reduce(expression, { x: [1] }, 'sum')]) {
          const error = await assert.code(attempt, code ?? ['PARSE', 'INVALID_ARGUMENT'], expression);
          assert.equal(error.service, 'compute', 'service');
          if (offset !== undefined) assert.equal(error.detail.offset, offset, expression);
        }
      }
      for (const bad of [5, null, undefined, {}, ['x']]) await assert.code(service.evaluate(bad, { x: [1] }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'evaluate, reduce: columns of different lengths, none, and no numbers',
    async run({ createCompute, assert }) {
      const service = createCompute(), error = await assert.code(service.evaluate('x + y', { x: [1, 2], y: [1, 2, 3] }), 'DIMENSION_MISMATCH');
      assert.ok(/2/.test(error.message) && /3/.test(error.message), error.message);
      for (const columns of [{}, null, undefined, 5, [1, 2], new Float64Array(2), 'x', { x: 'abc' }, { x: [1, '2'] }, { x: null }, { x: new Uint8Array(2) }]) await assert.code(service.evaluate('1', columns), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'reduce: sum, min, max, mean and count over several blocks',
    async run({ createCompute, assert }) {
      const service = createCompute(), n = 70000, x = column(5, n), y = column(6, n), values = each(n, (i) => x[i] * y[i]);
      assert.close(await service.reduce('x * y', { x, y }, 'sum'), exactSum(values), 2 * EPS64);
      assert.close(await service.reduce('x * y', { x, y }, 'mean'), exactSum(values) / n, 4 * EPS64);
      assert.equal(await service.reduce('x * y', { x, y }, 'min'), values.reduce((a, b) => Math.min(a, b)));
      assert.equal(await service.reduce('x * y', { x, y }, 'max'), values.reduce((a, b) => Math.max(a, b)));
      assert.equal(await service.reduce('x * y', { x, y }, 'count'), n);
      assert.equal(await service.reduce('x > y', { x, y }, 'count'), x.reduce((s, v, i) => s + (v > y[i] ? 1 : 0), 0), 'a condition counts where it is true');
      assert.equal(await service.reduce('x > y', { x, y }, 'sum'), x.reduce((s, v, i) => s + (v > y[i] ? 1 : 0), 0));
    },
  },
  {
    name: 'reduce: sums are compensated',
    async run({ createCompute, assert }) {
      const service = createCompute();
      assert.equal(await service.reduce('x', { x: [1e16, 1, -1e16] }, 'sum'), 1);
      assert.equal(await service.reduce('x', { x: new Float64Array(10).fill(0.1) }, 'sum'), 1);
    },
  },
  {
    name: 'reduce: NaN, null, nothing',
    async run({ createCompute, assert }) {
      const service = createCompute(), x = [1, NaN, 3];
      for (const reducer of ['sum', 'mean', 'min', 'max']) assert.equal(await service.reduce('x', { x }, reducer), NaN, `${reducer} of NaN`);
      assert.equal(await service.reduce('x', { x }, 'count'), 3);
      const nulls = { sum: 4, mean: 2, min: 1, max: 3, count: 2 }, empty = { sum: 0, mean: NaN, min: NaN, max: NaN, count: 0 };
      for (const [reducer, expected] of Object.entries(nulls)) assert.equal(await service.reduce('nullif(x, 0)', { x: [1, 0, 3] }, reducer), expected, `${reducer} beside null`);
      for (const [reducer, expected] of Object.entries(empty)) {
        assert.equal(await service.reduce('x', { x: [] }, reducer), expected, `${reducer} of nothing`);
        assert.equal(await service.reduce('nullif(x, x)', { x: [1, 2] }, reducer), expected, `${reducer} of nulls`);
      }
      assert.equal(await service.reduce('x', { x: [1, Infinity] }, 'sum'), Infinity);
      assert.equal(await service.reduce('x', { x: [0, -0] }, 'min'), -0);
    },
  },
  {
    name: 'reduce: unknown reducers',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const reducer of ['median', '', null, undefined, 5, 'constructor']) await assert.code(service.reduce('x', { x: [1] }, reducer), 'INVALID_ARGUMENT', String(reducer));
    },
  },
];
