import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HnswGraph } from '../../../js/dist/services/vector/js/hnsw.js';
import { bitmap, hits, Random, Rows } from './hnsw-rows.mjs';

const params = { m: 4, efConstruction: 40, seed: 9 };
const rows = Rows.random(120, 6, 1);
const graph = new HnswGraph(rows, params);
for (let slot = 0; slot < 120; slot++) graph.insert(slot);
graph.remove([3, 77, 119]);
const bytes = graph.export();
const read = (data, slots = 120, p = params) => HnswGraph.import(rows, p, slots, data);

/** Damage is refused, or what was read is a graph that is safe to use. */
function refusedOrSafe(data) {
  let damaged;
  try {
    damaged = read(data);
  } catch (error) {
    assert.equal(error.code, 'CORRUPT', String(error.stack));
    return true;
  }
  const found = hits(damaged, rows.to(rows.row(0)), { k: 5, ef: 10 });
  assert.ok(found.every((slot) => damaged.has(slot)));
  return false;
}

test('written bytes read back, from any offset, and the graph grows on', () => {
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const again = read(shifted.subarray(3));
  assert.ok(Buffer.from(again.export()).equals(bytes));
  again.insert(77);
  assert.equal(again.size, 118);
  const empty = new HnswGraph(rows, params).export();
  assert.equal(read(empty, 0).size, 0);
});

test('another m, another seed or fewer slots are refused', () => {
  for (const p of [{ ...params, m: 5 }, { ...params, seed: 1 }]) assert.throws(() => read(bytes, 120, p), { code: 'CORRUPT' });
  assert.throws(() => read(bytes, 118), { code: 'CORRUPT' });
});

test('bytes cut anywhere or with more behind are refused', () => {
  for (let end = 0; end < bytes.length; end++) assert.throws(() => read(bytes.subarray(0, end)), { code: 'CORRUPT' });
  assert.throws(() => read(Uint8Array.from([...bytes, 0])), { code: 'CORRUPT' });
});

test('every flipped bit is refused or gives a graph that is safe to use', () => {
  let refused = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    if (refusedOrSafe(damaged)) refused++;
  }
  assert.ok(refused > bytes.length * 4, `only ${refused} of ${bytes.length * 8} flips were refused`);
});

test('forged counts are refused', () => {
  for (let at = 8; at < 32; at += 4) {
    for (const value of [0, 1, 119, 121, 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]) {
      const forged = bytes.slice();
      new DataView(forged.buffer).setUint32(at, value, true);
      if (at !== 20 && !Buffer.from(forged).equals(bytes)) assert.throws(() => read(forged, 0xffffffff), { code: 'CORRUPT' });
      else refusedOrSafe(forged);
    }
  }
});

test('random damage never throws anything but CORRUPT', () => {
  const random = new Random(5);
  for (let round = 0; round < 2000; round++) {
    const damaged = bytes.slice();
    for (let i = random.below(6); i >= 0; i--) damaged[random.below(damaged.length)] = random.below(256);
    refusedOrSafe(damaged);
  }
});

test('compacting renumbers and keeps every link', () => {
  const live = Array.from({ length: 120 }, (_, slot) => slot).filter((slot) => graph.has(slot));
  const packed = new Rows(6, new Float32Array(live.flatMap((slot) => [...rows.row(slot)])));
  const compacted = HnswGraph.import(packed, params, 117, graph.exportCompacted(bitmap(120, (slot) => graph.has(slot))));
  for (const slot of [0, 50, 100]) {
    const found = hits(compacted, packed.to(rows.row(slot)), { k: 10, ef: 30 });
    assert.deepEqual(found.map((s) => live[s]), hits(graph, rows.to(rows.row(slot)), { k: 10, ef: 30 }));
  }
});
