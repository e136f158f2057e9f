/** Arrow's metadata as it is written: the schema, the messages, the footer of a file. */
import type { ColumnData } from '../columns.js';
import { flatBuffer, i16, i32, i64, structs, table, tables, text, u8, type FlatField } from './flatbuffer-writer.js';
import { EXTENSION_KEY, EXTENSION_METADATA_KEY, JSON_EXTENSION, TYPE_IDS, TYPE_KEY } from './schema.js';

/** V5, of all libraries since 2020. */
const VERSION = 4;
type Tree = ReturnType<typeof table>;

const pair = (key: string, value: string): Tree => table(text(key), text(value));
const int = (bits: number): Tree => table(i32(bits), u8(true));

function typeOf({ type }: ColumnData): [id: number, type: Tree] {
  switch (type) {
    case 'f64': return [TYPE_IDS.float, table(i16(2))];
    case 'i32': return [TYPE_IDS.int, int(32)];
    case 'i64': return [TYPE_IDS.int, int(64)];
    case 'bool': return [TYPE_IDS.bool, table()];
    case 'timestamp': return [TYPE_IDS.timestamp, table(i16(1), text('UTC'))];
    case 'utf8': case 'json': return [TYPE_IDS.utf8, table()];
  }
}

/** @param coded bits of the codes of dictionary-coded columns, by their place, which is also their identity */
function schema(columns: readonly ColumnData[], coded: ReadonlyMap<number, number>): Tree {
  return table(i16(0), tables(columns.map((column, place) => {
    const [id, type] = typeOf(column), bits = coded.get(place);
    const dictionary: FlatField = bits === undefined ? undefined : table(i64(place), int(bits), u8(false));
    const metadata = column.type === 'json' ? tables([pair(EXTENSION_KEY, JSON_EXTENSION), pair(EXTENSION_METADATA_KEY, ''), pair(TYPE_KEY, 'json')]) : undefined;
    return table(text(column.name), u8(true), u8(id), type, dictionary, tables([]), metadata);
  })));
}

/** @param kind of the header's table */
const message = (kind: number, header: Tree, body: number): Uint8Array => flatBuffer(table(i16(VERSION), u8(kind), header, i64(body)));

export const schemaMessage = (columns: readonly ColumnData[], coded: ReadonlyMap<number, number>): Uint8Array => message(1, schema(columns, coded), 0);

const batch = (rows: number, nodes: readonly number[], buffers: readonly number[]): Tree => table(i64(rows), structs(nodes, 2), structs(buffers, 2));

/** @param nodes length and nulls by column @param buffers place and length by buffer */
export const batchMessage = (rows: number, nodes: readonly number[], buffers: readonly number[], body: number): Uint8Array => message(3, batch(rows, nodes, buffers), body);

export const dictionaryMessage = (id: number, rows: number, buffers: readonly number[], body: number): Uint8Array =>
  message(2, table(i64(id), batch(rows, [rows, 0], buffers), u8(false)), body);

/** Place, length of the metadata, length of the body. */
export type Block = [at: number, metadata: number, body: number];

export function footer(columns: readonly ColumnData[], coded: ReadonlyMap<number, number>, dictionaries: readonly Block[], batches: readonly Block[]): Uint8Array {
  return flatBuffer(table(i16(VERSION), schema(columns, coded), structs(dictionaries.flat(), 3), structs(batches.flat(), 3)));
}
