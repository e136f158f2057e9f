/** What a report recommends. Pure: each rule looks at figures, and gives them as its evidence. */
import type { WASMCapabilities } from '../capabilities/types.js';
import { pressureOf, type HealthStatus, type Observed } from '../health.js';
import type { PerformanceMetrics } from '../performance/tracker.js';
import type { Recommendation } from '../types.js';

export interface Figures {
  capabilities: WASMCapabilities;
  metrics: PerformanceMetrics;
  health: HealthStatus;
  observed: Record<string, Observed | undefined>;
  /** Of the services themselves. */
  advice: readonly Recommendation[];
}

/** What answers many of these in one call. */
const BATCHES: Readonly<Record<string, string>> = {
  'vector.search': 'searchBatch(): many queries in one call',
  'vector.addDocuments': 'one addDocuments() with all documents, or addVectors()',
  'vector.removeDocuments': 'one removeDocuments() with all ids',
  'sqlite.executeQuery': 'executeBatch(), executeMany() or a prepared statement; writes in one transaction',
  'data.aggregate': 'load() once and ask the table, several aggregations in one call',
  'data.transform': 'load() once and transform the table',
};
/** Calls from which on it matters, and the time below which a call is small, milliseconds. */
const MANY_CALLS = 1000;
const SMALL_MS = 1;
/** An operation that brings so few things a call is no batch yet. */
const FEW_ITEMS = 4;
const CACHE_ASKED = 100;
const CACHE_LOW = 0.2;
const ERRORS_HIGH = 0.05;
const CALLS_FOR_RATE = 100;

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const ORDER = ['critical', 'warning', 'info'];

export function recommend(figures: Figures): Recommendation[] {
  const found = [threads, fallbacks, memory, caches, batches, failures, clock].flatMap((rule) => rule(figures));
  return [...found, ...figures.advice].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

type Rule = (figures: Figures) => Recommendation[];
const used = (observed: Figures['observed']): [string, Observed][] => Object.entries(observed).filter((one): one is [string, Observed] => one[1]?.info.loaded === true);

/** Services that would run on threads if the page were isolated. */
const threads: Rule = ({ capabilities: { hasThreads, crossOriginIsolated, missing }, observed }) => {
  const services = used(observed).filter(([, { info }]) => info.rejected.some(({ variant }) => variant === 'simd-threads')).map(([name]) => name);
  const why = missing['hasThreads'];
  if (hasThreads || why?.reason !== 'not-isolated' || services.length === 0) return [];
  return [{ severity: 'warning', message: `${services.join(', ')} could run on several threads, but this page is not cross-origin isolated: ${why.fix}`, evidence: { crossOriginIsolated, reason: why.reason, services } }];
};

const fallbacks: Rule = ({ metrics, observed }) => used(observed).flatMap(([service, { info, fallback, fallbacks: times = 1 }]): Recommendation[] => {
  if (fallback === undefined) return [];
  let calls = 0;
  let byFallback = 0;
  for (const [name, { count, implementations }] of Object.entries(metrics.operations)) {
    if (!name.startsWith(`${service}.`)) continue;
    calls += count;
    byFallback += implementations[info.variant] ?? 0;
  }
  const share = calls === 0 ? 0 : byFallback / calls;
  return [{ severity: 'critical', message: `${service} fell back to '${info.variant}', which has answered ${percent(share)} of its calls: ${fallback}. \`requireWasm: true\` makes this an error`, evidence: { service, variant: info.variant, share, calls, byFallback, fallbacks: times, reason: fallback } }];
});

const memory: Rule = ({ health }) => {
  const { level, why, evidence } = pressureOf(health.memory);
  return level === 'low' ? [] : [{ severity: level === 'high' ? 'critical' : 'warning', message: `memory is getting short: ${why}`, evidence: { ...evidence, highWater: health.memory.highWater } }];
};

const caches: Rule = ({ observed }) => used(observed).flatMap(([service, { cache }]): Recommendation[] => {
  if (!cache || cache.hits + cache.misses < CACHE_ASKED) return [];
  const rate = cache.hits / (cache.hits + cache.misses);
  return rate >= CACHE_LOW ? [] : [{ severity: 'info', message: `${service} found ${percent(rate)} of the queries with useCache in its cache: leave useCache out where parameters or tables change all the time, or raise resultCacheSize`, evidence: { service, hitRate: rate, ...cache } }];
});

/** Small calls that one batch would answer: in a worker each of them pays the way there and back. */
const batches: Rule = ({ metrics, observed }) => Object.entries(metrics.operations).flatMap(([operation, { count, items, p50, totalMs }]): Recommendation[] => {
  const instead = BATCHES[operation];
  const info = observed[operation.split('.')[0]]?.info;
  if (!instead || !info || count < MANY_CALLS || (p50 !== null && p50 >= SMALL_MS) || items / count >= FEW_ITEMS) return [];
  // In place a call costs microseconds; only what writes one thing at a time is worth a word.
  if (info.host !== 'worker' && items === 0) return [];
  return [{ severity: 'info', message: `${operation} was called ${count} times for a little each: ${instead}`, evidence: { operation, count, items, p50, totalMs, host: info.host } }];
});

const failures: Rule = ({ metrics }) => Object.entries(metrics.operations).flatMap(([operation, { count, errors }]): Recommendation[] => (
  count < CALLS_FOR_RATE || errors / count < ERRORS_HIGH ? [] : [{ severity: 'warning', message: `${operation} fails in ${percent(errors / count)} of its calls: the events say why`, evidence: { operation, count, errors } }]));

const clock: Rule = ({ metrics: { clockResolution }, capabilities }) => (
  clockResolution < 0.05 || !['browser', 'worker'].includes(capabilities.runtime) ? [] : [{ severity: 'info', message: `times below ${clockResolution} ms can not be told apart here: percentiles of shorter calls are null. Cross-origin isolation makes the clock finer`, evidence: { clockResolution, crossOriginIsolated: capabilities.crossOriginIsolated } }]);
