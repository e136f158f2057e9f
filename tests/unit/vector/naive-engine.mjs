// The numeric contract of vector search written as plainly as possible: arrays of numbers, one sort. Tests compare engines with it.

/** f32 rows kept as given; `dead` slots do not answer. */
export class NaiveEngine {
  constructor(metric, decode = (row) => row) {
    this.metric = metric;
    this.decode = decode;
    this.rows = [];
    this.live = [];
  }
  append(rows, dimensions) {
    for (let at = 0; at < rows.length; at += dimensions) {
      this.rows.push(this.decode(Array.from(rows.subarray(at, at + dimensions))));
      this.live.push(true);
    }
  }
  write(slot, row) { this.rows[slot] = this.decode(Array.from(row)); }
  remove(slots) { for (const slot of slots) if (slot < this.live.length) this.live[slot] = false; }
  compact() {
    this.rows = this.rows.filter((_, slot) => this.live[slot]);
    this.live = this.rows.map(() => true);
  }
  score(query, slot) { return score(this.metric, Array.from(query), this.rows[slot]); }
  search(query, k, allowed = () => true) {
    const hits = [];
    this.rows.forEach((_, slot) => { if (this.live[slot] && allowed(slot)) hits.push({ slot, score: this.score(query, slot) }); });
    hits.sort((a, b) => b.score - a.score || a.slot - b.slot);
    return hits.slice(0, k);
  }
}

export function score(metric, q, x) {
  if (metric === 'dot') return eightSums(q.map((v, j) => v * x[j]));
  if (metric === 'l2sq') return 1 / (1 + eightSums(q.map((v, j) => (v - x[j]) ** 2)));
  if (metric === 'hamming') return 1 / (1 + q.filter((v, j) => (v > 0) !== (x[j] > 0)).length);
  const norms = Math.sqrt(eightSums(q.map((v) => v * v))) * Math.sqrt(eightSums(x.map((v) => v * v)));
  return norms === 0 ? 0 : Math.min(1, Math.max(-1, eightSums(q.map((v, j) => v * x[j])) / norms));
}

function eightSums(terms) {
  const s = [0, 0, 0, 0, 0, 0, 0, 0];
  terms.forEach((term, j) => { s[j % 8] += term; });
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/** Encode and decode, by the definitions in words. */
export const DECODERS = {
  f32: (row) => row,
  f16: (row) => row.map(nearestHalf),
  int8(row) {
    const scale = scaleOf(Math.max(...row.map(Math.abs)));
    return row.map((v) => (scale === 0 ? 0 : nearestEven(v / scale) * scale));
  },
  binary(row) {
    const sum = eightSums(row.map(Math.abs));
    const factor = sum === 0 ? 0 : Math.max(2 ** -149, Math.fround(sum / row.length));
    return row.map((v) => (v > 0 ? factor : -factor));
  },
};

function nearestEven(x) {
  const low = Math.floor(x), rest = x - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

/** Halves have 11 significant bits and steps of 2^-24 at least; beyond 65504 they are not tested. */
export function nearestHalf(x) {
  if (x === 0) return x;
  const step = 2 ** Math.max(-24, Math.floor(Math.log2(Math.abs(x))) - 10);
  return Math.sign(x) * nearestEven(Math.abs(x) / step) * step;
}

function scaleOf(absmax) {
  if (absmax === 0) return 0;
  const exact = absmax / 127;
  const step = 2 ** (exponentOf(exact) - 16);
  const largest = 2 ** 121 * (1 + Math.floor((1 / 127) * 2 ** 16) / 2 ** 16);
  const scale = Math.min(largest, Math.max(2 ** -133, Math.ceil(exact / step) * step));
  return absmax <= scale / 2 ? 0 : scale;
}

function exponentOf(x) {
  let e = Math.floor(Math.log2(x));
  while (2 ** e > x) e--;
  while (2 ** (e + 1) <= x) e++;
  return e;
}

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function randomRows(next, count, dimensions, make = () => next() * 2 - 1) {
  return Float32Array.from({ length: count * dimensions }, make);
}

export function allowMap(slots, allowed) {
  const words = new Uint32Array((slots + 31) >>> 5);
  for (let slot = 0; slot < slots; slot++) if (allowed(slot)) words[slot >>> 5] |= 1 << (slot & 31);
  return words;
}
