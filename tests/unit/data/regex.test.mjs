/** The linear-time regular expressions of `replace`: the answers of the host's RegExp, on any input in little time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex } from '../../../js/dist/services/data/operations/regex/index.js';
import { random } from './random.mjs';

const ours = (pattern, flags, by = '[$&|$1|$2|$3]') => compileRegex(pattern, flags, 'test', false).replacer(by);
const either = (pattern, flags, by = '[$&|$1|$2|$3]') => compileRegex(pattern, flags, 'test').replacer(by);

/** Unmatched groups are empty in both; groups that the pattern does not have stay text. */
function same(pattern, flags, text, by = '[$&|$1|$2|$3]') {
  const expected = text.replace(new RegExp(pattern, `gu${flags}`), by);
  assert.equal(ours(pattern, flags, by)(text), expected, `/${pattern}/${flags} on ${JSON.stringify(text)}`);
  assert.equal(either(pattern, flags, by)(text), expected, `/${pattern}/${flags} on ${JSON.stringify(text)}, by whoever is chosen`);
}

const WORDS = ['', 'a', 'b', 'ab', 'aab', 'aba', 'abab', 'aaaa', 'bbab', 'a b', 'ab\nab', 'A', 'aB', '\ud83d\ude00', '\ud83d', '\ude00a', 'é', 'ß', 'ſK', 'K\u212a', '123', 'a1_b-c', '  x ', '\r\n', '\u2028a'];

test('patterns written by hand', () => {
  const patterns = ['a', 'ab|a', 'a|ab', '(a|ab)(b?)', 'a*', 'a+?', '(a*)*', '(a*)+', '(a?)?', '(a??)*', '((a)|b)*', '(?:(a)|(b)|(c))*', '(z)((a+)?(b+)?(c))*', '(a*)(a*)', '^a|b$', '^', '$', '\\b', '\\B', '\\w+', '[^a]', '[a-c]{2,3}?', '.', '(.)(.)',
    '\\d{1,3}', '(a{0,2}){2}', '(?:a|b)*?b', '(|a)+', '(a|)+', '(|a)*?b', '(?:|a)+b', '\\s+', '\\S', '[\\w-]+', '\\u{1f600}', '\\ud83d\\ude00', '[\\u{1f600}-\\u{1f64f}]', '\\p{L}+', '\\P{L}', '[^]', '[]', '()', '(?:)', '(a(b)?)+', '(?:a(b)?)+', '(a|b(c)?)+', 'x*', 'x*$', '(?<one>a)(?<two>b)', '\\x61', '\\cJ', '\\0', '[\\b]', '\\t|\\n|\\r'];
  for (const pattern of patterns) for (const flags of ['', 'i', 'm', 's', 'ims']) for (const text of WORDS) same(pattern, flags, text);
  for (const text of ['zaacbbbcac', 'aXbXc', 'foo  bar', 'ſK k\u212a', 'Straße ẞ', '٣ 3']) for (const pattern of ['(z)((a+)?(b+)?(c))*', '[k]', 'k', '\\w', '\\W', 'ß', 's+', '\\d', '[^k]', '[s-t]\\b']) for (const flags of ['', 'i']) same(pattern, flags, text);
});

/** A pattern that both read alike. */
function randomPattern(next, depth = 3) {
  const pick = (...choices) => choices[next(choices.length)];
  const atom = () => {
    switch (next(depth > 0 ? 8 : 5)) {
      case 0: case 1: case 2: return pick('a', 'b', 'c', '.', '\\w', '[ab]', '[^a]', 'é', '\\s');
      case 3: return pick('^', '$', '\\b', '\\B');
      case 4: return pick('a', 'b', '[bc]');
      case 5: return `(?:${randomPattern(next, depth - 1)})`;
      default: return `(${randomPattern(next, depth - 1)})`;
    }
  };
  const piece = () => {
    const one = atom();
    if (/^(?:\^|\$|\\b|\\B)$/i.test(one) || next(2)) return one;
    return one + pick('*', '+', '?', '{2}', '{0,2}', '{1,}', '{1,3}', '{0}') + pick('', '', '?');
  };
  return Array.from({ length: 1 + next(3) }, () => Array.from({ length: next(4) }, piece).join('')).join(pick('|', '|', ''));
}

test('the answers of RegExp on patterns and texts at random', () => {
  const next = random(11);
  for (let round = 0; round < 5000; round++) {
    const pattern = randomPattern(next), flags = ['', 'i', 'm', 's'][next(4)];
    for (let t = 0; t < 4; t++) {
      const text = Array.from({ length: next(9) }, () => 'aabbcé\nA \u{1f600}'[next(10)]).join('');
      same(pattern, flags, text, ['[$&|$1|$2|$3]', '$2$1', '$$1', '<$01|$10>', "$'".slice(0, 1)][next(5)]);
    }
  }
});

test('what takes exponential or quadratic time elsewhere ends', () => {
  const long = (unit, end = '') => unit.repeat(Math.ceil(30000 / unit.length)) + end;
  const hard = [
    ['(a+)+$', long('a', '!')], ['(a|aa)+$', long('a', '!')], ['(a|a)*$', long('a', '!')], ['(.*)*x', long('a')], ['(\\w+\\s?)*$', long('ab ', '!')], ['^(([a-z])+.)+[A-Z]([a-z])+$', long('a')], ['(x+x+)+y', long('x')], ['\\s+$', long(' ', 'x')],
    ['a.*b|a', long('a')], ['(?:a?){50}a{50}', long('a')], ['([^,]*,)*[^,]*;', long('ab,')], ['(a*)*b', long('a')], ['.*.*=.*', long('x')], ['^\\s+|\\s+$', long(' ', 'x ')], ['(?:(?:a*)*)*c', long('a')], ['(.+)+\\1'.slice(0, 5) + 'z', long('é')],
  ];
  for (const [pattern, text] of hard) {
    const regex = compileRegex(pattern, '', 'test');
    assert.equal(regex.native, false, `${pattern} is not left to the host`);
    const began = performance.now();
    regex.replacer('<$&>')(text);
    // Exponential and quadratic times are far beyond: this bound is no measure of speed.
    assert.ok(performance.now() - began < 20000, pattern);
  }
});

test('time grows with the length, not with its square', () => {
  for (const pattern of ['(a+)+$', 'a.*b|a', '\\s*,\\s*$', '(a|ab)*c']) {
    const steps = (n) => {
      let asked = 0;
      // Every character that is looked at is asked for; a text that counts is not to be had, a class that counts is.
      const has = Map.prototype.get;
      Map.prototype.get = function counted(key) { asked++; return has.call(this, key); };
      try { compileRegex(pattern.replaceAll('a', '[\u0430]'), '', 'test', false).replacer('')('\u0430'.repeat(n)); } finally { Map.prototype.get = has; }
      return asked;
    };
    const [few, many] = [steps(1000), steps(4000)];
    assert.ok(many < 6 * few + 1000, `${pattern}: ${few} steps of 1000 characters, ${many} of 4000`);
  }
});

test('the host runs what it can only be quick with', () => {
  for (const pattern of ['a', '\\d+', '[0-9]+', 'a|b', '-\\s*', '(\\w)(\\d+)', '[^a-z0-9]+', 'colou?r', '(?:ab)+', '\\b\\w{1,4}\\b']) assert.equal(compileRegex(pattern).native, true, pattern);
  for (const pattern of ['a+b', 'a*a*', '(a+)+', '\\s+$', '(a|b)*c', '\\w+@\\w+', '(?:a|aa)+', '.*', 'a{0,400}b'].filter((p) => p !== '.*')) assert.equal(compileRegex(pattern).native, false, pattern);
});

test('what is no expression of ours is refused with its place', () => {
  const refused = (pattern, code, offset) => assert.throws(() => compileRegex(pattern, '', 'replace'), (error) => {
    assert.equal(error.code, code, `${pattern}: ${error.message}`);
    if (offset !== undefined) assert.equal(error.detail.offset, offset, pattern);
    return true;
  });
  for (const [pattern, offset] of [['(', 1], [')', 0], ['*a', 0], ['a**', 2], ['[a', 2], ['[b-a]', 4], ['\\', 1], ['\\q', 2], ['\\u{110000}', 3], ['\\x1', 2], ['{2}', 0], ['^*', 2], ['(?<a>x)(?<a>y)', 12], ['\\p{Nope}', 2], ['a{3,2}', 6]]) refused(pattern, 'PARSE', offset);
  for (const pattern of ['(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '(a)\\1', '(?<n>a)\\k<n>', '(?i:a)', 'a{1001}', '((a{100}){100})']) refused(pattern, 'UNSUPPORTED');
  assert.throws(() => compileRegex('a', 'g'), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => compileRegex('a', 'ii'), { code: 'INVALID_ARGUMENT' });
  refused(`${'('.repeat(5000)}${')'.repeat(5000)}`, 'PARSE');
});

test('braces and brackets that mean nothing are themselves, escapes of signs too', () => {
  for (const [pattern, text, expected] of [['a{', 'a{', 'X'], ['}', '}', 'X'], [']', ']', 'X'], ['\\-\\_\\@\\"'.replace('\\_', '_'), '-_@"', 'X'], ['[a\\-z]', '-', 'X'], ['[a-]', '-', 'X'], ['[\\w-x]', '-', 'X'], ['{,3}', '{,3}', 'X']]) {
    assert.equal(ours(pattern, '', 'X')(text), expected, pattern);
    assert.equal(either(pattern, '', 'X')(text), expected, pattern);
  }
});

test('names of groups in the replacement', () => {
  for (const native of [true, false]) {
    const by = (pattern, replacement) => compileRegex(pattern, '', 'test', native).replacer(replacement)('ab');
    assert.equal(by('(?<x>a)(?<y>b)', '$<y>$<x>'), 'ba');
    assert.equal(by('(?<x>a)', '$<none>'), 'b');
    assert.equal(by('(a)', '$<x>'), '$<x>b');
    assert.equal(by('a', '$1$0$'), '$1$0$b');
  }
});
