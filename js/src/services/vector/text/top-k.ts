/** The k best of a stream by (score descending, slot ascending): a heap whose root is the worst one kept. */
export class TopK {
  readonly #scores: Float64Array;
  readonly #slots: Uint32Array;
  #count = 0;

  constructor(readonly k: number) {
    this.#scores = new Float64Array(k);
    this.#slots = new Uint32Array(k);
  }

  push(score: number, slot: number): void {
    if (this.#count < this.k) this.#siftUp(this.#count++, score, slot);
    else if (this.k > 0 && (score > this.#scores[0]! || (score === this.#scores[0] && slot < this.#slots[0]!))) this.#siftDown(score, slot);
  }

  #siftUp(from: number, score: number, slot: number): void {
    const scores = this.#scores, slots = this.#slots;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      if (!worse(score, slot, scores[parent]!, slots[parent]!)) break;
      scores[i] = scores[parent]!;
      slots[i] = slots[parent]!;
      i = parent;
    }
    scores[i] = score;
    slots[i] = slot;
  }

  /** Puts an entry in the root's place. */
  #siftDown(score: number, slot: number): void {
    const scores = this.#scores, slots = this.#slots, count = this.#count;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= count) break;
      if (child + 1 < count && worse(scores[child + 1]!, slots[child + 1]!, scores[child]!, slots[child]!)) child++;
      if (!worse(scores[child]!, slots[child]!, score, slot)) break;
      scores[i] = scores[child]!;
      slots[i] = slots[child]!;
      i = child;
    }
    scores[i] = score;
    slots[i] = slot;
  }

  /** Best first. Empties the heap. */
  drain(): { slots: Uint32Array; scores: Float64Array } {
    const scores = new Float64Array(this.#count);
    const slots = new Uint32Array(this.#count);
    while (this.#count > 0) {
      const last = --this.#count;
      scores[last] = this.#scores[0]!;
      slots[last] = this.#slots[0]!;
      this.#siftDown(this.#scores[last]!, this.#slots[last]!);
    }
    return { slots, scores };
  }
}

function worse(score: number, slot: number, thanScore: number, thanSlot: number): boolean {
  return score < thanScore || (score === thanScore && slot > thanSlot);
}
