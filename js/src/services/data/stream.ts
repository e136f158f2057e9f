/**
 * A stream in chunks: the source is pulled only as fast as results are taken, at most `concurrency` chunks are under way, results come
 * in the order of the source, and whatever ends the stream early closes the source.
 */
import { Call } from '../../calls/call.js';
import { host } from '../../host/index.js';
import { checkChunkSize } from './config.js';
import { dataError, invalidField } from './errors.js';
import type { ProcessingResult, StreamOptions } from './types.js';

const KEYS = ['chunkSize', 'concurrency', 'signal', 'timeoutMs', 'onProgress'];
const PROGRESS_INTERVAL_MS = 100;
const REASON = 'the chunks are handed to your own function';

interface Source<T> { next(): Promise<IteratorResult<T>>; close(): Promise<void> }

/** @throws ServiceError INVALID_ARGUMENT */
function open<T>(stream: AsyncIterable<T> | Iterable<T> | ReadableStream<T>): Source<T> {
  const from = stream as Partial<AsyncIterable<T> & Iterable<T> & ReadableStream<T>> | null | undefined;
  const make = from?.[Symbol.asyncIterator as never] ?? (typeof stream === 'string' ? undefined : from?.[Symbol.iterator as never]);
  if (typeof make === 'function') {
    const iterator = (make as () => AsyncIterator<T> | Iterator<T>).call(stream);
    return {
      next: async () => iterator.next(),
      close: async () => { await iterator.return?.(); },
    };
  }
  if (typeof from?.getReader === 'function') {
    const reader = (stream as ReadableStream<T>).getReader();
    return {
      next: async () => {
        const { done, value } = await reader.read();
        return done ? { done: true, value: undefined } : { done: false, value: value as T };
      },
      close: async () => { await reader.cancel(); reader.releaseLock(); },
    };
  }
  throw invalidField('the stream', 'an async iterable, an iterable or a ReadableStream', stream);
}

/**
 * Options are checked at once, the source is first touched by the first `next()`.
 *
 * @throws ServiceError INVALID_ARGUMENT at once; from the generator ABORTED, TIMEOUT, DISPOSED, and what source or processor throw, as they threw it
 */
export function processStream<T>(stream: AsyncIterable<T>, processor: (chunk: T[]) => Promise<unknown>, options: StreamOptions, defaultChunk: number, life: AbortSignal): AsyncGenerator<ProcessingResult> {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object', options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalidField('the options', `made of ${KEYS.join(', ')}`, key);
  if (typeof processor !== 'function') throw invalidField('the processor', 'a function (chunk) => Promise', processor);
  const { chunkSize = defaultChunk, concurrency = 1, signal, timeoutMs, onProgress } = options;
  checkChunkSize(chunkSize);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 1024) throw invalidField('concurrency', 'a whole number from 1 to 1024', concurrency);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalidField('onProgress', 'a function (rows)', onProgress);
  const call = Call.from('data', { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) });
  if ((typeof stream !== 'object' && typeof stream !== 'function') || stream === null) throw invalidField('the stream', 'an async iterable, an iterable or a ReadableStream', stream);
  return chunks(open(stream), processor, chunkSize, concurrency, call, life, onProgress);
}

async function* chunks<T>(
  source: Source<T>, processor: (chunk: T[]) => Promise<unknown>, chunkSize: number, concurrency: number, call: Call, life: AbortSignal, onProgress: StreamOptions['onProgress'],
): AsyncGenerator<ProcessingResult, void> {
  const running: Promise<ProcessingResult>[] = [];
  let ended = false, rows = 0, told = -Infinity;
  const progress = (last: boolean): void => {
    if (!onProgress || (!last && host.now() - told < PROGRESS_INTERVAL_MS)) return;
    told = host.now();
    try { onProgress(rows); } catch { /* the work must not depend on who watches it */ }
  };
  let stop = (_: Error): void => undefined;
  const stopped = new Promise<never>((_, reject) => { stop = reject; });
  stopped.catch(() => { /* heard by who races with it */ });
  const gone = (): void => { stop(life.reason as Error); };
  const unwatch = call.cancellable ? call.onEnd(stop) : undefined;
  life.addEventListener('abort', gone, { once: true });
  if (life.aborted) gone();
  try {
    for (;;) {
      while (!ended && running.length < concurrency) {
        const chunk: T[] = [];
        while (chunk.length < chunkSize) {
          const item = await Promise.race([source.next(), stopped]);
          if (typeof item !== 'object' || item === null) throw dataError('INVALID_ARGUMENT', 'the stream is no iterator: its next() gave no result object');
          if (item.done) { ended = true; break; }
          chunk.push(item.value);
        }
        if (chunk.length === 0) break;
        running.push(handle(chunk, processor));
        running[running.length - 1].catch(() => { /* heard in its turn */ });
      }
      const first = running.shift();
      if (!first) break;
      const result = await Promise.race([first, stopped]);
      rows += result.metadata.inputSize;
      progress(false);
      yield result;
    }
    progress(true);
  } finally {
    unwatch?.();
    life.removeEventListener('abort', gone);
    // A source that is read to its end is closed; one that hangs must not hang its reader.
    if (!ended) await Promise.race([source.close().catch(() => { /* the first failure is the one to tell */ }), after(CLOSE_GRACE_MS)]);
  }
}

/** How long a source may take to close before the stream ends without it. */
const CLOSE_GRACE_MS = 1000;
const after = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

async function handle<T>(chunk: T[], processor: (chunk: T[]) => Promise<unknown>): Promise<ProcessingResult> {
  const began = host.now();
  const inputSize = chunk.length;
  const data = await processor(chunk);
  return { data, metadata: { inputSize, outputSize: Array.isArray(data) ? data.length : data === undefined || data === null ? 0 : 1, durationMs: host.now() - began, implementation: 'js', reason: REASON } };
}
