/**
 * Fourier transforms of any length, always in f64: Stockham's self-sorting passes of radix 4, 2, 3 and 5 (Van Loan 1992, 1.7), and Bluestein's
 * chirp (1970) where another prime divides the length.
 */
import type { Steps } from '../../../calls/steps.js';
import type { Job } from '../engine.js';
import type { Signal, Spectrum } from '../types.js';

/** Butterflies between two places to pause. */
const PIECE = 1 << 17;
/** Roots of unity of the last lengths; larger ones are computed each time. */
const KEPT = 4;
const LARGEST_KEPT = 1 << 20;

interface Complex { re: Float64Array; im: Float64Array }
const zeros = (n: number): Complex => ({ re: new Float64Array(n), im: new Float64Array(n) });

export class Fourier {
  readonly #roots = new Map<number, Complex>();

  *fft(re: Signal, im: Signal | undefined, inverse: boolean, job: Job): Steps<Spectrum> {
    const n = re.length;
    const f32 = re instanceof Float32Array && (im === undefined || im instanceof Float32Array);
    const x = { re: new Float64Array(re), im: im ? new Float64Array(im) : new Float64Array(n) };
    // The inverse is the transform with the parts exchanged, before and after.
    const given = inverse ? { re: x.im, im: x.re } : x;
    const made = yield* this.#transform(given, job);
    const result = inverse ? { re: made.im, im: made.re } : made;
    if (inverse) { divide(result.re, n); divide(result.im, n); }
    job.progress(1, 1);
    return f32 ? { re: new Float32Array(result.re), im: new Float32Array(result.im) } : result;
  }

  bytes(): number {
    let sum = 0;
    for (const { re } of this.#roots.values()) sum += 2 * re.byteLength;
    return sum;
  }

  clear(): void { this.#roots.clear(); }

  /** Overwrites `x`; the result is one of x and a buffer of its own. */
  *#transform(x: Complex, job?: Job): Steps<Complex> {
    const n = x.re.length;
    if (n < 2) return x;
    const factors = factorsOf(n);
    if (!factors) return yield* this.#bluestein(x, job);
    const roots = this.#rootsOf(n);
    let from = x;
    let to = zeros(n);
    let length = n;
    let stride = 1;
    for (const radix of factors) {
      const m = length / radix;
      // Pieces of p where there are many, of q where there are few.
      const ps = Math.max(1, Math.floor(PIECE / stride));
      for (let p = 0; p < m; p += ps) {
        const pEnd = Math.min(m, p + ps);
        for (let q = 0; q < stride; q += PIECE) {
          PASSES[radix](from, to, roots, n, m, stride, p, pEnd, q, Math.min(stride, q + PIECE));
          yield;
        }
      }
      [from, to] = [to, from];
      length = m;
      stride *= radix;
      job?.progress(Math.log(stride), Math.log(n) * 1.01);
    }
    return from;
  }

  /** As a convolution with a chirp, of a length that is a power of two. */
  *#bluestein(x: Complex, job?: Job): Steps<Complex> {
    const n = x.re.length;
    const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
    const chirp = zeros(n);
    for (let i = 0; i < n; i++) {
      // i² modulo 2n, exact: it is below 2^53 for every length that fits.
      const angle = (Math.PI * ((i * i) % (2 * n))) / n;
      chirp.re[i] = Math.cos(angle);
      chirp.im[i] = -Math.sin(angle);
    }
    yield;
    const a = zeros(size);
    const b = zeros(size);
    multiply(a, x, chirp, n);
    for (let i = 0; i < n; i++) {
      b.re[i] = b.re[(size - i) % size] = chirp.re[i];
      b.im[i] = b.im[(size - i) % size] = -chirp.im[i];
    }
    const u = yield* this.#transform(a, job);
    const v = yield* this.#transform(b);
    multiply(u, u, v, size);
    yield;
    // Exchanged parts: what follows is the inverse.
    const w = yield* this.#transform({ re: u.im, im: u.re });
    divide(w.re, size);
    divide(w.im, size);
    const out = zeros(n);
    multiply(out, { re: w.im, im: w.re }, chirp, n);
    return out;
  }

  /** exp(-2 pi i k / n) for every k below n. */
  #rootsOf(n: number): Complex {
    const known = this.#roots.get(n);
    if (known) return known;
    const roots = rootsOf(n);
    if (n > LARGEST_KEPT) return roots;
    if (this.#roots.size === KEPT) this.#roots.delete(this.#roots.keys().next().value!);
    this.#roots.set(n, roots);
    return roots;
  }
}

/** Element by element; `into` may be one of the two. */
function multiply(into: Complex, { re: ar, im: ai }: Complex, { re: br, im: bi }: Complex, n: number): void {
  for (let i = 0; i < n; i++) {
    const re = ar[i] * br[i] - ai[i] * bi[i];
    into.im[i] = ar[i] * bi[i] + ai[i] * br[i];
    into.re[i] = re;
  }
}

function divide(x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) x[i] /= by;
}

/** Radices whose product is n, undefined where another prime divides it. */
function factorsOf(n: number): number[] | undefined {
  const factors: number[] = [];
  for (const radix of [4, 2, 3, 5]) for (; n % radix === 0; n /= radix) factors.push(radix);
  return n === 1 ? factors : undefined;
}

/** By symmetry an eighth of the circle is enough where the length is a multiple of 8. */
function rootsOf(n: number): Complex {
  const { re, im } = zeros(n);
  const angle = (2 * Math.PI) / n;
  if (n % 8 !== 0) {
    for (let k = 0; k < n; k++) { re[k] = Math.cos(angle * k); im[k] = -Math.sin(angle * k); }
    return { re, im };
  }
  const quarter = n / 4;
  for (let k = 0; k <= n / 8; k++) {
    const c = Math.cos(angle * k), s = Math.sin(angle * k);
    set(k, c, -s); set(quarter - k, s, -c); set(quarter + k, -s, -c); set(2 * quarter - k, -c, -s);
    set(2 * quarter + k, -c, s); set(3 * quarter - k, -s, c); set(3 * quarter + k, s, c);
    if (k > 0) set(n - k, c, s);
  }
  return { re, im };
  function set(k: number, x: number, y: number): void { re[k] = x; im[k] = y; }
}

/**
 * One pass: with input index q + stride (p + t m) and output index q + stride (radix p + t), t below the radix, over p0..p1 and q0..q1.
 * `n` is the whole length: its roots at p stride are those of this pass.
 */
type Pass = (x: Complex, y: Complex, roots: Complex, n: number, m: number, stride: number, p0: number, p1: number, q0: number, q1: number) => void;

const radix2: Pass = ({ re: xr, im: xi }, { re: yr, im: yi }, { re: wr, im: wi }, _n, m, stride, p0, p1, q0, q1) => {
  for (let p = p0; p < p1; p++) {
    const c = wr[p * stride], s = wi[p * stride];
    for (let q = q0, a = q0 + stride * p, b = a + stride * m, to = q0 + stride * 2 * p; q < q1; q++, a++, b++, to++) {
      const ar = xr[a], ai = xi[a], br = xr[b], bi = xi[b];
      yr[to] = ar + br; yi[to] = ai + bi;
      const dr = ar - br, di = ai - bi;
      yr[to + stride] = dr * c - di * s; yi[to + stride] = dr * s + di * c;
    }
  }
};

const radix4: Pass = ({ re: xr, im: xi }, { re: yr, im: yi }, { re: wr, im: wi }, _n, m, stride, p0, p1, q0, q1) => {
  const apart = stride * m;
  for (let p = p0; p < p1; p++) {
    const w = p * stride;
    const c1 = wr[w], s1 = wi[w], c2 = wr[2 * w], s2 = wi[2 * w], c3 = wr[3 * w], s3 = wi[3 * w];
    for (let q = q0, a = q0 + stride * p, to = q0 + stride * 4 * p; q < q1; q++, a++, to++) {
      const b = a + apart, c = b + apart, d = c + apart;
      const ar = xr[a], ai = xi[a], br = xr[b], bi = xi[b], cr = xr[c], ci = xi[c], dr = xr[d], di = xi[d];
      const acr = ar + cr, aci = ai + ci, amr = ar - cr, ami = ai - ci;
      const bdr = br + dr, bdi = bi + di;
      // i (b - d)
      const jr = di - bi, ji = br - dr;
      yr[to] = acr + bdr; yi[to] = aci + bdi;
      const t1r = amr - jr, t1i = ami - ji, t2r = acr - bdr, t2i = aci - bdi, t3r = amr + jr, t3i = ami + ji;
      const to1 = to + stride, to2 = to1 + stride, to3 = to2 + stride;
      yr[to1] = t1r * c1 - t1i * s1; yi[to1] = t1r * s1 + t1i * c1;
      yr[to2] = t2r * c2 - t2i * s2; yi[to2] = t2r * s2 + t2i * c2;
      yr[to3] = t3r * c3 - t3i * s3; yi[to3] = t3r * s3 + t3i * c3;
    }
  }
};

/** Three and five: every output is the sum over its inputs by the roots of the radix. */
const small = (radix: number): Pass => {
  const cos = Array.from({ length: radix * radix }, (_, i) => Math.cos((2 * Math.PI * ((Math.floor(i / radix) * (i % radix)) % radix)) / radix));
  const sin = Array.from({ length: radix * radix }, (_, i) => -Math.sin((2 * Math.PI * ((Math.floor(i / radix) * (i % radix)) % radix)) / radix));
  const ir = new Float64Array(radix);
  const ii = new Float64Array(radix);
  return ({ re: xr, im: xi }, { re: yr, im: yi }, { re: wr, im: wi }, _n, m, stride, p0, p1, q0, q1) => {
    for (let p = p0; p < p1; p++) {
      for (let q = q0; q < q1; q++) {
        for (let u = 0; u < radix; u++) { const at = q + stride * (p + u * m); ir[u] = xr[at]; ii[u] = xi[at]; }
        for (let t = 0; t < radix; t++) {
          let sr = 0, si = 0;
          for (let u = 0; u < radix; u++) {
            const c = cos[t * radix + u], s = sin[t * radix + u];
            sr += ir[u] * c - ii[u] * s;
            si += ir[u] * s + ii[u] * c;
          }
          const to = q + stride * (radix * p + t);
          const c = wr[t * p * stride], s = wi[t * p * stride];
          yr[to] = sr * c - si * s;
          yi[to] = sr * s + si * c;
        }
      }
    }
  };
};

const PASSES: Record<number, Pass> = { 2: radix2, 3: small(3), 4: radix4, 5: small(5) };
