/**
 * One journal record in bytes: header (32) | payload | zeros up to 8.
 *
 * header: u32 crc, u32 payload length, u64 seq, u64 durable, u32 type (bit 31: the atomic unit goes on), u32 salt of the file.
 * The checksum runs over payload, padding and then the header after the crc, so a payload is summed once when it is encoded
 * and its place in the file is sealed when it is written.
 */
import type { Steps } from '../../../calls/steps.js';
import { ServiceError } from '../../../errors.js';
import { crc32 } from '../../../host/storage/crc32.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { ENCODINGS, rowBytes, type JournalRecord, type JournalRows, type Json } from './format.js';
import { decodeMetadata, encodeMetadata } from './metadata-codec.js';
import { checkRows } from './rows-check.js';
import { decodeStrings, decodeUtf8, encodeStrings } from './strings.js';

export const RECORD_HEADER_BYTES = 32;
const TYPES = ['config', 'upsert', 'metadata', 'remove', 'clear', 'compact'] as const satisfies readonly JournalRecord['type'][];
const MORE = 0x80000000;
/** Rows of a larger upsert are spread over several records of one unit, so no payload is held twice as a whole. */
const PART_BYTES = 4 << 20;

/** A payload with its checksum, not yet placed in a file. It owns its bytes. */
export interface EncodedRecord { type: number; pieces: Uint8Array[]; length: number; crc: number }
export interface RecordHeader { crc: number; length: number; seq: number; durable: number; type: number; more: boolean; salt: number }

export const paddedLength = (length: number): number => Math.ceil(length / 8) * 8;

/** Encodes a record, as several when it is a large upsert. The caller may reuse its arrays afterwards. */
export function encodeRecord(record: JournalRecord): EncodedRecord[] {
  if (record.type !== 'upsert') return [encodePart(record)];
  const { rows } = record;
  const stride = rowBytes(rows.encoding, rows.dimensions);
  const count = record.slots.length;
  const equal = [record.ids, record.contents, record.metadata].every((column) => column.length === count);
  if (!equal || rows.bytes.length !== count * stride) {
    throw new ServiceError('INVALID_ARGUMENT', `an upsert of ${count} slots needs as many ids, contents, metadata and rows of ${stride} bytes`, { service: 'vector' });
  }
  const step = Math.max(1, Math.floor(PART_BYTES / Math.max(1, stride)));
  if (count <= step) return [encodePart(record)];
  const parts: EncodedRecord[] = [];
  for (let from = 0; from < count; from += step) {
    const to = Math.min(count, from + step);
    parts.push(encodePart({
      type: 'upsert', slots: cut(record.slots, from, to), ids: cut(record.ids, from, to), contents: cut(record.contents, from, to),
      metadata: cut(record.metadata, from, to), rows: { ...rows, bytes: rows.bytes.subarray(from * stride, to * stride) },
    }));
  }
  return parts;
}

function cut<T>(values: ArrayLike<T>, from: number, to: number): T[] {
  return Array.prototype.slice.call(values, from, to) as T[];
}

function encodePart(record: JournalRecord): EncodedRecord {
  const pieces = [...payload(record)];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length >= 2 ** 32 - 8) throw new ServiceError('TOO_LARGE', 'one change is over 4 GiB: split it into several calls', { service: 'vector' });
  if (length % 8 !== 0) pieces.push(new Uint8Array(paddedLength(length) - length));
  const crc = pieces.reduce((sum, piece) => crc32(piece, sum), 0);
  return { type: TYPES.indexOf(record.type), pieces, length, crc };
}

function* payload(record: JournalRecord): Generator<Uint8Array> {
  switch (record.type) {
    case 'config':
      yield new TextEncoder().encode(JSON.stringify(record.config));
      return;
    case 'upsert': {
      const { dimensions, encoding, bytes } = record.rows;
      yield new ByteWriter().u32(record.slots.length).u32(dimensions).u32(ENCODINGS.indexOf(encoding)).u32s(record.slots).view();
      yield* encodeStrings(record.ids);
      yield* encodeStrings(record.contents);
      yield* encodeMetadata(record.metadata);
      yield bytes.slice();
      return;
    }
    case 'metadata':
      yield new ByteWriter().u32(record.slots.length).u32s(record.slots).view();
      yield* encodeMetadata(record.metadata);
      return;
    case 'remove':
      yield new ByteWriter().u32(record.slots.length).u32s(record.slots).view();
      return;
    case 'clear':
    case 'compact':
      return;
  }
}

/** The header that gives an encoded record its place. `durable` is the last sequence number known to be durable. */
export function sealRecord(record: EncodedRecord, place: { seq: number; durable: number; salt: number; more: boolean }): Uint8Array {
  const body = new ByteWriter().u32(record.length).u64(place.seq).u64(place.durable)
    .u32((record.type | (place.more ? MORE : 0)) >>> 0).u32(place.salt).view();
  return new ByteWriter().u32(crc32(body, record.crc)).bytes(body).view();
}

/** The header at `offset`, or undefined when there is no whole one. Nothing is verified. */
export function readHeader(bytes: Uint8Array, offset: number): RecordHeader | undefined {
  if (bytes.length - offset < RECORD_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, RECORD_HEADER_BYTES);
  const u64 = (at: number): number => view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  const type = view.getUint32(24, true);
  return {
    crc: view.getUint32(0, true), length: view.getUint32(4, true), seq: u64(8), durable: u64(16),
    type: (type & ~MORE) >>> 0, more: (type & MORE) !== 0, salt: view.getUint32(28, true),
  };
}

/** Whether the whole record is there and its checksum holds. */
export function verifyRecord(bytes: Uint8Array, offset: number, header: RecordHeader): boolean {
  const start = offset + RECORD_HEADER_BYTES;
  const end = start + paddedLength(header.length);
  if (end > bytes.length) return false;
  return crc32(bytes.subarray(offset + 4, start), crc32(bytes.subarray(start, end))) === header.crc;
}

/** Decodes a verified record. CORRUPT when its inside does not hold together. Rows are a view on `bytes`. */
export function* decodeRecord(bytes: Uint8Array, offset: number, header: RecordHeader): Steps<JournalRecord> {
  const start = offset + RECORD_HEADER_BYTES;
  const reader = new ByteReader(bytes.subarray(start, start + header.length), `journal record ${header.seq}`, start);
  const record = yield* decodePayload(reader, TYPES[header.type], start);
  reader.end();
  return record;
}

function* decodePayload(reader: ByteReader, type: JournalRecord['type'] | undefined, start: number): Steps<JournalRecord> {
  switch (type) {
    case 'config': return { type, config: decodeConfig(reader) };
    case 'upsert': {
      const count = reader.u32();
      const dimensions = reader.u32();
      const encoding = ENCODINGS[reader.u32()];
      if (!encoding || (dimensions === 0 && encoding !== 'f32') || dimensions > 2 ** 24) throw reader.fail('rows of an unknown kind');
      const slots = reader.u32s(count);
      const ids = yield* decodeStrings(reader, count);
      if (!allStrings(ids)) throw reader.fail('a document without an id');
      const contents = yield* decodeStrings(reader, count);
      const metadata = yield* decodeMetadata(reader, count);
      const at = start + reader.offset;
      const rows: JournalRows = { dimensions, encoding, bytes: reader.bytes(count * rowBytes(encoding, dimensions)) };
      yield* checkRows(rows.bytes, encoding, dimensions, at);
      return { type, slots, ids, contents, metadata, rows };
    }
    case 'metadata': {
      const slots = reader.u32s(reader.u32());
      return { type, slots, metadata: yield* decodeMetadata(reader, slots.length) };
    }
    case 'remove': return { type, slots: reader.u32s(reader.u32()) };
    case 'clear':
    case 'compact': return { type };
    case undefined: throw reader.fail('an unknown type');
  }
}

function allStrings(values: (string | undefined)[]): values is string[] {
  return !values.includes(undefined);
}

function decodeConfig(reader: ByteReader): { [key: string]: Json } {
  const text = decodeUtf8(reader.bytes(reader.remaining), reader);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reader.fail('a configuration that is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw reader.fail('a configuration that is not an object');
  return value as { [key: string]: Json };
}
