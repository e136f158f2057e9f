/** Messages of Arrow IPC: metadata and a body, one after the other in a stream, or by the footer of a file. */
import { unsupported, damaged } from './errors.js';
import { rootTable, type FlatTable } from './flatbuffer-reader.js';
import { readSchema, type ArrowSchema } from './schema.js';

export type Message =
  | { kind: 'schema'; schema: ArrowSchema }
  | { kind: 'dictionary'; id: bigint; delta: boolean; batch: BatchHead; body: Uint8Array }
  | { kind: 'batch'; batch: BatchHead; body: Uint8Array }
  /** Of no matter to a table. */
  | { kind: 'other' };

export interface BatchHead {
  rows: number;
  /** Length and number of nulls, by column and part of column. */
  nodes: number[];
  /** Place in the body and length, by buffer. */
  buffers: number[];
  /** How many buffers of text a column of views has. */
  variadic: number[];
}

const CONTINUATION = 0xffffffff;
export const MAGIC = /* @__PURE__ */ Uint8Array.from('ARROW1', (c) => c.charCodeAt(0));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function hasMagic(bytes: Uint8Array, at: number): boolean {
  return MAGIC.every((byte, i) => bytes[at + i] === byte);
}

/**
 * The message that begins at `at` of a stream.
 * @returns what it is and where the next begins; 'end' at the mark of the end; else how many bytes from `at` on are needed to go on
 */
export function messageAt(bytes: Uint8Array, at: number): { message: Message; next: number } | 'end' | { needed: number } {
  const left = bytes.length - at, view = viewOf(bytes);
  if (left < 4) return { needed: 4 };
  let head = 4, size = view.getUint32(at, true);
  if (size === CONTINUATION) {
    if (left < 8) return { needed: 8 };
    head = 8;
    size = view.getUint32(at + 4, true);
  }
  if (size === 0) return 'end';
  if (size > 0x7fffffff) throw damaged('a message of impossible length');
  if (left < head + size) return { needed: head + size };
  const table = rootTable(bytes.subarray(at + head, at + head + size)), body = table.count(3), start = at + head + size;
  if (bytes.length - start < body) return { needed: head + size + body };
  return { message: readMessage(table, bytes.subarray(start, start + body)), next: start + body };
}

function readMessage(table: FlatTable, body: Uint8Array): Message {
  const header = table.table(2), kind = table.u8(1, 0);
  // Version V4 (of 2017) has all that is read here laid out as V5.
  if (table.i16(0, 0) < 3) throw unsupported('the Arrow data is of a format from before 2017: write it with a current library');
  if (!header) throw damaged('a message without its header');
  switch (kind) {
    case 1: return { kind: 'schema', schema: readSchema(header) };
    case 2: {
      const data = header.table(1);
      if (!data) throw damaged('a dictionary without values');
      return { kind: 'dictionary', id: header.id(0), delta: header.bool(2), batch: readBatch(data), body };
    }
    case 3: return { kind: 'batch', batch: readBatch(header), body };
    default: return { kind: 'other' };
  }
}

function readBatch(batch: FlatTable): BatchHead {
  const compression = batch.table(3);
  if (compression) {
    const codec = compression.u8(0, 0) === 0 ? 'lz4' : 'zstd';
    throw unsupported(`the Arrow data is compressed (${codec}): write it uncompressed (pyarrow: IpcWriteOptions(compression=None), write_feather(compression='uncompressed'); polars: compression='uncompressed') and compress the whole if need be`, { codec });
  }
  return { rows: batch.count(0), nodes: batch.counts(1, 2, [0, 1]), buffers: batch.counts(2, 2, [0, 1]), variadic: batch.counts(4, 1, [0]) };
}

/** The messages of a file, whose footer says where they are: dictionaries first. */
export function* fileMessages(bytes: Uint8Array): Generator<Message> {
  const tail = bytes.length - MAGIC.length;
  if (tail < 12 || !hasMagic(bytes, tail)) throw damaged('the end of the file is not there');
  const size = viewOf(bytes).getUint32(tail - 4, true);
  if (size > tail - 12) throw damaged('its footer is longer than the file');
  const footer = rootTable(bytes.subarray(tail - 4 - size, tail - 4));
  const schema = footer.table(1);
  if (!schema) throw damaged('its footer has no schema');
  yield { kind: 'schema', schema: readSchema(schema) };
  for (const slot of [2, 3]) {
    // A block: place, length of the metadata (32 bits and as many of nothing), length of the body.
    const places = footer.counts(slot, 3, [0]);
    for (const place of places) {
      if (place >= bytes.length) throw damaged('its footer points behind the file');
      const found = messageAt(bytes, place);
      if (found === 'end' || 'needed' in found) throw damaged('its footer points to no message');
      if (found.message.kind !== (slot === 2 ? 'dictionary' : 'batch')) throw damaged('its footer points to a message of another kind');
      yield found.message;
    }
  }
}
