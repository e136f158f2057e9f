/**
 * Rows out of a dead instance: its memory can still be read, but nothing in it may be called or trusted without a checksum.
 * The table of chunks is copied into JavaScript after every change, while the instance is well.
 */
import { ServiceError } from '../../../errors.js';
import type { Encoding } from '../engine.js';
import { rowBytes } from '../storage/format.js';

/** Where a chunk's rows lie: per chunk address and bytes of rows, address and bytes of scales or factors, row count, checksum. */
export type ChunkTable = Uint32Array;
export const CHUNK_FIELDS = 6;

/** The hash of a stored row, as crates/vector-search/src/checksum.rs words it. `row` and `extra` are the words of the row and of its scale. */
function rowHash(slot: number, words: Uint32Array, from: number, to: number, extra: number): number {
  const seed = Math.imul(slot, 0x9e3779b1);
  let a = seed, b = (seed + 1) | 0, c = (seed + 2) | 0, d = (seed + 3) | 0;
  let i = from;
  for (const end = from + ((to - from) & ~3); i < end; i += 4) {
    a = Math.imul(a ^ words[i], 0x01000193);
    b = Math.imul(b ^ words[i + 1], 0x01000193);
    c = Math.imul(c ^ words[i + 2], 0x01000193);
    d = Math.imul(d ^ words[i + 3], 0x01000193);
  }
  const lanes = [a, b, c, d];
  let lane = 0;
  for (; i < to; i++, lane++) lanes[lane & 3] = Math.imul(lanes[lane & 3] ^ words[i], 0x01000193);
  if (extra >= 0) lanes[lane & 3] = Math.imul(lanes[lane & 3] ^ words[extra], 0x01000193);
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  let x = lanes[0] ^ rotate(lanes[1], 8) ^ rotate(lanes[2], 16) ^ rotate(lanes[3], 24);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return x ^ (x >>> 13);
}

/**
 * Copies every chunk out of `memory` in the form that `exportRows` writes.
 * @throws ServiceError CORRUPT when a chunk lies outside the memory or its checksum differs.
 */
export function salvage(memory: WebAssembly.Memory, table: ChunkTable, encoding: Encoding, dimensions: number): { encoding: Encoding; chunks: Uint8Array[]; counts: number[] } {
  const { buffer } = memory;
  const words = new Uint32Array(buffer), bytes = new Uint8Array(buffer);
  const chunks: Uint8Array[] = [], counts: number[] = [];
  const exported = rowBytes(encoding, dimensions);
  let slot = 0;
  for (let at = 0; at < table.length; at += CHUNK_FIELDS) {
    const [rows, rowsLength, extra, extraLength, count, checksum] = table.subarray(at, at + CHUNK_FIELDS);
    if (rows + rowsLength > bytes.length || extra + extraLength > bytes.length) throw damaged(slot, count);
    const stride = count === 0 ? 0 : rowsLength / count;
    const scaled = extraLength > 0;
    const head = scaled ? 4 : 0;
    const chunk = new Uint8Array(count * exported);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const from = rows + i * stride, scale = extra + 4 * i;
      sum = (sum + rowHash(slot + i, words, from >>> 2, (from + stride) >>> 2, scaled ? scale >>> 2 : -1)) | 0;
      chunk.set(bytes.subarray(scale, scale + head), i * exported);
      chunk.set(bytes.subarray(from, from + exported - head), i * exported + head);
    }
    if (sum >>> 0 !== checksum) throw damaged(slot, count);
    chunks.push(chunk);
    counts.push(count);
    slot += count;
  }
  return { encoding, chunks, counts };
}

function damaged(slot: number, count: number): ServiceError {
  return new ServiceError('CORRUPT', `rows ${slot} to ${slot + count} of the trapped instance are damaged: load the collection from its last save or storage`, { service: 'vector', detail: { from: slot, to: slot + count } });
}
