// Seeded collections for the storage tests, and saved files in one go.
import { readSnapshotSteps } from '../../../js/dist/services/vector/storage/snapshot-reader.js';
import { snapshotChunks } from '../../../js/dist/services/vector/storage/snapshot-writer.js';

export const writeSnapshot = (source) => new Uint8Array(Buffer.concat([...snapshotChunks(source)]));

export function readSnapshot(bytes) {
  const steps = readSnapshotSteps(bytes);
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/** A small generator of uniform numbers in [0, 1) (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Strings that lose something in a careless encoding. */
export const HARD_STRINGS = [
  '', '\0', 'plain', '\ud800', '\udc00', 'a\udfff', '\ud83d\ude00', '\ude00\ud83d', '\ufeffbom', '\ufffd', 'é', 'e\u0301', '__proto__', 'constructor', '日本語', 'x'.repeat(5000),
];

export const ROW_BYTES = { f32: (d) => 4 * d, f16: (d) => 2 * d, int8: (d) => 4 + d, binary: (d) => 4 + Math.ceil(d / 8) };

/** Rows in canonical form: finite values, clean padding bits. */
export function sampleRows(encoding, dimensions, count, seed) {
  const next = random(seed);
  const stride = ROW_BYTES[encoding](dimensions);
  const bytes = new Uint8Array(count * stride);
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < count; row++) {
    const at = row * stride;
    if (encoding === 'f32') for (let j = 0; j < dimensions; j++) view.setFloat32(at + 4 * j, next() - 0.5, true);
    else if (encoding === 'f16') for (let j = 0; j < dimensions; j++) view.setUint16(at + 2 * j, Math.floor(next() * 0x7c00), true);
    else {
      view.setFloat32(at, next(), true);
      for (let b = 4; b < stride; b++) bytes[at + b] = Math.floor(next() * 256);
      if (encoding === 'binary' && dimensions % 8) bytes[at + stride - 1] &= (1 << (dimensions % 8)) - 1;
    }
  }
  return bytes;
}

/** A SnapshotSource of `slots` documents; every seventh slot is dead. */
export function sampleSource({ slots = 40, dimensions = 5, encoding = 'f32', metric = 'cosine', graph, seed = 1 } = {}) {
  const rows = sampleRows(encoding, dimensions, slots, seed);
  const stride = ROW_BYTES[encoding](dimensions);
  const live = (slot) => slot % 7 !== 6;
  const at = (slot, make) => (live(slot) ? make(slot) : undefined);
  return {
    config: { dimensions, metric, encoding, language: 'english' },
    slots,
    ids: Array.from({ length: slots }, (_, i) => at(i, () => HARD_STRINGS[i] ?? `id-${i}`)),
    contents: Array.from({ length: slots }, (_, i) => at(i, () => (i % 3 === 0 ? undefined : HARD_STRINGS[(i * 5) % HARD_STRINGS.length]))),
    metadata: Array.from({ length: slots }, (_, i) => at(i, () => (i % 4 === 0 ? undefined : { n: i, tags: ['a', '\ud800', 2], deep: null, [HARD_STRINGS[i % 5]]: true, ['__proto__']: 'own' }))),
    rows: (from, to) => rows.slice(from * stride, to * stride),
    ...(graph && { graph }),
    allRows: rows,
  };
}
