/**
 * Plans in this thread: one engine, calls in order, a fresh engine with every kept matrix after a trap. The numbers it gives out for matrices stay true
 * when the engine is replaced.
 */
import { Call } from '../../calls/call.js';
import { Life } from '../../calls/life.js';
import { SerialQueue } from '../../calls/queue.js';
import { isPromise, type MaybePromise } from '../../calls/maybe-promise.js';
import { drive, type Steps } from '../../calls/steps.js';
import type { ServiceContext } from '../../context.js';
import { calibrateLater } from '../../dispatch/calibration.js';
import { ServiceError } from '../../errors.js';
import type { EngineSource } from '../../loader/engine-source.js';
import { degradedBy, type Verdict } from '../../supervise/supervisor.js';
import type { ServiceInfo, Variant } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { ComputeBackend, RunOptions } from './backend.js';
import type { ResolvedConfig } from './config.js';
import { isResident, type ComputeEngine, type Job, type Operand, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';
import { engineSource, type Chosen } from './engine-source.js';
import { computeError, disposed, freed, typedError } from './errors.js';
import { checkMemory } from './memory.js';
import { mapMatrices, withResidents } from './operands.js';
import { selfCheck } from './self-check.js';
import { hostModel, isForJs } from './dispatch.js';
import { hasLoop } from './js/evaluate.js';
import { dispatches, FOR_JS_REASON } from './load-request.js';
import { productProbe } from './probe.js';

/** Bytes of an instance that is not kept for its own sake. */
const LARGE = 256 << 20;
/** How long one with threads is kept all the same. */
const KEPT_MS = 1000;
/** Of a shared memory: less is not worth a call that runs out. */
const LEAST_SHARED = 16 << 20;
const MOST_SHARED = 2 ** 32;

/** `id` is undefined where the matrix went with an instance that failed. */
interface Held { id: number | undefined; bytes: number }

export class ComputeCore implements ComputeBackend {
  readonly #source: EngineSource<ComputeEngine>;
  /** Whether JavaScript answers what does not pay. */
  readonly dispatches: boolean;
  readonly hasLoop = hasLoop;
  readonly #context: ServiceContext;
  readonly #maxMemory: number;
  /** What a shared memory may grow to: doubled when a call needs more, since operands and scratch space come on top of what maxMemory limits. */
  #limit: number;
  readonly #queue = new SerialQueue('compute');
  readonly #life = new Life();
  readonly #threads: number;
  #engine: ComputeEngine | undefined;
  /** Our number → the engine's. */
  readonly #held = new Map<number, Held>();
  #heldBytes = 0;
  #next = 1;
  #later: ReturnType<typeof setTimeout> | undefined;
  #disposal: Promise<void> | undefined;

  /** Not in a worker: the page says of each call who answers it, by the same constants. */
  readonly #calibrates: boolean;

  constructor(config: ResolvedConfig, context: ServiceContext, chosen?: Chosen) {
    this.#calibrates = chosen === undefined;
    this.dispatches = chosen?.dispatch ?? dispatches(config, context);
    this.#source = engineSource(config, context, this.dispatches, chosen, () => this.#limit);
    this.#context = context;
    this.#threads = config.threads;
    this.#maxMemory = config.maxMemory;
    this.#limit = Math.max(LEAST_SHARED, config.maxMemory);
  }

  get variant(): Variant { return this.#source.selection.variant; }

  get info(): ServiceInfo {
    const { selection: { variant, reason, rejected }, loaded } = this.#source;
    const { threads = threadsOf(variant, this.#threads), threadsNote } = this.#engine ?? {};
    const told = variant !== 'js' && this.dispatches ? `${reason}; ${FOR_JS_REASON}` : reason;
    return { service: 'compute', variant, loaded, host: 'inline', threads, reason: threadsNote === undefined ? told : `${told}; ${threadsNote}`, rejected, ...degradedBy(this.#source.degraded) };
  }

  /** Has nothing to do. */
  get idle(): boolean { return this.#queue.idle; }

  memoryBytes(): number { return this.#engine?.memoryBytes() ?? 0; }

  ready(): MaybePromise<void> { return this.#run(function* () { /* loading was all */ }, Call.plain); }

  run<K extends Operation>(operation: K, plan: Plans[K], { keep, answeredBy }: RunOptions, call: Call): MaybePromise<Outcomes[K]> {
    answeredBy?.(this.dispatches && isForJs(operation, plan) ? 'js' : this.variant);
    const job: Job = { keep, progress: (done, total) => call.progress(done, total) };
    const prepare = (): Plans[K] => {
      checkMemory(operation, plan, this.#heldBytes, this.#maxMemory);
      return withResidents<K>(plan, (resident) => ({ ...resident, id: this.#known(resident.id) }));
    };
    const keepAll = (outcome: Outcomes[K]): Outcomes[K] => mapMatrices(operation, outcome, (operand) => this.#hold(operand)) as Outcomes[K];
    if (this.#calibrates && this.dispatches && this.#engine && this.#engine.variant !== 'js') this.#calibrate();
    return this.#run(function* (engine): Steps<Outcomes[K]> {
      return keepAll(yield* engine.run(operation, prepare(), job));
    }, call);
  }

  /** Once in a thread, off the path of this call. */
  #calibrate(): void {
    const model = hostModel();
    if (model.calibrated) return;
    calibrateLater(model, productProbe(() => (this.#queue.idle && !this.#disposal ? this.#engine : undefined)), ({ js, wasm }) => {
      this.#context.sink.event({ type: 'dispatch', service: 'compute', message: `compute: this host was measured: JavaScript takes ${js.toPrecision(2)} times what the cost model has for it, WebAssembly ${wasm.toPrecision(2)} times`, data: { scale: { js, wasm } } });
    });
  }

  /** Effective in its turn, behind the calls made before it. */
  free(id: number): void {
    if (this.#disposal) return;
    try {
      const outcome = this.#queue.run(() => {
        const held = this.#held.get(id);
        if (!held) return;
        this.#held.delete(id);
        this.#heldBytes -= held.bytes;
        if (held.id !== undefined) this.#engine?.free(held.id);
      }, Call.plain);
      if (isPromise(outcome)) outcome.catch((error) => this.#told(error));
    } catch (error) {
      this.#told(error);
    }
  }

  selfCheck(): MaybePromise<void> {
    return this.#run((engine) => selfCheck(engine), Call.plain);
  }

  /** One call in its turn, on a loaded engine. After a trap it is made once more on a fresh engine: every call is pure. */
  #run<T>(work: (engine: ComputeEngine) => Steps<T>, call: Call): MaybePromise<T> {
    if (this.#disposal) throw disposed();
    const failure = (): ServiceError | undefined => (this.#life.ended ? disposed() : call.failure());
    const attempt = (repeats: number): MaybePromise<T> => {
      const failed = (error: unknown): MaybePromise<T> => {
        const typed = typedError(error);
        if (this.#widen(typed)) return attempt(repeats);
        if (!this.#source.loaded || !isTrap(error)) throw typed;
        const onwards = ({ retry }: Verdict): MaybePromise<T> => {
          this.#recover();
          if (!retry) throw typed;
          return attempt(repeats + 1);
        };
        const verdict = this.#source.trapped(error, repeats);
        return isPromise(verdict) ? verdict.then(onwards) : onwards(verdict);
      };
      try {
        const result = drive(work(this.#engine ??= this.#source.create()), failure);
        if (isPromise(result)) return result.finally(() => { this.#giveBack(); }).catch(failed);
        this.#giveBack();
        return result;
      } catch (error) {
        return failed(error);
      }
    };
    return this.#queue.run(() => {
      const over = failure();
      if (over) throw over;
      if (this.#source.probeDue) this.#returnToBest();
      return this.#source.loaded ? attempt(0) : call.race(this.#load()).then(() => attempt(0));
    }, call);
  }

  /** The memory of an instance never shrinks: one that grew large and holds nothing is let go, and the next call has a fresh one. */
  #giveBack(now = false): void {
    clearTimeout(this.#later);
    if (this.#held.size > 0 || !this.#engine || this.#engine.memoryBytes() < LARGE) return;
    // Its threads go with it: the next call, if it comes soon, is to find them.
    if (this.#engine.threads > 1 && !now) {
      this.#later = setTimeout(() => { if (this.#queue.idle) this.#giveBack(true); }, KEPT_MS);
      (this.#later as { unref?: () => void }).unref?.();
      return;
    }
    this.#engine.dispose();
    this.#engine = undefined;
  }

  /** Where a shared memory ran out that may be larger, everything moves to one with twice the room; whether it did. */
  #widen(error: ServiceError): boolean {
    const engine = this.#engine;
    const refused = (error.detail as { needed?: number } | undefined)?.needed !== undefined;
    if (error.code !== 'OUT_OF_MEMORY' || refused || engine?.variant !== 'simd-threads' || this.#limit >= MOST_SHARED) return false;
    this.#limit = Math.min(MOST_SHARED, 2 * this.#limit);
    try {
      if (this.#bring(engine, true) > 0) return false;
    } catch {
      return false; // the host has no memory for another one: the error that led here is the answer
    }
    engine.dispose();
    return true;
  }

  /** Given up by `dispose` it is disposed of, whatever the loader calls that. */
  #load(): Promise<void> {
    return this.#source.load(this.#life.signal).catch((error) => { throw this.#disposal ? disposed() : error; });
  }

  /** A fresh engine with every matrix that can be read out of the dead one. */
  #recover(): void {
    const dead = this.#engine;
    this.#engine = undefined;
    let lost = 0;
    for (let tries = 0; ; tries++) {
      try {
        lost = this.#bring(dead);
        break;
      } catch (failure) {
        if (tries === 0 && isTrap(failure)) {
          this.#source.giveUp('its replacement trapped too'); // a pinned one is tried once more
          continue;
        }
        // No instance that works: the next call tries again, and what was kept is gone.
        for (const held of this.#held.values()) { if (held.id !== undefined) lost++; held.id = undefined; }
        this.#told(failure);
        break;
      }
    }
    dead?.dispose();
    this.#context.sink.event({ type: 'recovery', service: 'compute', message: `compute: a new instance answers, with ${this.#held.size - lost} kept matrices${lost > 0 ? `; ${lost} could not be read out of the old one` : ''}`, data: { lost } });
  }

  /** The breaker is half open: the first choice gets every kept matrix, or nothing changes. */
  #returnToBest(): void {
    this.#source.returnToBest(() => {
      const before = this.#engine;
      this.#bring(before, true);
      before?.dispose();
    });
  }

  /**
   * Gives how many matrices found no place.
   * @param all nothing is done unless every matrix finds one
   * @throws ServiceError when the new instance fails too
   */
  #bring(old: ComputeEngine | undefined, all = false): number {
    const next = this.#source.create(all);
    const places = new Map<Held, number | undefined>();
    for (const held of this.#held.values()) {
      if (held.id === undefined) continue;
      try { places.set(held, next.hold(old!.read(held.id)).id); } catch (error) {
        if (isTrap(error) || all) {
          next.dispose();
          throw error;
        }
        places.set(held, undefined);
      }
    }
    const lost = [...places.values()].filter((id) => id === undefined).length;
    if (all && lost > 0) {
      next.dispose();
      return lost;
    }
    for (const [held, id] of places) held.id = id;
    this.#engine = next;
    return lost;
  }

  #hold(operand: Operand): Operand {
    if (!isResident(operand)) return operand;
    const bytes = operand.rows * operand.cols * (operand.f32 ? 4 : 8);
    const made: Resident = { ...operand, id: this.#next++ };
    this.#held.set(made.id, { id: operand.id, bytes });
    this.#heldBytes += bytes;
    return made;
  }

  /** The engine's number. */
  #known(id: number): number {
    const held = this.#held.get(id);
    if (!held) throw freed();
    if (held.id === undefined) throw computeError('INSTANCE_POISONED', 'this matrix went with an instance that failed, and there was no memory for its copy: free() the handle and upload the matrix again');
    return held.id;
  }

  /** What nobody waits for becomes an event. */
  #told(error: unknown): void {
    if (error instanceof ServiceError && error.code === 'DISPOSED') return;
    this.#context.sink.event({ type: 'error', service: 'compute', message: `compute: ${(error as Error).message}` });
  }

  dispose(): Promise<void> {
    return this.#disposal ??= (async () => {
      this.#life.abort(disposed());
      clearTimeout(this.#later);
      await this.#queue.close(disposed());
      this.#engine?.dispose();
      this.#engine = undefined;
      this.#held.clear();
      this.#heldBytes = 0;
    })();
  }
}

const isTrap = (error: unknown): error is ServiceError => error instanceof ServiceError && error.code === 'INSTANCE_POISONED' && error.variant !== undefined;
