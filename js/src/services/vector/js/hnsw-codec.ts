/**
 * The graph as bytes, little-endian; the same as crates/vector-search/src/hnsw/codec.rs reads and writes.
 *
 * ```text
 * offset  size  what
 *      0     4  magic "HNSG"
 *      4     2  version, 1
 *      6     2  m
 *      8     4  seed
 *     12     4  slots: one past the highest slot
 *     16     4  nodes: slots that are in the graph
 *     20     4  entry slot, 0xffffffff when there are no nodes
 *     24     4  lists: sum over nodes of (level + 1)
 *     28     4  links: sum of all list lengths
 *     32  slots levels: 0 = absent, else level + 1
 *         lists counts: for each node in slot order, for each level from 0: length of the list
 *       0 to 3  zeros up to a multiple of 4
 *     4 x links lists: in the order of the counts, each as slots
 * ```
 * There is no checksum: the container that stores it has one. Everything else is checked before it is believed.
 */
import { ServiceError } from '../../../errors.js';
import { isAllowed } from './hnsw-beam.js';
import { MAX_LEVEL } from './hnsw-level.js';
import { NONE, type HnswLinks } from './hnsw-links.js';

const MAGIC = 0x47534e48; // "HNSG"
const VERSION = 1;
const HEADER = 32;
const NO_SLOT = 0xffffffff;

/** Writes a graph; with `live`, slots are renumbered by their rank among the set bits. RangeError when memory is refused. */
export function writeGraph(links: HnswLinks, entry: number, seed: number, live?: Uint32Array): Uint8Array {
  const number = live && ranks(live, links.slots);
  const slots = number === undefined ? links.slots : number.count;
  let lists = 0;
  let total = 0;
  eachList(links, (words, start) => {
    lists++;
    total += words[start];
  });
  const head = (HEADER + slots + lists + 3) & ~3;
  const bytes = new Uint8Array(head + 4 * total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, links.m, true);
  const of = (slot: number): number => (number === undefined ? slot : number.ranks[slot]);
  const header = [seed, slots, links.size, entry === NONE ? NO_SLOT : of(entry), lists, total];
  header.forEach((word, i) => view.setUint32(8 + 4 * i, word, true));
  for (let slot = 0; slot < links.slots; slot++) if (links.has(slot)) bytes[HEADER + of(slot)] = links.level(slot) + 1;
  let countAt = HEADER + slots;
  let linkAt = head;
  eachList(links, (words, start) => {
    bytes[countAt++] = words[start];
    for (let i = start + 1, end = start + 1 + words[start]; i < end; i++, linkAt += 4) view.setUint32(linkAt, of(words[i]), true);
  });
  return bytes;
}

/**
 * Reads a graph into empty `links` and returns the entry point. Every length, level, count and link is checked before `links`
 * changes. Throws CORRUPT; RangeError when memory is refused.
 */
export function readGraph(bytes: Uint8Array, links: HnswLinks, seed: number, mostSlots: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  check(bytes.length >= HEADER, 'the graph is shorter than its header');
  check(view.getUint32(0, true) === MAGIC, 'these bytes are not a graph');
  check(view.getUint16(4, true) === VERSION, 'the graph has an unknown version');
  check(view.getUint16(6, true) === links.m && view.getUint32(8, true) === seed, 'the graph was built with another m or seed');
  const [slots, nodes, entry, lists, total] = [12, 16, 20, 24, 28].map((at) => view.getUint32(at, true));
  check(slots <= mostSlots && slots < 2 ** 30, 'the graph has more slots than the collection');
  const head = Math.ceil((HEADER + slots + lists) / 4) * 4;
  check(head + 4 * total === bytes.length, "the graph's length does not match its counts");
  const levels = bytes.subarray(HEADER, HEADER + slots);
  const counts = bytes.subarray(HEADER + slots, HEADER + slots + lists);
  check(bytes.subarray(HEADER + slots + lists, head).every((byte) => byte === 0), "the graph's padding is not zero");
  let highest = 0;
  let present = 0;
  let listsSeen = 0;
  for (let slot = 0; slot < slots; slot++) {
    highest = Math.max(highest, levels[slot]);
    if (levels[slot] !== 0) present++;
    listsSeen += levels[slot];
  }
  check(highest <= MAX_LEVEL + 1, 'a level is out of range');
  check(present === nodes, 'the number of nodes is wrong');
  check(listsSeen === lists, 'the number of lists is wrong');
  check(counts.reduce((sum, count) => sum + count, 0) === total, 'the number of links is wrong');
  check(nodes === 0 ? entry === NO_SLOT : entry < slots && levels[entry] === highest, 'the entry point is not a node of the top level');
  checkLinks(view, head, levels, counts, links);
  fill(view, head, levels, counts, links);
  return nodes === 0 ? NONE : entry;
}

function checkLinks(view: DataView, head: number, levels: Uint8Array, counts: Uint8Array, room: HnswLinks): void {
  const seen = new Int32Array(levels.length);
  let list = 0;
  let at = head;
  for (let slot = 0; slot < levels.length; slot++) {
    for (let level = 0; level < levels[slot]; level++) {
      const count = counts[list++];
      check(count <= room.room(level), 'a list is longer than m allows');
      seen[slot] = list;
      for (let i = 0; i < count; i++, at += 4) {
        const link = view.getUint32(at, true);
        // A level of 0 means absent, so this also refuses links to slots that are not in the graph.
        check(link < levels.length && levels[link] > level, 'a link leads to a slot that is not on its level');
        check(seen[link] !== list, 'a node links to itself or twice to the same slot');
        seen[link] = list;
      }
    }
  }
}

function fill(view: DataView, head: number, levels: Uint8Array, counts: Uint8Array, links: HnswLinks): void {
  const slots = new Int32Array(links.room(0));
  let list = 0;
  let at = head;
  links.extend(levels.length);
  for (let slot = 0; slot < levels.length; slot++) {
    if (levels[slot] === 0) continue;
    links.add(slot, levels[slot] - 1);
    for (let level = 0; level < levels[slot]; level++) {
      const count = counts[list++];
      for (let i = 0; i < count; i++, at += 4) slots[i] = view.getUint32(at, true);
      links.set(slot, level, slots, count);
    }
  }
}

/** Calls `visit` with every list: nodes in slot order, levels from 0. */
function eachList(links: HnswLinks, visit: (words: Int32Array, start: number) => void): void {
  for (let slot = 0; slot < links.slots; slot++) {
    for (let level = 0, top = links.level(slot); level <= top; level++) visit(links.words(level), links.start(slot, level));
  }
}

function ranks(live: Uint32Array, slots: number): { ranks: Uint32Array; count: number } {
  const numbers = new Uint32Array(slots);
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    numbers[slot] = count;
    if (isAllowed(live, slot)) count++;
  }
  return { ranks: numbers, count };
}

function check(ok: boolean, rule: string): void {
  if (!ok) throw new ServiceError('CORRUPT', `${rule}; the index must be built again from its rows`, { service: 'vector' });
}
