/** A value of a row expression against what a column holds, as the golden file writes it. */
import assert from 'node:assert/strict';

export function sameAsRow(value, expected, type, where) {
  if (expected === null) { assert.equal(value ?? null, null, where); return; }
  switch (type) {
    case 'f64': assert.ok(Object.is(Number(value), Number(expected)), `${where}: ${String(value)} is not ${expected}`); break;
    case 'i64': assert.equal(String(value), expected, where); break;
    case 'timestamp': assert.equal(value.getTime(), Number(expected), where); break;
    case 'json': assert.deepEqual(value, JSON.parse(expected), where); break;
    default: assert.equal(value, expected, where);
  }
}
