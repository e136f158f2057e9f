/**
 * What would answer a search that is only described, and which index would serve better. The implementation is chosen once for a collection, so
 * sizes decide about the index alone (docs/decisions/0006).
 */
import type { Explanation, Recommendation, Service } from '../../types.js';
import type { VectorBackend } from './backend.js';
import type { ResolvedConfig } from './config.js';
import { invalidField } from './errors.js';
import type { VectorService } from './service.js';

/** As AUTO_GRAPH_ROWS in crates/vector-search/src/auto_graph.rs. */
export const AUTO_GRAPH_ROWS = 50_000;

/** Nanoseconds a component of every row: scans of 20,000 to 100,000 rows, one thread (docs/decisions/0006, benches/vector). */
const EXACT = { js: 1.3, wasm: 0.23 };
const CASCADE = { js: 0.22, wasm: 0.019 };
/** Nanoseconds a component, whatever the rows: a walk visits some hundreds of them. */
const WALK = { js: 2000, wasm: 440 };
const CALL_MS = 0.005;

const SEARCHES = ['search', 'searchBatch', 'findSimilar'];
const OTHERS = ['searchByText', 'addDocuments', 'addVectors', 'getDocument', 'list', 'count', 'updateMetadata', 'removeDocuments', 'removeWhere', 'clear', 'compact', 'save', 'load'];

/**
 * search, searchBatch, findSimilar: `rows` and `dimensions` (those of the collection when left out), `queries`, `exact: true`.
 * @throws ServiceError INVALID_ARGUMENT naming the field
 */
export function explainVector(backend: VectorBackend, config: ResolvedConfig, operation: string, shape: Record<string, unknown>): Explanation {
  const { variant, info } = backend;
  const who = `${variant} answers every call of a collection (${info.reason})`;
  if (!SEARCHES.includes(operation)) {
    if (!OTHERS.includes(operation)) throw invalidField('operation', `one of ${[...SEARCHES, ...OTHERS].join(', ')}`, operation);
    return { implementation: variant, reason: who, estimatedMs: {} };
  }
  const number = (field: string, otherwise: number | undefined): number => {
    const value = shape[field] ?? otherwise;
    if (typeof value !== 'number' || !(value >= 0)) throw invalidField(field, 'a number, 0 or more', value);
    return value;
  };
  const rows = number('rows', backend.size);
  const components = number('dimensions', backend.dimensions) * number('queries', 1);
  const exact = shape['exact'] === true || (config.index === 'flat' && config.quantization === 'none');
  // JavaScript makes no graph by itself.
  const graph = (by: 'js' | 'wasm'): boolean => !exact && (config.index === 'hnsw' || (by === 'wasm' && config.index === 'auto' && config.quantization === 'auto' && rows >= AUTO_GRAPH_ROWS));
  const estimate = (by: 'js' | 'wasm'): number => CALL_MS + (graph(by) ? WALK[by] : rows * (exact ? EXACT : CASCADE)[by]) * components / 1e6;
  const index = exact ? 'an exact scan of all rows' : graph(variant === 'js' ? 'js' : 'wasm') ? 'a walk through the graph' : `a scan of codes, rescored${config.index === 'auto' ? `; a graph from ${AUTO_GRAPH_ROWS} rows on, where WebAssembly answers` : ''}`;
  return { implementation: variant, reason: `${who}, by ${index}`, estimatedMs: { js: estimate('js'), ...(variant !== 'js' && { [variant]: estimate('wasm') }) } };
}

/** For the manager, which asks it of a service that it made. */
export function explain(service: Service, operation: string, shape: Record<string, unknown>): Explanation {
  const { backend, config } = service as VectorService;
  return explainVector(backend, config, operation, shape);
}

/** A scan of so many rows that a graph would answer several times as fast. */
export function advise({ size, info }: VectorBackend, { index, quantization }: ResolvedConfig): Recommendation[] {
  if (index !== 'flat' || size < AUTO_GRAPH_ROWS) return [];
  return [{
    severity: 'warning', message: `vector: index: 'flat' scans all ${size} rows in every search: with index: 'auto' (or 'hnsw') a graph answers several times as fast from ${AUTO_GRAPH_ROWS} rows on`,
    evidence: { service: 'vector', rows: size, index, quantization, answers: info.index, from: AUTO_GRAPH_ROWS },
  }];
}

export const adviseService = async (service: Service): Promise<Recommendation[]> => advise((service as VectorService).backend, (service as VectorService).config);
