/** The manifest (32 bytes) names the generation that counts: switching to a new snapshot and journal is one atomic replacement of it. */
import { crc32 } from '../../../host/storage/crc32.js';
import { ByteReader, corrupt } from './bytes.js';
import { checkPreamble, MANIFEST_MAGIC, startFile } from './preamble.js';

export const MANIFEST = 'manifest';
const MANIFEST_BYTES = 32;

export interface Manifest {
  generation: number;
  /** Whether this generation begins with a snapshot; the first one does not. */
  hasSnapshot: boolean;
}

export const snapshotName = (generation: number): string => `snapshot-${generation}`;
export const journalName = (generation: number): string => `journal-${generation}`;

export function encodeManifest({ generation, hasSnapshot }: Manifest): Uint8Array {
  const out = startFile(MANIFEST_MAGIC).u64(generation).u32(hasSnapshot ? 1 : 0);
  return out.u32(crc32(out.view())).view();
}

export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new ByteReader(bytes, MANIFEST);
  checkPreamble(reader, MANIFEST_MAGIC, MANIFEST);
  if (bytes.length !== MANIFEST_BYTES || crc32(bytes.subarray(0, MANIFEST_BYTES - 4)) !== new ByteReader(bytes.subarray(MANIFEST_BYTES - 4), MANIFEST).u32()) {
    throw corrupt('the manifest fails its checksum', 0);
  }
  return { generation: reader.u64(), hasSnapshot: reader.u32() === 1 };
}
