/** The state machine with a clock and a voice: each rung that is given up is one event and one line on the console. */
import { host } from '../host/index.js';
import type { ServiceName, ServiceSink } from '../types.js';
import { afterFault, afterProbe, begin, isExhausted, isProbeDue, type FaultedCall, type FaultKind, type Supervision, type Verdict } from './machine.js';

export { NO_CALL, type FaultedCall, type FaultKind, type Verdict } from './machine.js';

export interface SupervisorOptions {
  service: ServiceName;
  sink: ServiceSink;
  /** Names of the rungs, best first; one alone is pinned. Asked when the first fault comes. */
  rungs: () => readonly string[];
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  #names: readonly string[] = [];
  #state: Supervision | undefined;
  #why: string | undefined;
  readonly #printed = new Set<string>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** How far below the best it stands. */
  get rung(): number { return this.#state?.rung ?? 0; }
  /** Restarts of the last minute on this rung. */
  get restarts(): number { return this.#state?.restarts.length ?? 0; }
  /** Why it stands below its best; undefined while it does not. */
  get degraded(): string | undefined { return this.rung > 0 ? this.#why : undefined; }
  get probeDue(): boolean { return this.#state !== undefined && this.#state.rung > 0 && isProbeDue(this.#state, host.now()); }
  get exhausted(): boolean { return this.#state !== undefined && isExhausted(this.#state, host.now()); }

  fault(kind: FaultKind, call: FaultedCall): Verdict {
    if (!this.#state) {
      this.#names = this.#options.rungs();
      this.#state = begin(this.#names.length);
    }
    const { next, verdict } = afterFault(this.#state, kind, call, host.now());
    this.#state = next;
    return verdict;
  }

  /** A lower rung has taken over: tells it. @param message without the service's name */
  announce(message: string, why: string, data: Record<string, unknown>): void {
    const { service, sink } = this.#options;
    this.#why = why;
    const told = `${service}: ${message}`;
    sink.event({ type: 'fallback', service, message: told, data });
    const left = this.#names[this.rung - 1] ?? '';
    if (!this.#printed.has(left)) console.warn(`wasm-services: ${told}`);
    this.#printed.add(left);
  }

  /** @param ok the best rung took over what is held */
  probed(ok: boolean): void {
    if (this.#state) this.#state = afterProbe(this.#state, ok, host.now());
  }
}

/** For `info`: the reason, where there is one. */
export const degradedBy = (why: string | undefined): { degraded?: string } => (why === undefined ? {} : { degraded: why });
