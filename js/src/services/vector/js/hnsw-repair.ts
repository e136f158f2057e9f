/**
 * Changing lists: links back to a new node, and mending after removal. Every node that linked to a removed one chooses its links
 * anew among its remaining neighbours and those of the removed ones (as in FreshDiskANN, arXiv:2105.09613, section 4.2), so no
 * link ever leads to an absent slot. Twin of crates/vector-search/src/hnsw/{insert,remove}.rs.
 */
import type { HnswLinks } from './hnsw-links.js';
import type { NeighbourSelection } from './hnsw-select.js';
import type { GraphWalk } from './hnsw-walk.js';
import type { HnswDistance } from './hnsw.js';

/** Dead nodes that are looked through at most to mend one list. */
const MOST_DEAD = 1024;
/** With this many nodes removed per node left, what is left is linked anew: lists hold next to nothing to mend them with. */
const REBUILD_RATIO = 8;

export class GraphRepair {
  private readonly links: HnswLinks;
  private readonly walk: GraphWalk;
  private readonly selection: NeighbourSelection;
  private readonly rows: HnswDistance;
  /** What the candidates of the node in hand came from. */
  private readonly offered: Int32Array;
  private offeredCount = 0;

  constructor(links: HnswLinks, walk: GraphWalk, selection: NeighbourSelection, rows: HnswDistance) {
    this.links = links;
    this.walk = walk;
    this.selection = selection;
    this.rows = rows;
    this.offered = new Int32Array(6 * links.room(0));
  }

  shouldRebuild(dead: number): boolean {
    return Math.floor(dead / REBUILD_RATIO) >= this.links.size;
  }

  /** Adds the link node -> slot; where the list is full, the heuristic decides what stays. */
  linkBack(node: number, level: number, slot: number): void {
    const { links, offered } = this;
    if (links.includes(node, level, slot) || links.push(node, level, slot)) return;
    const words = links.words(level);
    const start = links.start(node, level);
    const count = words[start];
    for (let i = 0; i < count; i++) offered[i] = words[start + 1 + i];
    offered[count] = slot;
    this.offeredCount = count + 1;
    this.relink(node, level);
  }

  /** Mends every list that holds a retired slot and releases those slots. Returns the nodes that have no neighbour left. */
  mend(dead: number[]): number[] {
    const { links } = this;
    const isolated: number[] = [];
    for (let slot = 0; slot < links.slots; slot++) {
      for (let level = 0, top = links.level(slot); level <= top; level++) {
        if (!this.touched(slot, level)) continue;
        this.gather(slot, level);
        if (level === 0 && this.offeredCount === 0 && links.size > 1) isolated.push(slot);
        this.relink(slot, level);
      }
    }
    for (const slot of dead) this.leadBack(slot);
    for (const slot of dead) links.release(slot);
    return isolated;
  }

  private touched(slot: number, level: number): boolean {
    const words = this.links.words(level);
    const start = this.links.start(slot, level);
    for (let i = start + 1, end = start + 1 + words[start]; i < end; i++) if (!this.links.has(words[i])) return true;
    return false;
  }

  /** Candidates for a node that lost neighbours: what lives among its neighbours and, through dead ones, beyond. */
  private gather(node: number, level: number): void {
    const { links, walk, offered } = this;
    const limit = 4 * links.room(0);
    const words = links.words(level);
    const queue: number[] = [];
    let count = 0;
    walk.clearVisited();
    walk.visit(node);
    for (let from = node, next = 0; ; from = queue[next++]) {
      const start = links.start(from, level);
      for (let i = start + 1, end = start + 1 + words[start]; i < end; i++) {
        const link = words[i];
        if (!walk.visit(link)) continue;
        if (links.has(link)) offered[count++] = link;
        else if (queue.length < MOST_DEAD) queue.push(link);
      }
      if (next === queue.length || count >= limit) break;
    }
    this.offeredCount = count;
  }

  /** Sets the links of a node to the best of `offered`. */
  private relink(node: number, level: number): void {
    const { links, selection, offered, offeredCount } = this;
    for (let i = 0; i < offeredCount; i++) selection.slots[i] = offered[i];
    this.rows.betweenMany(node, selection.slots, offeredCount, selection.distances);
    selection.sort(offeredCount);
    const room = links.room(level);
    // Refilling to m and not to the room leaves space: the next links are appended without another selection.
    selection.choose(node, room, links.m);
    if (level === 0) this.keepLastWays(node, room);
    links.set(node, level, selection.chosenSlots, selection.chosen);
  }

  /** Adds to the chosen links those offered slots that nothing else may lead to: they could not be found any more. */
  private keepLastWays(node: number, room: number): void {
    const { selection, offered, offeredCount } = this;
    const { chosenSlots } = selection;
    for (let i = 0; i < offeredCount && selection.chosen < room; i++) {
      const slot = offered[i];
      let at = 0;
      while (at < selection.chosen && chosenSlots[at] !== slot) at++;
      if (at === selection.chosen && !this.isLinkedBack(slot, node)) chosenSlots[selection.chosen++] = slot;
    }
  }

  /** True when a neighbour of `slot` on layer 0, other than `except`, links back to it. */
  private isLinkedBack(slot: number, except: number): boolean {
    const { links } = this;
    const words = links.base;
    const start = links.start(slot, 0);
    for (let i = start + 1, end = start + 1 + words[start]; i < end; i++) {
      const other = words[i];
      if (other !== except && links.has(other) && links.includes(other, 0, slot)) return true;
    }
    return false;
  }

  /** Gives every neighbour of a removed node that may have lost its last way in a new one. */
  private leadBack(removed: number): void {
    const { links } = this;
    const words = links.base;
    const start = links.start(removed, 0);
    for (let i = start + 1, end = start + 1 + words[start]; i < end; i++) {
      const slot = words[i];
      if (!links.has(slot) || this.isLinkedBack(slot, removed)) continue;
      const own = links.start(slot, 0);
      if (words[own] > 0) this.linkBack(words[own + 1], 0, slot);
    }
  }
}
