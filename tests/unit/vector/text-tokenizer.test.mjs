// How text becomes words: the rules at the top of tokenizer.ts, one by one, and stemmers by pairs that must meet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextIndex, LANGUAGES } from '../../../js/dist/services/vector/text/index.js';
import { fold, MAX_TOKEN, tokenize } from '../../../js/dist/services/vector/text/tokenizer.js';
import { stemEnglish } from '../../../js/dist/services/vector/text/english.js';

function words(text, options = {}) {
  const out = [];
  tokenize(text, { splitsAtApostrophe: false, query: false, ...options }, (t) => out.push(t));
  return out;
}

for (const [rule, text, expected] of [
  ['letters, digits and underscores run together', 'The libc6 x86_64 MP3', ['the', 'libc6', 'x86_64', 'mp3']],
  ['punctuation separates', 'command-line (tool): a/b', ['command', 'line', 'tool', 'a', 'b']],
  ['an apostrophe stays between letters', "don't 'quoted' rock'n'roll dogs'", ["don't", 'quoted', "rock'n'roll", 'dogs']],
  ['the typographic apostrophe is the same', 'don’t ‘quoted’', ["don't", 'quoted']],
  ['dots and commas stay between digits only', 'node.js 3.14 1,000,000 v1.2.3 end. 5.', ['node', 'js', '3.14', '1,000,000', 'v1.2.3', 'end', '5']],
  ['a connector alone is no word', '_ __ _a', ['_a']],
  ['compatibility forms are the plain ones', 'ﬁle ＡＢＣ ½ ②', ['file', 'abc', '1', '2', '2']],
  ['lower case is not the locale\'s', 'TITLE İZMİR ΟΔΟΣ', ['title', 'i̇zmi̇r', 'οδος']],
  ['composed and decomposed are one', 'cafe\u0301 caf\u00e9', ['café', 'café']],
  ['soft hyphens and joiners are not there', 'co\u00adoperate\u200b no\u2060break', ['cooperate', 'nobreak']],
  ['ideographs and kana give characters and pairs', '東京都 ねこ', ['東', '京', '東京', '都', '京都', 'ね', 'こ', 'ねこ']],
  ['Hangul too', '한국어', ['한', '국', '한국', '어', '국어']],
  ['scripts meet without a space', 'iPhone用ケース', ['iphone', '用', 'ケ', '用ケ', 'ー', 'ケー', 'ス', 'ース']],
  ['astral letters are whole', '𐐀𐐁 𝒳 𠀀𠀁', ['𐐨𐐩', 'x', '𠀀', '𠀁', '𠀀𠀁']],
  ['lone surrogates separate', 'a\ud800b \udc00', ['a', 'b']],
  ['emoji and symbols are no words', '🎉 ⚙️ © → a', ['a']],
  ['Devanagari keeps its signs', 'हिन्दी भाषा', ['हिन्दी', 'भाषा']],
  ['marks alone are no words', '\u0301\u0301 a', ['a']],
  ['nothing gives nothing', '', []],
]) test(`words: ${rule}`, () => assert.deepEqual(words(text), expected));

test('words of a query: pairs alone where there are pairs', () => {
  assert.deepEqual(words('東京都 猫 cat', { query: true }), ['東京', '京都', '猫', 'cat']);
});

test('words: French and Italian elisions are two words', () => {
  assert.deepEqual(words("l'avion d’abord", { splitsAtApostrophe: true }), ['l', 'avion', 'd', 'abord']);
});

test('filed forms lose the diacritics of Latin, Greek and Cyrillic, and no other marks', () => {
  assert.deepEqual(['naïve', 'straße', 'ελλάδα', 'οδος', 'ёлка', 'हिन्दी', 'が', '각'].map(fold), ['naive', 'strasse', 'ελλαδα', 'οδοσ', 'елка', 'हिन्दी', 'が', '각']);
});

test('one rule for case and composition, over every code point: lower case, NFD and NFKD change nothing', () => {
  const filed = (text) => words(text).map(fold).join(' ');
  for (let codePoint = 0; codePoint < 0x110000; codePoint++) {
    const char = String.fromCodePoint(codePoint);
    const expected = filed(char);
    for (const form of [char.toLowerCase(), char.normalize('NFD'), char.normalize('NFKD')]) {
      if (filed(form) !== expected) assert.fail(`U+${codePoint.toString(16)}: ${filed(form)} is not ${expected}`);
    }
  }
  // Upper case too where it is one-to-one; 'ß' and 'SS' meet, the Turkish dotless i does not become i.
  assert.deepEqual(['STRASSE', 'straße', 'STRAẞE', 'Σ', 'ς', 'I', 'ı'].map(filed), ['strasse', 'strasse', 'strasse', 'σ', 'σ', 'i', 'ı']);
});

test('any string survives: no throw, no empty word, none beyond the limit, and ASCII and Unicode paths agree', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((u) => String.fromCharCode(...u)), fc.string({ maxLength: 100 })), (text) => {
    const list = words(text);
    for (const w of list) assert.ok(w.length > 0 && w.length <= MAX_TOKEN);
    // A trailing non-ASCII separator sends the same text down the other path.
    assert.deepEqual(words(`${text} \u2014`), list);
    const index = new TextIndex();
    index.set(0, text);
    assert.equal(index.size, list.length > 0 ? 1 : 0);
    assert.deepEqual([...index.search(text, 5).slots], list.length > 0 ? [0] : []);
  }), { seed: 20260201, numRuns: 1500 });
});

test('long runs cost linear time and are cut', () => {
  const [cut] = words('x'.repeat(1_000_000));
  assert.equal(cut.length, MAX_TOKEN);
  for (const text of ["a'".repeat(200_000), '1.'.repeat(200_000), '東'.repeat(200_000), '_'.repeat(400_000), 'é'.repeat(400_000), '\u0301'.repeat(400_000)]) {
    const start = performance.now();
    words(text);
    assert.ok(performance.now() - start < 2000, `${JSON.stringify(text.slice(0, 4))}… took ${performance.now() - start} ms`);
  }
});

test('English stems follow the published algorithm', () => {
  // From the vocabulary and output published with the Snowball English stemmer; one or more words per rule of the algorithm.
  const pairs = `sky sky skies sky news news dying die lying lie inning inning earring earring proceed proceed succeed succeed agreed agre feed feed
    consign consign consigned consign consigning consign consignment consign consist consist consistency consist consistently consist
    consolation consol consolations consol console consol consolidate consolid knack knack knackeries knackeri knavish knavish
    knightly knight hopping hop hoping hope egged egg tanned tan falling fall ties tie cries cri gas gas this this kiwis kiwi caresses caress
    happy happi cry cri by by say say yellow yellow enjoying enjoy rational ration conditional condit generously generous generally general
    operator oper hopefulness hope gentleness gentl triplicate triplic electrical electr formative format adoption adopt adopt adopt production product
    allowance allow adjustment adjust dependent depend communism communism bowdlerize bowdler controlling control roll roll rate rate cease ceas
    debian's debian o'neill o'neil biologist biolog analogies analog likely like past past paste paste organization organiz international internat`
    .split(/\s+/);
  for (let i = 0; i < pairs.length; i += 2) assert.equal(stemEnglish(pairs[i]), pairs[i + 1], pairs[i]);
});

for (const [language, a, b] of [
  ['english', 'adopted libraries', 'library adoption'], ['danish', 'hundene', 'hund'], ['dutch', 'boeken', 'boek'], ['finnish', 'taloissa', 'talo'],
  ['french', "l'avion continuellement", 'AVIONS continuelle'], ['german', 'die Häuser', 'Haus'], ['hungarian', 'házakban', 'ház'], ['italian', "dell'amico", 'amici'],
  ['norwegian', 'husene', 'hus'], ['portuguese', 'livros', 'livro'], ['romanian', 'casele', 'casă'], ['russian', 'библиотеки', 'библиотека'],
  ['spanish', 'bibliotecas', 'biblioteca'], ['swedish', 'husen', 'hus'], ['turkish', 'evlerimiz', 'ev'],
]) {
  test(`${language}: forms of a word meet`, () => {
    const index = new TextIndex(language);
    index.set(3, a);
    assert.deepEqual([...index.search(b, 1).slots], [3]);
    // Control: it is the stemmer that brings them together.
    const plain = new TextIndex('none');
    plain.set(3, a);
    assert.deepEqual([...plain.search(b, 1).slots], []);
  });
}

test('every language name works, and another is refused with the list', () => {
  assert.equal(LANGUAGES.length, 16);
  for (const language of LANGUAGES) {
    const index = new TextIndex(language);
    index.set(0, 'constructor __proto__ toString x 42');
    assert.deepEqual([...index.search('constructor', 1).slots], [0], language);
  }
  for (const wrong of ['klingon', 'English', '', '__proto__', 'constructor']) {
    assert.throws(() => new TextIndex(wrong), (e) => e.code === 'INVALID_ARGUMENT' && LANGUAGES.every((l) => e.message.includes(l)));
  }
});
