/** The public interface of the data processor. The rules of values are docs/data-semantics.md. */
import type { Service, Variant } from '../../types.js';

/** A table's column types: docs/data-semantics.md says what each holds. */
export type ColumnType = 'f64' | 'i64' | 'i32' | 'bool' | 'utf8' | 'timestamp' | 'json';
export type AggregateOperation =
  | 'count' | 'sum' | 'avg' | 'mean' | 'min' | 'max' | 'median' | 'quantile' | 'stddev' | 'variance'
  | 'first' | 'last' | 'countDistinct' | 'mode' | 'list' | 'correlation';
export type JoinHow = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
export type CompressionAlgorithm = 'gzip' | 'deflate' | 'brotli' | 'zstd' | 'lz4';

export interface DataProcessorConfig {
  /** Rows per chunk of `processStream`, and per step between two looks at signals. Default 8192. */
  chunkSize?: number;
  /** Default true: plans of expressions and row shapes are kept between calls. Rows themselves never are: they may change between two calls without our knowing. */
  cache?: boolean;
}

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  onProgress?: (done: number, total: number) => void;
}

export interface Transformation { field: string; operation: string; as?: string; args?: Record<string, unknown> }

export interface DataTransformOptions extends CallOptions {
  transformations: Transformation[];
  /** Keep rows for which it holds, looked at before the transformations: "price > 100 AND category = 'electronics'". */
  where?: string;
  /** Columns of the output, in this order. Left out: all. */
  select?: string[];
}

export interface Aggregation { field: string; operation: AggregateOperation | (string & {}); alias?: string; args?: Record<string, unknown> }
export interface OrderBy { field: string; descending?: boolean }

export interface AggregationOptions extends CallOptions {
  groupBy?: string[];
  operations: Aggregation[];
  where?: string;
  having?: string;
  orderBy?: OrderBy[];
  limit?: number;
}

/** The first rows of each group. A field may be a path into a `json` column. */
export interface TopOptions extends CallOptions {
  /** Columns whose values make a group, null one of its own. Left out: all rows are one group. */
  groupBy?: string | string[];
  /** Which rows of a group come first: as `sort`. Left out: as they stand. */
  orderBy?: OrderBy[];
  /** Rows kept of each group, 0 or more. */
  limit: number;
  /** Keep rows for which it holds, looked at before. */
  where?: string;
  /** Columns of the output, in this order. Left out: all. */
  select?: string[];
}

export interface StreamOptions { chunkSize?: number; concurrency?: number; signal?: AbortSignal; timeoutMs?: number; onProgress?: (rows: number) => void }

export interface ProcessingMetadata {
  /** Rows of transform, aggregate and processStream; bytes of compress and decompress. */
  inputSize: number;
  outputSize: number;
  durationMs: number;
  implementation: Variant;
  /** Why that implementation. */
  reason: string;
  /** compress: output over input. */
  compressionRatio?: number;
}
export interface ProcessingResult<T = unknown> { data: T; metadata: ProcessingMetadata }

/** Array of objects, or columns by name, or a resident table. */
export type Rows = readonly object[] | Record<string, ArrayLike<unknown>> | DataTable;

export type LoadSource = Rows | string | Uint8Array | ReadableStream<Uint8Array>;
export interface LoadOptions extends CallOptions {
  /** Left out: read from the source (an array is rows; of text and bytes the first ones tell). */
  format?: 'rows' | 'csv' | 'ndjson' | 'json' | 'arrow';
  /** Types by column, over what is inferred. */
  schema?: Record<string, ColumnType>;
  /** CSV: default ','. */
  delimiter?: string;
  /** CSV: whether the first row names the columns. Default true; false names them column1, column2, … */
  header?: boolean;
  /** CSV: a row with too few or too many fields. 'error' (default) names the line; 'fill' takes null for what is missing and drops what is over; 'skip' leaves the row out. */
  ragged?: 'error' | 'fill' | 'skip';
  /** CSV: texts that are null besides the empty field. */
  nulls?: string[];
}

export interface CompressOptions extends CallOptions { algorithm?: CompressionAlgorithm; level?: number }
export interface DecompressOptions extends CallOptions {
  /** Left out: read from the bytes (gzip, zlib, zstd, lz4 frames; brotli has no mark and must be named). */
  algorithm?: CompressionAlgorithm | (string & {});
  /** More than this is TOO_LARGE. Default 1 GiB. */
  maxOutputBytes?: number;
  /** Output over input; more is TOO_LARGE. Default: no limit. */
  maxRatio?: number;
}

export interface CSVOptions {
  delimiter?: string;
  /** Default true. */
  header?: boolean;
  /** Puts an apostrophe before text that a spreadsheet would run as a formula (= + - @, tab, return). Default false. */
  escapeFormulas?: boolean;
}

/**
 * A table that stays in columns; immutable, every operation gives a new one that shares what did not change.
 * `free` it when done; a table that is dropped is freed some time after it was collected.
 */
export interface DataTable {
  readonly rowCount: number;
  readonly schema: Record<string, ColumnType>;
  transform(options: DataTransformOptions): Promise<DataTable>;
  aggregate(options: AggregationOptions): Promise<DataTable>;
  filter(expression: string): Promise<DataTable>;
  sort(by: OrderBy[]): Promise<DataTable>;
  /**
   * Up to `limit` whole rows of each group, those that `orderBy` puts first, in that order; ties by row order. Groups come in order of
   * first appearance. The two dearest of each city: `top({ groupBy: 'city', orderBy: [{ field: 'price', descending: true }], limit: 2 })`.
   * @throws ServiceError INVALID_ARGUMENT (a field that is not there, with the nearest names; a limit that is no whole number), PARSE (`where`)
   */
  top(options: TopOptions): Promise<DataTable>;
  /** Columns of `other` that have a name of this table get the suffix '_right'. Keys of `on` come once. */
  join(other: DataTable, options: { on: string | [string, string][]; how?: JoinHow }): Promise<DataTable>;
  /** As Array.prototype.slice. */
  slice(start: number, end?: number): Promise<DataTable>;
  select(columns: string[]): Promise<DataTable>;
  /** A copy of one column: a typed array where the type has one and no row is null, else an array of values and nulls. */
  column(name: string): Promise<ArrayLike<unknown>>;
  toRows(): Promise<object[]>;
  toColumns(): Promise<Record<string, ArrayLike<unknown>>>;
  /** Arrow IPC: 'stream' (default) or 'file'. */
  toArrow(options?: { format?: 'stream' | 'file' }): Promise<Uint8Array>;
  toCSV(options?: CSVOptions): Promise<string>;
  /** Gives memory of freed rows and temporaries back. */
  compact(): Promise<void>;
  free(): void;
}

export interface WASMDataProcessor extends Service {
  transform(data: Rows, options: DataTransformOptions): Promise<ProcessingResult>;
  aggregate(data: Rows, options: AggregationOptions): Promise<ProcessingResult>;
  /** Strings as UTF-8, bytes as they are, anything else as JSON. Default 'gzip'. */
  compress(data: unknown, options?: CompressOptions): Promise<ProcessingResult<Uint8Array>>;
  decompress(data: Uint8Array, options?: DecompressOptions): Promise<ProcessingResult<Uint8Array>>;
  processStream<T>(dataStream: AsyncIterable<T>, processor: (chunk: T[]) => Promise<unknown>, options?: StreamOptions): AsyncGenerator<ProcessingResult>;
  /** Parse once, keep in columns, ask many times. */
  load(source: LoadSource, options?: LoadOptions): Promise<DataTable>;
}
