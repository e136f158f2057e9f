/**
 * Events to whoever listens. Listeners are kept apart: from the work that caused an event (they hear it in a turn of their own), from each
 * other (what one throws is told to the others), and from themselves (events that a listener causes wait for the next turn of the host's
 * loop, so none can keep it busy for ever).
 */
import { host } from '../host/index.js';
import type { ServiceEvent } from '../types.js';
import type { ObservabilityEvent } from './types.js';

const KEPT = 200;
/** Events that wait for listeners, or for an iterator. */
const WAITING = 1000;
/** As many listeners are a leak, most likely. */
const MANY = 32;
const STREAK = 16;
/** A listener holds the thread up from so many milliseconds on. */
const SLOW_MS = 50;

interface Listener { hear: (event: ObservabilityEvent) => void; told: boolean }

export class EventStream {
  readonly #listeners = new Set<Listener>();
  readonly #kept: ObservabilityEvent[] = [];
  readonly #counts = new Map<string, number>();
  #waiting: ObservabilityEvent[] = [];
  #delivering = false;
  #scheduled = false;
  #warned = false;
  /** Deliveries in a row without a turn of the host's loop between them. */
  #streak = 0;
  /** Whether events are kept. */
  keeps = true;

  get listeners(): number { return this.#listeners.size; }
  get counts(): Record<string, number> { return Object.fromEntries(this.#counts); }
  recent(): ObservabilityEvent[] { return [...this.#kept]; }

  emit(event: ServiceEvent): void {
    const { type } = event;
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (!this.keeps && this.#listeners.size === 0) return;
    const made = { ...event, time: Date.now() };
    if (this.keeps && this.#kept.push(made) > KEPT) this.#kept.shift();
    if (this.#listeners.size === 0) return;
    if (this.#waiting.push(made) > WAITING) this.#waiting.shift();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const deliver = (): void => { this.#deliver(); };
    // What listeners cause, at once or through calls that end without a turn of the loop, must leave turns to others.
    if (!this.#delivering && this.#streak++ < STREAK) { queueMicrotask(deliver); return; }
    this.#streak = 0;
    void host.yieldNow().then(deliver);
  }

  #deliver(): void {
    this.#scheduled = false;
    this.#delivering = true;
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) {
      // Those of now: one that is added meanwhile hears what comes later.
      for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) this.#tell(listener, event);
    }
    this.#delivering = false;
  }

  #tell(listener: Listener, event: ObservabilityEvent): void {
    const began = host.now();
    try {
      listener.hear(event);
    } catch (error) {
      this.#complain(listener, { type: 'error', message: `a listener of events threw: ${(error as Error)?.message ?? String(error)}. It goes on hearing them; this is told once`, data: { listener: true } });
    }
    const took = host.now() - began;
    if (took >= SLOW_MS) this.#complain(listener, { type: 'slow-call', message: `a listener of events held the thread up for ${Math.round(took)} ms: let it hand the work on (setTimeout, a worker). This is told once`, data: { listener: true, durationMs: took } });
  }

  #complain(listener: Listener, event: ServiceEvent): void {
    if (listener.told) return;
    listener.told = true;
    this.emit(event);
  }

  on(hear: (event: ObservabilityEvent) => void): () => void {
    const listener: Listener = { hear, told: false };
    this.#listeners.add(listener);
    if (this.#listeners.size > MANY && !this.#warned) {
      this.#warned = true;
      console.warn(`wasm-services: ${this.#listeners.size} listeners of events: call the function that on() gives back, or end the iterator of events(), when a listener is no longer needed`);
    }
    return () => { this.#listeners.delete(listener); };
  }

  events(signal?: AbortSignal): AsyncIterableIterator<ObservabilityEvent> {
    type Result = IteratorResult<ObservabilityEvent, undefined>;
    const queue: ObservabilityEvent[] = [];
    const asked: ((result: Result) => void)[] = [];
    let ended = signal?.aborted === true;
    let missed = 0;
    const stop = ended ? () => undefined : this.on((event) => {
      const next = asked.shift();
      if (next) next({ value: event, done: false });
      else if (queue.push(event) > WAITING) { queue.shift(); missed++; }
    });
    const over: Result = { value: undefined, done: true };
    const end = (): void => {
      ended = true;
      stop();
      signal?.removeEventListener('abort', end);
      queue.length = 0;
      for (const next of asked.splice(0)) next(over);
    };
    if (!ended) signal?.addEventListener('abort', end);
    const take = (): ObservabilityEvent => {
      const event = queue.shift()!;
      if (missed === 0) return event;
      const told = { ...event, data: { ...event.data, missed } };
      missed = 0;
      return told;
    };
    return {
      next: () => (queue.length > 0 ? Promise.resolve({ value: take(), done: false as const }) : ended ? Promise.resolve(over) : new Promise((resolve) => { asked.push(resolve); })),
      return: () => { end(); return Promise.resolve(over); },
      [Symbol.asyncIterator]() { return this; },
    };
  }
}
