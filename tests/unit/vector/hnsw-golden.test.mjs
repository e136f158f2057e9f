// The graph in TypeScript makes the very bytes that the Rust core makes (crates/vector-search/src/hnsw/tests/golden.rs writes
// them: UPDATE_GOLDEN=1 cargo test -p vector-search golden).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HnswGraph } from '../../../js/dist/services/vector/js/hnsw.js';
import { bitmap, hits, Rows } from './hnsw-rows.mjs';

const DIMS = 4;
const params = { m: 6, efConstruction: 40, seed: 3_000_000_000 };
const golden = (name) => new Uint8Array(readFileSync(new URL(`../../fixtures/golden/${name}`, import.meta.url)));

function build() {
  let state = 7;
  const row = () => Array.from({ length: DIMS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) & 15;
  });
  const rows = new Rows(DIMS, new Float32Array(600 * DIMS));
  for (let slot = 0; slot < 600; slot++) rows.data.set(row(), slot * DIMS);
  const graph = new HnswGraph(rows, params);
  for (let slot = 0; slot < 600; slot++) graph.insert(slot);
  graph.remove(Array.from({ length: 86 }, (_, i) => i * 7));
  for (const slot of [1, 599, 300]) graph.remove([slot]);
  for (let slot = 2; slot < 600; slot += 11) {
    if (slot % 7 === 0) continue;
    rows.data.set(row(), slot * DIMS);
    graph.replace(slot);
  }
  return { rows, graph };
}

test('build, removal and replacement give the bytes of the Rust core', () => {
  const { graph } = build();
  assert.ok(Buffer.from(graph.export()).equals(golden('hnsw-integers.bin')));
});

test('compacting gives the bytes of the Rust core', () => {
  const { graph } = build();
  const compacted = graph.exportCompacted(bitmap(600, (slot) => graph.has(slot)));
  assert.ok(Buffer.from(compacted).equals(golden('hnsw-integers-compacted.bin')));
});

test('a graph written by the Rust core reads back and answers', () => {
  const { rows, graph } = build();
  const read = HnswGraph.import(rows, params, 600, golden('hnsw-integers.bin'));
  assert.equal(read.size, graph.size);
  for (let slot = 3; slot < 600; slot += 50) {
    assert.deepEqual(hits(read, rows.to(rows.row(slot)), { k: 10, ef: 40 }), hits(graph, rows.to(rows.row(slot)), { k: 10, ef: 40 }));
  }
});
