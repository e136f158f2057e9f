// The Rust core against the JavaScript engine, through the one interface both keep: seeded random collections and histories.
// What is promised exactly (scores, exact answers, exported rows) must be equal to the bit; other answers are judged by recall.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availableVariants, loadBest } from '../../js/dist/loader/index.js';
import { VECTOR } from '../../js/dist/loader/vector.gen.js';
import { createJsEngine } from '../../js/dist/services/vector/js-engine.js';
import { createWasmEngine } from '../../js/dist/services/vector/wasm-engine.js';
import { allowMap, random, randomRows } from '../unit/vector/naive-engine.mjs';

const SEED = 20260705;
const METRICS = ['cosine', 'dot', 'l2sq', 'hamming'];
const QUANTIZATIONS = ['auto', 'none', 'f16', 'int8', 'binary'];
const configOf = (more) => ({ dimensions: 16, metric: 'cosine', index: 'flat', quantization: 'none', rescore: true, hnsw: { m: 8, efConstruction: 64, ef: 48, seed: 5 }, ...more });

const modules = new Map();
for (const variant of availableVariants('vector').filter((name) => name !== 'js')) {
  try {
    const choice = await loadBest(VECTOR, { implementation: variant });
    modules.set(variant, choice.loaded);
  } catch (error) {
    if (error.code !== 'VARIANT_UNAVAILABLE') throw error; // relaxed SIMD is not to be had on every Node
  }
}

test('the simd artifact is among those compared', () => assert.ok(modules.has('simd')));

/** How components are drawn: plain, many ties, clusters, and sizes at the ends of f32. */
const DRAWS = {
  uniform: (next) => () => next() * 2 - 1,
  ties: (next) => () => Math.floor(next() * 3) - 1,
  skewed: (next) => () => (next() - 0.3) * 10 ** (next() * 6 - 3),
  huge: (next) => () => (next() - 0.5) * 6e38,
  tiny: (next) => () => (next() - 0.5) * 1e-41,
  mixed: (next) => () => (next() - 0.5) * 10 ** (next() * 70 - 35),
};
/** Halves end at 65504: the service refuses more. */
const fits = (draw, quantization) => quantization !== 'f16' || draw === 'uniform' || draw === 'ties' || draw === 'skewed';

const bits = (scores) => new BigUint64Array(Float64Array.from(scores, (v) => v + 0).buffer);
function assertEqualHits(a, b, what) {
  assert.deepEqual(Array.from(a.slots), Array.from(b.slots), what);
  assert.deepEqual(bits(a.scores), bits(b.scores), what);
}
const copyOf = ({ count, slots, scores }) => ({ slots: slots.slice(0, count), scores: scores.slice(0, count) });

/** Everything that is promised exactly, compared. */
function assertEqualEngines(js, wasm, next, dimensions, draw) {
  assert.equal(wasm.slots, js.slots);
  assert.equal(wasm.encoding, js.encoding);
  assert.deepEqual(wasm.exportRows(0, wasm.slots), js.exportRows(0, js.slots));
  const filters = [undefined, (s) => s % 2 === 0, (s) => s % 17 === 3, () => false, (s) => s > 40];
  const queries = randomRows(next, 3, dimensions, draw);
  for (const allowed of filters) {
    for (const k of [1, 10, 70, js.slots + 3]) {
      const params = { k, exact: true, ef: 0, ...(allowed && { allow: allowMap(js.slots, allowed) }) };
      const expected = js.searchBatch(queries, params), actual = wasm.searchBatch(queries, params);
      assert.equal(actual.length, 3);
      expected.forEach((hits, i) => assertEqualHits(actual[i], hits, `k ${k}`));
      assertEqualHits(copyOf(wasm.search(queries.subarray(0, dimensions), params)), expected[0], `k ${k}, single`);
      const loose = wasm.search(queries.subarray(0, dimensions), { ...params, exact: false });
      assert.equal(loose.count, expected[0].slots.length, 'as many hits as match');
    }
  }
  if (js.slots === 0) return;
  const slots = Uint32Array.from({ length: 20 }, () => Math.floor(next() * js.slots));
  const query = queries.subarray(dimensions, 2 * dimensions);
  assert.deepEqual(bits(wasm.score(query, slots)), bits(js.score(query, slots)));
  for (const slot of slots.subarray(0, 4)) assert.deepEqual(Array.from(wasm.row(slot), (v) => v + 0), Array.from(js.row(slot), (v) => v + 0));
}

for (const [variant, module] of modules) {
  for (const metric of METRICS) {
    for (const quantization of QUANTIZATIONS) {
      for (const rescore of [true, false]) {
        test(`${variant} and js: ${metric}, ${quantization}${rescore ? '' : ' without rescoring'}: the same after every change`, () => {
          for (const [place, draw] of Object.keys(DRAWS).entries()) {
            if (!fits(draw, rescore ? 'none' : quantization)) continue;
            const dimensions = [16, 5, 33, 64, 8, 21][place], next = random(SEED + place), component = DRAWS[draw](next);
            const config = configOf({ dimensions, metric, quantization, rescore, index: quantization === 'auto' ? 'auto' : 'flat' });
            const js = createJsEngine(config), wasm = createWasmEngine(module.createInstance(), config);
            const both = (change) => { change(js); change(wasm); };
            try {
              for (let round = 0; round < 3; round++) {
                const rows = randomRows(next, 1 + Math.floor(next() * 180), dimensions, component);
                both((engine) => engine.append(rows));
                const slot = Math.floor(next() * js.slots), row = randomRows(next, 1, dimensions, component);
                both((engine) => engine.write(slot, row));
                assertEqualEngines(js, wasm, next, dimensions, component);
                const dead = Uint32Array.from({ length: 30 }, () => Math.floor(next() * (js.slots + 4)));
                both((engine) => engine.remove(dead));
                if (round === 1) both((engine) => engine.compact());
                assertEqualEngines(js, wasm, next, dimensions, component);
              }
              // Rows of one, taken in by a fresh other, and the other way round.
              const half = js.slots >>> 1;
              const js2 = createJsEngine(config), wasm2 = createWasmEngine(module.createInstance(), config);
              js2.importRows(wasm.exportRows(0, half), half);
              js2.importRows(wasm.exportRows(half, wasm.slots), wasm.slots - half);
              wasm2.importRows(js.exportRows(0, js.slots), js.slots);
              assertEqualEngines(js2, wasm2, next, dimensions, component);
              wasm2.dispose();
            } catch (error) {
              error.message = `${draw} ${dimensions}: ${error.message}`;
              throw error;
            } finally {
              wasm.dispose();
            }
          }
        });
      }
    }
  }

  test(`${variant} and js: quantised answers are nearly the true ones on both, with exact scores`, () => {
    const dimensions = 96, next = random(SEED), count = 3000;
    const centres = Array.from({ length: 20 }, () => randomRows(next, 1, dimensions));
    const near = () => Array.from(centres[Math.floor(next() * 20)], (v) => v + next() - 0.5);
    const rows = Float32Array.from(Array.from({ length: count }, near).flat());
    const queries = Float32Array.from(Array.from({ length: 25 }, near).flat());
    for (const metric of METRICS) {
      for (const [index, quantization] of [['auto', 'auto'], ['flat', 'int8'], ['flat', 'binary'], ['flat', 'f16'], ['hnsw', 'none']]) {
        const config = configOf({ dimensions, metric, index, quantization });
        const js = createJsEngine(config), wasm = createWasmEngine(module.createInstance(), config);
        for (const engine of [js, wasm]) {
          engine.append(rows);
          while (engine.step(50) > 0);
          for (const allowed of [undefined, (s) => s % 3 !== 0, (s) => s % 50 === 0]) {
            const params = { k: 10, ef: 0, ...(allowed && { allow: allowMap(count, allowed) }) };
            const truth = js.searchBatch(queries, { ...params, exact: true }), found = engine.searchBatch(queries, { ...params, exact: false });
            let good = 0;
            found.forEach(({ slots, scores }, i) => {
              assert.equal(slots.length, 10);
              assert.deepEqual(bits(scores), bits(js.score(queries.subarray(i * dimensions, (i + 1) * dimensions), slots)));
              for (const score of scores) if (score >= truth[i].scores[9]) good++;
            });
            // Noise within clusters defeats 1-bit codes; both engines notice it on the collection's own rows. A caller who names
            // 'binary' asked for speed first.
            const least = quantization === 'binary' ? 0.9 : 0.95;
            assert.ok(good >= least * 250, `${engine.variant} ${metric} ${index} ${quantization}: ${good} of 250`);
          }
        }
        wasm.dispose();
      }
    }
  });

  test(`${variant} and js: a graph built by one is taken by the other`, () => {
    const dimensions = 24, next = random(SEED), rows = randomRows(next, 900, dimensions), queries = randomRows(next, 10, dimensions);
    for (const metric of ['cosine', 'dot', 'l2sq']) {
      const config = configOf({ dimensions, metric, index: 'hnsw' });
      const make = { js: () => createJsEngine(config), wasm: () => createWasmEngine(module.createInstance(), config) };
      for (const [from, to] of [['js', 'wasm'], ['wasm', 'js']]) {
        const builder = make[from](), taker = make[to](), dead = Uint32Array.from({ length: 50 }, (_, i) => i * 7);
        builder.append(rows);
        builder.remove(dead);
        while (builder.step(50) > 0);
        const graph = builder.exportGraph();
        taker.importRows(builder.exportRows(0, 900), 900);
        taker.remove(dead);
        taker.importGraph(graph);
        assert.equal(taker.pending, 0);
        assert.deepEqual(taker.exportGraph(), graph);
        const params = { k: 10, ef: 0 };
        const truth = taker.searchBatch(queries, { ...params, exact: true }), found = taker.searchBatch(queries, { ...params, exact: false });
        let good = 0;
        found.forEach(({ scores }, i) => scores.forEach((score) => { if (score >= truth[i].scores[9]) good++; }));
        assert.ok(good >= 90, `${metric} ${from} to ${to}: ${good} of 100`);
        assert.throws(() => taker.importGraph(graph.subarray(0, graph.length - 3)), { code: 'CORRUPT' });
        builder.dispose();
        taker.dispose();
      }
    }
  });

  test(`${variant} and js: what is refused is refused with the same code`, () => {
    const config = configOf({ quantization: 'int8', rescore: false });
    for (const engine of [createJsEngine(config), createWasmEngine(module.createInstance(), config)]) {
      engine.append(randomRows(random(SEED), 3, 16));
      const bytes = engine.exportRows(0, 3), bad = bytes.slice();
      bad.fill(0xff, 0, 4);
      for (const damaged of [bad, bytes.subarray(1)]) assert.throws(() => engine.importRows(damaged, 3), { code: 'CORRUPT' });
      assert.throws(() => engine.importGraph(bytes), { code: 'CORRUPT' });
      for (const call of [() => engine.row(3), () => engine.write(3, new Float32Array(16)), () => engine.exportRows(2, 4)]) assert.throws(call, { code: 'INVALID_ARGUMENT' });
      assert.equal(engine.slots, 3);
      engine.dispose();
      engine.dispose();
      assert.throws(() => engine.append(new Float32Array(16)), { code: 'DISPOSED' });
    }
  });
}
