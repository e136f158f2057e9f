/**
 * Writes the FlatBuffers format, from the front to the back: a table, then what it points to. Everything lies on multiples of its own
 * size, counted from the beginning.
 */
import { utf8Encoder } from '../../../utf8.js';

/** What stands behind an offset. */
type Part = (writer: FlatWriter) => number;
export type FlatField = { width: 1 | 2 | 4; value: number } | { width: 8; value: number | bigint } | { part: Part } | undefined;

export const u8 = (value: number | boolean): FlatField => ({ width: 1, value: Number(value) });
export const i16 = (value: number): FlatField => ({ width: 2, value });
export const i32 = (value: number): FlatField => ({ width: 4, value });
export const i64 = (value: number | bigint): FlatField => ({ width: 8, value });
export const text = (value: string): FlatField => ({ part: (writer) => writer.text(value) });
/** Fields in the order of their slots; `undefined` leaves one out. */
export const table = (...fields: FlatField[]): FlatField & { part: Part } => ({ part: (writer) => writer.table(fields) });
export const tables = (list: readonly { part: Part }[]): FlatField => ({ part: (writer) => writer.parts(list) });
/** Structs, given as their 64-bit words one after the other. */
export const structs = (words: readonly number[], perStruct: number): FlatField => ({ part: (writer) => writer.structs(words, perStruct) });

export function flatBuffer(root: { part: Part }): Uint8Array {
  return new FlatWriter().finish(root.part);
}

class FlatWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private end = 0;

  finish(root: Part): Uint8Array {
    const at = this.take(4, 4);
    this.point(at, root(this));
    this.align(8);
    return this.bytes.slice(0, this.end);
  }

  table(fields: readonly FlatField[]): number {
    this.align(2);
    const size = 4 + 2 * fields.length, vtable = this.take(size, 2);
    // The widest first, behind the pointer to the vtable: no gaps but one.
    const places = new Array<number>(fields.length).fill(0);
    const at = this.take(4, 4);
    for (const width of [8, 4, 2, 1]) {
      fields.forEach((field, slot) => {
        if (field && ('part' in field ? 4 : field.width) === width) places[slot] = this.take(width, width);
      });
    }
    this.view.setInt32(at, at - vtable, true);
    this.view.setUint16(vtable, size, true);
    this.view.setUint16(vtable + 2, this.end - at, true);
    fields.forEach((field, slot) => {
      if (!field) return;
      this.view.setUint16(vtable + 4 + 2 * slot, places[slot] - at, true);
      if ('part' in field) return;
      if (field.width === 8) this.view.setBigInt64(places[slot], BigInt(field.value), true);
      else if (field.width === 4) this.view.setInt32(places[slot], field.value, true);
      else if (field.width === 2) this.view.setInt16(places[slot], field.value, true);
      else this.view.setUint8(places[slot], field.value);
    });
    fields.forEach((field, slot) => { if (field && 'part' in field) this.point(places[slot], field.part(this)); });
    return at;
  }

  text(value: string): number {
    const encoded = utf8Encoder().encode(value), at = this.take(4, 4);
    this.view.setUint32(at, encoded.length, true);
    const start = this.take(encoded.length + 1, 1); // ended by a 0
    this.bytes.set(encoded, start);
    return at;
  }

  parts(list: readonly { part: Part }[]): number {
    const at = this.take(4 + 4 * list.length, 4);
    this.view.setUint32(at, list.length, true);
    list.forEach(({ part }, i) => { this.point(at + 4 + 4 * i, part(this)); });
    return at;
  }

  structs(words: readonly number[], perStruct: number): number {
    this.align(4);
    if (this.end % 8 === 0) this.take(4, 4); // the words behind the count lie on multiples of 8
    const at = this.take(4 + 8 * words.length, 4);
    this.view.setUint32(at, words.length / perStruct, true);
    words.forEach((word, i) => { this.view.setBigInt64(at + 4 + 8 * i, BigInt(word), true); });
    return at;
  }

  private point(from: number, to: number): void { this.view.setUint32(from, to - from, true); }

  private align(to: number): void { this.take(0, to); }

  private take(length: number, align: number): number {
    const at = Math.ceil(this.end / align) * align;
    this.end = at + length;
    if (this.end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.end));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }
}
