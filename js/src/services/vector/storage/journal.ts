/**
 * A journal file: header (40 bytes: magic, version, byte order, u64 generation, u64 sequence number it starts after, u32 salt, u32 crc)
 * and records. Reading stops at the first record that is not whole: a crash tears only what was never acknowledged.
 */
import type { Steps } from '../../../calls/steps.js';
import { crc32 } from '../../../host/storage/crc32.js';
import { ByteReader, corrupt } from './bytes.js';
import type { JournalRecord } from './format.js';
import { decodeRecord, paddedLength, readHeader, RECORD_HEADER_BYTES, verifyRecord } from './journal-record.js';
import { checkPreamble, JOURNAL_MAGIC, startFile } from './preamble.js';

export const JOURNAL_HEADER_BYTES = 40;

export interface JournalHeader {
  generation: number;
  /** Sequence number of the last change before this journal. */
  base: number;
  /** Random; a record of another file can not pass for one of this. */
  salt: number;
}

export function encodeJournalHeader({ generation, base, salt }: JournalHeader): Uint8Array {
  const out = startFile(JOURNAL_MAGIC).u64(generation).u64(base).u32(salt);
  return out.u32(crc32(out.view())).view();
}

function decodeJournalHeader(bytes: Uint8Array): JournalHeader {
  const reader = new ByteReader(bytes, 'journal');
  checkPreamble(reader, JOURNAL_MAGIC, 'journal');
  const header = { generation: reader.u64(), base: reader.u64(), salt: reader.u32() };
  if (reader.u32() !== crc32(bytes.subarray(0, JOURNAL_HEADER_BYTES - 4))) throw corrupt('the journal header fails its checksum', 0);
  return header;
}

export interface JournalContent {
  header: JournalHeader;
  /** Changes of whole units, in order. Rows are views on the bytes read. */
  records: JournalRecord[];
  /** Sequence number of the last of them. */
  seq: number;
  /** Bytes that count; what lies behind is torn and must be cut off before anything is appended. */
  length: number;
}

/**
 * Reads a journal up to its first torn record or unfinished unit, in steps of a few milliseconds.
 *
 * @throws ServiceError CORRUPT for a bad header, and when a record fails its checksum although a later one proves that it had
 *   been durable: that is damage, not a torn write, and going on would lose acknowledged changes in silence.
 */
export function* readJournal(bytes: Uint8Array): Steps<JournalContent> {
  const header = decodeJournalHeader(bytes);
  const records: JournalRecord[] = [];
  let unit: JournalRecord[] = [];
  let length = JOURNAL_HEADER_BYTES;
  let seq = header.base;
  let offset = length;
  for (;;) {
    const record = readHeader(bytes, offset);
    if (!record || record.salt !== header.salt || record.seq !== seq + unit.length + 1 || !verifyRecord(bytes, offset, record)) break;
    unit.push(yield* decodeRecord(bytes, offset, record));
    offset += RECORD_HEADER_BYTES + paddedLength(record.length);
    if (record.more) continue;
    for (const done of unit) records.push(done);
    seq += unit.length;
    unit = [];
    length = offset;
    yield;
  }
  const proof = findLaterRecord(bytes, offset, header.salt, seq + 1);
  if (proof !== undefined) throw corrupt(`the journal record ${seq + unit.length + 1} is damaged (record ${proof}, behind it, is whole)`, offset);
  return { header, records, seq, length };
}

/** A whole record behind `from` that was written when `lost` was durable already. Records start at multiples of 8. */
function findLaterRecord(bytes: Uint8Array, from: number, salt: number, lost: number): number | undefined {
  for (let at = from; at + RECORD_HEADER_BYTES <= bytes.length; at += 8) {
    const record = readHeader(bytes, at)!;
    if (record.salt === salt && record.seq > lost && record.durable >= lost && record.durable < record.seq && verifyRecord(bytes, at, record)) return record.seq;
  }
  return undefined;
}
