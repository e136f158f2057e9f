// Rows, distances and brute force for the tests of the graph.
export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  /** Mulberry32 (T. Ettinger, public domain): [0, 1). */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below(n) { return Math.floor(this.next() * n); }
  normal() { return this.next() + this.next() + this.next() + this.next() - 2; }
}

export class Rows {
  constructor(dims, data) {
    this.dims = dims;
    this.data = data;
  }
  static random(n, dims, seed) {
    const random = new Random(seed);
    return new Rows(dims, Float32Array.from({ length: n * dims }, () => random.normal()));
  }
  get count() { return this.data.length / this.dims; }
  row(slot) { return this.data.subarray(slot * this.dims, (slot + 1) * this.dims); }
  l2sq(a, b) {
    let sum = 0;
    for (let j = 0; j < this.dims; j++) sum += (a[j] - b[j]) ** 2;
    return sum;
  }
  betweenMany(from, slots, count, out) {
    const row = this.row(from);
    for (let i = 0; i < count; i++) out[i] = this.l2sq(row, this.row(slots[i]));
  }
  to(query) {
    return { toQueryMany: (slots, count, out) => { for (let i = 0; i < count; i++) out[i] = this.l2sq(query, this.row(slots[i])); } };
  }
  /** The true k nearest slots among those that `keep` accepts. */
  exact(query, k, keep = () => true) {
    const all = [];
    for (let slot = 0; slot < this.count; slot++) if (keep(slot)) all.push([this.l2sq(query, this.row(slot)), slot]);
    return all.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, k).map((hit) => hit[1]);
  }
}

export const PARAMS = { m: 12, efConstruction: 80, seed: 42 };

export function hits(graph, query, request) {
  const found = graph.search(query, request);
  return [...found.slots.subarray(0, found.count)];
}

export function recall(graph, rows, queries, ef, keep, allow) {
  let found = 0;
  for (let q = 0; q < queries.count; q++) {
    const truth = new Set(rows.exact(queries.row(q), 10, keep));
    for (const slot of hits(graph, rows.to(queries.row(q)), { k: 10, ef, ...(allow && { allow }) })) if (truth.has(slot)) found++;
  }
  return found / (10 * queries.count);
}

export function bitmap(slots, keep) {
  const words = new Uint32Array(Math.ceil(slots / 32));
  for (let slot = 0; slot < slots; slot++) if (keep(slot)) words[slot >>> 5] |= 1 << (slot & 31);
  return words;
}
