/** Codecs in WebAssembly: artifacts of their own, loaded when first needed. */
import { isWasmDisabled } from '../../../capabilities/detect.js';
import { ERROR_CODES, ServiceError, type ErrorCode } from '../../../errors.js';
import { BROTLI } from '../../../loader/brotli.gen.js';
import { CODECS } from '../../../loader/codecs.gen.js';
import { loadModule, planVariant, type Glue, type LoadedModule } from '../../../loader/index.js';
import type { WasmOption } from '../../../types.js';
import { dataError } from '../errors.js';

/** These two belong to the data processor and are no services. */
const MODULES = { codecs: CODECS, brotli: BROTLI };
export type CodecModule = keyof typeof MODULES;

/** Memory never shrinks: an instance that grew beyond this is let go after its call. */
const KEPT_BYTES = 64 << 20;

interface Job {
  inputPtr(): number;
  outputPtr(): number;
  compress(algorithm: number, level: number): number;
  decompress(algorithm: number, limit: number): number;
  free(): void;
}

export class CodecModules {
  readonly #wasm: WasmOption | undefined;
  readonly #loaded = new Map<CodecModule, Promise<LoadedModule>>();
  readonly #idle = new Map<CodecModule, Glue>();

  /** @param wasm the caller's source, where it is a function that is asked by name */
  constructor(wasm: WasmOption | undefined) {
    this.#wasm = typeof wasm === 'function' ? wasm : undefined;
  }

  /** Why they can not run here; undefined when they can. */
  get refused(): string | undefined {
    if (isWasmDisabled()) return 'WebAssembly is switched off (DISABLE_WASM)';
    const { variant, rejected } = planVariant(CODECS);
    return variant === 'js' ? rejected[0]?.reason ?? 'WebAssembly does not run here' : undefined;
  }

  compress(module: CodecModule, algorithm: number, input: Uint8Array, level: number): Promise<Uint8Array> {
    return this.#run(module, input, (job) => job.compress(algorithm, level));
  }

  decompress(module: CodecModule, algorithm: number, input: Uint8Array, limit: number): Promise<Uint8Array> {
    return this.#run(module, input, (job) => job.decompress(algorithm, Math.min(limit, 0xffffffff)));
  }

  memoryBytes(): number {
    let sum = 0;
    for (const glue of this.#idle.values()) sum += glue.memory.buffer.byteLength;
    return sum;
  }

  async #run(name: CodecModule, input: Uint8Array, work: (job: Job) => number): Promise<Uint8Array> {
    let loading = this.#loaded.get(name);
    if (!loading) {
      loading = loadModule(MODULES[name], 'simd', this.#wasm === undefined ? {} : { wasm: this.#wasm });
      this.#loaded.set(name, loading);
      loading.catch(() => { this.#loaded.delete(name); });
    }
    const { createInstance } = await loading;
    // What is idle is taken out: a trap leaves nothing behind, and calls never share an instance.
    const glue = this.#idle.get(name) ?? createInstance();
    this.#idle.delete(name);
    let job: Job | undefined;
    try {
      job = new (glue['Job'] as new (bytes: number) => Job)(input.length);
      new Uint8Array(glue.memory.buffer).set(input, job.inputPtr());
      const length = work(job);
      const at = job.outputPtr();
      return new Uint8Array(glue.memory.buffer.slice(at, at + length) as ArrayBuffer);
    } catch (error) {
      const { code, message } = error as { code?: ErrorCode; message?: string };
      if (code === undefined || !ERROR_CODES.includes(code)) {
        job = undefined;
        throw new ServiceError('OUT_OF_MEMORY', `the codec failed, most likely for want of memory (${message ?? String(error)}): compress smaller pieces`, { service: 'data', cause: error });
      }
      throw dataError(code, message ?? code);
    } finally {
      if (job) {
        job.free();
        if (glue.memory.buffer.byteLength <= KEPT_BYTES && !this.#idle.has(name)) this.#idle.set(name, glue);
      }
    }
  }
}
