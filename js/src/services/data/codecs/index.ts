/** compress and decompress: the host's own codecs where it has them, WebAssembly where not, LZ4 in TypeScript where neither runs. */
import { Call } from '../../../calls/call.js';
import { host } from '../../../host/index.js';
import type { Variant, WasmOption } from '../../../types.js';
import { dataError, describe, disposed, invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { CompressionAlgorithm, CompressOptions, DecompressOptions, ProcessingResult } from '../types.js';
import { checkAlgorithm, checkLevel, detect, tooLarge } from './algorithms.js';
import { bytesOf } from './input.js';
import { compressLz4, decompressLz4 } from './lz4.js';
import { CodecModules, type CodecModule } from './module.js';
import { compressByPlatform, decompressByPlatform, decompressorFor, platformFor, type Platform } from './platform.js';

const COMPRESS_KEYS = ['algorithm', 'level', 'signal', 'timeoutMs', 'onProgress'];
const DECOMPRESS_KEYS = ['algorithm', 'maxOutputBytes', 'maxRatio', 'signal', 'timeoutMs', 'onProgress'];
const GIB = 2 ** 30;
/** Bytes per frame of zstd and lz4: between two of them the thread is free, and the signal is looked at. */
const FRAME = 4 << 20;
const IN_WASM: Partial<Record<CompressionAlgorithm, { module: CodecModule; number: number }>> = {
  zstd: { module: 'codecs', number: 0 }, lz4: { module: 'codecs', number: 1 }, brotli: { module: 'brotli', number: 0 },
};

type Who = { by: 'platform'; platform: Platform } | { by: 'wasm'; module: CodecModule; number: number } | { by: 'js' };

export class Codecs {
  readonly #modules: CodecModules;
  readonly #pin: Variant | undefined;
  readonly #running = new Set<(error: Error) => void>();
  #watched = false;

  constructor(wasm: WasmOption | undefined, pin: Variant | undefined) {
    this.#modules = new CodecModules(wasm);
    this.#pin = pin;
  }

  memoryBytes(): number { return this.#modules.memoryBytes(); }

  /** @throws ServiceError INVALID_ARGUMENT, UNSUPPORTED, ABORTED, TIMEOUT, OUT_OF_MEMORY */
  async compress(data: unknown, options: CompressOptions, life: AbortSignal): Promise<ProcessingResult<Uint8Array>> {
    const began = host.now();
    checkKeys(options, COMPRESS_KEYS, 'compress');
    const algorithm = checkAlgorithm(options.algorithm ?? 'gzip');
    const level = checkLevel(algorithm, options.level);
    const call = Call.from('data', options);
    // The caller may change its bytes while the work goes on.
    const bytes = bytesOf(data).slice();
    const who = this.#who(algorithm, options.level);
    const packed = await this.#within(life, call, who.by === 'platform'
      ? compressByPlatform(who.platform, algorithm as 'gzip', bytes, options.level, call)
      : framed(bytes, call, (piece) => (who.by === 'wasm' ? this.#modules.compress(who.module, who.number, piece, level) : compressLz4(piece)), algorithm === 'brotli'));
    call.progress(bytes.length, bytes.length);
    return { data: packed, metadata: { inputSize: bytes.length, outputSize: packed.length, durationMs: host.now() - began, ...told(who, algorithm), compressionRatio: bytes.length === 0 ? 1 : packed.length / bytes.length } };
  }

  /** @throws ServiceError INVALID_ARGUMENT, CORRUPT, TOO_LARGE, UNSUPPORTED, ABORTED, TIMEOUT, OUT_OF_MEMORY */
  async decompress(data: Uint8Array, options: DecompressOptions, life: AbortSignal): Promise<ProcessingResult<Uint8Array>> {
    const began = host.now();
    checkKeys(options, DECOMPRESS_KEYS, 'decompress');
    if (!ArrayBuffer.isView(data) || Object.prototype.toString.call(data) !== '[object Uint8Array]') throw invalidField('the data of decompress', 'a Uint8Array', data);
    const { maxOutputBytes = GIB, maxRatio } = options;
    if (typeof maxOutputBytes !== 'number' || !(maxOutputBytes >= 0)) throw invalidField('maxOutputBytes', 'a number of bytes', maxOutputBytes);
    if (maxRatio !== undefined && (typeof maxRatio !== 'number' || !(maxRatio > 0))) throw invalidField('maxRatio', 'a number above 0', maxRatio);
    const algorithm = options.algorithm === undefined ? detect(data) : checkAlgorithm(options.algorithm);
    const call = Call.from('data', options);
    const bytes = data.slice();
    const limit = Math.floor(Math.min(maxOutputBytes, maxRatio === undefined ? Infinity : maxRatio * bytes.length));
    const who = this.#who(algorithm, undefined, true);
    const out = await this.#within(life, call, who.by === 'platform' ? decompressByPlatform(who.platform, algorithm as 'gzip', bytes, limit, call)
      : who.by === 'wasm' ? this.#modules.decompress(who.module, who.number, bytes, limit) : Promise.resolve(decompressLz4(bytes, limit)));
    if (out.length > limit) throw tooLarge(limit);
    call.progress(bytes.length, bytes.length);
    return { data: out, metadata: { inputSize: bytes.length, outputSize: out.length, durationMs: host.now() - began, ...told(who, algorithm), compressionRatio: out.length === 0 ? 1 : bytes.length / out.length } };
  }

  /** The work, unless the call or the service ends first. */
  #within<T>(life: AbortSignal, call: Call, work: Promise<T>): Promise<T> {
    if (life.aborted) { work.catch(() => undefined); throw disposed(); }
    if (this.#running.size === 0 && !this.#watched) {
      this.#watched = true;
      // One listener for all calls.
      life.addEventListener('abort', () => { for (const end of this.#running) end(disposed()); }, { once: true });
    }
    return new Promise<T>((resolve, reject) => {
      this.#running.add(reject);
      call.race(work).then(resolve, reject).finally(() => { this.#running.delete(reject); });
    });
  }

  #who(algorithm: CompressionAlgorithm, level: number | undefined, unpack = false): Who {
    const inWasm = IN_WASM[algorithm];
    const refused = this.#pin === 'js' ? "the service is pinned to 'js'" : this.#modules.refused;
    const platform = unpack ? decompressorFor(algorithm) : platformFor(algorithm, level);
    if (platform) return { by: 'platform', platform };
    if (inWasm && refused === undefined) return { by: 'wasm', ...inWasm };
    if (algorithm === 'lz4') return { by: 'js' };
    throw dataError('UNSUPPORTED', `${algorithm} is not to be had here: this host has none of its own that finds damage, and ${refused ?? 'there is no build of it'}. Take 'gzip', 'deflate' or 'lz4'`, { algorithm });
  }
}

function told(who: Who, algorithm: CompressionAlgorithm): { implementation: Variant; reason: string } {
  switch (who.by) {
    case 'platform': return { implementation: 'js', reason: `${algorithm} by the host's own ${who.platform === 'zlib' ? 'zlib' : 'CompressionStream'}` };
    case 'wasm': return { implementation: 'simd', reason: `${algorithm} in WebAssembly` };
    case 'js': return { implementation: 'js', reason: 'lz4 in JavaScript: WebAssembly does not run here' };
  }
}

/** Frames one after the other, with a pause between them; what has no frames is done in one piece. */
async function framed(bytes: Uint8Array, call: Call, compress: (piece: Uint8Array) => Promise<Uint8Array> | Uint8Array, whole: boolean): Promise<Uint8Array> {
  if (whole || bytes.length <= FRAME) return compress(bytes);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += FRAME) {
    call.check();
    pieces.push(await compress(bytes.subarray(at, at + FRAME)));
    call.progress(Math.min(at + FRAME, bytes.length - 1), bytes.length);
    await host.yieldNow();
  }
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) { all.set(piece, at); at += piece.length; }
  return all;
}


function checkKeys(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null) throw invalid(`the options of ${what} are an object; they were ${describe(options)}`);
  for (const key of Object.keys(options)) if (!known.includes(key)) throw invalid(`unknown option '${key}' of ${what}: ${suggest(key, known)}`);
}
