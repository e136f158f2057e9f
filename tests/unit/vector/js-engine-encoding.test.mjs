import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { binaryFactor, decodeBinary, encodeInt8, fromHalf, halfTable, int8Scale, isInt8Scale, packSigns, toHalf } from '../../../js/dist/services/vector/js/encoding.js';
import { DECODERS, nearestHalf } from './naive-engine.mjs';

const SEED = 20260702;
const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

test('every half survives float and back', () => {
  for (let half = 0; half < 65536; half++) {
    const value = fromHalf(half);
    assert.ok(Object.is(halfTable()[half], value));
    if (!Number.isNaN(value)) assert.equal(toHalf(value), half);
  }
  assert.ok(Number.isNaN(fromHalf(toHalf(NaN))));
});

test('rounding to half: nearest, ties to even, overflow to infinity', () => {
  for (const [value, half] of [[0, 0], [-0, 0x8000], [1, 0x3c00], [65504, 0x7bff], [65519.99, 0x7bff], [65520, 0x7c00], [-1e30, 0xfc00], [2 ** -24, 1], [2 ** -25, 0], [2 ** -25 * 1.0001, 1], [2 ** -14, 0x400], [1 + 2 ** -11, 0x3c00], [1 + 3 * 2 ** -11, 0x3c02], [1e-45, 0]]) {
    assert.equal(toHalf(value), half, String(value));
  }
  fc.assert(fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (x) => Object.is(fromHalf(toHalf(x)), nearestHalf(x))), { seed: SEED, numRuns: 5000 });
});

test('the int8 scale has 17 significant bits, covers the row, and all its multiples up to 127 are floats', () => {
  fc.assert(fc.property(fc.float({ min: 0, max: Math.fround(3.4028234663852886e38), noNaN: true }), (absmax) => {
    const scale = int8Scale(absmax);
    assert.equal(Math.fround(scale), scale);
    if (scale === 0) return assert.ok(absmax <= 2 ** -134);
    assert.ok(127 * scale >= absmax * (1 - 2 ** -16));
    assert.ok(isInt8Scale(scale) && !isInt8Scale(scale * (1 + 2 ** -23)) && !isInt8Scale(-scale) && !isInt8Scale(scale * 2 ** 260) && !isInt8Scale(NaN));
    for (let code = 1; code <= 127; code++) assert.equal(Math.fround(code * scale), code * scale);
    assert.ok(Number.isFinite(Math.fround(127 * scale)));
  }), { seed: SEED, numRuns: 3000 });
});

const ENCODERS = {
  int8(row) {
    const codes = new Int8Array(row.length), scale = encodeInt8(row, 0, row.length, codes, 0);
    return { codes: [scale, ...codes], decoded: Float32Array.from(codes, (code) => code * scale) };
  },
  binary(row) {
    const words = new Uint32Array((row.length + 31) >>> 5), decoded = new Float32Array(row.length);
    packSigns(row, 0, row.length, words, 0);
    const factor = binaryFactor(row, 0, row.length);
    decodeBinary(words, 0, factor, row.length, decoded, 0);
    return { codes: [factor, ...words], decoded };
  },
};

for (const [name, encode] of Object.entries(ENCODERS)) {
  test(`${name}: decoded rows encode to the same codes, and decode as the definition says`, () => {
    const tiny = fc.integer({ min: -2000, max: 2000 }).map((n) => n * 2 ** -149);
    const huge = fc.constantFrom(3.4028234663852886e38, -3.4028234663852886e38, Math.fround(1.5e38));
    const rows = fc.oneof(...[finite, tiny, huge, fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround)].map((component) => fc.array(component, { minLength: 1, maxLength: 70 })));
    fc.assert(fc.property(rows, (row) => {
      const first = encode(Float32Array.from(row)), again = encode(first.decoded);
      assert.deepEqual(again.codes, first.codes);
      assert.deepEqual(Array.from(first.decoded, (v) => v + 0), DECODERS[name](row).map((v) => v + 0));
    }), { seed: SEED, numRuns: 3000 });
  });
}
