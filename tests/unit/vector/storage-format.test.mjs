import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from '../../../js/dist/host/storage/crc32.js';
import { snapshotChunks } from '../../../js/dist/services/vector/storage/snapshot-writer.js';
import { HARD_STRINGS, random, readSnapshot, sampleSource, writeSnapshot } from './storage-samples.mjs';

const ENCODINGS = ['f32', 'f16', 'int8', 'binary'];

function assertSame(snapshot, source) {
  assert.deepEqual(snapshot.config, source.config);
  assert.equal(snapshot.slots, source.slots);
  assert.deepEqual(snapshot.ids, source.ids);
  assert.deepEqual(snapshot.contents, source.contents);
  assert.deepEqual(snapshot.metadata, source.metadata);
  assert.deepEqual(snapshot.rows(0, source.slots), source.allRows);
  assert.deepEqual(snapshot.graph, source.graph);
}

const isCorrupt = (error) => error?.name === 'ServiceError' && error.code === 'CORRUPT' && error.message.length > 20;

function assertRefused(bytes, what) {
  assert.throws(() => readSnapshot(bytes), isCorrupt, what);
}

test('crc32 gives the published check value, in one piece, in two, and from any alignment', () => {
  const text = new TextEncoder().encode('123456789');
  assert.equal(crc32(text), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 255);
  const slow = (b) => {
    let c = ~0;
    for (const byte of b) { c ^= byte; for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1; }
    return ~c >>> 0;
  };
  for (let from = 0; from < 9; from++) {
    for (let to = from; to < 300; to += 7) {
      const piece = bytes.subarray(from, to);
      assert.equal(crc32(piece), slow(piece));
      assert.equal(crc32(piece.subarray(3), crc32(piece.subarray(0, 3))), slow(piece));
    }
  }
});

for (const encoding of ENCODINGS) {
  test(`a collection of ${encoding} rows comes back as it was, any string included`, () => {
    const source = sampleSource({ encoding, dimensions: 13, graph: Uint8Array.of(1, 2, 3) });
    const bytes = writeSnapshot(source);
    assertSame(readSnapshot(bytes), source);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    assertSame(readSnapshot(shifted), source);
  });
}

test('an empty collection comes back, with and without dimensions', () => {
  for (const dimensions of [0, 8]) {
    const source = sampleSource({ slots: 0, dimensions });
    assertSame(readSnapshot(writeSnapshot(source)), source);
  }
});

test('documents of text alone come back without rows', () => {
  const source = { ...sampleSource({ slots: 20 }), config: { dimensions: 0, metric: 'cosine', encoding: 'f32' }, rows: () => new Uint8Array(0), allRows: new Uint8Array(0) };
  assertSame(readSnapshot(writeSnapshot(source)), source);
});

test('it is written in pieces of at most about 1 MiB, however many rows there are', () => {
  const source = sampleSource({ slots: 900, dimensions: 700, graph: new Uint8Array(77) });
  const pieces = [...snapshotChunks(source)];
  assert.ok(pieces.every(({ length }) => length <= 1 << 20));
  assert.ok(pieces.filter(({ length }) => length > 1 << 19).length > 1, 'the rows take several');
  assertSame(readSnapshot(new Uint8Array(Buffer.concat(pieces))), source);
});

test('a text of several blocks, with lone surrogates in one of them and a pair split between two strings', () => {
  const contents = ['a'.repeat(900_000), 'é'.repeat(900_000), '\ud83d', '\ude00', 'b'.repeat(2_000_000), `${'c'.repeat(1000)}\ud800`];
  const source = { ...sampleSource({ slots: 6 }), ids: [0, 1, 2, 3, 4, 5].map(String), contents };
  assert.deepEqual(readSnapshot(writeSnapshot(source)).contents, contents);
});

test('every hard string survives as id, content, metadata key and value', () => {
  const n = HARD_STRINGS.length;
  const metadata = HARD_STRINGS.map((s) => ({ [s]: s, list: [s] }));
  const source = { ...sampleSource({ slots: n }), ids: HARD_STRINGS, contents: HARD_STRINGS, metadata };
  const back = readSnapshot(writeSnapshot(source));
  assert.deepEqual(back.ids, HARD_STRINGS);
  assert.deepEqual(back.contents, HARD_STRINGS);
  assert.deepEqual(back.metadata, metadata);
});

test('32: a file cut at any byte, or with bytes added, is refused', () => {
  const bytes = writeSnapshot(sampleSource({ slots: 9, graph: new Uint8Array(5) }));
  for (let length = 0; length < bytes.length; length++) assertRefused(bytes.subarray(0, length), `cut at ${length}`);
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assertRefused(longer, 'one byte more');
  readSnapshot(bytes);
});

test('32: every single flipped bit of a small file is noticed', () => {
  const bytes = writeSnapshot(sampleSource({ slots: 3, dimensions: 2, graph: new Uint8Array(5) }));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assertRefused(bytes, `bit ${bit}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  readSnapshot(bytes);
});

test('a snapshot can not be changed through a buffer shared with another thread', () => {
  const source = sampleSource({ slots: 4 });
  const bytes = writeSnapshot(source);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const snapshot = readSnapshot(shared);
  shared.fill(0);
  assertSame(snapshot, source);
});

// Files with right checksums and wrong content: what an attacker would send.

/** Rewrites one section and puts all checksums right again. */
function forge(bytes, letters, edit) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const footer = bytes.length - 32;
  const table = Number(view.getBigUint64(footer, true));
  const count = view.getUint32(footer + 16, true);
  const sections = [];
  for (let i = 0; i < count; i++) {
    const at = table + 32 * i;
    const offset = Number(view.getBigUint64(at + 8, true));
    const kind = String.fromCharCode(...bytes.subarray(at, at + 4));
    sections.push({ kind, body: bytes.slice(offset, offset + Number(view.getBigUint64(at + 16, true))) });
  }
  const changed = sections.flatMap((s) => (s.kind === letters ? edit(s.body) ?? [] : [s.body]).map((body) => ({ kind: s.kind, body })));
  const parts = [bytes.slice(0, 32)];
  const entries = new DataView(new ArrayBuffer(32 * changed.length));
  let offset = 32;
  changed.forEach(({ kind, body }, i) => {
    [...kind].forEach((letter, k) => entries.setUint8(32 * i + k, letter.charCodeAt(0)));
    entries.setUint32(32 * i + 4, crc32(body), true);
    entries.setBigUint64(32 * i + 8, BigInt(offset), true);
    entries.setBigUint64(32 * i + 16, BigInt(body.length), true);
    const padded = new Uint8Array(Math.ceil(body.length / 8) * 8);
    padded.set(body);
    parts.push(padded);
    offset += padded.length;
  });
  const tableBytes = new Uint8Array(entries.buffer);
  const end = new DataView(new ArrayBuffer(32));
  end.setBigUint64(0, BigInt(offset), true);
  end.setBigUint64(8, BigInt(offset + tableBytes.length + 32), true);
  end.setUint32(16, changed.length, true);
  end.setUint32(20, crc32(tableBytes), true);
  end.setUint32(28, crc32(new Uint8Array(end.buffer, 0, 28)), true);
  return new Uint8Array(Buffer.concat([...parts, tableBytes, new Uint8Array(end.buffer)]));
}

const json = (body, change) => {
  const value = JSON.parse(new TextDecoder().decode(body));
  return [new TextEncoder().encode(JSON.stringify({ ...value, ...change }))];
};
const word = (at, value) => (body) => { new DataView(body.buffer).setUint32(at, value, true); return [body]; };
const float = (at, value) => (body) => { new DataView(body.buffer).setFloat32(at, value, true); return [body]; };

const FORGERIES = [
  ['more slots than there is data for', 'CONF', (b) => json(b, { slots: 2 ** 32 - 1 })],
  ['fractional slots', 'CONF', (b) => json(b, { slots: 1.5 })],
  ['negative dimensions', 'CONF', (b) => json(b, { dimensions: -1 })],
  ['dimensions too large', 'CONF', (b) => json(b, { dimensions: 2 ** 31 })],
  ['zero dimensions with rows', 'CONF', (b) => json(b, { dimensions: 0 })],
  ['unknown metric', 'CONF', (b) => json(b, { metric: 'toString' })],
  ['unknown encoding', 'CONF', (b) => json(b, { encoding: '__proto__' })],
  ['config that is no object', 'CONF', () => [new TextEncoder().encode('[]')]],
  ['config that is no JSON', 'CONF', () => [new TextEncoder().encode('{')]],
  ['config that is no UTF-8', 'CONF', () => [Uint8Array.of(0xff, 0xfe)]],
  ['no config', 'CONF', () => []],
  ['two configs', 'CONF', (b) => [b, b]],
  ['no ids', 'IDS ', () => []],
  ['a huge id', 'IDS ', word(0, 0xfffffffe)],
  ['an id longer than its block', 'IDS ', word(4, 0x7fffffff)],
  ['a text block of huge size', 'IDS ', word(4 * 9 + 4, 0xffffffff)],
  ['a text block of unknown encoding', 'IDS ', word(4 * 9 + 8, 9)],
  ['ids cut short', 'IDS ', (b) => [b.slice(0, -1)]],
  ['bytes behind the ids', 'IDS ', (b) => [Buffer.concat([b, Uint8Array.of(0)])]],
  ['no rows', 'ROWS', () => []],
  ['a row too few', 'ROWS', (b) => [b.slice(0, -20)]],
  ['a NaN', 'ROWS', float(12, NaN)],
  ['an infinity', 'ROWS', float(4 * 5 * 8, -Infinity)],
  ['a metadata block of zero items', 'META', word(0, 0)],
  ['a metadata block of too many items', 'META', word(0, 10)],
  ['a metadata block of huge size', 'META', word(4, 0xfffffff0)],
];

test('32: forged files with right checksums are refused, and the honest one by the same road is not', () => {
  const source = sampleSource({ slots: 9 });
  const bytes = writeSnapshot(source);
  assertSame(readSnapshot(forge(bytes, 'none', () => [])), source);
  for (const [what, section, edit] of FORGERIES) assertRefused(forge(bytes, section, edit), what);
});

test('forged metadata and double ids are refused', () => {
  const source = { ...sampleSource({ slots: 2 }), ids: ['a', 'b'] };
  const bytes = writeSnapshot(source);
  for (const bad of [[1], ['x'], [[]], [{ a: {} }], [{ a: [{}] }], [{ a: [[1]] }], [{ a: [true] }]]) {
    const text = new TextEncoder().encode(JSON.stringify([...bad, null]));
    const head = new Uint8Array(new Uint32Array([2, text.length]).buffer);
    assertRefused(forge(bytes, 'META', () => [Buffer.concat([head, text])]), JSON.stringify(bad));
  }
  assertRefused(writeSnapshot({ ...source, ids: ['a', 'a'] }), 'the same id twice');
});

test('scales of coded rows and unused bits are checked', () => {
  for (const [encoding, edit] of [['int8', float(0, NaN)], ['int8', float(0, -1)], ['binary', float(0, Infinity)], ['binary', (b) => { b[5] |= 0x80; return [b]; }], ['f16', (b) => { b[1] = 0x7c; return [b]; }]]) {
    const bytes = writeSnapshot(sampleSource({ encoding, dimensions: 13, slots: 5 }));
    readSnapshot(bytes);
    assertRefused(forge(bytes, 'ROWS', edit), encoding);
  }
});

test('32: foreign, newer and big-endian files are told apart in the message', () => {
  const bytes = writeSnapshot(sampleSource());
  const change = (at, values) => { const copy = bytes.slice(); copy.set(values, at); return copy; };
  const message = (b) => { try { readSnapshot(b); } catch (error) { return error.message; } return ''; };
  assert.match(message(change(0, [0x50, 0x4b, 3, 4])), /not a saved collection of wasm-services.*byte 0/);
  assert.match(message(change(8, [2])), /version 2 .*update the package/i);
  assert.match(message(change(12, [1, 2, 3, 4])), /big-endian/);
  assert.match(message(new Uint8Array(10)), /cut short/);
});

test('32: ten thousand random damages of a larger file: never anything but CORRUPT', () => {
  const next = random(99);
  const good = writeSnapshot(sampleSource({ slots: 300, dimensions: 16, graph: new Uint8Array(500) }));
  for (let round = 0; round < 10_000; round++) {
    const at = Math.floor(next() * good.length);
    const old = good[at];
    good[at] = old ^ (1 + Math.floor(next() * 255));
    assertRefused(good, `byte ${at}`);
    good[at] = old;
  }
});

test('a source that contradicts itself is refused before anything is written', () => {
  const source = sampleSource();
  for (const bad of [{ ids: [] }, { slots: 3 }, { rows: () => new Uint8Array(1) }, { config: { ...source.config, dimensions: 0 } }]) {
    assert.throws(() => writeSnapshot({ ...source, ...bad }), { code: 'INVALID_ARGUMENT' });
  }
});
