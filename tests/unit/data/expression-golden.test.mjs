/** The golden file of the expression language: crates/expression/tests/golden.rs reads the same one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileExpression, compileRowExpression } from '../../../js/dist/expression/index.js';
import { parse } from '../../../js/dist/expression/parser.js';
import { FILTERS, PARSE, RESULTS } from '../../support/expression/cases.mjs';
import { print } from '../../support/expression/print.mjs';
import { bitsOf, rowsOf, tableOf, written } from '../../support/expression/table.mjs';
import { sameAsRow } from '../../support/expression/same.mjs';

const golden = JSON.parse(readFileSync(new URL('../../fixtures/golden/expressions.json', import.meta.url), 'utf8'));
const table = tableOf(golden);

const answer = (ask) => {
  try { return ask(); } catch (error) { return { error: { code: error.code, offset: error.detail?.offset, message: error.message } }; }
};
const expected = ({ text: _, ...rest }) => rest;

test('the golden file holds every case that is listed', () => {
  assert.deepEqual(golden.parse.map(({ text }) => text), PARSE);
  assert.deepEqual(golden.results.map(({ text }) => text), RESULTS);
  assert.deepEqual(golden.filters.map(({ text }) => text), FILTERS);
  assert.ok(PARSE.length + RESULTS.length > 800);
});

test('every text parses to its tree or fails at its place', () => {
  for (const one of golden.parse) assert.deepEqual(answer(() => ({ tree: print(parse(one.text)) })), expected(one), one.text);
});

test('every expression gives its column', () => {
  for (const one of golden.results) {
    assert.deepEqual(answer(() => {
      const compiled = compileExpression(one.text, table.schema);
      const column = compiled.evaluate(table, golden.rows);
      assert.equal(column.type, compiled.type, one.text);
      return { type: column.type, values: written(column) };
    }), expected(one), one.text);
  }
});

test('every filter gives its rows', () => {
  for (const one of golden.filters) assert.deepEqual(answer(() => ({ bits: bitsOf(compileExpression(one.text, table.schema).filter(table, golden.rows), golden.rows) })), expected(one), one.text);
});

/** They show the very text of JSON documents, which a row has no longer. */
const RAW = new Set(['concat(price, ok, at, id, ctx, ctx.w)', 'toString(ctx.tags)']);

/** Written text becomes a time where a column says so; a row without a value says nothing, so TIMESTAMP must be written. */
/** A column is json by its schema; the fields of rows are not. */
const BY_SCHEMA = new Set(['a = 7']);
const UNTYPED = new Set(["greatest(at, '2000-01-01')", "coalesce(at, '2000-01-01')", "case when ok then at else '2000-01-01' end"]);

test('rows of objects give what their columns give', () => {
  const rows = rowsOf(golden);
  let compared = 0;
  for (const { text, type, values } of golden.results) {
    if (!values || RAW.has(text) || UNTYPED.has(text) || BY_SCHEMA.has(text)) continue;
    const compiled = compileRowExpression(text);
    rows.forEach((row, i) => sameAsRow(compiled.value(row), values[i], type, `${text}, row ${i}`));
    compared++;
  }
  assert.ok(compared > 400);
});
