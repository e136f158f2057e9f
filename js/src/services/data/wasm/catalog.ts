/**
 * Reads tables out of an instance's memory by its catalog (crates/data-processor-wasm/src/catalog.rs): no call is needed, so it
 * works on the memory of an instance that trapped too. Everything is checked against the memory's bounds before it is believed.
 */
import type { ColumnData, ColumnValues, PackedStrings } from '../columns.js';
import { COLUMN_TYPES } from '../columns.js';
import { dataError } from '../errors.js';
import { utf8Decoder } from '../../../utf8.js';

const HEAD_WORDS = 2;
const COLUMN_WORDS = 11;
/** Bytes per row by layout. */
const VALUE_BYTES = [8, 8, 4, 1 / 8, 0, 1, 2, 4];

/** Names and types of a table, and how many rows it has. */
export interface TableHead { rows: number; columns: { name: string; type: ColumnData['type'] }[] }

export class CatalogReader {
  constructor(private readonly memory: WebAssembly.Memory, private readonly head: number) {}

  /** The numbers of all live tables. */
  tables(): number[] {
    const words = new Uint32Array(this.memory.buffer);
    const [list, count] = this.list(words);
    return Array.from({ length: count }, (_, id) => id).filter((id) => words[list + 2 * id + 1] > 0);
  }

  describe(table: number): TableHead {
    const { words, at, columns } = this.table(table);
    return {
      rows: words[at],
      columns: Array.from({ length: columns }, (_, place) => {
        const column = at + HEAD_WORDS + place * COLUMN_WORDS;
        return { name: this.text(words[column + 2], words[column + 3]), type: COLUMN_TYPES[words[column]] };
      }),
    };
  }

  /** A copy of one column. @param bare without the strings of a dictionary @throws ServiceError CORRUPT when its buffers do not lie in the memory */
  column(table: number, place: number, bare = false): ColumnData {
    const { rows, words } = this.words(table, place);
    const [type, layout, name, nameLength, validity, values, count, offsets, bytes, length, hasValidity] = words;
    const none = bare && layout > 4;
    const bitBytes = Math.ceil(rows / 8);
    return {
      name: this.text(name, nameLength), type: COLUMN_TYPES[type], length: rows,
      values: this.values(layout, rows, values, () => ({ offsets: new Int32Array(this.copy(offsets, none ? 0 : 4 * (count + 1))), bytes: new Uint8Array(this.copy(bytes, none ? 0 : length)) })),
      ...(hasValidity && { validity: new Uint8Array(this.copy(validity, bitBytes)) }),
    };
  }

  /** Where each column's buffers lie, and those of its dictionary: what is equal is one. */
  marks(table: number): { column: string; dictionary: string | undefined }[] {
    return Array.from({ length: this.table(table).columns }, (_, place) => {
      const [type, layout, , , validity, values, count, offsets, bytes, , hasValidity] = this.words(table, place).words;
      return { column: [type, layout, hasValidity && validity, values, count, offsets, bytes].join(), dictionary: layout > 4 ? [count, offsets, bytes].join() : undefined };
    });
  }

  /** Bytes of tables' buffers; what they share counts once. */
  bytes(tables: Iterable<number>): number {
    const buffers = new Map<unknown, number>();
    for (const table of tables) {
      this.marks(table).forEach(({ column, dictionary }, place) => {
        const { rows, words: [, layout, , , , , count, , , length, hasValidity] } = this.words(table, place);
        const texts = layout >= 4 ? 4 * (count + 1) + length : 0;
        if (dictionary !== undefined) buffers.set(dictionary, texts);
        buffers.set(column, rows * VALUE_BYTES[layout] + (dictionary === undefined ? texts : 0) + (hasValidity ? rows / 8 : 0));
      });
    }
    let sum = 0;
    for (const bytes of buffers.values()) sum += bytes;
    return Math.ceil(sum);
  }

  private words(table: number, place: number): { rows: number; words: Uint32Array } {
    const { words, at, columns } = this.table(table);
    if (place >= columns) throw damaged();
    const column = at + HEAD_WORDS + place * COLUMN_WORDS;
    return { rows: words[at], words: words.subarray(column, column + COLUMN_WORDS) };
  }

  private values(layout: number, rows: number, at: number, strings: () => PackedStrings): ColumnValues {
    switch (layout) {
      case 0: return { kind: 'f64', values: new Float64Array(this.copy(at, 8 * rows)) };
      case 1: return { kind: 'i64', values: new BigInt64Array(this.copy(at, 8 * rows)) };
      case 2: return { kind: 'i32', values: new Int32Array(this.copy(at, 4 * rows)) };
      case 3: return { kind: 'bool', bits: new Uint8Array(this.copy(at, Math.ceil(rows / 8))) };
      case 4: return { kind: 'strings', strings: strings() };
      case 5: return { kind: 'dictionary', codes: new Uint8Array(this.copy(at, rows)), dictionary: strings() };
      case 6: return { kind: 'dictionary', codes: new Uint16Array(this.copy(at, 2 * rows)), dictionary: strings() };
      case 7: return { kind: 'dictionary', codes: new Int32Array(this.copy(at, 4 * rows)), dictionary: strings() };
      default: throw damaged();
    }
  }

  private list(words: Uint32Array): [list: number, count: number] {
    const head = this.head >>> 2;
    const list = words[head] >>> 2, count = words[head + 1];
    if (list + 2 * count > words.length) throw damaged();
    return [list, count];
  }

  private table(table: number): { words: Uint32Array; at: number; columns: number } {
    const words = new Uint32Array(this.memory.buffer);
    const [list, count] = this.list(words);
    if (table >= count) throw damaged();
    const at = words[list + 2 * table] >>> 2, length = words[list + 2 * table + 1];
    if (at + length > words.length || length < HEAD_WORDS || length !== HEAD_WORDS + words[at + 1] * COLUMN_WORDS) throw damaged();
    return { words, at, columns: words[at + 1] };
  }

  private copy(at: number, length: number): ArrayBuffer {
    if (length === 0) return new ArrayBuffer(0);
    const { buffer } = this.memory;
    if (at + length > buffer.byteLength) throw damaged();
    // Of a shared memory, `buffer.slice` would give memory that is shared again.
    return new Uint8Array(buffer, at, length).slice().buffer;
  }

  private text(at: number, length: number): string {
    return utf8Decoder().decode(this.copy(at, length));
  }
}

function damaged(): Error {
  return dataError('CORRUPT', 'a table can not be read out of its instance any more: load it again');
}
