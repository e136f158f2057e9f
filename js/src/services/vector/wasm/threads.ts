/** Helper threads of one engine: started when work comes that pays for them, once; without them the engine goes on with one thread. */
import type { Pool } from '../../../worker/pool.js';
import type { CoreIndex } from './core.js';

export interface ThreadSource {
  /** Threads in all, the engine's own included. */
  readonly threads: number;
  /** Starts helpers on the engine's instance. `alarm`: address of the word by which one tells that it trapped. Rejects with the reason. */
  start(helpers: number, alarm: number): Promise<Pool>;
}

export class Threads {
  readonly #source: ThreadSource;
  readonly #alarm: number;
  #pool: Pool | undefined;
  #starting: Promise<void> | undefined;
  #ended = false;
  /** Why there are none. */
  note: string | undefined;

  constructor(source: ThreadSource, alarm: number) {
    this.#source = source;
    this.#alarm = alarm;
  }

  /** Threads that work, or will when there is work for them. */
  get count(): number { return this.note === undefined ? this.#source.threads : 1; }

  /**
   * Never rejects; undefined when there is nothing to wait for.
   * @param run calls the instance, when that can still be done
   */
  start(run: (call: (core: CoreIndex) => void) => void): Promise<void> | undefined {
    if (this.#pool || this.#ended || this.count < 2) return undefined;
    return this.#starting ??= this.#start(run).finally(() => { this.#starting = undefined; });
  }

  async #start(run: (call: (core: CoreIndex) => void) => void): Promise<void> {
    const helpers = this.#source.threads - 1;
    try {
      run((core) => core.openPool(helpers));
      const pool = await this.#source.start(helpers, this.#alarm);
      if (this.#ended) return pool.end();
      this.#pool = pool;
      run((core) => core.usePool());
    } catch (error) {
      this.note = `one thread answers: ${(error as Error).message}`;
      if (!this.#ended) run((core) => core.closePool());
    }
  }

  /** @param core where it may still be called: its threads are then let go of in good order */
  end(core?: CoreIndex): void {
    this.#ended = true;
    if (core && (this.#pool || this.#starting)) core.closePool();
    this.#pool?.end();
    this.#pool = undefined;
  }
}
