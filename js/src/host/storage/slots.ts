/**
 * Atomic replacement where a file system has no atomic rename: the file holds two slots that are written in turn, so a torn
 * write spoils only the slot that did not count. Slot (4096 bytes): u32 crc of the rest, u32 length, u32 turn, the bytes.
 */
import { ServiceError } from '../../errors.js';
import { crc32 } from './crc32.js';

export const SLOT_BYTES = 4096;
const HEADER_BYTES = 12;

export interface Slot { turn: number; bytes: Uint8Array<ArrayBuffer> }

/** Where the slot of this turn is written. */
export const slotOffset = (turn: number): number => (turn % 2) * SLOT_BYTES;

export function encodeSlot({ turn, bytes }: Slot): Uint8Array<ArrayBuffer> {
  if (bytes.length > SLOT_BYTES - HEADER_BYTES) throw new ServiceError('TOO_LARGE', `a file replaced as a whole has at most ${SLOT_BYTES - HEADER_BYTES} bytes, not ${bytes.length}: append instead`);
  const out = new Uint8Array(HEADER_BYTES + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint32(4, bytes.length, true);
  view.setUint32(8, turn, true);
  out.set(bytes, HEADER_BYTES);
  view.setUint32(0, crc32(out.subarray(4)), true);
  return out;
}

function decodeSlot(file: Uint8Array<ArrayBuffer>, at: number): Slot | undefined {
  if (file.length < at + HEADER_BYTES) return undefined;
  const view = new DataView(file.buffer, file.byteOffset + at);
  const end = at + HEADER_BYTES + view.getUint32(4, true);
  if (end > file.length || end > at + SLOT_BYTES || crc32(file.subarray(at + 4, end)) !== view.getUint32(0, true)) return undefined;
  return { turn: view.getUint32(8, true), bytes: file.subarray(at + HEADER_BYTES, end) };
}

/** The slot that counts, or undefined when neither is whole. */
export function newestSlot(file: Uint8Array<ArrayBuffer>): Slot | undefined {
  const even = decodeSlot(file, 0);
  const odd = decodeSlot(file, SLOT_BYTES);
  return even && odd ? (even.turn > odd.turn ? even : odd) : even ?? odd;
}
