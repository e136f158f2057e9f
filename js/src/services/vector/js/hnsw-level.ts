/** Levels of graph nodes. Twin of `level_of` in crates/vector-search/src/hnsw/insert.rs. */

/** Highest level a node can have. Levels are geometric with ratio 1/m, so only tiny m comes near it. */
export const MAX_LEVEL = 15;

/** Finaliser of MurmurHash3 (A. Appleby, public domain): u32 to u32. */
export function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Level of a slot: geometric with ratio 1/m, from integers only, so that it is the same in every implementation and does not
 * depend on when the slot is inserted.
 */
export function levelOf(seed: number, slot: number, m: number): number {
  const hash = mix(Math.imul(slot, 0x9e3779b9) ^ mix(seed ^ 0x85ebca6b));
  let threshold = Math.floor(0xffffffff / m);
  let level = 0;
  while (hash < threshold && level < MAX_LEVEL) {
    level++;
    threshold = Math.floor(threshold / m);
  }
  return level;
}
