// Expressions as source (expression/columnar/code.ts) against the kernels: the same bits for everything that has such a form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../../js/dist/expression/index.js';

const N = 40;
const SPECIAL = [0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 2.5, -2.5, 1e300, 3, 7];
const x = Float64Array.from({ length: N }, (_, i) => SPECIAL[i % SPECIAL.length]);
const y = Float64Array.from({ length: N }, (_, i) => SPECIAL[(i * 5 + 3) % SPECIAL.length]);
const k = Int32Array.from({ length: N }, (_, i) => (i % 7) - 3);
const SCHEMA = [{ name: 'x', type: 'f64' }, { name: 'y', type: 'f64' }, { name: 'k', type: 'i32' }];
const COLUMNS = [{ kind: 'f64', values: x }, { kind: 'f64', values: y }, { kind: 'i32', values: k }].map((values, i) => ({ ...SCHEMA[i], length: N, values }));
const table = { column: (place) => COLUMNS[place] };

function byKernels(compiled) {
  const { values, validity } = compiled.evaluate(table, N);
  assert.equal(validity, undefined, 'what has a loop is never null');
  return Array.from({ length: N }, (_, i) => (values.kind === 'bool' ? (values.bits[i >> 3] >> (i & 7)) & 1 : values.values[i]));
}
function byLoop(compiled) {
  const into = new Float64Array(N);
  compiled.loop()([x, y, k], into, 0, N);
  return Array.from(into);
}
function same(text) {
  const compiled = compileExpression(text, SCHEMA);
  assert.ok(compiled.loop(), `no loop for ${text}`);
  const expected = byKernels(compiled);
  byLoop(compiled).forEach((value, i) => assert.ok(Object.is(value, expected[i]), `${text} in row ${i}: ${value}, the kernels have ${expected[i]}`));
}

const number = fc.letrec((tie) => ({
  number: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x', 'y', 'k', '2', '0.5', '0', '(-3)', '1e10'),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(fc.constantFrom('abs', 'floor', 'ceil', 'sqrt', 'sign', 'round'), tie('number')).map(([f, a]) => `${f}(${a})`),
    tie('number').map((a) => `(-${a})`),
    fc.tuple(fc.constantFrom('least', 'greatest'), tie('number'), tie('number')).map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc.tuple(tie('number'), fc.constantFrom('0', '1', '2', '-1')).map(([a, digits]) => `round(${a}, ${digits})`),
    fc.tuple(tie('condition'), tie('number'), tie('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(tie('number'), tie('number'), tie('number')).map(([a, b, c]) => `case ${a} when ${b} then 1 when ${c} then 2 else 3 end`)),
  condition: fc.oneof({ depthSize: 'small' },
    fc.tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '=', '<>'), tie('number')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('condition'), fc.constantFrom('and', 'or'), tie('condition')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('condition').map((c) => `(not ${c})`),
    fc.tuple(tie('number'), tie('number')).map(([a, b]) => `(${a} between ${b} and 2)`),
    tie('number').map((a) => `(${a} in (0, 1, -2.5))`)),
}));

test('random expressions of numbers: the loop gives what the kernels give, bit for bit', () => {
  fc.assert(fc.property(fc.oneof(number.number, number.condition), same), { seed: 7, numRuns: 600 });
});

test('known ones, with shared operands, words and constants', () => {
  for (const text of ['sqrt(x*x + y*y) > 1 ? 0 : 1', 'x', 'k', 'true', '1 / 0', 'coalesce(x, y)', 'pow(abs(x), 2)', 'x <> x', 'x between y and y + 1', 'case when x > y then x when k = 1 then 1e300 * k else -0.0 end', '(x > 1) = (y > 1)']) same(text);
});

test('what may be null, or is no number, has no loop', () => {
  const schema = [...SCHEMA, { name: 's', type: 'utf8' }, { name: 'b', type: 'i64' }, { name: 't', type: 'timestamp' }];
  for (const text of ['nullif(x, 1)', 'case when x > 1 then 2 end', 'null', "s = 'a'", 'b + 1', 'year(t)', 'length(s)', 'x in (1, null)', 'x = 9007199254740993', "case when s = 'a' then 1 else 2 end"]) {
    assert.equal(compileExpression(text, schema).loop(), undefined, text);
  }
});

test('a part of the rows, into the first places', () => {
  const into = new Float64Array(8).fill(9);
  compileExpression('k', SCHEMA).loop()([x, y, k], into, 3, 6);
  assert.deepEqual(Array.from(into), [0, 1, 2, 9, 9, 9, 9, 9]);
});
