/**
 * What a worker holds, and how each thing came to be: the next worker makes it again from there when it is asked for. Sources are kept
 * as copies on the caller's side, up to a limit; what was derived is kept as the request alone. Nothing here knows what the things are.
 */

/** Bytes of sources that are kept for the next worker. */
export const LINEAGE_LIMIT = 64 << 20;

export interface Kept<Origin> {
  /** Undefined: its source was too large to be kept. */
  readonly origin: Origin | undefined;
  /** What it was derived from. */
  readonly from: readonly Kept<Origin>[];
  /** It can be made again, and so can all that it was derived from. */
  readonly lasting: boolean;
  readonly bytes: number;
  /** Later ones were made later. */
  readonly order: number;
  /** Its number in the worker of this life. */
  id: number;
  life: number;
  /** Its owner let it go; what was derived from it may still need it. */
  freed: boolean;
  users: number;
}

export class Lineage<Origin> {
  readonly #kept = new Map<number, Kept<Origin>>();
  #next = 1;
  /** Of all sources. */
  #bytes = 0;
  /** How many go with their worker. */
  #fleeting = 0;

  get bytes(): number { return this.#bytes; }
  /** Whether everything that is held can be made again. */
  get isWhole(): boolean { return this.#fleeting === 0; }
  /** Whether so much more may be kept. */
  hasRoom(bytes: number): boolean { return this.#bytes + bytes <= LINEAGE_LIMIT; }

  /** Gives its number, which no life changes. @param origin undefined: it goes with its worker */
  add(origin: Origin | undefined, from: readonly Kept<Origin>[], bytes: number, life: number, id: number): number {
    const order = this.#next++;
    const lasting = origin !== undefined && from.every((kept) => kept.lasting);
    // A chain that can not be made again need not hold what it came from.
    const parents = lasting ? from : [];
    this.#kept.set(order, { origin: lasting ? origin : undefined, from: parents, lasting, bytes: lasting ? bytes : 0, order, id, life, freed: false, users: 1 });
    if (lasting) this.#bytes += bytes; else this.#fleeting++;
    for (const parent of parents) parent.users++;
    return order;
  }

  get(number: number): Kept<Origin> | undefined { return this.#kept.get(number); }

  /** Lets it go, and gives what it was. */
  free(number: number): Kept<Origin> | undefined {
    const kept = this.#kept.get(number);
    if (!kept) return undefined;
    this.#kept.delete(number);
    kept.freed = true;
    if (!kept.lasting) this.#fleeting--;
    for (const waiting = [kept]; waiting.length > 0;) {
      const one = waiting.pop()!;
      if (--one.users > 0) continue;
      this.#bytes -= one.bytes;
      waiting.push(...one.from);
    }
    return kept;
  }

  /**
   * Has it, and all that it needs, in the worker of this life.
   *
   * @param make one thing whose `from` are there already; gives its number
   * @param drop what was needed on the way alone
   */
  async bring(kept: Kept<Origin>, life: number, make: (kept: Kept<Origin>) => Promise<number>, drop: (id: number) => void): Promise<void> {
    const needed = new Set<Kept<Origin>>();
    for (const waiting = [kept]; waiting.length > 0;) {
      const one = waiting.pop()!;
      if (one.life === life || needed.has(one)) continue;
      needed.add(one);
      waiting.push(...one.from);
    }
    const inOrder = [...needed].sort((a, b) => a.order - b.order);
    for (const one of inOrder) {
      one.id = await make(one);
      one.life = life;
    }
    for (const one of inOrder) {
      if (!one.freed) continue;
      drop(one.id);
      one.life = 0;
    }
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
    this.#fleeting = 0;
  }
}
