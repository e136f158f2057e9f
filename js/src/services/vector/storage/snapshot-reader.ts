/**
 * Reads the container written by snapshot-writer.ts. Every length is compared with the bytes at hand before anything is
 * allocated, every byte is under a checksum or must be zero, and what the sections say must agree; else CORRUPT, with what and where.
 */
import type { Steps } from '../../../calls/steps.js';
import { crc32 } from '../../../host/storage/crc32.js';
import { ByteReader, corrupt } from './bytes.js';
import { ENCODINGS, METRICS, rowBytes, type Snapshot, type SnapshotConfig } from './format.js';
import { decodeMetadata } from './metadata-codec.js';
import { checkPreamble, SNAPSHOT_MAGIC } from './preamble.js';
import { checkRows } from './rows-check.js';
import { ENTRY_BYTES, FOOTER_BYTES, fourCC, HEADER_BYTES, SECTIONS, type SectionName } from './snapshot-writer.js';
import { decodeStrings, decodeUtf8 } from './strings.js';

/** Summed in one go: a few milliseconds. */
const PIECE_BYTES = 4 << 20;

interface Section { bytes: Uint8Array; offset: number }

function* readTable(bytes: Uint8Array): Steps<Map<number, Section>> {
  if (bytes.length < HEADER_BYTES + FOOTER_BYTES) throw corrupt(`a file of ${bytes.length} bytes is cut short or not a saved collection`, bytes.length);
  const header = new ByteReader(bytes.subarray(0, HEADER_BYTES), 'header');
  checkPreamble(header, SNAPSHOT_MAGIC, 'saved collection');
  if (crc32(bytes.subarray(0, HEADER_BYTES - 4)) !== new ByteReader(bytes.subarray(HEADER_BYTES - 4, HEADER_BYTES), 'header').u32()) throw corrupt('the header fails its checksum', 0);

  const footerAt = bytes.length - FOOTER_BYTES;
  const footer = new ByteReader(bytes.subarray(footerAt), 'footer', footerAt);
  const tableAt = footer.u64();
  const total = footer.u64();
  const count = footer.u32();
  const tableCRC = footer.u32();
  if (crc32(bytes.subarray(footerAt, bytes.length - 4)) !== new ByteReader(bytes.subarray(bytes.length - 4), 'footer').u32()) throw corrupt('the footer fails its checksum or the file is cut short', footerAt);
  if (total !== bytes.length) throw corrupt(`the file should have ${total} bytes and has ${bytes.length}`, footerAt);
  if (tableAt < HEADER_BYTES || tableAt + count * ENTRY_BYTES !== footerAt) throw corrupt('the table of sections is not where the footer says', footerAt);
  const table = bytes.subarray(tableAt, footerAt);
  if (crc32(table) !== tableCRC) throw corrupt('the table of sections fails its checksum', tableAt);

  const sections = new Map<number, Section>();
  const entries = new ByteReader(table, 'table of sections', tableAt);
  const body = new ByteReader(bytes.subarray(HEADER_BYTES, tableAt), 'sections', HEADER_BYTES);
  for (let i = 0; i < count; i++) {
    const kind = entries.u32();
    const crc = entries.u32();
    const offset = entries.u64();
    const length = entries.u64();
    entries.u64();
    if (offset !== HEADER_BYTES + body.offset) throw corrupt(`section ${i} does not follow the one before it`, offset);
    const section = { bytes: body.bytes(length), offset };
    body.align(8);
    if ((yield* checksum(section.bytes)) !== crc) throw corrupt(`section ${i} fails its checksum`, offset);
    if (sections.has(kind)) throw corrupt(`section ${i} is there twice`, offset);
    sections.set(kind, section);
  }
  body.end();
  return sections;
}

function* checksum(bytes: Uint8Array): Steps<number> {
  let crc = 0;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    crc = crc32(bytes.subarray(from, from + PIECE_BYTES), crc);
    yield;
  }
  return crc;
}

function readConfig(section: Section): { config: SnapshotConfig; slots: number } {
  const reader = new ByteReader(section.bytes, 'config', section.offset);
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(section.bytes, reader));
  } catch {
    throw reader.fail('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw reader.fail('not an object');
  const { slots, ...config } = value as Record<string, unknown>;
  const { dimensions, metric, encoding } = config;
  if (!isCount(slots, 2 ** 32 - 1)) throw reader.fail('a bad number of slots');
  // Documents of text alone have rows of no bytes.
  if (!isCount(dimensions, 2 ** 24) || (dimensions === 0 && slots > 0 && encoding !== 'f32')) throw reader.fail('a bad number of dimensions');
  if (!METRICS.includes(metric as never)) throw reader.fail('an unknown metric');
  if (!ENCODINGS.includes(encoding as never)) throw reader.fail('an unknown encoding of rows');
  return { config: config as SnapshotConfig, slots };
}

function isCount(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= limit;
}

/**
 * Checks a whole saved file and gives its content, in steps of a few milliseconds. The arrays are new; `rows()` and `graph` are views on
 * `bytes`, which must not change while the snapshot is in use (bytes on shared memory are therefore copied first).
 *
 * @throws ServiceError CORRUPT, saying what is wrong at which byte. The graph's inside is checked by the engine's `importGraph`.
 * @example
 * const saved = yield* readSnapshotSteps(bytes);
 * engine.importRows(saved.rows(0, saved.slots), saved.slots);
 */
export function* readSnapshotSteps(bytes: Uint8Array): Steps<Snapshot> {
  const own = bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
  const sections = yield* readTable(own);
  const find = (name: SectionName): Section => {
    const section = sections.get(fourCC(SECTIONS[name]));
    if (!section) throw corrupt(`the ${name} section is missing`);
    return section;
  };
  const { config, slots } = readConfig(find('config'));
  const rows = find('rows');
  const stride = rowBytes(config.encoding, config.dimensions);
  if (rows.bytes.length !== slots * stride) throw corrupt(`${slots} rows of ${stride} bytes do not fill a section of ${rows.bytes.length}`, rows.offset);

  const column = function* <T>(name: SectionName, decode: (reader: ByteReader, count: number) => Steps<T>): Steps<T> {
    const section = find(name);
    const reader = new ByteReader(section.bytes, name, section.offset);
    const values = yield* decode(reader, slots);
    reader.end();
    return values;
  };
  const ids = yield* column('ids', decodeStrings);
  const contents = yield* column('contents', decodeStrings);
  const metadata = yield* column('metadata', decodeMetadata);
  const live = countDistinct(ids, find('ids').offset);
  yield* checkRows(rows.bytes, config.encoding, config.dimensions, rows.offset);
  const graph = sections.get(fourCC(SECTIONS.graph))?.bytes;
  return {
    config, slots, ids, contents, metadata, live, ...(graph && { graph }),
    rows: (from, to) => rows.bytes.subarray(from * stride, to * stride),
  };
}

/** Two live slots with one id would make one of them unreachable. */
function countDistinct(ids: (string | undefined)[], offset: number): number {
  const seen = new Set<string>();
  let live = 0;
  for (const id of ids) {
    if (id === undefined) continue;
    live++;
    seen.add(id);
  }
  if (seen.size !== live) throw corrupt('two documents have the same id', offset);
  return live;
}
