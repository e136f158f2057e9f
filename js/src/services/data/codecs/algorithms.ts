/** The algorithms: their levels, how their output is known, who runs them where. */
import { dataError, invalid, invalidField } from '../errors.js';
import { suggest } from '../near.js';
import type { CompressionAlgorithm } from '../types.js';

export const ALGORITHMS: readonly CompressionAlgorithm[] = ['gzip', 'deflate', 'brotli', 'zstd', 'lz4'];

/** Least, most and default level. LZ4 has one. */
export const LEVELS: Readonly<Record<CompressionAlgorithm, readonly [least: number, most: number, usual: number]>> = {
  gzip: [0, 9, 6], deflate: [0, 9, 6], brotli: [0, 11, 4], zstd: [1, 19, 3], lz4: [1, 1, 1],
};

/** @throws ServiceError INVALID_ARGUMENT */
export function checkAlgorithm(name: unknown): CompressionAlgorithm {
  if (typeof name === 'string' && (ALGORITHMS as readonly string[]).includes(name)) return name as CompressionAlgorithm;
  throw invalid(`there is no algorithm '${String(name)}': ${suggest(String(name), ALGORITHMS)}`, { algorithm: name });
}

/** @throws ServiceError INVALID_ARGUMENT */
export function checkLevel(algorithm: CompressionAlgorithm, level: unknown): number {
  const [least, most, usual] = LEVELS[algorithm];
  if (level === undefined) return usual;
  if (typeof level !== 'number' || !Number.isInteger(level) || level < least || level > most) throw invalidField('level', `a whole number from ${least} to ${most} for ${algorithm}`, level);
  return level;
}

/** By its first bytes. @throws ServiceError INVALID_ARGUMENT when nothing known begins so */
export function detect(bytes: Uint8Array): CompressionAlgorithm {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x04 && b === 0x22 && c === 0x4d && d === 0x18) return 'lz4';
  if (a !== undefined && b !== undefined && (a & 0x0f) === 8 && a >> 4 <= 7 && (a * 256 + b) % 31 === 0) return 'deflate';
  throw invalid('the bytes begin as no gzip, zlib, zstd or lz4 data does: name the algorithm (brotli has no mark of its own)');
}

export const corrupt = (algorithm: string, why: string, cause?: unknown): Error => dataError('CORRUPT', `the ${algorithm} data is damaged or cut short: ${why}`, { algorithm }, cause);

export const tooLarge = (limit: number): Error => dataError('TOO_LARGE', `more than ${limit} bytes would come out: raise maxOutputBytes or maxRatio if the source is trusted`, { limit });
