/**
 * Writes a table as Arrow IPC: the schema, a dictionary per dictionary-coded column, one record batch. Text becomes true UTF-8: a lone
 * surrogate, which has none, is U+FFFD. A `json` column is text that is marked as JSON.
 */
import type { PackedStrings, TableData } from '../columns.js';
import { dataError, invalidField } from '../errors.js';
import { packStrings } from '../strings.js';
import { MAGIC } from './messages.js';
import { batchMessage, dictionaryMessage, footer, schemaMessage, type Block } from './write-schema.js';

export interface WriteArrowOptions { format?: 'stream' | 'file' }

/** A message: metadata, then buffers one after the other, each on a multiple of 8. */
interface Written { head: Uint8Array; buffers: Buffer[]; body: number }
type Buffer = { bytes: Uint8Array; text: boolean };

const END_BYTES = 8;
const padded = (length: number): number => Math.ceil(length / 8) * 8;
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** @throws ServiceError INVALID_ARGUMENT, TOO_LARGE */
export function writeArrow(data: TableData, { format = 'stream' }: WriteArrowOptions = {}): Uint8Array {
  if (format !== 'stream' && format !== 'file') throw invalidField('format', "'stream' or 'file'", format);
  const { columns, rows } = data, file = format === 'file';
  const coded = new Map<number, number>(), dictionaries: Written[] = [], nodes: number[] = [], buffers: Buffer[] = [];
  columns.forEach((column, place) => {
    const { values, validity } = column;
    nodes.push(rows, validity ? rows - countBits(validity) : 0);
    buffers.push(plain(validity ?? NOTHING));
    switch (values.kind) {
      case 'bool': buffers.push(plain(values.bits)); break;
      case 'strings': buffers.push(...textBuffers(packStrings(values.strings))); break;
      case 'dictionary': {
        const words = packStrings(values.dictionary), count = words.offsets.length - 1, [codes, bits] = signedCodes(values.codes, count);
        coded.set(place, bits);
        buffers.push(plain(codes));
        dictionaries.push(written([plain(NOTHING), ...textBuffers(words)], (places, body) => dictionaryMessage(place, count, places, body)));
        break;
      }
      default: buffers.push(plain(values.values));
    }
  });
  const messages: Written[] = [{ head: schemaMessage(columns, coded), buffers: [], body: 0 }, ...dictionaries, written(buffers, (places, body) => batchMessage(rows, nodes, places, body))];
  let at = file ? END_BYTES : 0;
  const blocks = messages.map(({ head, body }): Block => { const block: Block = [at, END_BYTES + head.length, body]; at += END_BYTES + head.length + body; return block; });
  const foot = file ? footer(columns, coded, blocks.slice(1, -1), blocks.slice(-1)) : undefined;
  const out = room(at + END_BYTES + (foot ? foot.length + 4 + MAGIC.length : 0)), view = new DataView(out.buffer);
  if (file) out.set(MAGIC, 0);
  messages.forEach((message, i) => { put(message, out, view, blocks[i][0]); });
  view.setUint32(at, 0xffffffff, true); // and four bytes of 0: the end
  if (foot) {
    out.set(foot, at + END_BYTES);
    view.setUint32(at + END_BYTES + foot.length, foot.length, true);
    out.set(MAGIC, at + END_BYTES + foot.length + 4);
  }
  return out;
}

function room(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw dataError('TOO_LARGE', `the table is ${Math.ceil(length / 1048576)} MiB of Arrow data, more than one array can hold here: write it in slices`, undefined, cause);
  }
}

const NOTHING = new Uint8Array(0);
const plain = (view: ArrayBufferView): Buffer => ({ bytes: bytesOf(view), text: false });
const textBuffers = ({ offsets, bytes }: PackedStrings): Buffer[] => [plain(offsets), { bytes, text: true }];

function written(buffers: Buffer[], head: (places: number[], body: number) => Uint8Array): Written {
  const places: number[] = [];
  let at = 0;
  for (const { bytes } of buffers) { places.push(at, bytes.length); at += padded(bytes.length); }
  return { head: head(places, at), buffers, body: at };
}

function put({ head, buffers }: Written, out: Uint8Array, view: DataView, at: number): void {
  view.setUint32(at, 0xffffffff, true);
  view.setUint32(at + 4, head.length, true);
  out.set(head, at + 8);
  at += 8 + head.length;
  for (const { bytes, text } of buffers) {
    out.set(bytes, at);
    if (text) replaceSurrogates(out.subarray(at, at + bytes.length));
    at += padded(bytes.length);
  }
}

/** In place: a surrogate and U+FFFD are both of three bytes. */
function replaceSurrogates(bytes: Uint8Array): void {
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    if (bytes[at + 1] >= 0xa0) bytes.set([0xef, 0xbf, 0xbd], at);
  }
}

/** Codes with a sign, which every library takes; the same bytes where they fit. */
function signedCodes(codes: Uint8Array | Uint16Array | Int32Array, values: number): [codes: ArrayBufferView, bits: number] {
  if (codes instanceof Uint8Array) return values <= 128 ? [codes, 8] : [new Int16Array(codes), 16];
  if (codes instanceof Uint16Array) return values <= 32768 ? [codes, 16] : [new Int32Array(codes), 32];
  return [codes, 32];
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte; byte &= byte - 1) count++;
  return count;
}

