/** sort and argsort against the host's own sort, by bits. */
import { exactly, rng, unharmed, viewOf } from '../lib/compute.mjs';

const ALL = [Float64Array, Float32Array, Int32Array, Uint32Array];
const isFloat = (Type) => Type === Float64Array || Type === Float32Array;
const SIZES = [0, 1, 2, 3, 10, 100, 511, 513, 5000, 40000];

/** Distributions that a radix sort can get wrong. */
const MAKERS = {
  'uniform over the bits': (Type, next) => () => (Type === Float64Array ? (next() - 0.5) * 2 ** Math.floor(next() * 200 - 100) : Type === Float32Array ? (next() - 0.5) * 2 ** Math.floor(next() * 100 - 50) : Math.floor(next() * 2 ** 32) + (Type === Int32Array ? -(2 ** 31) : 0)),
  'few different': (Type, next) => () => Math.floor(next() * 4) * (isFloat(Type) ? 0.5 : 1),
  'nearly equal': (Type, next) => () => (isFloat(Type) ? 1 + next() * 1e-3 : 1000 + Math.floor(next() * 3)),
  'all equal': () => () => 7,
  'rising': () => { let i = 0; return () => i++; },
  'falling': () => { let i = 1e6; return () => i--; },
};
const SPECIALS = { Float64Array: [NaN, -0, 0, Infinity, -Infinity, 5e-324, -5e-324, 1.7e308, -1.7e308, NaN, 1, -1, 2 ** 53, -(2 ** 53), 0, -0], Float32Array: [NaN, -0, 0, Infinity, -Infinity, 1e-45, -1e-45, 3e38, -3e38, NaN, 1, -1, 0, -0], Int32Array: [0, -1, 2 ** 31 - 1, -(2 ** 31), 1, -1, 65536, -65536], Uint32Array: [0, 2 ** 32 - 1, 2 ** 31, 2 ** 31 - 1, 1, 65536] };
const numbersOf = (sorted) => { let n = sorted.length; while (n > 0 && Number.isNaN(sorted[n - 1])) n--; return n; };
const descending = (sorted) => { const made = sorted.slice(); made.subarray(0, numbersOf(made)).reverse(); return made; };

async function check(assert, service, values, note) {
  const expected = values.slice().sort(), down = descending(expected);
  const sorted = await unharmed(assert, [values], () => service.sort(values));
  assert.equal(sorted.constructor.name, values.constructor.name, note);
  exactly(assert, sorted, expected, note);
  exactly(assert, await service.sort(values, { descending: true }), down, `${note}, descending`);
  for (const [options, right] of [[{}, expected], [{ descending: true }, down]]) {
    const places = await service.argsort(values, options);
    assert.equal(places.constructor.name, 'Uint32Array');
    assert.equal(places.length, values.length);
    assert.equal(new Set(places).size, values.length, `${note}: each place once`);
    for (let i = 0; i < right.length; i++) {
      if (!Object.is(values[places[i]], right[i])) assert.fail(`${note}: argsort ${JSON.stringify(options)} has ${values[places[i]]} at ${i}, expected ${right[i]}`);
      if (i > 0 && Object.is(right[i], right[i - 1]) && places[i] < places[i - 1]) assert.fail(`${note}: argsort ${JSON.stringify(options)} is not stable at ${i}`);
    }
  }
}

export default [
  ...ALL.flatMap((Type) => Object.entries(MAKERS).map(([what, maker]) => ({
    name: `sort, argsort: ${what}, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of SIZES) { const make = maker(Type, rng(n + 3)); await check(assert, service, Type.from({ length: n }, make), `${n} values`); }
    },
  }))),
  ...ALL.map((Type) => ({
    name: `sort, argsort: specials, few and among many, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute(), specials = SPECIALS[Type.name], next = rng(5);
      await check(assert, service, Type.from(specials), 'alone');
      await check(assert, service, Type.from({ length: 9000 }, () => (next() < 0.3 ? specials[Math.floor(next() * specials.length)] : Math.floor(next() * 1000))), 'among many');
      if (isFloat(Type)) { await check(assert, service, new Type(6000).fill(NaN), 'all NaN'); await check(assert, service, new Type([NaN]), 'one NaN'); }
    },
  })),
  {
    name: 'sort: -0 before 0, NaN last, descending too',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of [Float64Array, Float32Array]) {
        exactly(assert, await service.sort(new Type([0, NaN, -0, 3, -Infinity])), [-Infinity, -0, 0, 3, NaN], Type.name);
        exactly(assert, await service.sort(new Type([0, NaN, -0, 3, -Infinity]), { descending: true }), [3, 0, -0, -Infinity, NaN], Type.name);
      }
    },
  },
  {
    name: 'sort: views, and what is not a typed array of numbers',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of ALL) { const { view, intact } = viewOf(Type.from([3, 1, 2])); exactly(assert, await service.sort(view), [1, 2, 3]); exactly(assert, view, [3, 1, 2]); intact(assert); }
      for (const bad of [[3, 1], new Uint8Array(2), new BigInt64Array(2), 'x', null, undefined, 5, { length: 2 }, new DataView(new ArrayBuffer(8))]) await assert.code(service.sort(bad), 'INVALID_ARGUMENT');
      for (const bad of [1, 'yes', null]) await assert.code(service.sort(new Float64Array(2), { descending: bad }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'argsort: arrays of numbers',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, await service.argsort([3, 1, NaN, 2, 1]), [1, 4, 3, 0, 2]);
      exactly(assert, await service.argsort([3, 1, NaN, 2, 1], { descending: true }), [0, 3, 1, 4, 2]);
      exactly(assert, await service.argsort([]), []);
      const error = await assert.code(service.argsort([1, '2']), 'INVALID_ARGUMENT');
      assert.equal(error.detail.index, 1);
      for (const bad of [[1, , 3], [1, null], [1n], [undefined], 'abc', { 0: 1, length: 1 }, new Uint8Array(3)]) await assert.code(service.argsort(bad), 'INVALID_ARGUMENT');
    },
  },
];
