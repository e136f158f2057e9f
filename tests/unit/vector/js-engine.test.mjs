import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createJsEngine } from '../../../js/dist/services/vector/js-engine.js';
import { allowMap, DECODERS, NaiveEngine, random, randomRows } from './naive-engine.mjs';

const METRICS = ['cosine', 'dot', 'l2sq', 'hamming'];
const ENCODINGS = ['f32', 'f16', 'int8', 'binary'];
const hnsw = { m: 8, efConstruction: 40, ef: 40, seed: 7 };
const SEED = 20260701;

function engineOf(metric, encoding, dimensions, more = {}) {
  const quantization = encoding === 'f32' ? 'none' : encoding;
  return createJsEngine({ dimensions, metric, index: 'flat', quantization, rescore: encoding === 'f32', hnsw, ...more });
}
function hitsOf({ count, slots, scores }) {
  return Array.from({ length: count }, (_, i) => ({ slot: slots[i], score: scores[i] }));
}
function assertSameSearch(engine, naive, query, k, allowed) {
  const params = { k, exact: true, ef: 0, ...(allowed && { allow: allowMap(engine.slots, allowed) }) };
  assert.deepEqual(hitsOf(engine.search(query, params)), naive.search(query, k, allowed));
}
/** Same slots, scores and rows, whatever was done before. */
function assertSame(engine, naive, dimensions, next) {
  const query = randomRows(next, 1, dimensions);
  for (const k of [1, 10, 100, naive.rows.length + 5]) assertSameSearch(engine, naive, query, k);
  assertSameSearch(engine, naive, query, 7, (slot) => slot % 3 === 1);
  assertSameSearch(engine, naive, query, 7, (slot) => slot % 11 !== 0);
  assertSameSearch(engine, naive, query, 7, () => false);
  naive.rows.forEach((row, slot) => assert.deepEqual(Array.from(engine.row(slot), (v) => v + 0), row.map((v) => v + 0)));
  const slots = Uint32Array.from(naive.rows, (_, slot) => slot).reverse();
  assert.deepEqual(Array.from(engine.score(query, slots)), Array.from(slots, (slot) => naive.score(query, slot)));
}

for (const metric of METRICS) {
  for (const encoding of ENCODINGS) {
    test(`${metric} over ${encoding} equals the plain definition through adds, writes, removes and compaction`, () => {
      for (const dimensions of [1, 3, 8, 13, 32, 33, 100]) {
        const next = random(SEED + dimensions);
        const engine = engineOf(metric, encoding, dimensions), naive = new NaiveEngine(metric, DECODERS[encoding]);
        for (let round = 0; round < 3; round++) {
          const rows = randomRows(next, 1 + Math.floor(next() * 150), dimensions);
          engine.append(rows);
          naive.append(rows, dimensions);
          for (let i = 0; i < 5; i++) {
            const slot = Math.floor(next() * naive.rows.length), row = randomRows(next, 1, dimensions);
            engine.write(slot, row);
            naive.write(slot, row);
          }
          assertSame(engine, naive, dimensions, next);
          const dead = Uint32Array.from({ length: 20 }, () => Math.floor(next() * (naive.rows.length + 3)));
          engine.remove(dead);
          naive.remove(dead);
          assertSame(engine, naive, dimensions, next);
          if (round === 1) {
            engine.compact();
            naive.compact();
            assert.equal(engine.slots, naive.rows.length);
            assertSame(engine, naive, dimensions, next);
          }
        }
      }
    });

    test(`${metric} over ${encoding}: rows exported by one engine are the same rows in another`, () => {
      const next = random(SEED), dimensions = 21;
      const engine = engineOf(metric, encoding, dimensions), copy = engineOf(metric, encoding, dimensions);
      engine.append(randomRows(next, 90, dimensions));
      engine.remove(Uint32Array.of(4, 50));
      copy.importRows(engine.exportRows(0, 33), 33);
      copy.importRows(engine.exportRows(33, 90), 57);
      copy.remove(Uint32Array.of(4, 50));
      const query = randomRows(next, 1, dimensions), params = { k: 90, exact: true, ef: 0 };
      assert.deepEqual(hitsOf(copy.search(query, params)), hitsOf(engine.search(query, params)));
      assert.deepEqual(copy.exportRows(0, 90), engine.exportRows(0, 90));
    });
  }
}

test('rows of several segments: a scan crosses them, growth keeps what was there', () => {
  const dimensions = 4096, next = random(SEED), rows = randomRows(next, 300, dimensions);
  const engine = engineOf('cosine', 'f32', dimensions), naive = new NaiveEngine('cosine');
  for (let at = 0; at < 300; at += 60) engine.append(rows.subarray(at * dimensions, (at + 60) * dimensions));
  naive.append(rows, dimensions);
  const query = randomRows(next, 1, dimensions);
  assertSameSearch(engine, naive, query, 10);
  assertSameSearch(engine, naive, query, 10, (slot) => slot > 250);
});

test('any finite floats: subnormal, zero, huge; scores and order to the bit', () => {
  const special = fc.oneof(
    { weight: 3, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
    fc.constantFrom(0, -0, 1, -1, 1e38, -3.4028234663852886e38, 1.401298464324817e-45, -1e-40, 65504).map(Math.fround),
  );
  fc.assert(fc.property(
    fc.constantFrom(...METRICS),
    fc.integer({ min: 1, max: 19 }).chain((d) => fc.tuple(fc.constant(d), fc.array(fc.array(special, { minLength: d, maxLength: d }), { minLength: 1, maxLength: 80 }), fc.array(special, { minLength: d, maxLength: d }))),
    fc.integer({ min: 1, max: 90 }),
    (metric, [dimensions, rows, query], k) => {
      const engine = engineOf(metric, 'f32', dimensions), naive = new NaiveEngine(metric);
      const flat = Float32Array.from(rows.flat());
      engine.append(flat);
      naive.append(flat, dimensions);
      assertSameSearch(engine, naive, Float32Array.from(query), k);
    },
  ), { seed: SEED, numRuns: 600 });
});

test('many equal scores: insertion order decides, for every k', () => {
  for (const metric of METRICS) {
    const next = random(SEED), dimensions = 6;
    const engine = engineOf(metric, 'f32', dimensions), naive = new NaiveEngine(metric);
    const rows = randomRows(next, 400, dimensions, () => Math.floor(next() * 2) - 0.5);
    engine.append(rows);
    naive.append(rows, dimensions);
    const query = randomRows(next, 1, dimensions, () => Math.floor(next() * 2) - 0.5);
    for (const k of [1, 2, 9, 63, 64, 65, 150, 400]) assertSameSearch(engine, naive, query, k);
  }
});

test('scores close together: the estimates that rule rows out never lose a hit', () => {
  for (const metric of ['cosine', 'dot', 'l2sq']) {
    for (const size of [1e-20, 1, 3e18]) {
      const next = random(SEED), dimensions = 40;
      const centre = randomRows(next, 1, dimensions);
      const engine = engineOf(metric, 'f32', dimensions), naive = new NaiveEngine(metric);
      const rows = Float32Array.from({ length: 640 * dimensions }, (_, i) => size * centre[i % dimensions] * (1 + (next() < 0.1 ? 2 ** -22 : 0)));
      engine.append(rows);
      naive.append(rows, dimensions);
      const query = centre.map((v) => v * size);
      for (const k of [1, 10, 70]) assertSameSearch(engine, naive, query, k);
    }
  }
});

test('a zero vector has cosine 0 with everything, also as the query', () => {
  const engine = engineOf('cosine', 'f32', 3);
  engine.append(Float32Array.of(0, 0, 0, 1, 0, 0, -1, 0, 0));
  assert.deepEqual(hitsOf(engine.search(Float32Array.of(1, 0, 0), { k: 3, exact: true, ef: 0 })), [{ slot: 1, score: 1 }, { slot: 0, score: 0 }, { slot: 2, score: -1 }]);
  assert.deepEqual(hitsOf(engine.search(new Float32Array(3), { k: 3, exact: true, ef: 0 })).map((hit) => hit.score), [0, 0, 0]);
});

test('cosine stays within [-1, 1] where rounding would leave it', () => {
  const next = random(SEED);
  for (let i = 0; i < 200; i++) {
    const engine = engineOf('cosine', 'f32', 50), row = randomRows(next, 1, 50);
    engine.append(row);
    const [hit] = hitsOf(engine.search(row.map((v) => v * 3), { k: 1, exact: true, ef: 0 }));
    assert.ok(hit.score <= 1 && hit.score > 0.999999);
  }
});

test('batches give copies, one per query', () => {
  const next = random(SEED), engine = engineOf('dot', 'f32', 5);
  engine.append(randomRows(next, 40, 5));
  const queries = randomRows(next, 3, 5), params = { k: 4, exact: true, ef: 0 };
  const batch = engine.searchBatch(queries, params);
  batch.forEach((result, i) => {
    const single = engine.search(queries.subarray(i * 5, i * 5 + 5), params);
    assert.deepEqual(result.slots, single.slots.slice(0, 4));
    assert.deepEqual(result.scores, single.scores.slice(0, 4));
  });
});

test('a search may allow slots that died, and a bitmap may be shorter than the slots', () => {
  const engine = engineOf('dot', 'f32', 1);
  engine.append(Float32Array.from({ length: 70 }, (_, i) => i));
  engine.remove(Uint32Array.of(5, 69));
  const hits = hitsOf(engine.search(Float32Array.of(1), { k: 70, exact: true, ef: 0, allow: Uint32Array.of(0b1100000) }));
  assert.deepEqual(hits, [{ slot: 6, score: 6 }]);
});

test('an engine without rows answers nothing', () => {
  const engine = engineOf('l2sq', 'f32', 4);
  assert.equal(engine.search(new Float32Array(4), { k: 10, exact: true, ef: 0 }).count, 0);
  engine.append(new Float32Array(4));
  engine.remove(Uint32Array.of(0));
  assert.equal(engine.search(new Float32Array(4), { k: 10, exact: true, ef: 0 }).count, 0);
  engine.compact();
  assert.equal(engine.slots, 0);
  assert.equal(engine.exportRows(0, 0).length, 0);
});

test('compaction gives memory back', () => {
  const engine = engineOf('cosine', 'f32', 256);
  engine.append(randomRows(random(SEED), 6000, 256));
  const before = engine.memory();
  assert.ok(before.rows >= 6000 * 1024 && before.total >= before.rows + before.codes);
  engine.remove(Uint32Array.from({ length: 5900 }, (_, i) => i));
  engine.compact();
  assert.ok(engine.memory().total < before.total / 2);
});

test('refused memory is OUT_OF_MEMORY and nothing changed', () => {
  const next = random(SEED), dimensions = 64;
  for (const encoding of ENCODINGS) {
    const more = randomRows(next, 20_000, dimensions);
    for (let allocation = 0; ; allocation++) {
      const engine = engineOf('cosine', encoding, dimensions), naive = new NaiveEngine('cosine', DECODERS[encoding]);
      const rows = randomRows(next, 40, dimensions), query = randomRows(next, 1, dimensions);
      engine.append(rows);
      naive.append(rows, dimensions);
      let failure;
      const refused = refuseAllocation(allocation, 1000, () => {
        try { engine.append(more); } catch (error) { failure = error; }
      });
      if (!refused) {
        assert.ok(failure === undefined && allocation >= 3, 'several allocations were refused before one run went through');
        break;
      }
      assert.ok(failure.name === 'ServiceError' && failure.code === 'OUT_OF_MEMORY');
      assert.equal(engine.slots, 40);
      assert.ok(engine.memory().total < 4_000_000);
      assertSameSearch(engine, naive, query, 10);
      engine.append(more.subarray(0, 640));
      naive.append(more.subarray(0, 640), dimensions);
      assertSameSearch(engine, naive, query, 10);
    }
  }
});

/** Lets `allowed` typed arrays beyond `size` elements be made and refuses the next, as a host without memory does. */
function refuseAllocation(allowed, size, run) {
  const names = ['Float32Array', 'Float64Array', 'Uint32Array', 'Uint16Array', 'Int8Array'];
  const originals = names.map((name) => globalThis[name]);
  let left = allowed, refused = false;
  names.forEach((name, i) => {
    globalThis[name] = new Proxy(originals[i], {
      construct(target, args) {
        if (typeof args[0] === 'number' && args[0] > size && left-- === 0) {
          refused = true;
          throw new RangeError('Array buffer allocation failed');
        }
        return Reflect.construct(target, args, target);
      },
    });
  });
  try {
    run();
  } finally {
    names.forEach((name, i) => { globalThis[name] = originals[i]; });
  }
  return refused;
}

test('damaged rows are refused as CORRUPT and nothing is taken', () => {
  const dimensions = 9;
  for (const encoding of ENCODINGS) {
    const engine = engineOf('dot', encoding, dimensions);
    engine.append(randomRows(random(SEED), 4, dimensions));
    const good = engine.exportRows(0, 4);
    const corrupt = (bytes, count) => assert.throws(() => engine.importRows(bytes, count), { code: 'CORRUPT' });
    corrupt(good, 5);
    corrupt(good, 2 ** 40);
    corrupt(good.subarray(1), 4);
    const bad = good.slice();
    bad.fill(0xff, 0, 4);
    corrupt(bad, 4);
    assert.equal(engine.slots, 4);
    engine.importRows(good, 4);
    assert.deepEqual(engine.exportRows(4, 8), good);
  }
});

test('salvage returns every row in chunks', () => {
  const engine = engineOf('dot', 'f32', 8);
  engine.append(randomRows(random(SEED), 20_000, 8));
  const { encoding, chunks, counts } = engine.salvageRows();
  assert.equal(encoding, 'f32');
  assert.equal(counts.reduce((a, b) => a + b), 20_000);
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(engine.exportRows(0, 20_000)));
});

test('slots that were never handed out are named, a disposed engine says so', () => {
  const engine = engineOf('dot', 'f32', 2);
  engine.append(Float32Array.of(1, 2));
  for (const call of [() => engine.row(1), () => engine.write(1, new Float32Array(2)), () => engine.score(new Float32Array(2), Uint32Array.of(0, 9)), () => engine.exportRows(0, 2)]) {
    assert.throws(call, { code: 'INVALID_ARGUMENT' });
  }
  engine.dispose();
  engine.dispose();
  for (const call of [() => engine.row(0), () => engine.append(new Float32Array(2)), () => engine.search(new Float32Array(2), { k: 1, exact: true, ef: 0 })]) {
    assert.throws(call, { code: 'DISPOSED' });
  }
});
