/**
 * Writes the container of `save()` and of stored snapshots. The table of sections stands at the end, so a snapshot streams
 * out in one pass with no second copy of the rows:
 *
 * header (32 bytes) | sections, each padded with zeros to 8 bytes | table (32 bytes per section) | footer (32 bytes)
 */
import { ServiceError } from '../../../errors.js';
import { crc32 } from '../../../host/storage/crc32.js';
import { ByteWriter } from './bytes.js';
import { rowBytes, type SnapshotSource } from './format.js';
import { encodeMetadata } from './metadata-codec.js';
import { SNAPSHOT_MAGIC, startFile } from './preamble.js';
import { encodeStrings } from './strings.js';

/** Section kinds, as they read in a hex dump. */
export const SECTIONS = { config: 'CONF', ids: 'IDS ', contents: 'TEXT', metadata: 'META', rows: 'ROWS', graph: 'GRPH' } as const;
export type SectionName = keyof typeof SECTIONS;
export const HEADER_BYTES = 32;
export const ENTRY_BYTES = 32;
export const FOOTER_BYTES = 32;

/** Rows are asked for in pieces of about this size. */
const CHUNK_BYTES = 1 << 20;
const alignUp = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** The four letters of a section as the u32 that is stored. */
export function fourCC(letters: string): number {
  return (letters.charCodeAt(0) | (letters.charCodeAt(1) << 8) | (letters.charCodeAt(2) << 16) | (letters.charCodeAt(3) << 24)) >>> 0;
}

/** Turns pieces into sections: pads them, keeps offsets and checksums, writes table and footer. */
class Container {
  #offset = HEADER_BYTES;
  readonly #table = new ByteWriter();
  #count = 0;

  *header(): Generator<Uint8Array> {
    const header = startFile(SNAPSHOT_MAGIC).u32(0).u32(0).u32(0);
    yield header.u32(crc32(header.view())).view();
  }

  *section(name: SectionName, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    let length = 0;
    let crc = 0;
    for (const piece of pieces) {
      crc = crc32(piece, crc);
      length += piece.length;
      yield piece;
    }
    this.#table.u32(fourCC(SECTIONS[name])).u32(crc).u64(this.#offset).u64(length).u64(0);
    this.#count++;
    const padding = alignUp(length) - length;
    this.#offset += length + padding;
    if (padding > 0) yield new Uint8Array(padding);
  }

  *end(): Generator<Uint8Array> {
    const table = this.#table.view();
    yield table;
    const footer = new ByteWriter().u64(this.#offset).u64(this.#offset + table.length + FOOTER_BYTES).u32(this.#count).u32(crc32(table)).u32(0);
    yield footer.u32(crc32(footer.view())).view();
  }
}

function* rowChunks(source: SnapshotSource): Generator<Uint8Array> {
  const stride = rowBytes(source.config.encoding, source.config.dimensions);
  const step = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, stride)));
  for (let from = 0; from < source.slots; from += step) {
    const to = Math.min(source.slots, from + step);
    const chunk = source.rows(from, to);
    if (chunk.length !== (to - from) * stride) {
      throw new ServiceError('INVALID_ARGUMENT', `rows ${from} to ${to} should be ${(to - from) * stride} bytes and are ${chunk.length}`, { service: 'vector' });
    }
    yield chunk;
  }
}

function checkSource({ config, slots, ids, contents, metadata }: SnapshotSource): void {
  if (ids.length !== slots || contents.length !== slots || metadata.length !== slots) {
    throw new ServiceError('INVALID_ARGUMENT', `a snapshot of ${slots} slots needs as many ids, contents and metadata`, { service: 'vector' });
  }
  if (slots > 0 && !(config.dimensions > 0) && config.encoding !== 'f32') {
    throw new ServiceError('INVALID_ARGUMENT', 'a snapshot with rows needs its dimensions', { service: 'vector' });
  }
}

/**
 * The container's bytes, piece by piece (about 1 MiB each), made as they are asked for: write them to a file, yield between
 * them. The source must not change until the last one.
 */
export function* snapshotChunks(source: SnapshotSource): Generator<Uint8Array> {
  checkSource(source);
  const container = new Container();
  yield* container.header();
  yield* container.section('config', [new TextEncoder().encode(JSON.stringify({ ...source.config, slots: source.slots }))]);
  yield* container.section('ids', encodeStrings(source.ids));
  yield* container.section('contents', encodeStrings(source.contents));
  yield* container.section('metadata', encodeMetadata(source.metadata));
  yield* container.section('rows', rowChunks(source));
  if (source.graph) yield* container.section('graph', [source.graph]);
  yield* container.end();
}
