/**
 * Reads tables of the FlatBuffers format, in which Arrow writes its metadata. A table is at a place and has a list of where its fields
 * lie; what is not there has its default. No place is believed before it is known to lie inside the bytes.
 */
import { damaged } from './errors.js';
import { utf8Decoder } from '../../../utf8.js';


/** The table that a buffer begins with. */
export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new FlatTable(view, offsetAt(view, 0));
}

function inside(view: DataView, at: number, length: number): number {
  if (at < 0 || at + length > view.byteLength) throw damaged('its metadata points outside of itself');
  return at;
}

/** The place that the offset at `at` points to: always further on, so that following them ends. */
function offsetAt(view: DataView, at: number): number {
  const offset = view.getUint32(inside(view, at, 4), true);
  if (offset < 4) throw damaged('its metadata points at itself');
  return inside(view, at + offset, 4);
}

/** A 64-bit integer that must be a count, a length or a place. */
function countAt(view: DataView, at: number): number {
  const high = view.getInt32(inside(view, at, 8) + 4, true);
  if (high < 0 || high >= 0x200000) throw damaged('a length in its metadata is impossible');
  return high * 4294967296 + view.getUint32(at, true);
}

export class FlatTable {
  private readonly vtable: number;
  private readonly slots: number;

  constructor(private readonly view: DataView, private readonly at: number) {
    this.vtable = inside(view, at - view.getInt32(inside(view, at, 4), true), 4);
    const size = view.getUint16(this.vtable, true);
    inside(view, this.vtable, size);
    this.slots = (size - 4) >> 1;
  }

  /** Where field `slot` lies; 0 where it is left out. */
  private place(slot: number, width: number): number {
    if (slot >= this.slots) return 0;
    const offset = this.view.getUint16(this.vtable + 4 + 2 * slot, true);
    return offset === 0 ? 0 : inside(this.view, this.at + offset, width);
  }

  bool(slot: number): boolean { return this.u8(slot, 0) !== 0; }
  u8(slot: number, otherwise: number): number { const at = this.place(slot, 1); return at ? this.view.getUint8(at) : otherwise; }
  i16(slot: number, otherwise: number): number { const at = this.place(slot, 2); return at ? this.view.getInt16(at, true) : otherwise; }
  i32(slot: number, otherwise: number): number { const at = this.place(slot, 4); return at ? this.view.getInt32(at, true) : otherwise; }
  /** A 64-bit count or length; 0 where it is left out. */
  count(slot: number): number { const at = this.place(slot, 8); return at ? countAt(this.view, at) : 0; }
  /** A 64-bit number of any value, such as an identity. */
  id(slot: number): bigint { const at = this.place(slot, 8); return at ? this.view.getBigInt64(at, true) : 0n; }

  table(slot: number): FlatTable | undefined {
    const at = this.place(slot, 4);
    return at ? new FlatTable(this.view, offsetAt(this.view, at)) : undefined;
  }

  text(slot: number): string | undefined {
    const at = this.place(slot, 4);
    if (!at) return undefined;
    const start = offsetAt(this.view, at), length = this.view.getUint32(start, true);
    inside(this.view, start + 4, length);
    return utf8Decoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + start + 4, length));
  }

  tables(slot: number): FlatTable[] {
    const { start, count } = this.vector(slot, 4);
    return Array.from({ length: count }, (_, i) => new FlatTable(this.view, offsetAt(this.view, start + 4 * i)));
  }

  /** A vector of structs of 64-bit counts, one after the other. @param words of a struct @param read those that are counts, in their order */
  counts(slot: number, words: number, read: readonly number[]): number[] {
    const { start, count } = this.vector(slot, 8 * words), out: number[] = [];
    for (let i = 0; i < count; i++) for (const word of read) out.push(countAt(this.view, start + 8 * (i * words + word)));
    return out;
  }


  private vector(slot: number, width: number): { start: number; count: number } {
    const at = this.place(slot, 4);
    if (!at) return { start: 0, count: 0 };
    const start = offsetAt(this.view, at), count = this.view.getUint32(start, true);
    inside(this.view, start + 4, count * width);
    return { start: start + 4, count };
  }
}
