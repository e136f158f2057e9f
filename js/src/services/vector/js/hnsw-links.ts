/**
 * Where the links of a graph live: typed arrays that grow by half. Twin of crates/vector-search/src/hnsw/links.rs.
 *
 * Layer 0: each slot has `2m + 1` words, a count and the links. Above: blocks of `m + 2` words, one per (node, level): index of
 * the node's next higher block, count, links. Freed blocks are chained through their first word.
 */
export const NONE = -1;

export class HnswLinks {
  readonly m: number;
  /** All lists of layer 0; that of slot s starts with its count at `s * stride`. */
  base = new Int32Array(0);
  readonly stride: number;
  /** Upper blocks; see `start`. */
  blocks = new Int32Array(0);
  size = 0;
  slots = 0;
  /** Level + 1; 0 = the slot is not in the graph. */
  private levels = new Uint8Array(0);
  /** First upper block (level 1), or NONE. */
  private upper = new Int32Array(0);
  private usedBlocks = 0;
  private freeBlock = NONE;
  private freeBlocks = 0;

  constructor(m: number) {
    this.m = m;
    this.stride = 2 * m + 1;
  }

  /** Most links a node may have on a level. */
  room(level: number): number {
    return level === 0 ? 2 * this.m : this.m;
  }

  has(slot: number): boolean {
    return slot < this.slots && this.levels[slot] !== 0;
  }

  /** Level of a node, -1 when the slot is not in the graph. */
  level(slot: number): number {
    return slot < this.slots ? this.levels[slot] - 1 : -1;
  }

  get bytes(): number {
    return this.base.byteLength + this.levels.byteLength + this.upper.byteLength + this.blocks.byteLength;
  }

  /** The array that holds lists of a level. */
  words(level: number): Int32Array {
    return level === 0 ? this.base : this.blocks;
  }

  /** Where the list of (slot, level) starts in `words(level)`: the count, then the links. */
  start(slot: number, level: number): number {
    if (level === 0) return slot * this.stride;
    let block = this.upper[slot];
    for (let l = 1; l < level; l++) block = this.blocks[block * (this.m + 2)];
    return block * (this.m + 2) + 1;
  }

  /** Adds a node without links. All memory it needs is asked for before anything changes (RangeError when refused). */
  add(slot: number, level: number): void {
    this.reserve(slot + 1, level);
    let first = NONE;
    for (let l = 0; l < level; l++) {
      const block = this.takeBlock();
      this.blocks[block * (this.m + 2)] = first;
      this.blocks[block * (this.m + 2) + 1] = 0;
      first = block;
    }
    this.base[slot * this.stride] = 0;
    this.levels[slot] = level + 1;
    this.upper[slot] = first;
    this.slots = Math.max(this.slots, slot + 1);
    this.size++;
  }

  /** Takes a node out but keeps its lists readable until `release`. */
  retire(slot: number): void {
    this.levels[slot] = 0;
    this.size--;
  }

  /** Empties the lists of a retired node and frees its blocks. */
  release(slot: number): void {
    this.base[slot * this.stride] = 0;
    let block = this.upper[slot];
    this.upper[slot] = NONE;
    while (block !== NONE) {
      const next = this.blocks[block * (this.m + 2)];
      this.blocks[block * (this.m + 2)] = this.freeBlock;
      this.freeBlock = block;
      this.freeBlocks++;
      block = next;
    }
  }

  /** Takes every node out; the room stays. */
  clear(): void {
    this.levels.fill(0);
    this.usedBlocks = 0;
    this.freeBlock = NONE;
    this.freeBlocks = 0;
    this.size = 0;
  }

  /** Makes room for slots below `slots`, as absent ones. */
  extend(slots: number): void {
    this.reserve(slots, 0);
    this.slots = Math.max(this.slots, slots);
  }

  includes(slot: number, level: number, link: number): boolean {
    const words = this.words(level);
    const start = this.start(slot, level);
    for (let i = start + 1, end = start + 1 + words[start]; i < end; i++) if (words[i] === link) return true;
    return false;
  }

  /** Appends a link; false when the list is full. */
  push(slot: number, level: number, link: number): boolean {
    const words = this.words(level);
    const start = this.start(slot, level);
    if (words[start] === this.room(level)) return false;
    words[start + ++words[start]] = link;
    return true;
  }

  /** Replaces a list by the first `count` of `links`. */
  set(slot: number, level: number, links: Int32Array, count: number): void {
    const words = this.words(level);
    const start = this.start(slot, level);
    words[start] = count;
    for (let i = 0; i < count; i++) words[start + 1 + i] = links[i];
  }

  private takeBlock(): number {
    if (this.freeBlock === NONE) return this.usedBlocks++;
    const block = this.freeBlock;
    this.freeBlock = this.blocks[block * (this.m + 2)];
    this.freeBlocks--;
    return block;
  }

  private reserve(slots: number, level: number): void {
    const { stride, m } = this;
    if (slots > this.levels.length) {
      const room = Math.max(slots, 64, Math.ceil(this.levels.length * 1.5));
      const base = grown(this.base, room * stride);
      const levels = new Uint8Array(room);
      const upper = grown(this.upper, room).fill(NONE, this.upper.length);
      levels.set(this.levels);
      this.base = base;
      this.levels = levels;
      this.upper = upper;
    }
    const blocks = this.usedBlocks + Math.max(0, level - this.freeBlocks);
    if (blocks * (m + 2) > this.blocks.length) {
      this.blocks = grown(this.blocks, Math.max(blocks, 16, Math.ceil(this.usedBlocks * 1.5)) * (m + 2));
    }
  }
}

function grown(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(words);
  return wider;
}
