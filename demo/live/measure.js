/** What managers say of themselves, by the public contract alone, joined into what the live panel shows. Names no page. */

/**
 * A part that this build may not have (`UNSUPPORTED`).
 * @returns {{ part?: T, why?: string }}
 */
export function partOf(get) {
  try {
    return { part: get() };
  } catch (error) {
    return { why: `${error.code ?? error.name}: ${error.message}` };
  }
}

/** One line a service of every manager: `{ key, label, service, info…, calls, errors, memoryBytes }`. */
export const servicesOf = (list) => list.flatMap(({ label, manager }) => Object.entries(manager.getStats().services)
  .map(([service, one]) => ({ ...one, key: label === service ? label : `${label}: ${service}`, label, service })));

/** Operations of all trackers by manager; `null` is "below what the clock resolves". */
export const operationsOf = (list) => list.flatMap(({ label, manager }) => {
  const { part } = partOf(() => manager.getPerformanceTracker());
  if (!part) return [];
  const { operations, clockResolution } = part.getMetrics();
  return Object.entries(operations).map(([operation, one]) => ({ ...one, operation, label, clockResolution, key: `${label} ${operation}` }));
});

/**
 * Calls by duration, of one operation or of all, out of Prometheus text: cumulative buckets of every implementation, added up and taken apart.
 * @param {string} text @param {string} [operation]
 * @returns {{ upTo: number, calls: number }[]} upper ends in ms, rising, Infinity last; empty where the text has no histogram
 */
export function bucketsOf(text, operation) {
  const sums = new Map();
  for (const [, labels, value] of text.matchAll(/^\w*duration\w*_bucket\{(.*)\} (\S+)$/gm)) {
    const of = Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, held]) => [name, held.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))]));
    if (operation !== undefined && of.operation !== operation) continue;
    const end = of.le === '+Inf' ? Infinity : Number(of.le) * 1000;
    sums.set(end, (sums.get(end) ?? 0) + Number(value));
  }
  const rising = [...sums].sort(([a], [b]) => a - b);
  return rising.map(([upTo, total], i) => ({ upTo, calls: total - (i ? rising[i - 1][1] : 0) }));
}

/** Figures of a time window: seconds, and a list of values a series; what came later has `null` before it. */
export class Window {
  #most;
  seconds = [];
  series = new Map();

  constructor(most) { this.#most = most; }

  push(second, values) {
    this.seconds.push(second);
    for (const name of Object.keys(values)) if (!this.series.has(name)) this.series.set(name, new Array(this.seconds.length - 1).fill(null));
    for (const [name, list] of this.series) list.push(values[name] ?? null);
    if (this.seconds.length <= this.#most) return;
    this.seconds.shift();
    for (const [name, list] of this.series) {
      list.shift();
      if (list.every((value) => value === null)) this.series.delete(name);
    }
  }
}
