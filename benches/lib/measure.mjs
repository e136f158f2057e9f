/** Timing that survives a noisy machine: contenders take turns, every sample is kept, ratios are formed round by round. */
import { performance } from 'node:perf_hooks';

export const median = (values) => {
  const v = [...values].sort((a, b) => a - b);
  return v.length % 2 ? v[v.length >> 1] : (v[v.length / 2 - 1] + v[v.length / 2]) / 2;
};

/**
 * Times contenders in turns. A contender is `{ name, run(i), calls? }`; one sample is the mean of `calls` calls of `run`, in ms.
 * @returns {Promise<Record<string, { samples: number[], median: number, spread: number }>>} spread = (max - min) / median
 */
export async function measure(contenders, { rounds = 7, calls = 100 } = {}) {
  const samples = new Map(contenders.map((c) => [c.name, []]));
  for (const c of contenders) for (let i = 0; i < Math.min(c.calls ?? calls, 20); i++) await c.run(i); // warm up
  for (let round = 0; round < rounds; round++) {
    for (const c of contenders) {
      const n = c.calls ?? calls;
      const start = performance.now();
      for (let i = 0; i < n; i++) await c.run(i);
      samples.get(c.name).push((performance.now() - start) / n);
    }
  }
  return Object.fromEntries([...samples].map(([name, s]) => {
    const m = median(s);
    return [name, { samples: s, median: m, spread: (Math.max(...s) - Math.min(...s)) / m }];
  }));
}

/** Median over rounds of a/b, so that a slow moment of the machine hits both sides. */
export const ratio = (a, b) => median(a.samples.map((s, i) => s / b.samples[i]));
