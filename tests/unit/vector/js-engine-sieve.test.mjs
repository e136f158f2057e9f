import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsEngine } from '../../../js/dist/services/vector/js-engine.js';
import { allowMap, NaiveEngine, random, randomRows } from './naive-engine.mjs';

const SEED = 20260704, ROWS = 1600;
const engineOf = (metric, dimensions, quantization = 'auto') => createJsEngine({
  dimensions, metric, index: 'auto', quantization, rescore: true, hnsw: { m: 8, efConstruction: 40, ef: 40, seed: 7 },
});

/** Against the exact search of the same engine, which js-engine.test.mjs compares with the definition. */
function recall(engine, queries, k, allowed) {
  const params = { k, ef: 0, ...(allowed && { allow: allowMap(engine.slots, allowed) }) };
  let found = 0, wanted = 0;
  for (const query of queries) {
    const [truth] = engine.searchBatch(query, { ...params, exact: true });
    const { count, slots, scores } = engine.search(query, { ...params, exact: false });
    assert.equal(count, truth.slots.length);
    const place = new Map(Array.from(truth.slots, (slot, i) => [slot, truth.scores[i]]));
    for (let i = 0; i < count; i++) {
      if (place.has(slots[i])) assert.equal(scores[i], place.get(slots[i]));
      assert.ok(!allowed || allowed(slots[i]));
      if (scores[i] >= truth.scores.at(-1)) found++;
    }
    assert.deepEqual(Array.from(engine.score(query, slots.slice(0, count))), Array.from(scores.subarray(0, count)));
    wanted += count;
  }
  return found / wanted;
}

/** Rows around a few centres, all shifted: what embeddings look like; or plain noise, which defeats 1-bit codes. */
function dataOf(kind, next, dimensions) {
  const centres = Array.from({ length: 12 }, () => randomRows(next, 1, dimensions));
  const row = () => {
    const centre = centres[Math.floor(next() * 12)];
    return kind === 'noise' ? randomRows(next, 1, dimensions) : centre.map((v) => 0.4 + v + 0.8 * (next() - 0.5));
  };
  return { rows: (count) => Float32Array.from(Array.from({ length: count }, () => Array.from(row())).flat()), query: row };
}

for (const metric of ['cosine', 'dot', 'l2sq']) {
  for (const kind of ['clusters', 'noise']) {
    for (const quantization of ['auto', 'binary']) {
      test(`${metric}, ${kind}, ${quantization}: nearly the true answers with exact scores through every change`, () => {
        for (const dimensions of [64, 101]) {
          const next = random(SEED), data = dataOf(kind, next, dimensions);
          const engine = engineOf(metric, dimensions, quantization);
          const add = (count) => { const rows = data.rows(count); engine.append(rows); };
          const queries = Array.from({ length: 15 }, data.query);
          add(ROWS);
          assert.equal(engine.indexName, '1-bit + f32');
          assert.ok(recall(engine, queries, 10) >= 0.98);
          add(500);
          const dead = Uint32Array.from({ length: 200 }, () => Math.floor(next() * ROWS));
          engine.remove(dead);
          for (let i = 0; i < 20; i++) {
            const slot = Math.floor(next() * ROWS), row = data.query();
            engine.write(slot, row);
            queries.push(row);
          }
          assert.ok(recall(engine, queries, 10) >= 0.98);
          const { count, slots } = engine.search(engine.row(dead[0]), { k: 100, exact: false, ef: 0 });
          assert.ok(count === 100 && !slots.subarray(0, 100).some((slot) => dead.includes(slot)), 'the dead do not answer');
          assert.ok(recall(engine, queries, 80) >= 0.98, 'more hits than a sorted list holds');
          assert.ok(recall(engine, queries, 5, (slot) => slot % 3 > 0) >= 0.98);
          assert.equal(recall(engine, queries, 5, (slot) => slot % 30 === 0), 1, 'few match: a scan answers');
          engine.compact();
          assert.ok(recall(engine, queries, 10) >= 0.98);
        }
      });
    }
  }
}

test('its codes are made by the first search that wants them, and count as memory', () => {
  const dimensions = 64, next = random(SEED), engine = engineOf('dot', dimensions);
  engine.append(randomRows(next, ROWS, dimensions));
  const before = engine.memory().codes;
  engine.search(randomRows(next, 1, dimensions), { k: 5, exact: true, ef: 0 });
  assert.equal(engine.memory().codes, before);
  engine.search(randomRows(next, 1, dimensions), { k: 5, exact: false, ef: 0 });
  assert.ok(engine.memory().codes >= before + ROWS * (dimensions / 8 + 16));
});

test('exact searches do not use it, and a zero query is answered by a scan', () => {
  const next = random(SEED), dimensions = 64;
  for (const metric of ['cosine', 'dot', 'l2sq', 'hamming']) {
    const engine = engineOf(metric, dimensions);
    const rows = randomRows(next, ROWS, dimensions);
    engine.append(rows);
    const naive = new NaiveEngine(metric), query = randomRows(next, 1, dimensions);
    naive.append(rows, dimensions);
    const { count, slots } = engine.search(query, { k: 40, exact: true, ef: 0 });
    assert.deepEqual(Array.from(slots.subarray(0, count)), naive.search(query, 40).map((hit) => hit.slot));
    assert.equal(recall(engine, [new Float32Array(dimensions)], 10), 1);
  }
});

test('rows and queries of extreme size, equal rows and zero rows', () => {
  const next = random(SEED), dimensions = 64;
  for (const metric of ['cosine', 'dot', 'l2sq']) {
    for (const size of [1e-42, 1e-30, 1e30, 3e38]) {
      const engine = engineOf(metric, dimensions);
      const rows = randomRows(next, ROWS, dimensions, () => size * (next() - 0.5));
      rows.fill(0, 0, 10 * dimensions);
      rows.copyWithin(20 * dimensions, 30 * dimensions, 40 * dimensions);
      engine.append(rows);
      assert.ok(recall(engine, [randomRows(next, 1, dimensions, () => size * (next() - 0.5))], 10) >= 0.9);
    }
    const engine = engineOf(metric, dimensions);
    engine.append(new Float32Array(ROWS * dimensions).fill(0.5));
    const { slots } = engine.search(randomRows(next, 1, dimensions), { k: 10, exact: false, ef: 0 });
    assert.deepEqual(Array.from(slots.subarray(0, 10)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});
