/** SVD, symmetric eigenvalues, QR: known decompositions, then residuals and orthogonality within the stated tolerance. */
import { EPS64, TYPES, columnsPointUp, epsOf, exactly, identity, mat, near, nearValues, norm, orthonormalColumns, randomMat, sameShape, scaledColumns, times, turned, unharmed, viewOf } from '../lib/compute.mjs';

const SHAPES = [[1, 1], [2, 2], [3, 2], [2, 3], [5, 5], [8, 8], [17, 9], [9, 17], [40, 1], [1, 40], [33, 33], [60, 20]];
const slackOf = (Type, m, n) => (Type === Float32Array ? 2 ** -22 * 2 : 16 * Math.max(m, n) * EPS64);
/** A matrix with these singular values. */
const withValues = (seed, m, n, values) => {
  const make = (rows, s) => { const q = randomMat(s, rows, values.length); return gramSchmidt(q); };
  return times(scaledColumns(make(m, seed), values), turned(make(n, seed + 1)));
};
function gramSchmidt(a) {
  const columns = Array.from({ length: a.cols }, (_, j) => Float64Array.from({ length: a.rows }, (_, i) => a.data[i * a.cols + j]));
  columns.forEach((column, j) => {
    for (let twice = 0; twice < 2; twice++) for (let k = 0; k < j; k++) { const d = column.reduce((s, v, i) => s + v * columns[k][i], 0); column.forEach((_, i) => { column[i] -= d * columns[k][i]; }); }
    const length = norm(column);
    column.forEach((_, i) => { column[i] /= length; });
  });
  return turned({ data: Float64Array.from(columns.flatMap((c) => [...c])), rows: a.cols, cols: a.rows });
}
function checkSvd(assert, a, { u, s, vt }, Type, note) {
  const r = Math.min(a.rows, a.cols), slack = slackOf(Type, a.rows, a.cols), top = s[0] ?? 0;
  sameShape(assert, u, a.rows, r, Type);
  sameShape(assert, vt, r, a.cols, Type);
  assert.equal(s.constructor.name, 'Float64Array', 's');
  assert.equal(s.length, r, 'length of s');
  for (let i = 0; i < r; i++) assert.ok(s[i] >= 0 && (i === 0 || s[i] <= s[i - 1]), `${note}: s falls`);
  near(assert, times(scaledColumns(u, s), vt), a, slack * Math.max(top, 1e-300), `${note}: u s vt`);
  orthonormalColumns(assert, u, slack * 2, `${note}: u`);
  orthonormalColumns(assert, turned(vt), slack * 2, `${note}: v`);
  columnsPointUp(assert, u, `${note}: u`);
}

export default [
  ...TYPES.map((Type) => ({
    name: `svd: shapes, residual, orthogonality, order and signs, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [m, n] of SHAPES) { const a = randomMat(m * 50 + n, m, n, Type); checkSvd(assert, a, await service.svd(a), Type, `${m} x ${n}`); }
    },
  })),
  {
    name: 'svd: known values',
    async run({ createCompute, assert }) {
      const service = createCompute();
      nearValues(assert, (await service.svd(mat([[3, 0], [0, -4]]))).s, [4, 3], 1e-15, 'diagonal');
      nearValues(assert, (await service.svd(mat([[3, 0], [4, 5]]))).s, [Math.sqrt(45), Math.sqrt(5)], 1e-14);
      nearValues(assert, (await service.svd(mat([[1, 1], [1, 1], [1, 1]]))).s, [Math.sqrt(6), 0], 1e-15, 'rank one');
      nearValues(assert, (await service.svd(mat([[-7]]))).s, [7], 0, '1 x 1');
      for (const n of [6, 13]) { const values = Float64Array.from({ length: n }, (_, i) => 10 ** -i); nearValues(assert, (await service.svd(withValues(n, 20, 15, values))).s.slice(0, n), values, 1e-14, 'graded'); }
    },
  },
  {
    name: 'svd: zeros, repeated values, a zero in the middle, and bidiagonal matrices',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const a of [
        mat([[0, 0], [0, 0]]), mat([[0, 0, 0]]), identity(7), mat([[1, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 4], [0, 0, 0, 5]]), mat([[1, 1, 0], [0, 1, 1], [0, 0, 0]]),
        mat([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), mat([[1, 2, 3], [2, 4, 6], [1, 1, 1]]), mat([[0, 2], [0, 3]]), withValues(4, 12, 12, [5, 5, 5, 1, 1]), withValues(5, 30, 8, [1, 1e-8, 1e-16]),
      ]) checkSvd(assert, a, await service.svd(a), Float64Array, JSON.stringify([...a.data].slice(0, 16)));
    },
  },
  {
    name: 'svd: very large and very small entries neither overflow nor vanish',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const scale of [2 ** 900, 2 ** -900]) {
        const a = randomMat(3, 6, 4), plain = await service.svd(a), scaled = await service.svd({ ...a, data: a.data.map((v) => v * scale) });
        nearValues(assert, scaled.s.map((v) => v / scale), plain.s, 1e-14, `${scale}`);
      }
    },
  },
  {
    name: 'svd, qr: empty matrices',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [m, n] of [[0, 0], [0, 3], [3, 0]]) {
        const a = { data: new Float64Array(0), rows: m, cols: n }, { u, s, vt } = await service.svd(a), { q, r } = await service.qr(a);
        sameShape(assert, u, m, 0); sameShape(assert, vt, 0, n); assert.equal(s.length, 0);
        sameShape(assert, q, m, 0); sameShape(assert, r, 0, n);
      }
      const { values, vectors } = await service.eigh(mat([]));
      assert.equal(values.length, 0);
      sameShape(assert, vectors, 0, 0);
    },
  },
  ...TYPES.map((Type) => ({
    name: `eigh: residual, orthogonality, order and signs, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const n of [1, 2, 3, 4, 8, 17, 33, 64]) {
        const b = randomMat(n, n, n, Type), a = { ...b, data: Type.from({ length: n * n }, (_, i) => b.data[i] + b.data[(i % n) * n + Math.floor(i / n)]) };
        const { values, vectors } = await unharmed(assert, [a.data], () => service.eigh(a)), slack = slackOf(Type, n, n);
        sameShape(assert, vectors, n, n, Type);
        assert.equal(values.constructor.name, 'Float64Array');
        for (let i = 1; i < n; i++) assert.ok(values[i] >= values[i - 1], 'values rise');
        near(assert, times(a, vectors), scaledColumns(vectors, values), slack * Math.max(1, norm(values)), `n = ${n}`);
        orthonormalColumns(assert, vectors, slack * 2, `n = ${n}`);
        columnsPointUp(assert, vectors, `n = ${n}`);
      }
    },
  })),
  {
    name: 'eigh: known values',
    async run({ createCompute, assert }) {
      const service = createCompute();
      const two = await service.eigh(mat([[2, 1], [1, 2]]));
      nearValues(assert, two.values, [1, 3], 1e-15);
      nearValues(assert, two.vectors.data.map(Math.abs), [Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2, Math.SQRT1_2], 1e-15);
      exactly(assert, (await service.eigh(mat([[3, 0, 0], [0, -1, 0], [0, 0, 2]]))).values, [-1, 2, 3], 'diagonal');
      exactly(assert, (await service.eigh(mat([[0, 0], [0, 0]]))).values, [0, 0], 'zeros');
      exactly(assert, (await service.eigh(identity(9))).values, new Array(9).fill(1), 'identity');
      // The second difference: 2 - 2 cos(k pi / (n + 1)).
      const n = 40, chain = { data: new Float64Array(n * n), rows: n, cols: n };
      for (let i = 0; i < n; i++) { chain.data[i * n + i] = 2; if (i > 0) chain.data[i * n + i - 1] = chain.data[(i - 1) * n + i] = -1; }
      nearValues(assert, (await service.eigh(chain)).values, Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1))), 40 * EPS64 * 4);
    },
  },
  {
    name: 'eigh: what is not square, not symmetric or not finite is refused',
    async run({ createCompute, assert }) {
      const service = createCompute();
      const error = await assert.code(service.eigh(randomMat(1, 3, 4)), 'DIMENSION_MISMATCH');
      assert.ok(error.message.includes('3 x 4'), error.message);
      await assert.code(service.eigh(mat([[1, 2], [2.001, 1]])), 'INVALID_ARGUMENT');
      await assert.code(service.eigh(mat([[1, NaN], [NaN, 1]])), 'NOT_FINITE');
      await assert.code(service.eigh(mat([[Infinity]])), 'NOT_FINITE');
      nearValues(assert, (await service.eigh(mat([[2, 1], [1 + 1e-12, 2]]))).values, [1, 3], 1e-11, 'a trace of rounding is no asymmetry');
    },
  },
  ...TYPES.map((Type) => ({
    name: `qr: residual, orthogonality, triangle, ${Type.name}`,
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const [m, n] of SHAPES) {
        const a = randomMat(m + n * 30, m, n, Type), { q, r } = await unharmed(assert, [a.data], () => service.qr(a)), least = Math.min(m, n), slack = slackOf(Type, m, n);
        sameShape(assert, q, m, least, Type);
        sameShape(assert, r, least, n, Type);
        near(assert, times(q, r), a, slack * norm(a.data), `${m} x ${n}`);
        orthonormalColumns(assert, q, slack * 2, `${m} x ${n}`);
        for (let i = 0; i < least; i++) { assert.ok(r.data[i * n + i] >= 0, 'diagonal'); for (let j = 0; j < i; j++) assert.equal(r.data[i * n + j], 0, 'below the diagonal'); }
      }
    },
  })),
  {
    name: 'qr: known factors, dependent columns, zeros',
    async run({ createCompute, assert }) {
      const service = createCompute();
      near(assert, (await service.qr(mat([[3, 1], [4, 2]]))).r, mat([[5, 2.2], [0, 0.4]]), 4e-15);
      for (const a of [mat([[1, 2], [2, 4], [3, 6]]), mat([[0, 0], [0, 0]]), mat([[0, 1], [0, 1]])]) {
        const { q, r } = await service.qr(a);
        near(assert, times(q, r), a, 1e-14);
        orthonormalColumns(assert, q, 1e-14);
      }
    },
  },
  {
    name: 'svd, qr: NaN and infinities are NOT_FINITE with their place',
    async run({ createCompute, assert }) {
      const service = createCompute();
      for (const method of ['svd', 'qr']) {
        const error = await assert.code(service[method](mat([[1, 2, 3], [4, 5, NaN]])), 'NOT_FINITE', method);
        assert.deepEqual({ row: error.detail.row, col: error.detail.col }, { row: 1, col: 2 });
        await assert.code(service[method](mat([[Infinity]], Float32Array)), 'NOT_FINITE', method);
      }
    },
  },
  {
    name: 'svd, eigh, qr: views into larger buffers',
    async run({ createCompute, assert }) {
      const service = createCompute(), { view, intact } = viewOf(new Float32Array([2, 1, 1, 2])), a = { data: view, rows: 2, cols: 2 };
      nearValues(assert, (await service.svd(a)).s, [3, 1], 1e-6);
      nearValues(assert, (await service.eigh(a)).values, [1, 3], 1e-6);
      near(assert, times((await service.qr(a)).q, (await service.qr(a)).r), mat([[2, 1], [1, 2]]), 1e-6);
      intact(assert);
    },
  },
];
