/** Packed rows that outlive the engine's memory: for the result cache, and for messages between threads. */
import type { PackedChunk, PackedRows, RowOptions, RowSet } from '../engine.js';
import type { SQLValue } from '../types.js';
import { ValueRows } from '../value-rows.js';
import { ColumnBuilder, RowBuilders } from './build.js';
import { decodeText, type Chunk } from './cells.js';

export class PackedRowSet implements RowSet {
  readonly #builders: RowBuilders;
  readonly #chunks: readonly PackedChunk[];

  constructor(builders: RowBuilders, chunks: readonly PackedChunk[]) {
    this.#builders = builders;
    this.#chunks = chunks;
  }

  get columns(): readonly string[] { return this.#builders.columns; }
  get count(): number { return this.#chunks.reduce((sum, chunk) => sum + chunk.count, 0); }
  get bytes(): number { return this.#chunks.reduce((sum, { cells, text, blobs }) => sum + cells.byteLength + text.byteLength + blobs.byteLength, 64); }

  objects(options: RowOptions): Record<string, SQLValue>[] {
    const out: Record<string, SQLValue>[] = [];
    for (const chunk of this.#chunks) this.#builders.objects(unpackChunk(chunk), out, options, out.length);
    return out;
  }

  arrays(options: RowOptions): SQLValue[][] {
    const out: SQLValue[][] = [];
    for (const chunk of this.#chunks) this.#builders.arrays(unpackChunk(chunk), out, options, out.length);
    return out;
  }

  columnData(options: RowOptions): Record<string, ArrayLike<SQLValue>> {
    const builder = new ColumnBuilder(this.columns, options);
    for (const chunk of this.#chunks) builder.add(unpackChunk(chunk));
    return builder.finish();
  }

  keep(): RowSet { return this; }

  /** The buffers are transferred: this set is empty afterwards on the sending side. */
  pack(): { message: PackedRows; transfer: Transferable[] } {
    return { message: { columns: this.columns, chunks: this.#chunks }, transfer: this.#chunks.flatMap(({ cells, text, blobs }) => [cells, text, blobs]) };
  }
}

function unpackChunk({ count, cells, text, blobs }: PackedChunk): Chunk {
  const bytes = new Uint8Array(text);
  return { count, base: 0, f64: new Float64Array(cells), u32: new Uint32Array(cells), i64: new BigInt64Array(cells), text: decodeText(bytes, 0, bytes.length), bytes: new Uint8Array(blobs), blobs: 0 };
}

/** What `RowSet.pack` sent, as rows again. */
export function unpackRows(message: PackedRows): RowSet {
  return 'values' in message ? new ValueRows(message.columns, message.values) : new PackedRowSet(new RowBuilders(message.columns), message.chunks);
}
