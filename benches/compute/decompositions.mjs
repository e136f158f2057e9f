/** SVD, QR and Cholesky of 500 x 500 f64. There is no plain loop to compare with: each answer is multiplied out again by one, and what is unique is compared with the first one's. */
import { lines, race } from '../lib/race.mjs';
import { gemmBlocked } from '../baselines/compute.mjs';
import { answer, equalAnswers, judged } from './answers.mjs';
import { everyone, FALLBACK, OURS, ours, peer } from './contenders.mjs';
import { square } from './data.mjs';
import { numpyRow } from './numpy.mjs';

const LEAST = 5, LIMIT = 1e-11;
const times = (n, a, b) => { const c = new Float64Array(n * n); gemmBlocked(n, a, b, c, 0, n); return c; };
const turned = (n, a) => { const t = new Float64Array(n * n); for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) t[j * n + i] = a[i * n + j]; return t; };
/** Greatest difference, as a share of the greatest entry. */
const apart = (a, b) => { let most = 0, d = 0; for (let i = 0; i < a.length; i++) { most = Math.max(most, Math.abs(a[i])); const e = Math.abs(a[i] - b[i]); if (!(e <= d)) d = e; } return d / most; };
const identity = (n) => { const e = new Float64Array(n * n); for (let i = 0; i < n; i++) e[i * (n + 1)] = 1; return e; };

/** Unique parts, after the product was seen to be the matrix again and the factors to be orthogonal. */
const PROOFS = {
  svd: (n, a, { u, s, vt }) => {
    const scaled = u.slice();
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) scaled[i * n + j] *= s[j];
    return [[['residual', apart(a, times(n, scaled, vt))], ['u', apart(identity(n), times(n, turned(n, u), u))], ['v', apart(identity(n), times(n, vt, turned(n, vt)))]], [s]];
  },
  qr: (n, a, { q, r }) => {
    // The sign of each row of r is free: the diagonal is made positive.
    const unique = r.slice();
    for (let i = 0; i < n; i++) if (unique[i * (n + 1)] < 0) for (let j = i; j < n; j++) unique[i * n + j] = -unique[i * n + j];
    return [[['residual', apart(a, times(n, q, r))], ['q', apart(identity(n), times(n, turned(n, q), q))]], [unique]];
  },
  cholesky: (n, a, { l }) => [[['residual', apart(a, times(n, l, turned(n, l)))]], [l]],
};
/** How each gives its parts. */
const OURS_PARTS = { svd: ({ u, s, vt }) => ({ u: u.data, s, vt: vt.data }), qr: ({ q, r }) => ({ q: q.data, r: r.data }), cholesky: (l) => ({ l: l.data }) };
const ML_PARTS = { svd: (n, p, { u, s, v }) => ({ u: p.flat(u), s: Float64Array.from(s), vt: turned(n, p.flat(v)) }), qr: (n, p, { q, r }) => ({ q: p.flat(q), r: p.flat(r) }), cholesky: (n, p, l) => ({ l: p.flat(l) }) };
const NUMPY_PARTS = { svd: (u, s, vt) => ({ u, s, vt }), qr: (q, r) => ({ q, r }), cholesky: (l) => ({ l }) };

const decomposition = (what, name) => async (api, { quick }) => {
  const all = await everyone(api), { n, a } = square(what, quick);
  let right;
  const proof = (parts) => {
    const [checks, unique] = PROOFS[what](n, a, parts), wrong = checks.find(([, error]) => !(error <= LIMIT));
    if (wrong) return judged(false, `${wrong[0]} off by ${wrong[1].toExponential(1)}`);
    const given = answer(...unique.map((u) => [u, 1e-9]));
    right ??= given;
    return given;
  };
  const results = await race([
    ...ours(all, (s) => s[what]({ data: a, rows: n, cols: n }), (d) => proof(OURS_PARTS[what](d)), { slow: [FALLBACK] }),
    peer(all, 'ml-matrix', (p) => { const m = p.matrix(n, a); return { name: p.name, run: () => p[what](m), proof: (d) => proof(ML_PARTS[what](n, p, d)), slow: true }; }),
  ], { quick, equal: equalAnswers });
  return {
    title: `${name} of ${n} x ${n} f64`, samples: results,
    rows: [...lines(results, OURS, { 'ml-matrix': LEAST }), numpyRow({ task: what, inputs: { a }, sizes: [n], types: what === 'svd' ? [Float64Array, Float64Array, Float64Array] : what === 'qr' ? [Float64Array, Float64Array] : [Float64Array], proof: (...parts) => proof(NUMPY_PARTS[what](...parts)), right: () => right ?? judged(true, ''), mine: results[OURS] }, quick)],
    notes: [`Each answer was multiplied out by a plain loop: the product within ${LIMIT} of the matrix, orthogonal factors within ${LIMIT} of orthogonal.`],
  };
};
export const DECOMPOSITIONS = { svd: decomposition('svd', 'SVD'), cholesky: decomposition('cholesky', 'Cholesky'), qr: decomposition('qr', 'QR') };
