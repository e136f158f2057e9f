/** The first 16 bytes of every file of ours: magic, u32 version, u32 byte-order mark. */
import { ServiceError } from '../../../errors.js';
import { ByteReader, ByteWriter, corrupt } from './bytes.js';

/** Files of a newer version are refused; older ones stay readable. */
export const FORMAT_VERSION = 1;
/** Reads 0x04030201 when the writer's byte order was the other one. */
export const ENDIAN_MARK = 0x01020304;
/** A high first byte, line ends and ^Z as in PNG: text-mode transfers damage it visibly. */
export const SNAPSHOT_MAGIC = [0x89, 0x57, 0x53, 0x56, 0x0d, 0x0a, 0x1a, 0x0a] as const;
export const JOURNAL_MAGIC = [0x89, 0x57, 0x53, 0x4a, 0x0d, 0x0a, 0x1a, 0x0a] as const;
export const MANIFEST_MAGIC = [0x89, 0x57, 0x53, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** A writer that holds the preamble already. */
export function startFile(magic: readonly number[]): ByteWriter {
  return new ByteWriter().bytes(Uint8Array.from(magic)).u32(FORMAT_VERSION).u32(ENDIAN_MARK);
}

/** Reads past the preamble; CORRUPT for a foreign file, the other byte order or a newer version. */
export function checkPreamble(reader: ByteReader, magic: readonly number[], what: string): void {
  const found = reader.bytes(magic.length);
  if (magic.some((byte, i) => found[i] !== byte)) throw corrupt(`this is not a ${what} of wasm-services (foreign first bytes)`, 0);
  const version = reader.u32();
  const endian = reader.u32();
  if (endian === 0x04030201) throw corrupt(`this ${what} was written in big-endian byte order`, 12);
  if (endian !== ENDIAN_MARK) throw corrupt(`the byte-order mark of this ${what} is wrong`, 12);
  if (version > FORMAT_VERSION) {
    throw new ServiceError('CORRUPT', `this ${what} has format version ${version} (byte 8) and this package reads up to ${FORMAT_VERSION}; nothing was changed. Update the package`, { service: 'vector', detail: { offset: 8, version } });
  }
  if (version < 1) throw corrupt(`this ${what} has format version ${version}`, 8);
}
