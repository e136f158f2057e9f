/** Text as code points, a lone surrogate being one of them. crates/expression/src/text.rs is its twin. */
import { ServiceError } from '../errors.js';

/** Code units of a text that a function may make. */
const LONGEST = 2 ** 28;

export function checkedLength(length: number): void {
  if (length > LONGEST) throw new ServiceError('TOO_LARGE', `an expression would make a text of more than ${LONGEST} characters`, { service: 'data' });
}

/** Order by code point: that of UTF-16 code units, except that surrogates come after everything else. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return unitRank(a, i, x) - unitRank(b, i, y);
  }
  return a.length - b.length;
}

/** A half of a pair stands above all lone units; a lone surrogate at its own number. */
function unitRank(text: string, i: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const paired = unit < 0xdc00 ? isLow(text.charCodeAt(i + 1)) : isHigh(text.charCodeAt(i - 1));
  return paired ? unit + 0x10000 : unit;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
const SURROGATE = /[\ud800-\udfff]/;

export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let pairs = 0;
  for (let i = 1; i < text.length; i++) if (isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1))) { pairs++; i++; }
  return text.length - pairs;
}

/** `start` counts from 1; what lies before the text uses up `length` too (as in PostgreSQL). */
export function substring(text: string, start: number, length: number): string | null {
  if (Number.isNaN(start) || Number.isNaN(length)) return null;
  const from = Math.trunc(start) - 1;
  // -Infinity + Infinity: to the end.
  const to = length === Infinity ? Infinity : from + Math.trunc(length);
  if (!(to > 0) || to <= from) return '';
  const begin = Math.max(from, 0);
  if (!SURROGATE.test(text)) return text.slice(begin, to);
  return text.slice(unitOffset(text, begin), unitOffset(text, to));
}

/** The code unit at which code point `count` begins. */
function unitOffset(text: string, count: number): number {
  let i = 0;
  for (let seen = 0; seen < count && i < text.length; seen++) i = after(text, i);
  return i;
}

/** The code unit behind the code point that begins at `i`. */
function after(text: string, i: number): number {
  return i + (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1);
}

/** Whether a code point begins at `i`, or the text ends there. */
function isBoundary(text: string, i: number): boolean {
  return !(isLow(text.charCodeAt(i)) && isHigh(text.charCodeAt(i - 1)));
}

/** Where `needle` stands at or after `from`, never within a surrogate pair; -1. */
export function findText(text: string, needle: string, from: number): number {
  for (let at = text.indexOf(needle, from); at >= 0; at = text.indexOf(needle, at + 1)) {
    if (isBoundary(text, at) && isBoundary(text, at + needle.length)) return at;
    if (at >= text.length) break;
  }
  return -1;
}

export const contains = (text: string, needle: string): boolean => findText(text, needle, 0) >= 0;
export const startsWith = (text: string, needle: string): boolean => text.startsWith(needle) && isBoundary(text, needle.length);
export const endsWith = (text: string, needle: string): boolean => text.endsWith(needle) && isBoundary(text, text.length - needle.length);

export function replaceAll(text: string, needle: string, by: string): string {
  if (needle === '') return text;
  let result = '';
  let from = 0;
  for (let at; (at = findText(text, needle, from)) >= 0; from = at + needle.length) {
    result += text.slice(from, at) + by;
    checkedLength(result.length);
  }
  return from === 0 ? text : result + text.slice(from);
}

export function joinText(parts: readonly string[]): string {
  let length = 0;
  for (const part of parts) length += part.length;
  checkedLength(length);
  return parts.join('');
}

/** A pattern of LIKE: what stands between its `%`, each an array of literals and the number of `_`. */
export interface LikePattern { segments: readonly (readonly (string | number)[])[]; fold: boolean }

/** Lower case, with one sigma: what ILIKE compares. */
export const foldCase = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ');

/** `undefined` where the pattern ends with its escape. */
export function likePattern(pattern: string, escape: string | undefined, fold: boolean): LikePattern | undefined {
  const segments: (string | number)[][] = [[]];
  let literal = '';
  const flush = (): void => {
    if (literal) segments.at(-1)!.push(fold ? foldCase(literal) : literal);
    literal = '';
  };
  const points = [...pattern];
  for (let i = 0; i < points.length; i++) {
    const point = points[i];
    if (point === escape) {
      if (++i === points.length) return undefined;
      literal += points[i];
    } else if (point === '%') {
      flush();
      segments.push([]);
    } else if (point === '_') {
      flush();
      const last = segments.at(-1)!;
      if (typeof last.at(-1) === 'number') (last[last.length - 1] as number)++; else last.push(1);
    } else literal += point;
  }
  flush();
  // `%%` is `%`.
  return { segments: segments.filter((segment, i) => i === 0 || i === segments.length - 1 || segment.length > 0), fold };
}

/** Every segment goes to the first place that takes it; none is tried again, so no pattern takes more than text times segment. */
export function like(pattern: LikePattern, value: string): boolean {
  const text = pattern.fold ? foldCase(value) : value;
  const { segments } = pattern;
  let at = matchAt(segments[0], text, 0);
  if (at < 0) return false;
  if (segments.length === 1) return at === text.length;
  for (let s = 1; s < segments.length - 1; s++) {
    at = findSegment(segments[s], text, at);
    if (at < 0) return false;
  }
  const last = segments[segments.length - 1];
  const start = last.length === 0 ? text.length : startOfLast(last, text);
  return start >= at && (last.length === 0 || matchAt(last, text, start) === text.length);
}

/** Where `segment` ends when it begins at `from`; -1 where it does not stand there. */
function matchAt(segment: readonly (string | number)[], text: string, from: number): number {
  let at = from;
  for (const part of segment) {
    if (typeof part === 'string') {
      if (!text.startsWith(part, at)) return -1;
      at += part.length;
      if (!isBoundary(text, at)) return -1;
    } else {
      for (let n = 0; n < part; n++) {
        if (at >= text.length) return -1;
        at = after(text, at);
      }
    }
  }
  return at;
}

function findSegment(segment: readonly (string | number)[], text: string, from: number): number {
  const [first] = segment;
  if (typeof first === 'string') {
    for (let at = findText(text, first, from); at >= 0; at = at < text.length ? findText(text, first, after(text, at)) : -1) {
      const end = segment.length === 1 ? at + first.length : matchAt(segment, text, at);
      if (end >= 0) return end;
    }
    return -1;
  }
  for (let at = from; at <= text.length; at = at < text.length ? after(text, at) : at + 1) {
    const end = matchAt(segment, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where the last segment must begin to end with the text: it takes a fixed number of code points; -1 where the text is shorter. */
function startOfLast(segment: readonly (string | number)[], text: string): number {
  let at = text.length;
  for (let p = segment.length - 1; p >= 0; p--) {
    const part = segment[p];
    if (typeof part === 'string') at -= part.length;
    else for (let n = 0; n < part; n++) at -= at >= 2 && isLow(text.charCodeAt(at - 1)) && isHigh(text.charCodeAt(at - 2)) ? 2 : 1;
    if (at < 0) return -1;
  }
  return isBoundary(text, at) ? at : -1;
}
