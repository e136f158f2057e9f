/** Linear systems and Cholesky factors. */
import { EPS64, TYPES, epsOf, exactly, identity, mat, near, norm, randomMat, sameShape, times, turned, unharmed, viewOf } from '../lib/compute.mjs';

const spd = (seed, n, Type = Float64Array) => { const b = randomMat(seed, n, n), a = times(b, turned(b)); for (let i = 0; i < n; i++) a.data[i * n + i] += n; return { ...a, data: Type.from(a.data) }; };
/** |a x - b| beside |a| |x|. */
function residual(assert, a, x, b, eps, note) {
  const scale = norm(a.data) * norm(x.data) + norm(b.data);
  near(assert, times(a, x), b, 4 * a.rows * eps * scale, note);
}

export default [
  ...TYPES.map((Type) => ({
    name: `solve: known systems, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      const x = await service.solve(mat([[2, 1], [1, 3]], Type), mat([[3], [5]], Type));
      sameShape(assert, x, 2, 1, Type);
      near(assert, x, mat([[0.8], [1.4]]), 4 * epsOf(Type));
      exactly(assert, (await service.solve(mat([[4]], Type), mat([[8, 12]], Type))).data, [2, 3], '1 x 1');
      exactly(assert, (await service.solve(mat([[0, 1], [1, 0]], Type), mat([[5], [7]], Type))).data, [7, 5], 'a pivot of zero needs an exchange');
      exactly(assert, (await service.solve(identity(5, Type), randomMat(3, 5, 2, Type))).data, randomMat(3, 5, 2, Type).data, 'identity');
    },
  })),
  ...TYPES.map((Type) => ({
    name: `solve: residuals of random systems of every size, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of [1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 64, 100]) {
        const a = randomMat(n, n, n, Type), b = randomMat(n + 1, n, 1 + (n % 4), Type);
        residual(assert, a, await service.solve(a, b), b, epsOf(Type), `n = ${n}`);
      }
    },
  })),
  {
    name: 'solve: f32 by f64 is f64',
    async run({ createCompute, assert }) {
      sameShape(assert, await createCompute().solve(mat([[2]], Float32Array), mat([[1]])), 1, 1, Float64Array);
    },
  },
  {
    name: 'solve: singular matrices are SINGULAR, exactly and by rounding',
    async run({ createCompute, assert }) {
      const service = createCompute(), b = (n) => randomMat(1, n, 1);
      await assert.code(service.solve(mat([[0]]), b(1)), 'SINGULAR', 'zero');
      await assert.code(service.solve(mat([[1, 2], [2, 4]]), b(2)), 'SINGULAR', 'a row twice another');
      await assert.code(service.solve(mat([[1, 0], [0, 0]]), b(2)), 'SINGULAR', 'a row of zeros');
      await assert.code(service.solve(mat([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), b(3)), 'SINGULAR', 'rank two, by rounding');
      await assert.code(service.solve(mat([[1, 2], [2, 4]], Float32Array), { ...b(2), data: new Float32Array([1, 2]) }), 'SINGULAR', 'f32');
      const a = randomMat(9, 40, 40);
      a.data.set(a.data.subarray(0, 40), 39 * 40);
      await assert.code(service.solve(a, b(40)), 'SINGULAR', 'two rows alike, far apart');
      exactly(assert, (await service.solve(mat([[2]]), mat([[6]]))).data, [3], 'and the engine goes on');
    },
  },
  {
    name: 'solve: bad scaling is not singular',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, (await service.solve(mat([[1, 0], [0, 2 ** -70]]), mat([[1], [2 ** -70]]))).data, [1, 1], 'columns');
      exactly(assert, (await service.solve(mat([[1, 1], [2 ** -80, 2 ** -79]]), mat([[3], [2 ** -80 * 5]]))).data, [1, 2], 'rows');
      exactly(assert, (await service.solve(mat([[2 ** 600]]), mat([[2 ** 601]]))).data, [2], 'large');
      exactly(assert, (await service.solve(mat([[2 ** -1000]]), mat([[2 ** -999]]))).data, [2], 'small');
    },
  },
  {
    name: 'solve: an ill-conditioned system still has a small residual',
    async run({ createCompute, assert }) {
      const n = 8, a = { data: Float64Array.from({ length: n * n }, (_, i) => 1 / (Math.floor(i / n) + (i % n) + 1)), rows: n, cols: n }, b = randomMat(2, n, 1);
      residual(assert, a, await createCompute().solve(a, b), b, EPS64);
    },
  },
  {
    name: 'solve: shapes that do not meet, with both in the message',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [a, b] of [[[2, 3], [2, 1]], [[3, 3], [2, 1]], [[3, 2], [3, 1]]]) {
        const error = await assert.code(service.solve(randomMat(1, ...a), randomMat(2, ...b)), 'DIMENSION_MISMATCH');
        assert.ok(error.message.includes(a.join(' x ')) && error.message.includes(b.join(' x ')), error.message);
      }
    },
  },
  {
    name: 'solve: NaN and infinities are NOT_FINITE with their place',
    async run({ createCompute, assert }) {
      const service = createCompute();
      const error = await assert.code(service.solve(mat([[1, 2], [NaN, 4]]), randomMat(1, 2, 1)), 'NOT_FINITE');
      assert.deepEqual({ row: error.detail.row, col: error.detail.col }, { row: 1, col: 0 });
      await assert.code(service.solve(identity(2), mat([[1], [Infinity]])), 'NOT_FINITE');
      await assert.code(service.solve(mat([[-Infinity]], Float32Array), mat([[1]], Float32Array)), 'NOT_FINITE');
    },
  },
  {
    name: 'solve: empty systems, and no right-hand side',
    async run({ createCompute, assert }) {
      const service = createCompute();
      sameShape(assert, await service.solve(mat([]), { data: new Float64Array(0), rows: 0, cols: 3 }), 0, 3, Float64Array);
      sameShape(assert, await service.solve(identity(3), { data: new Float64Array(0), rows: 3, cols: 0 }), 3, 0, Float64Array);
    },
  },
  {
    name: 'solve: inputs stay as they were, views too',
    async run({ createCompute, assert }) {
      const service = createCompute(), a = viewOf(spd(1, 6).data), b = viewOf(randomMat(1, 6, 2).data);
      await unharmed(assert, [a.view, b.view], () => service.solve({ data: a.view, rows: 6, cols: 6 }, { data: b.view, rows: 6, cols: 2 }));
      a.intact(assert);
      b.intact(assert);
    },
  },
  ...TYPES.map((Type) => ({
    name: `cholesky: l lᵀ is the matrix, l is lower, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of [1, 2, 3, 8, 17, 50]) {
        const a = spd(n, n, Type), l = await unharmed(assert, [a.data], () => service.cholesky(a));
        sameShape(assert, l, n, n, Type);
        near(assert, times(l, turned(l)), a, 2 * n * epsOf(Type) * norm(a.data), `n = ${n}`);
        for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) assert.equal(l.data[i * n + j], 0, 'above the diagonal');
        for (let i = 0; i < n; i++) assert.ok(l.data[i * n + i] > 0, 'the diagonal is positive');
      }
    },
  })),
  {
    name: 'cholesky: known factor, empty, and what is refused',
    async run({ createCompute, assert }) {
      const service = createCompute();
      exactly(assert, (await service.cholesky(mat([[4, 12, -16], [12, 37, -43], [-16, -43, 98]]))).data, [2, 0, 0, 6, 1, 0, -8, 5, 3]);
      sameShape(assert, await service.cholesky(mat([])), 0, 0, Float64Array);
      await assert.code(service.cholesky(mat([[1, 2], [2, 1]])), 'SINGULAR', 'indefinite');
      await assert.code(service.cholesky(mat([[1, 1], [1, 1]])), 'SINGULAR', 'semidefinite');
      await assert.code(service.cholesky(mat([[-1]])), 'SINGULAR', 'negative');
      await assert.code(service.cholesky(mat([[1, 2], [0, 1]])), 'INVALID_ARGUMENT', 'not symmetric');
      await assert.code(service.cholesky(randomMat(1, 2, 3)), 'DIMENSION_MISMATCH', 'not square');
      await assert.code(service.cholesky(mat([[NaN]])), 'NOT_FINITE');
    },
  },
];
