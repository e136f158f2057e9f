/**
 * gzip, deflate, and where it is there brotli, by the host: CompressionStream everywhere, node:zlib for levels and more algorithms. Not zstd:
 * that of Node and Bun looks at no checksum, and Bun's gives what it has of data that was cut off.
 */
import type { Call } from '../../../calls/call.js';
import { host } from '../../../host/index.js';
import type { HostCoder } from '../../../host/types.js';
import type { CompressionAlgorithm } from '../types.js';
import { corrupt, tooLarge } from './algorithms.js';

type Streams = 'gzip' | 'deflate' | 'brotli';
const PIECE = 256 << 10;

/** Whether this host's CompressionStream knows it: it throws TypeError at once when not. */
function hasStream(algorithm: CompressionAlgorithm): algorithm is Streams {
  if (algorithm === 'lz4' || algorithm === 'zstd' || typeof CompressionStream === 'undefined') return false;
  try {
    new CompressionStream(algorithm as CompressionFormat);
    new DecompressionStream(algorithm as CompressionFormat);
    return true;
  } catch {
    return false;
  }
}

function zlibHas(algorithm: CompressionAlgorithm): boolean {
  const zlib = host.zlib();
  if (!zlib || algorithm === 'lz4' || algorithm === 'zstd') return false;
  return typeof { gzip: zlib.gzip, deflate: zlib.deflate, brotli: zlib.brotliCompress }[algorithm] === 'function';
}

export type Platform = 'zlib' | 'stream';

/** Deno's brotli takes data that was cut off for whole: then there is none of it here but ours. */
const isCareless = (algorithm: CompressionAlgorithm): boolean => algorithm === 'brotli' && host.runtime === 'deno';

/** Who of the host does it; undefined: nobody. */
export function platformFor(algorithm: CompressionAlgorithm, level: number | undefined): Platform | undefined {
  if (isCareless(algorithm)) return undefined;
  const stream = hasStream(algorithm);
  if (zlibHas(algorithm) && (level !== undefined || !stream)) return 'zlib';
  return stream ? 'stream' : undefined;
}

/** Who of the host decompresses: node:zlib where it is, which says where the data ended. */
export function decompressorFor(algorithm: CompressionAlgorithm): Platform | undefined {
  return zlibHas(algorithm) && !isCareless(algorithm) ? 'zlib' : platformFor(algorithm, undefined);
}

export function compressByPlatform(by: Platform, algorithm: Streams, bytes: Uint8Array, level: number | undefined, call: Call): Promise<Uint8Array> {
  return by === 'stream' ? throughStream(new CompressionStream(algorithm as CompressionFormat), bytes, Infinity, call) : call.race(byZlib(algorithm, bytes, level));
}

function byZlib(algorithm: Streams, bytes: Uint8Array, level: number | undefined): Promise<Uint8Array> {
  const zlib = host.zlib()!;
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, result: Uint8Array): void => { if (error) reject(error); else resolve(own(result)); };
    switch (algorithm) {
      case 'gzip': zlib.gzip(bytes, { ...(level !== undefined && { level }) }, done); break;
      case 'deflate': zlib.deflate(bytes, { ...(level !== undefined && { level }) }, done); break;
      case 'brotli': zlib.brotliCompress(bytes, { params: { [BROTLI_PARAM_QUALITY]: level ?? 4, [BROTLI_PARAM_SIZE_HINT]: bytes.length } }, done); break;
    }
  });
}

/** @throws ServiceError CORRUPT, TOO_LARGE */
export async function decompressByPlatform(by: Platform, algorithm: Streams, bytes: Uint8Array, limit: number, call: Call): Promise<Uint8Array> {
  if (by === 'stream') {
    try {
      return await throughStream(new DecompressionStream(algorithm as CompressionFormat), bytes, limit, call);
    } catch (error) {
      throw typeof (error as { code?: unknown }).code === 'string' && (error as { service?: unknown }).service === 'data' ? error : corrupt(algorithm, (error as Error).message, error);
    }
  }
  const zlib = host.zlib()!;
  // zlib takes no limit of 0, and none above what a buffer may hold.
  const maxOutputLength = Math.min(Math.max(1, limit), 2 ** 32 - 1);
  const run = { gzip: zlib.gunzip, deflate: zlib.inflate, brotli: zlib.brotliDecompress }[algorithm] as HostCoder;
  const result = await call.race(new Promise<Uint8Array>((resolve, reject) => {
    // With `info` the engine comes along and tells how much of the input it read.
    run(bytes, { maxOutputLength, info: true }, (error, result) => {
      if (!error) {
        const { buffer, engine } = result as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
        if (engine.bytesWritten < bytes.length) reject(corrupt(algorithm, `something follows its end, at byte ${engine.bytesWritten}`));
        else resolve(own(buffer));
      }
      else if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(limit));
      else reject(corrupt(algorithm, error.message, error));
    });
  }));
  if (result.length > limit) throw tooLarge(limit);
  return result;
}

/** A small Buffer lies in a pool that others share. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

async function throughStream(stream: { readable: ReadableStream<Uint8Array>; writable: WritableStream<BufferSource> }, bytes: Uint8Array, limit: number, call: Call): Promise<Uint8Array> {
  const writer = stream.writable.getWriter(), reader = stream.readable.getReader();
  let over: unknown;
  const write = async (): Promise<void> => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      await writer.ready;
      await writer.write(bytes.slice(at, at + PIECE));
      call.progress(Math.min(at + PIECE, bytes.length - 1), bytes.length);
    }
    await writer.close();
  };
  const writing = write();
  writing.catch(() => { /* the reader hears of it too */ });
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await call.race(reader.read());
      if (done) break;
      length += value.length;
      if (length > limit) throw tooLarge(limit);
      pieces.push(value);
    }
    await writing;
  } catch (error) {
    over = error;
    reader.cancel(error).catch(() => undefined);
    writer.abort(error).catch(() => undefined);
    throw over;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) { all.set(piece, at); at += piece.length; }
  return all;
}
