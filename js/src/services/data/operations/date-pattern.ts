/** Dates in a pattern of Unicode's date fields (LDML): yyyy-MM-dd HH:mm:ss and the like. */
import { MONTHS, moment, type DateReader, type Fields } from './moment.js';

type Part = (text: string, at: number, into: Fields & { half?: number }) => number;

/** Reads `least` to `most` digits; -1 where they are not there. */
const digits = (least: number, most: number, put: (into: Fields & { half?: number }, value: number, length: number) => void): Part => (text, at, into) => {
  let end = at;
  while (end < at + most && isDigit(text.charCodeAt(end))) end++;
  if (end - at < least) return -1;
  put(into, Number(text.slice(at, end)), end - at);
  return end;
};
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

const zone: Part = (text, at, into) => {
  if (text[at] === 'Z' || text[at] === 'z') { into.offset = 0; return at + 1; }
  const match = /^([+-])(\d\d):?(\d\d)?/.exec(text.slice(at, at + 6));
  if (!match || Number(match[2]) > 23 || Number(match[3] ?? 0) > 59) return -1;
  into.offset = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * (match[1] === '-' ? -1 : 1);
  return at + match[0].length;
};

const month: Part = (text, at, into) => {
  const place = MONTHS.indexOf(text.slice(at, at + 3).toLowerCase());
  into.month = place + 1;
  return place < 0 ? -1 : at + 3;
};

const half: Part = (text, at, into) => {
  const name = text.slice(at, at + 2).toLowerCase();
  if (name !== 'am' && name !== 'pm') return -1;
  into.half = name === 'am' ? 0 : 12;
  return at + 2;
};

const PARTS: Readonly<Record<string, Part>> = {
  yyyy: digits(4, 4, (into, value) => { into.year = value; }),
  yy: digits(2, 2, (into, value) => { into.year = value + (value < 50 ? 2000 : 1900); }),
  MM: digits(2, 2, (into, value) => { into.month = value; }),
  M: digits(1, 2, (into, value) => { into.month = value; }),
  MMM: month,
  dd: digits(2, 2, (into, value) => { into.day = value; }),
  d: digits(1, 2, (into, value) => { into.day = value; }),
  HH: digits(2, 2, (into, value) => { into.hour = value; }),
  H: digits(1, 2, (into, value) => { into.hour = value; }),
  hh: digits(2, 2, (into, value) => { into.hour = value; into.half ??= -1; }),
  h: digits(1, 2, (into, value) => { into.hour = value; into.half ??= -1; }),
  mm: digits(2, 2, (into, value) => { into.minute = value; }),
  m: digits(1, 2, (into, value) => { into.minute = value; }),
  ss: digits(2, 2, (into, value) => { into.second = value; }),
  s: digits(1, 2, (into, value) => { into.second = value; }),
  S: digits(1, 1, (into, value) => { into.ms = value * 100; }),
  SS: digits(2, 2, (into, value) => { into.ms = value * 10; }),
  SSS: digits(3, 3, (into, value) => { into.ms = value; }),
  // Finer than a millisecond is cut off.
  SSSSSS: digits(6, 6, (into, value) => { into.ms = Math.floor(value / 1000); }),
  a: half,
  X: zone, ['X'.repeat(2)]: zone, ['X'.repeat(3)]: zone,
};

/** The same field twice would let one of them win in silence. */
const FIELD: Readonly<Record<string, string>> = { y: 'year', M: 'month', d: 'day', H: 'hour', h: 'hour', m: 'minute', s: 'second', S: 'fraction', a: 'half of the day', X: 'zone' };

const literal = (expected: string): Part => (text, at) => (text.startsWith(expected, at) ? at + expected.length : -1);

/** The reader, or what is wrong with the pattern. */
export function patternReader(pattern: string): DateReader | string {
  const parts: Part[] = [], fields = new Set<string>();
  const token = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/y;
  while (token.lastIndex < pattern.length) {
    const at = token.lastIndex, match = token.exec(pattern);
    if (!match) return `${JSON.stringify(pattern)} has a quote that does not close at ${at}`;
    const [whole, quotedText, letter] = match;
    if (letter === undefined) { parts.push(literal(quotedText === undefined ? whole : quotedText === '' ? "'" : quotedText.replaceAll("''", "'"))); continue; }
    // ISO's T and Z between digits need no quotes.
    if (whole === 'T' || whole === 'Z') { parts.push(whole === 'T' ? literal('T') : zone); continue; }
    if (!Object.hasOwn(PARTS, whole)) return `${JSON.stringify(pattern)} has '${whole}', which is no field (${Object.keys(PARTS).join(' ')}); other letters stand in single quotes`;
    const field = FIELD[letter];
    if (fields.has(field)) return `${JSON.stringify(pattern)} has the ${field} twice`;
    fields.add(field);
    parts.push(PARTS[whole]);
  }
  if (!fields.has('year')) return `${JSON.stringify(pattern)} has no year`;
  if (/(?<!')h/.test(pattern.replace(/'[^']*'/g, '')) && !fields.has('half of the day')) return `${JSON.stringify(pattern)} has a 12-hour clock (h) without its half (a)`;
  return (text) => {
    const trimmed = text.trim(), into: Fields & { half?: number } = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0, offset: 0 };
    let at = 0;
    for (const part of parts) if ((at = part(trimmed, at, into)) < 0) return undefined;
    if (at !== trimmed.length) return undefined;
    if (into.half !== undefined) {
      if (into.half < 0 || into.hour < 1 || into.hour > 12) return undefined;
      into.hour = into.hour % 12 + into.half;
    }
    return moment(into);
  };
}
