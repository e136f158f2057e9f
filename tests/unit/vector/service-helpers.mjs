// Shared by the tests of the vector service.
import { createVectorSearch } from '../../../js/dist/services/vector/index.js';

/** A seeded generator of numbers in [0, 1). */
export function random(seed) {
  let state = seed >>> 0;
  return () => { state = (state + 0x6d2b79f5) >>> 0; let t = Math.imul(state ^ (state >>> 15), 1 | state); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
}

export function rows(seed, count, dimensions) {
  const next = random(seed);
  return Float32Array.from({ length: count * dimensions }, () => next() * 2 - 1);
}

export function documents(seed, count, dimensions, prefix = 'd') {
  const data = rows(seed, count, dimensions);
  return Array.from({ length: count }, (_, i) => ({ id: `${prefix}${i}`, content: `word${i % 7} text`, embedding: data.slice(i * dimensions, (i + 1) * dimensions), metadata: { n: i } }));
}

/** A service whose events are kept. */
export function watched(config) {
  const events = [];
  const calls = [];
  const service = createVectorSearch(config, { sink: { call: (record) => calls.push(record), event: (event) => events.push(event) }, attach: () => undefined });
  return { service, events, calls, types: () => events.map((event) => event.type) };
}

/** Everything a caller can see of a collection, to compare two of them. */
export async function everything(service, query) {
  return { size: service.size, list: await service.list(), search: await service.search(query, { exact: true }), text: await service.searchByText('word3'), even: await service.count({ n: { $lt: 10 } }) };
}
export const quietly = async (work) => {
  const { warn } = console;
  const lines = [];
  console.warn = (line) => lines.push(line);
  try { return { value: await work(), lines }; } finally { console.warn = warn; }
};

/** Runs `work` with a clock that is ahead by this much. */
export async function later(ms, work) {
  const original = performance.now;
  const real = original.bind(performance);
  performance.now = () => real() + ms;
  try { return await work(); } finally { performance.now = original; }
}
