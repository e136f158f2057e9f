import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HnswGraph, preferScan } from '../../../js/dist/services/vector/js/hnsw.js';
import { bitmap, hits, PARAMS, Random, recall, Rows } from './hnsw-rows.mjs';

function build(rows, params = PARAMS) {
  const graph = new HnswGraph(rows, params);
  for (let slot = 0; slot < rows.count; slot++) graph.insert(slot);
  return graph;
}

test('finds the true neighbours', () => {
  const rows = Rows.random(3000, 16, 1);
  const share = recall(build(rows), rows, Rows.random(60, 16, 2), 80);
  assert.ok(share >= 0.97, `recall ${share}`);
});

test('the same calls make the same bytes, another seed others', () => {
  const rows = Rows.random(800, 8, 3);
  const bytes = Buffer.from(build(rows).export());
  assert.ok(bytes.equals(build(rows).export()));
  assert.ok(!bytes.equals(build(rows, { ...PARAMS, seed: 43 }).export()));
});

test('copies of one row are all found and do not become an island', () => {
  const rows = Rows.random(1500, 8, 12);
  for (let slot = 500; slot < 650; slot++) rows.data.copyWithin(slot * 8, 0, 8);
  const graph = build(rows);
  assert.deepEqual(hits(graph, rows.to(rows.row(0)), { k: 180, ef: 180 }), rows.exact(rows.row(0), 180));
});

test('a churned graph is as good as a fresh one', () => {
  const rows = Rows.random(3000, 16, 4);
  const queries = Rows.random(60, 16, 5);
  const random = new Random(6);
  const graph = build(rows);
  const order = Array.from({ length: 3000 }, (_, slot) => slot);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  for (let i = 0; i < 1400; i += 35) graph.remove(order.slice(i, i + 35));
  for (let i = 1400; i < 1500; i++) graph.remove([order[i]]);
  for (const slot of order.slice(0, 700)) {
    for (let j = 0; j < 16; j++) rows.data[slot * 16 + j] = random.normal();
    graph.replace(slot);
  }
  const live = (slot) => graph.has(slot);
  const fresh = new HnswGraph(rows, PARAMS);
  for (let slot = 0; slot < 3000; slot++) if (live(slot)) fresh.insert(slot);
  assert.equal(graph.size, 2200);
  const [old, anew] = [graph, fresh].map((g) => recall(g, rows, queries, 60, live));
  assert.ok(old >= anew - 0.01, `recall ${old} against ${anew} of a fresh graph`);
});

test('a replaced row is found at its new place only', () => {
  const rows = Rows.random(1000, 8, 7);
  const graph = build(rows);
  const old = rows.row(500).slice();
  for (let j = 0; j < 8; j++) rows.data[500 * 8 + j] += 5;
  graph.replace(500);
  assert.deepEqual(hits(graph, rows.to(rows.row(500)), { k: 1, ef: 40 }), [500]);
  assert.ok(!hits(graph, rows.to(old), { k: 5, ef: 40 }).includes(500));
  assert.equal(graph.size, 1000);
});

test('what is left after removing nearly all is in reach; an empty graph answers and grows again', () => {
  const rows = Rows.random(1500, 8, 8);
  for (const left of [0, 1, 40]) {
    const graph = build(rows);
    graph.remove(Array.from({ length: 1500 - left }, (_, i) => i + left));
    assert.equal(graph.size, left);
    assert.equal(hits(graph, rows.to(rows.row(0)), { k: 100, ef: 100 }).length, left);
    graph.insert(700);
    assert.ok(hits(graph, rows.to(rows.row(700)), { k: 1, ef: 10 }).includes(700));
  }
});

test('only matching rows are returned, and recall holds', () => {
  const rows = Rows.random(3000, 16, 1);
  const graph = build(rows);
  for (const every of [2, 10, 50]) {
    const keep = (slot) => slot % every === 0;
    const allow = bitmap(3000, keep);
    assert.ok(hits(graph, rows.to(rows.row(1)), { k: 10, ef: 40, allow }).every(keep));
    const share = recall(graph, rows, Rows.random(40, 16, 2), 60, keep, allow);
    assert.ok(share >= 0.96, `recall ${share} with one in ${every} allowed`);
  }
  assert.deepEqual(hits(graph, rows.to(rows.row(1)), { k: 10, ef: 40, allow: new Uint32Array(0) }), []);
  const found = graph.search(rows.to(rows.row(1)), { k: 10, ef: 40, allow: bitmap(3000, (slot) => slot === 9), budget: 100 });
  assert.ok(found.gaveUp && found.computed < 300);
});

test('scanning is preferred for few rows, walking for many', () => {
  assert.ok(preferScan(1_000_000, 5_000, 100) && preferScan(20_000, 2_000, 96));
  assert.ok(!preferScan(1_000_000, 500_000, 100));
});

test('parameters out of range are refused', () => {
  const rows = Rows.random(1, 2, 1);
  for (const bad of [{ m: 1 }, { m: 101 }, { m: 2.5 }, { efConstruction: 0 }, { efConstruction: NaN }]) {
    assert.throws(() => new HnswGraph(rows, { ...PARAMS, ...bad }), { code: 'INVALID_ARGUMENT' });
  }
});
