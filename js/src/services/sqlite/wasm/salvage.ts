/** Reads a database out of a dead instance: linear memory stays readable after a trap, and the arena's table says where the files lie. */

/** Bytes of an arena's block (crates/sqlite-utils/src/vfs/arena.rs). */
const BLOCK = 65_536;
/** Bytes of an entry: name, its length, padding to the u64 size, size, blocks, their number. */
const ENTRY = 24;

/**
 * The files of the arena by SQLite's names; undefined when the table is not sound.
 *
 * @param root address of the arena's root, asked for while the instance was alive
 */
export function salvageFiles(memory: WebAssembly.Memory, root: number): Map<string, Uint8Array> | undefined {
  const { buffer } = memory;
  const view = new DataView(buffer);
  const inside = (at: number, length: number): boolean => at >= 0 && length >= 0 && at + length <= buffer.byteLength;
  if (root === 0 || !inside(root, 8)) return undefined;
  const entries = view.getUint32(root, true), count = view.getUint32(root + 4, true);
  if (count > 16 || !inside(entries, count * ENTRY)) return undefined;
  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const at = entries + i * ENTRY;
    const name = view.getUint32(at, true), nameLength = view.getUint32(at + 4, true);
    const size = Number(view.getBigUint64(at + 8, true));
    const blocks = view.getUint32(at + 16, true), blockCount = view.getUint32(at + 20, true);
    if (nameLength > 64 || !inside(name, nameLength) || !inside(blocks, blockCount * 4) || size > blockCount * BLOCK) return undefined;
    const bytes = new Uint8Array(size);
    for (let block = 0; block * BLOCK < size; block++) {
      const from = view.getUint32(blocks + 4 * block, true), length = Math.min(BLOCK, size - block * BLOCK);
      if (!inside(from, length)) return undefined;
      bytes.set(new Uint8Array(buffer, from, length), block * BLOCK);
    }
    files.set(String.fromCharCode(...new Uint8Array(buffer, name, nameLength)), bytes);
  }
  return files;
}
