// The SQL tokenizer agrees with SQLite on what is a string, an identifier, a comment, a number and a parameter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteName, tokenize } from '../../../js/dist/services/sqlite/analysis/tokenizer.js';
import { openEngine } from './analysis-engine.mjs';

const engine = openEngine();
const shown = (sql) => tokenize(sql).map((t) => `${t.kind}:${t.value}`);

for (const [sql, expected] of [
  ["SELECT a -- it's all\nFROM [my table]", ['word:SELECT', 'word:a', 'word:FROM', 'quoted:my table']],
  ["'it''s' \"a\"\"b\" `c``d` [e]f]", ["string:it's", 'quoted:a"b', 'quoted:c`d', 'quoted:e', 'word:f', 'illegal:]']],
  ['a/* -- \' */b/* open', ['word:a', 'word:b']],
  ["x'0aFF' X'' x'0' xx'", ["blob:x'0aFF'", "blob:X''", "illegal:x'0'", 'word:xx', "illegal:'"]],
  ['1 1.5 .5 1. 1e5 1.5E-3 0xFf 1_000 1.e2', ['number:1', 'number:1.5', 'number:.5', 'number:1.', 'number:1e5', 'number:1.5E-3', 'number:0xFf', 'number:1_000', 'number:1.e2']],
  ['1a 1e 0x', ['illegal:1a', 'illegal:1e', 'illegal:0x']],
  ['? ?12 :a @b1 $c::d(e) $f', ['parameter:?', 'parameter:?12', 'parameter::a', 'parameter:@b1', 'parameter:$c::d(e)', 'parameter:$f']],
  ['a->>b->c||d<=e<>f!=g==h<<i>>j', ['word:a', 'operator:->>', 'word:b', 'operator:->', 'word:c', 'operator:||', 'word:d', 'operator:<=', 'word:e', 'operator:<>', 'word:f', 'operator:!=', 'word:g', 'operator:==', 'word:h', 'operator:<<', 'word:i', 'operator:>>', 'word:j']],
  ['a--b\n-c - -d', ['word:a', 'operator:-', 'word:c', 'operator:-', 'operator:-', 'word:d']],
  ['naïve größe $x a$b', ['word:naïve', 'word:größe', 'parameter:$x', 'word:a$b']],
  ["'open", ["illegal:'open"]],
  ['\ufeffSELECT\u00001', ['word:SELECT', 'illegal:\u0000', 'number:1']],
  ['', []],
]) {
  test(`tokens of ${JSON.stringify(sql)}`, () => assert.deepEqual(shown(sql), expected));
}

test('a quoted keyword is no keyword, a bare one is', () => {
  assert.deepEqual(tokenize('select "select" [from] FROM').map((t) => t.key), ['SELECT', '', '', 'FROM']);
});

test('whatever the text, tokens come in order, do not overlap, and leave only space and comments between them', () => {
  const piece = fc.oneof(fc.constantFrom("'", '"', '`', '[', ']', '--', '\n', '/*', '*/', "x'", '?', ':', '@a', '$', '.', '1', '0x', 'e', ' ', ';', '(', ')', 'ab', '\u00e4', '\ud83d\ude00', '\\', '#'), fc.string({ maxLength: 3 }));
  fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
    const sql = pieces.join('');
    let at = 0;
    for (const token of [...tokenize(sql), { at: sql.length, text: '' }]) {
      assert.ok(token.at >= at);
      assert.match(sql.slice(at, token.at), /^(?:[ \t\n\r\f\ufeff]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/);
      assert.equal(sql.slice(token.at, token.at + token.text.length), token.text);
      at = token.at + token.text.length;
    }
  }), { numRuns: 2000, seed: 1 });
});

test('names and strings mean what SQLite takes them for', () => {
  const text = fc.array(fc.constantFrom('a', 'B', "'", '"', '`', ' ', '-', '--', '/*', '\u00e9', '1', '_', '.', '?', '\n', ';'), { minLength: 1, maxLength: 8 }).map((a) => a.join(''));
  fc.assert(fc.property(text, text, (value, name) => {
    const sql = `SELECT '${value.replaceAll("'", "''")}' AS ${quoteName(name)}, /* ' */ 1 AS "x" -- "\n`;
    const [{ columns, values }] = engine.db.exec(sql);
    const tokens = tokenize(sql);
    assert.equal(tokens.find((t) => t.kind === 'string').value, values[0][0]);
    assert.equal(tokens[3].value, columns[0]);
    assert.equal(tokens.at(-1).value, 'x');
  }), { numRuns: 1000, seed: 2 });
});

test('numbers are numbers exactly where SQLite thinks so', () => {
  const text = fc.array(fc.constantFrom('0', '1', '9', '.', 'e', 'E', '+', '-', 'x', 'f', '_'), { minLength: 1, maxLength: 7 }).map((a) => a.join(''));
  fc.assert(fc.property(text.filter((t) => /^[0-9.]/.test(t)), (number) => {
    const tokens = tokenize(number);
    let accepted = true;
    try { engine.db.exec(`SELECT ${number}`); } catch { accepted = false; }
    if (tokens.some((t) => t.kind === 'illegal')) assert.equal(accepted, false, number);
    if (accepted && tokens.length === 1) assert.equal(tokens[0].kind, 'number', number);
  }), { numRuns: 3000, seed: 3 });
});

test('a name is quoted where SQLite would not take it bare, and only there', () => {
  assert.deepEqual(['plain', '_x1', 'order', 'Group', 'two words', '1st', 'q"q', 'größe', ''].map(quoteName), ['plain', '_x1', '"order"', '"Group"', '"two words"', '"1st"', '"q""q"', '"größe"', '""']);
  for (const word of ['abort', 'select', 'materialized', 'returning', 'window', 'true', 'current_time', 'within', 'nothing', 'generated', 'if', 'isnull', 'exists', 'add', 'collate', 'escape']) {
    engine.db.exec(`CREATE TABLE ${quoteName(`t_${word}`)}(${quoteName(word)} INT); CREATE INDEX ${quoteName(`${word}`)} ON ${quoteName(`t_${word}`)}(${quoteName(word)})`);
  }
});
