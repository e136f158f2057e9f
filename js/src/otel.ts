/**
 * Entry 'wasm-services/otel': calls as OpenTelemetry spans and metrics, for programs that have '@opentelemetry/api' (1.x) installed and a provider
 * registered. It is an optional peer of this package, and this is the only file that imports it.
 *
 * ```ts
 * import { instrument } from 'wasm-services/otel';
 * const stop = instrument();   // calls of wasmServices from now on
 * ```
 *
 * Names are those of the stable semantic conventions for database clients: spans of SQLite are named by their summary ("SELECT orders") and carry
 * `db.system.name`, `db.operation.name`, `db.query.summary`, `db.operation.batch.size` and `error.type`; `db.client.operation.duration` is their histogram,
 * in seconds. Other services have spans of kind INTERNAL and `wasm_services.call.duration`.
 */
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { wasmObservability } from './observability/index.js';
import { sqlSummary, sqlWithoutLiterals } from './observability/sql-summary.js';
import type { WASMObservabilityIntegration } from './observability/types.js';
import type { CallRecord } from './types.js';

export interface InstrumentOptions {
  /** Whose calls. Default: those of `wasmServices`. */
  observability?: Pick<WASMObservabilityIntegration, 'onCall'>;
  /** Adds `db.query.text` to spans, its literals replaced by `?`. Default false: no text leaves the program. */
  queryText?: boolean;
  /** Default true each. */
  spans?: boolean;
  metrics?: boolean;
}

const SCOPE = 'wasm-services';
/** Of the semantic conventions, seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** So many summaries are told apart in the metric; the rest goes without, or a program that makes table names up would make a series each. */
const MOST_SUMMARIES = 100;

/** @returns stops it */
export function instrument({ observability = wasmObservability, queryText = false, spans = true, metrics: measures = true }: InstrumentOptions = {}): () => void {
  const tracer = trace.getTracer(SCOPE);
  const meter = metrics.getMeter(SCOPE);
  const advice = { explicitBucketBoundaries: BOUNDS };
  const database = meter.createHistogram('db.client.operation.duration', { unit: 's', description: 'Duration of database client operations.', advice });
  const others = meter.createHistogram('wasm_services.call.duration', { unit: 's', description: 'Duration of calls of a service.', advice });
  const summaries = new Set<string>();

  const hear = (call: CallRecord): void => {
    const { service, operation, durationMs, variant, error, items, statement } = call;
    const isDatabase = service === 'sqlite';
    const summary = statement === undefined ? undefined : sqlSummary(statement);
    const command = summary?.split(' ', 1)[0];
    const common = { ...(isDatabase ? { 'db.system.name': 'sqlite', 'db.operation.name': command ?? operation } : { 'wasm_services.operation': `${service}.${operation}` }), 'wasm_services.implementation': variant, ...(error !== undefined && { 'error.type': error }) };
    // A clock that went back has no duration to tell.
    if (measures && durationMs >= 0) {
      if (summary !== undefined && summaries.size < MOST_SUMMARIES) summaries.add(summary);
      (isDatabase ? database : others).record(durationMs / 1000, { ...common, ...(summary !== undefined && summaries.has(summary) && { 'db.query.summary': summary }) });
    }
    if (!spans) return;
    const end = Date.now();
    const span = tracer.startSpan(isDatabase ? summary ?? operation : `${service}.${operation}`, {
      kind: isDatabase ? SpanKind.CLIENT : SpanKind.INTERNAL, startTime: end - Math.max(0, durationMs),
      attributes: {
        ...common, ...(summary !== undefined && { 'db.query.summary': summary }), ...(isDatabase && items !== undefined && items > 1 && { 'db.operation.batch.size': items }),
        ...(queryText && statement !== undefined && { 'db.query.text': sqlWithoutLiterals(statement) }),
      },
    });
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end(end);
  };
  return observability.onCall(hear);
}
