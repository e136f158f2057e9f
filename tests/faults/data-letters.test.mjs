// Case and white space over every code point (FAULTS 52): the host's, in expressions and transforms, in both implementations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOTH, fails } from '../support/data-twins.mjs';

/** Every code point, lone surrogates too, each alone, after and before letters; and what depends on its place. */
const POINTS = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const WORDS = ['ΟΔΟΣ', 'ΟΔΟΣ ΣΑΣ', 'Σ', 'ΑΣ.', 'ΑΣ.Β', 'Α\u0301Σ', 'ΑΣ\u0301', 'ΑΣ\ud800Α', '\udc00Σ', 'İstanbul', 'ISPARTA ıI', 'straße ẞ', 'ǅ ǆ Ǆ', 'ﬃ ﬗ', 'ᾳ ᾼ', 'ΐ', 'i\u0307', 'J\u030c', '\u{10400}\u{10428}', '😀Σ😀'];
const around = (prefix, suffix) => POINTS.map((c) => prefix + c + suffix);
const PIECE = 120_000;

async function compare(texts, ways, expected) {
  for (const [variant, service] of BOTH) {
    for (let from = 0; from < texts.length; from += PIECE) {
      const piece = texts.slice(from, from + PIECE), table = await service.load({ s: piece }, { schema: { s: 'utf8' } });
      for (const transformation of ways) {
        const made = await table.transform({ transformations: [{ ...transformation, as: 'x' }] }), column = await made.column('x');
        for (let i = 0; i < piece.length; i++) if (column[i] !== expected(piece[i])) assert.fail(`${variant} ${JSON.stringify(transformation)}: ${JSON.stringify(piece[i])} (U+${(from + i).toString(16)}) gives ${JSON.stringify(column[i])}, the host ${JSON.stringify(expected(piece[i]))}`);
        made.free();
      }
      table.free();
    }
  }
}
const by = (fn, operation) => [{ field: 's', operation: 'expression', args: { expr: `${fn}(s)` } }, { field: 's', operation }];

test('52 control: a rule of another locale, or of another edition, is told apart', async () => {
  await fails(() => compare(['i'], by('upper', 'uppercase'), (s) => s.toLocaleUpperCase('tr')), '52');
  await fails(() => compare(['ß'], by('upper', 'uppercase'), () => 'ẞ'), '52');
});
test('52: upper case of all 1,114,112 code points is the host\'s', () => compare([...POINTS, ...WORDS], by('upper', 'uppercase'), (s) => s.toUpperCase()));
test('52: lower case of all 1,114,112 code points is the host\'s', () => compare([...POINTS, ...WORDS], by('lower', 'lowercase'), (s) => s.toLowerCase()));
test('52: lower case where a final sigma may be', async () => {
  await compare(around('ΑΣ', 'Α').filter((_, code) => code < 0x3000 || code % 7 === 0), by('lower', 'lowercase'), (s) => s.toLowerCase());
  await compare(around('Α', 'Σ').filter((_, code) => code < 0x3000 || code % 7 === 0), by('lower', 'lowercase'), (s) => s.toLowerCase());
});
test('52: white space of all code points is that of trim', () => compare(around('', 'x ').concat(around('', '')), by('trim', 'trim'), (s) => s.trim()));
test('52: rows follow the same rule, and ILIKE compares lower case with one sigma', async () => {
  for (const [, service] of BOTH) {
    const rows = WORDS.map((s) => ({ s }));
    for (const transformation of by('upper', 'uppercase')) assert.deepEqual((await service.transform(rows, { transformations: [{ ...transformation, as: 'x' }] })).data.map((r) => r.x), WORDS.map((s) => s.toUpperCase()));
    const table = await service.load(rows), folded = (s) => s.toLowerCase().replaceAll('ς', 'σ');
    for (const word of WORDS) assert.deepEqual(await (await table.filter(`s ILIKE '${word}'`)).column('s'), WORDS.filter((s) => folded(s) === folded(word)), word);
  }
});
