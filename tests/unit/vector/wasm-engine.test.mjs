// The Rust core behind VectorEngine: equal to the JavaScript engine, poisoned by traps, honest about memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults } from '../../../js/dist/testing.js';
import { createGlue } from '../../../js/dist/loader/glue/vector.simd.js';
import { createJsEngine } from '../../../js/dist/services/vector/js-engine.js';
import { createCore } from '../../../js/dist/services/vector/wasm/core.js';
import { createWasmEngine } from '../../../js/dist/services/vector/wasm-engine.js';

const bytes = readFileSync(new URL('../../../js/dist/loader/wasm/vector.simd.wasm', import.meta.url));
const module = new WebAssembly.Module(bytes);

function config(over) {
  return { dimensions: 8, metric: 'cosine', index: 'flat', quantization: 'none', rescore: true, hnsw: { m: 16, efConstruction: 100, ef: 64, seed: 42 }, ...over };
}

function engine(over, compiled = module) {
  const glue = createGlue();
  glue.initSync({ module: compiled });
  return createWasmEngine(glue, config(over));
}

function random(seed) {
  let s = seed;
  return () => {
    s ^= s << 13; s ^= s >>> 17; s ^= s << 5;
    return (s >>> 0) / 2 ** 32;
  };
}

const rowsOf = (next, n, dimensions, scale = 1) => Float32Array.from({ length: n * dimensions }, () => (next() - 0.5) * scale);
const list = ({ count, slots, scores }) => Array.from({ length: count }, (_, i) => [slots[i], scores[i] + 0]);
const code = (expected) => (error) => error.name === 'ServiceError' && error.code === expected;

const metrics = ['cosine', 'dot', 'l2sq', 'hamming'];
const kinds = [['none', true], ['f16', false], ['int8', true], ['int8', false], ['binary', true], ['binary', false], ['auto', true]];

for (const metric of metrics) {
  for (const [quantization, rescore] of kinds) {
    test(`${metric}, ${quantization}${rescore ? '' : ' alone'}: the same bits as the JavaScript engine`, () => {
      const next = random(metric.length * 31 + quantization.length);
      for (const [dimensions, scale] of [[1, 2], [7, 1], [16, 1e-3], [33, 100], [384, 1]]) {
        const over = { dimensions, metric, quantization, rescore, index: quantization === 'auto' ? 'auto' : 'flat' };
        const wasm = engine(over), js = createJsEngine(config(over));
        const rows = rowsOf(next, 300, dimensions, scale);
        rows.fill(0, 0, dimensions);
        rows.copyWithin(2 * dimensions, dimensions, 2 * dimensions);
        for (const e of [wasm, js]) {
          e.append(rows);
          e.remove(Uint32Array.of(5, 17, 999));
          e.write(9, rows.subarray(40 * dimensions, 41 * dimensions));
        }
        assert.deepEqual(wasm.exportRows(0, 300), js.exportRows(0, 300));
        const allow = Uint32Array.from({ length: 10 }, () => next() * 2 ** 32);
        for (const filter of [{}, { allow }]) {
          for (const k of [1, 10, 400]) {
            const query = rowsOf(next, 1, dimensions, scale);
            const exact = { k, exact: true, ef: 0, ...filter };
            const expected = list(js.search(query, exact));
            assert.deepEqual(list(wasm.search(query, exact)), expected);
            assert.equal(wasm.search(query, { ...exact, exact: false }).count, expected.length);
            const [batch] = wasm.searchBatch(query, exact);
            assert.deepEqual([...batch.slots], expected.map(([slot]) => slot));
          }
        }
        const some = Uint32Array.of(0, 1, 9, 299);
        const query = rowsOf(next, 1, dimensions, scale);
        assert.deepEqual(wasm.score(query, some), js.score(query, some));
        for (const slot of some) assert.deepEqual(wasm.row(slot), js.row(slot));
        wasm.compact();
        js.compact();
        assert.deepEqual(wasm.exportRows(0, wasm.slots), js.exportRows(0, js.slots));
        const copy = engine(over);
        copy.importRows(js.exportRows(0, js.slots), js.slots);
        assert.deepEqual(list(copy.search(query, { k: 10, exact: true, ef: 0 })), list(js.search(query, { k: 10, exact: true, ef: 0 })));
        for (const e of [wasm, js, copy]) e.dispose();
      }
    });
  }
}

test('a trap poisons the engine; its rows are salvaged, and a second instance of the module is well', () => {
  for (const [quantization, rescore] of kinds) {
    const next = random(7);
    const over = { dimensions: 19, quantization, rescore, index: quantization === 'auto' ? 'auto' : 'flat' };
    const dead = engine(over), other = engine(over);
    const rows = rowsOf(next, 5000, 19), query = rows.slice(0, 19);
    dead.append(rows);
    dead.write(3, rows.subarray(19, 38));
    other.append(rows);
    const before = dead.exportRows(0, 5000);
    faults.trapNextCall('vector');
    assert.throws(() => dead.search(query, { k: 3, exact: true, ef: 0 }), (error) => code('INSTANCE_POISONED')(error) && error.cause instanceof WebAssembly.RuntimeError);
    for (const call of [() => dead.search(query, { k: 3, exact: true, ef: 0 }), () => dead.append(rows), () => dead.memory(), () => dead.row(0)]) {
      assert.throws(call, code('INSTANCE_POISONED'));
    }
    assert.equal(other.search(query, { k: 3, exact: true, ef: 0 }).slots[0], 0);
    const saved = dead.salvageRows();
    assert.equal(saved.counts.reduce((a, b) => a + b), 5000);
    assert.deepEqual(Buffer.concat(saved.chunks), Buffer.from(before));
    const fresh = engine(over);
    saved.chunks.forEach((chunk, i) => fresh.importRows(chunk, saved.counts[i]));
    assert.deepEqual(fresh.exportRows(0, 5000), before);
    for (const e of [dead, other, fresh]) e.dispose();
  }
});

/** (unreachable), (i32.div_s 1 0), (i32.load -1), and a function that calls itself for ever. */
const TRAPS = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 5, 4, 0, 0, 0, 0, 5, 3, 1, 0, 1,
  7, 35, 4, 11, ...Buffer.from('unreachable'), 0, 0, 6, ...Buffer.from('divide'), 0, 1, 4, ...Buffer.from('load'), 0, 2, 1, ...Buffer.from('r'), 0, 3,
  10, 28, 4, 3, 0, 0, 0x0b, 8, 0, 0x41, 1, 0x41, 0, 0x6d, 0x1a, 0x0b, 8, 0, 0x41, 0x7f, 0x28, 2, 0, 0x1a, 0x0b, 4, 0, 0x10, 3, 0x0b,
]))).exports;

for (const [kind, cause, message] of [['unreachable', WebAssembly.RuntimeError, /unreachable/], ['divide', WebAssembly.RuntimeError, /divide by zero/], ['load', WebAssembly.RuntimeError, /out of bounds/], ['r', RangeError, /call stack/]]) {
  test(`a trap of another kind (${kind === 'r' ? 'stack overflow' : kind}) poisons the engine just so, and the rows come over`, () => {
    const rows = rowsOf(random(3), 40, 8), query = rows.slice(0, 8), params = { k: 3, exact: true, ef: 0 };
    const dead = engine(), fresh = engine();
    dead.append(rows);
    const expected = list(dead.search(query, params));
    // Control: an error that carries one of our codes is no trap.
    assert.throws(() => dead.run(() => { throw Object.assign(new Error('full'), { code: 'OUT_OF_MEMORY' }); }), code('OUT_OF_MEMORY'));
    assert.deepEqual(list(dead.search(query, params)), expected);
    assert.throws(() => dead.run(() => TRAPS[kind]()), (error) => code('INSTANCE_POISONED')(error) && error.cause instanceof cause && message.test(error.cause.message));
    let asked = false;
    assert.throws(() => dead.run(() => { asked = true; }), code('INSTANCE_POISONED'));
    assert.equal(asked, false, 'a poisoned instance is never called again');
    const saved = dead.salvageRows();
    saved.chunks.forEach((chunk, i) => fresh.importRows(chunk, saved.counts[i]));
    assert.deepEqual(list(fresh.search(query, params)), expected);
    for (const e of [dead, fresh]) e.dispose();
  });
}

test('damaged memory of a dead instance is noticed', () => {
  const glue = createGlue();
  glue.initSync({ module });
  const dead = createWasmEngine(glue, config());
  const marked = new Float32Array(8 * 100).fill(0.1234567);
  dead.append(marked);
  const memory = new Float32Array(glue.memory.buffer);
  // Rows lie in one chunk; staging holds a copy of them, so every run of the mark is spoilt.
  for (let i = 0; i < memory.length; i++) if (memory[i] === marked[0]) memory[i] = 0.5;
  assert.throws(() => dead.salvageRows(), code('CORRUPT'));
});

/** The module with a memory that may not grow beyond `pages`. */
function limited(pages) {
  const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
  const read = (at) => {
    let value = 0, shift = 0, byte;
    do { byte = bytes[at++]; value |= (byte & 127) << shift; shift += 7; } while (byte & 128);
    return [value, at];
  };
  const out = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const [size, start] = read(at + 1);
    if (id === 5) {
      const [minimum] = read(start + 2);
      const body = [1, 1, ...leb(minimum), ...leb(pages)];
      out.push(Uint8Array.from([5, ...leb(body.length), ...body]));
    } else {
      out.push(bytes.subarray(at, start + size));
    }
    at = start + size;
  }
  return new WebAssembly.Module(Buffer.concat(out));
}

test('when growth is refused: OUT_OF_MEMORY, nothing changed, and the engine goes on', () => {
  const dimensions = 64;
  for (const [quantization, rescore] of kinds) {
    for (const pages of [24, 40, 64]) {
      const next = random(pages);
      const over = { dimensions, quantization, rescore, index: quantization === 'auto' ? 'auto' : 'flat' };
      const small = engine(over, limited(pages)), js = createJsEngine(config(over));
      const query = rowsOf(next, 1, dimensions);
      let refused = 0;
      for (let i = 0; i < 4000 && refused < 3; i++) {
        const rows = rowsOf(next, 1 + Math.floor(next() * 700), dimensions);
        try {
          small.append(rows);
          js.append(rows);
        } catch (error) {
          assert.ok(code('OUT_OF_MEMORY')(error), `${quantization} ${pages}: ${error.stack}`);
          refused++;
        }
        assert.equal(small.slots, js.slots);
        if (js.slots > 0 && (i % 7 === 0 || refused > 0)) {
          assert.deepEqual(list(small.search(query, { k: 5, exact: true, ef: 0 })), list(js.search(query, { k: 5, exact: true, ef: 0 })));
          assert.equal(small.search(query, { k: 5, exact: false, ef: 0 }).count, Math.min(5, js.slots));
        }
      }
      assert.equal(refused, 3);
      small.dispose();
    }
  }
});

test('counts where 32 bits turn negative or wrap are refused by the artifact with a code, never by a trap', () => {
  for (const index of ['flat', 'hnsw']) {
    const glue = createGlue();
    glue.initSync({ module: limited(64) });
    const core = createCore(glue, config({ index, dimensions: 1 }));
    const put = (...values) => new Float32Array(glue.memory.buffer, core.stage(4 * values.length), values.length).set(values);
    put(1, 2, 3);
    core.append(3);
    while (core.step(8) > 0);
    const refusal = (attempt) => { try { return String(attempt()); } catch (error) { return error.code ?? `raw ${error}`; } };
    // 2^30 rows of 4 bytes are 2^32 bytes, which wrap to none.
    for (const size of [2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      const refused = Object.entries({
        reserve: () => core.reserve(size), stage: () => core.stage(size), append: () => core.append(size), importRows: () => core.importRows(size), exportRows: () => core.exportRows(0, size),
        score: () => core.score(size), remove: () => core.remove(size), row: () => core.row(size), write: () => core.write(size), importGraph: () => core.importGraph(size),
        searchBatch: () => core.searchBatch(size, 1, true, 0, false, 0), allow: () => core.search(1, true, 0, true, size),
      }).map(([name, attempt]) => [name, refusal(attempt)]).filter(([, found]) => !['TOO_LARGE', 'INVALID_ARGUMENT', 'OUT_OF_MEMORY', 'NOT_FOUND'].includes(found));
      assert.deepEqual(refused, [], `${index}, ${size}`);
      assert.equal(core.step(size), 0);
      // What means "all" is clamped.
      put(1);
      assert.equal(core.search(size, false, size, false, 0), 3, `${index}, ${size}`);
      assert.equal(core.slots(), 3);
    }
    // Control: counts that fit are taken.
    put(4);
    core.append(1);
    assert.equal(core.slots(), 4);
  }
});

test('wrong calls are refused by code and leave the engine well', () => {
  const e = engine();
  const row = new Float32Array(8).fill(1);
  e.append(row);
  assert.throws(() => e.row(1), code('INVALID_ARGUMENT'));
  assert.throws(() => e.write(-1, row), code('INVALID_ARGUMENT'));
  assert.throws(() => e.exportRows(0, 2), code('INVALID_ARGUMENT'));
  assert.throws(() => e.importRows(new Uint8Array(31), 1), code('CORRUPT'));
  const bad = new Float32Array([1, 1, 1, 1, 1, 1, 1, NaN]);
  assert.throws(() => e.importRows(new Uint8Array(bad.buffer), 1), code('CORRUPT'));
  assert.equal(e.slots, 1);
  e.dispose();
  e.dispose();
  assert.throws(() => e.search(row, { k: 1, exact: true, ef: 0 }), code('DISPOSED'));
});
