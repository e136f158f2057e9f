/** Live queries: asked again when a commit wrote a table they read, once per commit at most, and never twice at a time. */
import type { Notice } from './connection.js';
import type { Change } from './types.js';

/** Runs the query and hands its result on; gives the tables it read, undefined where they are not known. */
export type Ask = () => Promise<string[] | undefined>;

interface Subscription {
  ask: Ask;
  reads: ReadonlySet<string> | undefined;
  running: boolean;
  due: boolean;
  ended: boolean;
}

export interface Watching { commits: boolean; changes: boolean }

export class Subscriptions {
  readonly #queries = new Set<Subscription>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #failed: (error: Error) => void;

  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
  }

  get watching(): Watching { return { commits: this.#queries.size > 0, changes: this.#listeners.size > 0 }; }

  add(ask: Ask): () => void {
    const subscription: Subscription = { ask, reads: undefined, running: false, due: false, ended: false };
    this.#queries.add(subscription);
    void this.#refresh(subscription);
    return () => {
      subscription.ended = true;
      this.#queries.delete(subscription);
    };
  }

  listen(listener: (change: Change) => void): () => void {
    // The same function may listen twice, and each of the two ends by itself.
    const own = (change: Change): void => listener(change);
    this.#listeners.add(own);
    return () => { this.#listeners.delete(own); };
  }

  notice({ tables, changes }: Notice): void {
    for (const change of changes) {
      for (const listener of [...this.#listeners]) {
        try { listener(change); } catch (error) { this.#failed(error as Error); }
      }
    }
    for (const subscription of this.#queries) {
      const { reads } = subscription;
      if (tables === undefined || reads === undefined || tables.some((table) => reads.has(table))) void this.#refresh(subscription);
    }
  }

  /** What comes while it runs makes it run once more. */
  async #refresh(subscription: Subscription): Promise<void> {
    subscription.due = true;
    if (subscription.running) return;
    subscription.running = true;
    while (subscription.due && !subscription.ended) {
      subscription.due = false;
      try {
        const reads = await subscription.ask();
        subscription.reads = reads && new Set(reads);
      } catch (error) {
        // It is asked again after the next commit, whatever that writes.
        subscription.reads = undefined;
        if (!subscription.ended) this.#failed(error as Error);
      }
    }
    subscription.running = false;
  }

  clear(): void {
    for (const subscription of this.#queries) subscription.ended = true;
    this.#queries.clear();
    this.#listeners.clear();
  }
}
