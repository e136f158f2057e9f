/** Matrix products: exact small ones, every edge of a register block, types, views, specials. */
import { EPS32, EPS64, TYPES, epsOf, exactly, identity, magnitudes, mat, near, randomMat, rowsOf, sameShape, times, unharmed, viewOf } from '../lib/compute.mjs';

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33];

export default [
  ...TYPES.map((Type) => ({
    name: `matmul: small whole numbers are exact, ${Type.name}`,
    async run({ createCompute, assert }) {
      const c = await createCompute().matmul(mat([[1, 2, 3], [4, 5, 6]], Type), mat([[7, 8], [9, 10], [11, 12]], Type));
      sameShape(assert, c, 2, 2, Type);
      exactly(assert, c.data, [58, 64, 139, 154]);
    },
  })),
  ...TYPES.map((Type) => ({
    name: `matmul: every edge of a block, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const m of SIZES) {
        for (const n of SIZES) {
          const k = 1 + ((m * 7 + n * 3) % 20), a = randomMat(m, m, k, Type), b = randomMat(n + 50, k, n, Type);
          const slack = magnitudes(a, b).data.map((v) => v * k * epsOf(Type));
          near(assert, await service.matmul(a, b), times(a, b), slack, `${m} x ${k} by ${k} x ${n}`);
        }
      }
    },
  })),
  ...TYPES.map((Type) => ({
    name: `matmul: several panels deep and wide, ${Type.name}`,
    async run({ createCompute, assert }) {
      const a = randomMat(1, 70, 530, Type), b = randomMat(2, 530, 521, Type), c = await createCompute().matmul(a, b);
      near(assert, c, times(a, b), magnitudes(a, b).data.map((v) => v * 530 * epsOf(Type)));
    },
  })),
  {
    name: 'matmul: matrix by vector, vector by matrix, dot and outer product',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        for (const [m, k, n] of [[300, 257, 1], [1, 257, 300], [1, 1000, 1], [40, 1, 50]]) {
          const a = randomMat(m, m, k, Type), b = randomMat(n, k, n, Type);
          near(assert, await service.matmul(a, b), times(a, b), magnitudes(a, b).data.map((v) => v * k * epsOf(Type)), `${m} ${k} ${n} ${Type.name}`);
        }
      }
    },
  },
  {
    name: 'matmul: the identity changes nothing, bit for bit',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = randomMat(5, 19, 19), f = randomMat(5, 19, 19, Float32Array);
      exactly(assert, (await service.matmul(a, identity(19))).data, a.data);
      exactly(assert, (await service.matmul(identity(19, Float32Array), f)).data, f.data);
    },
  },
  {
    name: 'matmul: f32 by f64 is f64, and nothing of the f64 part is lost',
    async run({ createCompute, assert }) {
      const service = createCompute(), fine = 1 + EPS64;
      for (const made of [await service.matmul(mat([[2, 0]], Float32Array), mat([[fine], [1]])), await service.matmul(mat([[fine, 1]]), mat([[2], [0]], Float32Array))]) {
        sameShape(assert, made, 1, 1, Float64Array);
        assert.equal(made.data[0], 2 * fine);
      }
    },
  },
  {
    name: 'matmul: empty in each dimension',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        sameShape(assert, await service.matmul(mat([], Type, 3), randomMat(1, 3, 2, Type)), 0, 2, Type);
        sameShape(assert, await service.matmul(randomMat(1, 2, 3, Type), { data: new Type(0), rows: 3, cols: 0 }), 2, 0, Type);
        const zero = await service.matmul({ data: new Type(0), rows: 2, cols: 0 }, { data: new Type(0), rows: 0, cols: 3 });
        sameShape(assert, zero, 2, 3, Type);
        exactly(assert, zero.data, [0, 0, 0, 0, 0, 0]);
      }
    },
  },
  {
    name: 'matmul: NaN and infinities go where IEEE 754 sends them',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        const c = await service.matmul(mat([[1, NaN], [Infinity, 0], [0, 1]], Type), mat([[2, 0], [3, -1]], Type));
        exactly(assert, c.data, [NaN, NaN, Infinity, NaN, 3, -1], Type.name);
      }
    },
  },
  {
    name: 'matmul: f32 results that overflow are infinite, f64 ones are not',
    async run({ createCompute, assert }) {
      const service = createCompute();
      assert.equal((await service.matmul(mat([[3e38, 3e38]], Float32Array), mat([[1], [1]], Float32Array))).data[0], Infinity);
      assert.equal((await service.matmul(mat([[3e38, 3e38]]), mat([[1], [1]]))).data[0], 6e38);
    },
  },
  {
    name: 'matmul: inner shapes must meet, and the message has both',
    async run({ createCompute, assert }) {
      const service = createCompute(), error = await assert.code(service.matmul(randomMat(1, 2, 3), randomMat(1, 4, 5)), 'DIMENSION_MISMATCH');
      assert.ok(/2 x 3/.test(error.message) && /4 x 5/.test(error.message), error.message);
      exactly(assert, (await service.matmul(mat([[2]]), mat([[3]]))).data, [6], 'and the engine goes on');
    },
  },
  {
    name: 'matmul: views into larger buffers, and inputs stay as they were',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const Type of TYPES) {
        const a = viewOf(Type.from([1, 2, 3, 4])), b = viewOf(Type.from([5, 6, 7, 8]));
        const c = await unharmed(assert, [a.view, b.view], () => service.matmul({ data: a.view, rows: 2, cols: 2 }, { data: b.view, rows: 2, cols: 2 }));
        exactly(assert, c.data, [19, 22, 43, 50]);
        a.intact(assert);
        b.intact(assert);
      }
    },
  },
  {
    name: 'matmul: a matrix by itself, and calls at once, each have their own answer',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = mat([[1, 1], [0, 1]]);
      const all = await Promise.all(Array.from({ length: 20 }, (_, i) => service.matmul(a, mat([[1, i], [0, 1]]))));
      all.forEach((c, i) => assert.deepEqual(rowsOf(c), [[1, i + 1], [0, 1]]));
      exactly(assert, (await service.matmul(a, a)).data, [1, 2, 0, 1]);
    },
  },
  {
    name: 'matmul: f32 sums of many terms keep their accuracy',
    async run({ createCompute, assert }) {
      const n = 20000, ones = { data: new Float32Array(n).fill(0.1), rows: 1, cols: n }, c = await createCompute().matmul(ones, { ...ones, rows: n, cols: 1 });
      assert.close(c.data[0], n * Math.fround(0.1) ** 2, n * EPS32 * n * 0.01 / 200);
    },
  },
];
