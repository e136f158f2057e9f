/**
 * Words of a text, the same on every host: not Intl.Segmenter, whose dictionaries differ from engine to engine, but Unicode
 * properties in the spirit of UAX #29 (word boundaries).
 *
 * 1. NFKC, then lower case by the default mapping (never the locale's: 'I' becomes 'i' in Turkey too). Soft hyphens and joiners go.
 * 2. A word is a run of letters, marks, digits and '_'. An apostrophe between letters stays inside it, a dot or comma between
 *    digits too ("don't", "3.14"); unlike UAX #29 a dot between letters ends it, so that "node" finds "node.js".
 * 3. Scripts written without spaces (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar) give their characters and overlapping pairs;
 *    a query of two characters and more gives the pairs alone.
 * 4. Runs longer than MAX_TOKEN code units are cut there. Lone surrogates, like punctuation, end a word.
 *
 * Hosts can differ only in characters newer than the Unicode version of one of them.
 */

export const MAX_TOKEN = 255;

export interface TokenizerOptions {
  /** French and Italian: "l'avion" is two words. */
  splitsAtApostrophe: boolean;
  /** Pairs only where there are pairs; see 3. */
  query: boolean;
}

const UNKNOWN = 0, OTHER = 1, LETTER = 2, DIGIT = 3, MARK = 4, CONNECTOR = 5, APOSTROPHE = 6, POINT = 7, UNSPACED = 8;

/** Classes of the first 65,536 code points, found out one by one as they occur; made on first use. */
let classes: Uint8Array | undefined;

function classOf(codePoint: number): number {
  classes ??= new Uint8Array(0x10000);
  if (codePoint >= 0x10000) return classify(codePoint);
  const known = classes[codePoint]!;
  return known === UNKNOWN ? (classes[codePoint] = classify(codePoint)) : known;
}

function classify(codePoint: number): number {
  const char = String.fromCodePoint(codePoint);
  if (char === "'" || char === '’') return APOSTROPHE;
  if (char === '.' || char === ',') return POINT;
  if (char === '_') return CONNECTOR;
  if (!/[\p{L}\p{M}\p{N}]/u.test(char)) return OTHER;
  if (/[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u.test(char)) return UNSPACED;
  return /\p{L}/u.test(char) ? LETTER : /\p{N}/u.test(char) ? DIGIT : MARK;
}

/** Calls `emit` for every word in order, repetitions included. Linear in the text's length, whatever it holds. */
export function tokenize(text: string, options: TokenizerOptions, emit: (token: string) => void): void {
  const normal = normalize(text);
  const end = normal.length;
  let i = 0;
  while (i < end) {
    const codePoint = normal.codePointAt(i)!;
    const kind = classOf(codePoint);
    if (kind === UNSPACED) i = emitUnspaced(normal, i, options.query, emit);
    else if (kind === LETTER || kind === DIGIT || kind === CONNECTOR) i = emitWord(normal, i, options.splitsAtApostrophe, emit);
    else i += codePoint > 0xffff ? 2 : 1;
  }
}

function normalize(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFKC').toLowerCase().replace(/[\u00ad\u200c\u200d\u2060\ufeff]/g, '');
}

function emitWord(text: string, start: number, splitsAtApostrophe: boolean, emit: (token: string) => void): number {
  let i = start;
  let before = OTHER;
  let hasWordCharacter = false;
  while (i < text.length) {
    const codePoint = text.codePointAt(i)!;
    const kind = classOf(codePoint);
    if (kind === LETTER || kind === DIGIT) hasWordCharacter = true;
    else if (kind === APOSTROPHE ? splitsAtApostrophe || before !== LETTER || classAt(text, i + 1) !== LETTER
      : kind === POINT ? before !== DIGIT || classAt(text, i + 1) !== DIGIT
        : kind !== MARK && kind !== CONNECTOR) break;
    // A mark belongs to the letter before it: "e´'a" joins as "é'a" does.
    if (kind !== MARK) before = kind;
    i += codePoint > 0xffff ? 2 : 1;
  }
  if (hasWordCharacter) {
    const token = text.slice(start, Math.min(i, start + MAX_TOKEN));
    emit(token.includes('’') ? token.replaceAll('’', "'") : token);
  }
  return i;
}

const classAt = (text: string, i: number): number => (i < text.length ? classOf(text.codePointAt(i)!) : OTHER);

function emitUnspaced(text: string, start: number, query: boolean, emit: (token: string) => void): number {
  let i = start;
  let previous = '';
  let characters = 0;
  while (i < text.length) {
    const codePoint = text.codePointAt(i)!;
    if (classOf(codePoint) !== UNSPACED) break;
    const char = String.fromCodePoint(codePoint);
    if (!query) emit(char);
    if (previous !== '') emit(previous + char);
    previous = char;
    characters++;
    i += char.length;
  }
  if (query && characters === 1) emit(previous);
  return i;
}

/**
 * The form under which a stem is filed: without the diacritics of Latin, Greek and Cyrillic letters (U+0300..U+036F), 'ß' as 'ss',
 * final sigma as sigma. After stemming, because stemmers tell words apart by their accents.
 */
export function fold(stem: string): string {
  if (/^[\x00-\x7f]*$/.test(stem)) return stem;
  return stem.normalize('NFD').replace(/[\u0300-\u036f]/g, '').normalize('NFC').replaceAll('ß', 'ss').replaceAll('ς', 'σ');
}
