import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsEngine } from '../../../js/dist/services/vector/js-engine.js';
import { allowMap, DECODERS, NaiveEngine, random, randomRows } from './naive-engine.mjs';

const SEED = 20260703, DIMENSIONS = 16;
const engineOf = (metric, encoding = 'f32', hnsw = {}) => createJsEngine({
  dimensions: DIMENSIONS, metric, index: 'hnsw', quantization: encoding === 'f32' ? 'none' : encoding, rescore: encoding === 'f32',
  hnsw: { m: 8, efConstruction: 60, ef: 20, seed: 3, ...hnsw },
});

/** Mean share of the true k best among those found, and how many came back. Scores of what is found must be exact. */
function recall(engine, naive, next, allowed, k = 10) {
  let found = 0, wanted = 0;
  for (let i = 0; i < 40; i++) {
    const query = randomRows(next, 1, DIMENSIONS);
    const { count, slots, scores } = engine.search(query, { k, exact: false, ef: 0, ...(allowed && { allow: allowMap(engine.slots, allowed) }) });
    const truth = naive.search(query, k, allowed);
    assert.equal(count, truth.length);
    const worst = truth.at(-1)?.score;
    for (let h = 0; h < count; h++) {
      assert.equal(scores[h], naive.score(query, slots[h]));
      assert.ok(naive.live[slots[h]] && (!allowed || allowed(slots[h])));
      if (h > 0) assert.ok(scores[h] < scores[h - 1] || (scores[h] === scores[h - 1] && slots[h] > slots[h - 1]));
      if (scores[h] >= worst) found++;
    }
    wanted += truth.length;
  }
  return wanted === 0 ? 1 : found / wanted;
}

for (const [metric, encoding] of [['cosine', 'f32'], ['l2sq', 'f32'], ['dot', 'f32'], ['cosine', 'int8']]) {
  test(`hnsw over ${metric} ${encoding}: good answers while it is built, changed, filtered and compacted`, () => {
    const next = random(SEED), engine = engineOf(metric, encoding), naive = new NaiveEngine(metric, DECODERS[encoding]);
    const add = (count) => { const rows = randomRows(next, count, DIMENSIONS); engine.append(rows); naive.append(rows, DIMENSIONS); };
    add(1500);
    assert.equal(engine.pending, 1500);
    assert.equal(engine.exportGraph(), undefined);
    assert.equal(recall(engine, naive, next), 1, 'nothing is linked: a scan answers');
    while (engine.step(5) > 0);
    assert.equal(engine.indexName, 'hnsw');
    assert.ok(engine.memory().graph > 0);
    assert.ok(recall(engine, naive, next) > 0.9);

    add(300);
    assert.equal(engine.pending, 300);
    assert.ok(recall(engine, naive, next) > 0.9, 'what waits is scanned');
    const dead = Uint32Array.from({ length: 400 }, () => Math.floor(next() * 1900));
    engine.remove(dead);
    naive.remove(dead);
    for (let i = 0; i < 30; i++) {
      const slot = Math.floor(next() * 1800), row = randomRows(next, 1, DIMENSIONS);
      engine.write(slot, row);
      naive.write(slot, row);
    }
    assert.ok(recall(engine, naive, next) > 0.9);
    while (engine.step(5) > 0);
    for (const allowed of [(s) => s % 2 === 0, (s) => s % 40 === 0, (s) => s === 77 || s === 1700, () => false]) {
      assert.ok(recall(engine, naive, next, allowed) > 0.9, 'filtered');
    }
    engine.compact();
    naive.compact();
    assert.equal(engine.pending, 0, 'the graph follows a compaction');
    assert.ok(recall(engine, naive, next) > 0.9);
    const query = randomRows(next, 1, DIMENSIONS);
    const { slots } = engine.search(query, { k: 25, exact: true, ef: 0 });
    assert.deepEqual(Array.from(slots.subarray(0, 25)), naive.search(query, 25).map((hit) => hit.slot));
    assert.equal(recall(engine, naive, next, undefined, 1e4), 1, 'all rows, ranked');
  });
}

test('a walked answer differs from a scanned one only by what it misses: the graph is really used', () => {
  const next = random(SEED), engine = engineOf('l2sq', 'f32', { m: 2, efConstruction: 4, ef: 1 }), naive = new NaiveEngine('l2sq');
  const rows = randomRows(next, 3000, DIMENSIONS);
  engine.append(rows);
  naive.append(rows, DIMENSIONS);
  while (engine.step(50) > 0);
  const poor = recall(engine, naive, next, undefined, 1);
  assert.ok(poor < 0.95 && poor > 0.05);
});

test('a graph goes to another engine; one that does not fit is CORRUPT', () => {
  const next = random(SEED), rows = randomRows(next, 600, DIMENSIONS), query = randomRows(next, 1, DIMENSIONS);
  const first = engineOf('cosine'), second = engineOf('cosine'), third = engineOf('cosine');
  first.append(rows);
  first.remove(Uint32Array.of(9));
  while (first.step(50) > 0);
  const graph = first.exportGraph();
  second.importRows(first.exportRows(0, 600), 600);
  assert.throws(() => second.importGraph(graph), { code: 'CORRUPT' }, 'slot 9 lives here');
  assert.equal(second.pending, 600);
  second.remove(Uint32Array.of(9));
  second.importGraph(graph);
  assert.equal(second.pending, 0);
  assert.deepEqual(second.exportGraph(), graph);
  const params = { k: 5, exact: false, ef: 10 };
  assert.deepEqual(second.searchBatch(query, params), first.searchBatch(query, params));
  third.append(rows.subarray(0, 100 * DIMENSIONS));
  assert.throws(() => third.importGraph(graph), { code: 'CORRUPT' });
  assert.throws(() => third.importGraph(graph.subarray(0, 50)), { code: 'CORRUPT' });
  const flat = createJsEngine({ dimensions: DIMENSIONS, metric: 'cosine', index: 'flat', quantization: 'none', rescore: true, hnsw: { m: 8, efConstruction: 60, ef: 20, seed: 3 } });
  assert.throws(() => flat.importGraph(graph), { code: 'CORRUPT' });
});

test('sign distances and f16 or 1-bit rows are scanned, which indexName says', () => {
  for (const [metric, encoding] of [['hamming', 'f32'], ['cosine', 'f16'], ['dot', 'binary']]) {
    const engine = engineOf(metric, encoding);
    engine.append(randomRows(random(SEED), 50, DIMENSIONS));
    assert.equal(engine.pending, 0);
    assert.equal(engine.step(10), 0);
    assert.equal(engine.indexName, `flat ${encoding}`);
    assert.equal(engine.exportGraph(), undefined);
  }
});
