/** Loading: from whatever a caller has to a resident table. */
import { Call } from '../../calls/call.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { host } from '../../host/index.js';
import { createArrowReader } from './arrow/read.js';
import type { DataBackend, TableState, TextFormat } from './backend.js';
import { COLUMN_TYPES } from './columns.js';
import type { ReadOptions } from './engine.js';
import { describe, invalid, invalidField } from './errors.js';
import { tableFromColumns, tableFromRows } from './from-values.js';
import { suggest } from './near.js';
import type { ColumnType, LoadOptions, LoadSource } from './types.js';

const FORMATS = ['rows', 'csv', 'ndjson', 'json', 'arrow'] as const;
type Format = (typeof FORMATS)[number];
const KEYS = ['format', 'schema', 'delimiter', 'header', 'ragged', 'nulls', 'signal', 'timeoutMs', 'onProgress'];
/** Characters of a text that are encoded at a time: a text need not be whole in memory twice. */
const TEXT_PIECE = 1 << 18;

interface Checked extends ReadOptions { format: Format | undefined }

/** @throws ServiceError INVALID_ARGUMENT */
function check(options: LoadOptions): Checked {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object', options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalid(`unknown option '${key}' of load: ${suggest(key, KEYS)}`);
  const { format, schema, delimiter, header, ragged, nulls } = options;
  if (format !== undefined && !FORMATS.includes(format)) throw invalidField('format', FORMATS.map((f) => `'${f}'`).join(', '), format);
  if (schema !== undefined) {
    if (typeof schema !== 'object' || schema === null) throw invalidField('schema', "an object such as { id: 'i64' }", schema);
    for (const [name, type] of Object.entries(schema)) {
      if (!COLUMN_TYPES.includes(type)) throw invalid(`schema: '${String(type)}' of column '${name}' is no type: the types are ${COLUMN_TYPES.join(', ')}`, { field: name });
    }
  }
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^\r\n"\u0080-\uffff]$/.test(delimiter))) throw invalidField('delimiter', 'one ASCII character, no quote or line break', delimiter);
  if (header !== undefined && typeof header !== 'boolean') throw invalidField('header', 'true or false', header);
  if (ragged !== undefined && !['error', 'fill', 'skip'].includes(ragged)) throw invalidField('ragged', "'error', 'fill' or 'skip'", ragged);
  if (nulls !== undefined && (!Array.isArray(nulls) || nulls.some((text) => typeof text !== 'string'))) throw invalidField('nulls', 'an array of texts', nulls);
  return {
    format, ...(schema && { schema: ownEntries(schema) }), ...(delimiter !== undefined && { delimiter }), ...(header !== undefined && { header }),
    ...(ragged !== undefined && { ragged }), ...(nulls && { nulls: [...nulls] }),
  };
}

/** A copy whose names can not reach a prototype. */
function ownEntries(schema: Record<string, ColumnType>): Record<string, ColumnType> {
  return Object.assign(Object.create(null), schema) as Record<string, ColumnType>;
}

const isStream = (source: unknown): source is ReadableStream<Uint8Array> => typeof (source as { getReader?: unknown } | null)?.getReader === 'function';
const isBytes = (source: unknown): source is Uint8Array => ArrayBuffer.isView(source) && Object.prototype.toString.call(source) === '[object Uint8Array]';

/** Starts loading; what the caller may change meanwhile is copied before it returns. @throws ServiceError INVALID_ARGUMENT, PARSE */
export function load(backend: DataBackend, source: LoadSource, options: LoadOptions = {}): Promise<TableState> | TableState {
  const checked = check(options);
  const call = Call.from('data', options);
  const { format, schema } = checked;
  if (isStream(source)) return loadStream(backend, source, checked, call);
  if (typeof source === 'string') {
    const kind = format ?? guess(source.slice(0, 4096));
    if (kind === 'rows' || kind === 'arrow') throw invalid(`a text can not be of format '${kind}': it is csv, ndjson or json`);
    return loadPieces(backend, kind, checked, call, textPieces(source), source.length);
  }
  if (isBytes(source)) {
    const kind = format ?? guessBytes(source);
    if (kind === 'rows') throw invalid("bytes can not be of format 'rows': they are csv, ndjson, json or arrow");
    if (kind === 'arrow') return loadArrow(backend, [backend.immediate ? source : source.slice()], call);
    return loadBytes(backend, kind, checked, call, source);
  }
  if (typeof source !== 'object' || source === null) throw invalidField('the source', 'an array of objects, columns by name, text, bytes or a ReadableStream', source);
  const prototype: unknown = Object.getPrototypeOf(source);
  if (!Array.isArray(source) && prototype !== null && Object.getPrototypeOf(prototype) !== null) throw invalidField('the source', 'an array of objects, columns by name, text, bytes or a ReadableStream', source);
  if (format !== undefined && format !== 'rows') throw invalid(`format '${format}' is read from text, bytes or a stream; the source was ${describe(source)}`);
  const table = Array.isArray(source) ? tableFromRows(source as readonly object[], schema) : tableFromColumns(source as Record<string, ArrayLike<unknown>>, schema);
  const known = new Set(table.columns.map(({ name }) => name));
  for (const name of Object.keys(schema ?? {})) if (!known.has(name)) throw invalid(`schema names the column '${name}', which the source does not have: ${suggest(name, [...known])}`, { field: name });
  const state = backend.open(table, call);
  call.progress(table.rows, table.rows);
  return state;
}

// ── text and bytes ──

/** @param waiting called before something is waited for */
async function loadPieces(backend: DataBackend, format: TextFormat, options: ReadOptions, call: Call, pieces: Iterable<[bytes: Uint8Array, done: number]>, total: number, waiting?: () => void): Promise<TableState> {
  const settled = <T>(result: MaybePromise<T>): MaybePromise<T> => {
    if (isPromise(result)) waiting?.();
    return result;
  };
  const opened = settled(backend.readerOpen(format, { ...readOptions(options), bytes: total }, call)), reader = isPromise(opened) ? await opened : opened;
  try {
    for (const [bytes, done] of pieces) {
      const pushed = settled(backend.readerPush(reader, bytes, call));
      if (isPromise(pushed)) await pushed;
      if (done < total) call.progress(done, total);
    }
    const state = await backend.readerFinish(reader, call);
    call.progress(total, total);
    return state;
  } catch (error) {
    backend.readerCancel(reader);
    throw error;
  }
}

function readOptions({ schema, delimiter, header, ragged, nulls }: ReadOptions): ReadOptions {
  return { ...(schema && { schema }), ...(delimiter !== undefined && { delimiter }), ...(header !== undefined && { header }), ...(ragged && { ragged }), ...(nulls && { nulls }) };
}

/** UTF-8 of a text, piece by piece; a surrogate pair is not cut. */
function* textPieces(text: string): Generator<[Uint8Array, number]> {
  const encoder = new TextEncoder();
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + TEXT_PIECE);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    yield [encoder.encode(text.slice(at, end)), end];
    at = end;
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Bytes of the caller that are read on the spot, and how long: no more than an engine does between two looks at the clock. */
const LENT_PIECE = 256 << 10;
const BYTES_PIECE = 4 << 20;

/** As long as the bytes are read without a pause. */
const LENT_MS = 20;

/** The caller may change its bytes as soon as something waits, or in a progress handler: what is not read by then is copied. */
function loadBytes(backend: DataBackend, format: TextFormat, options: ReadOptions, call: Call, source: Uint8Array): Promise<TableState> {
  let lent = backend.immediate && !call.reportsProgress, at = 0, rest = lent ? source : source.slice();
  const until = host.now() + LENT_MS;
  const own = (): void => {
    if (lent) rest = rest.slice();
    lent = false;
  };
  const pieces = function* (): Generator<[Uint8Array, number]> {
    while (rest.length > 0) {
      if (host.now() > until) own();
      const length = Math.min(rest.length, lent ? LENT_PIECE : BYTES_PIECE), piece = rest.subarray(0, length);
      rest = rest.subarray(length);
      at += length;
      yield [piece, at];
    }
  };
  return loadPieces(backend, format, options, call, pieces(), source.length, own);
}

function loadArrow(backend: DataBackend, pieces: Uint8Array[], call: Call): Promise<TableState> | TableState {
  const reader = createArrowReader();
  for (const piece of pieces) reader.push(piece);
  const table = reader.finish();
  const state = backend.open(table, call);
  call.progress(table.rows, table.rows);
  return state;
}

// ── streams ──

/** Reads a stream to its end, and ends it when something fails. Its length is not known: progress gives the bytes so far twice. */
async function loadStream(backend: DataBackend, stream: ReadableStream<Uint8Array>, options: Checked, call: Call): Promise<TableState> {
  if (stream.locked) throw invalid('the stream is locked: somebody else reads it');
  const source = stream.getReader();
  let reader: number | undefined;
  try {
    const head: Uint8Array[] = [];
    let length = 0, ended = false;
    const next = async (): Promise<Uint8Array | undefined> => {
      const { done, value } = await call.race(source.read());
      if (done) { ended = true; return undefined; }
      if (!isBytes(value)) throw invalid(`the stream must give Uint8Array pieces; it gave ${describe(value)}: pipe text through a TextEncoderStream`);
      return value;
    };
    while (options.format === undefined && length < 4096 && !ended) {
      const piece = await next();
      if (piece) { head.push(piece); length += piece.length; }
    }
    const format = options.format ?? guessBytes(joined(head));
    if (format === 'rows') throw invalid("a stream of bytes can not be of format 'rows'");
    if (format === 'arrow') return await streamArrow(backend, head, next, call);
    reader = await backend.readerOpen(format, readOptions(options), call);
    let read = 0, rested = host.now();
    for (;;) {
      const piece = head.shift() ?? await next();
      if (!piece) break;
      await backend.readerPush(reader, piece, call);
      read += piece.length;
      call.progress(read, Infinity);
      if (host.now() - rested > 20) { await host.yieldNow(); rested = host.now(); }
    }
    const state = await backend.readerFinish(reader, call);
    call.progress(read, read);
    return state;
  } catch (error) {
    if (reader !== undefined) backend.readerCancel(reader);
    source.cancel(error).catch(() => { /* the first failure is the one to tell */ });
    throw error;
  } finally {
    source.releaseLock();
  }
}

async function streamArrow(backend: DataBackend, head: Uint8Array[], next: () => Promise<Uint8Array | undefined>, call: Call): Promise<TableState> {
  const reader = createArrowReader();
  for (const piece of head) reader.push(piece);
  for (let piece = await next(); piece; piece = await next()) reader.push(piece);
  return backend.open(reader.finish(), call);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) { all.set(piece, at); at += piece.length; }
  return all;
}

// ── what it is ──

const ARROW_FILE = 'ARROW1';

function guessBytes(bytes: Uint8Array): Format {
  if (String.fromCharCode(...bytes.subarray(0, 6)) === ARROW_FILE) return 'arrow';
  // A stream begins with the continuation mark.
  if (bytes.length >= 8 && bytes[0] === 255 && bytes[1] === 255 && bytes[2] === 255 && bytes[3] === 255) return 'arrow';
  return guess(new TextDecoder().decode(bytes.subarray(0, 4096)));
}

/** JSON by its first character, NDJSON where the first line is an object of its own; everything else is CSV. */
function guess(head: string): TextFormat {
  const text = head.trimStart();
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return 'csv';
  const line = /^[^\r\n]*/.exec(text)![0];
  if (line.length === text.length) return 'ndjson'; // one long line: an object alone is a table of one row either way
  try { JSON.parse(line); return 'ndjson'; } catch { return 'json'; }
}
