/**
 * Values within JSON text, without reading the rest of it into objects. A value stays its own text; null stands for JSON's null and
 * for what is not there. crates/expression/src/json.rs is its twin.
 */
import type { Step } from './syntax.js';

const isSpace = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;
const skipSpace = (text: string, from: number): number => {
  let i = from;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
};

/** Behind the string that begins at `i`; -1 where it does not end. */
function skipString(text: string, i: number): number {
  let end = i + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++;
    end++;
    if (slashes % 2 === 0) return end;
  }
}

/** Behind the value that begins at `i`; -1 where it does not end. */
function skipValue(text: string, i: number): number {
  const c = text.charCodeAt(i);
  if (c === 34) return skipString(text, i);
  if (c !== 123 && c !== 91) {
    let end = i;
    for (let d; end < text.length && (d = text.charCodeAt(end)) !== 44 && d !== 93 && d !== 125 && !isSpace(d); ) end++;
    return end > i ? end : -1;
  }
  for (let end = i, depth = 0; end < text.length; ) {
    const d = text.charCodeAt(end);
    if (d === 34) {
      end = skipString(text, end);
      if (end < 0) return -1;
      continue;
    }
    end++;
    if (d === 123 || d === 91) depth++;
    else if ((d === 125 || d === 93) && --depth === 0) return end;
  }
  return -1;
}

/** The text of the string whose quotes stand at both ends. */
function unquoted(quoted: string): string | null {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try { return JSON.parse(quoted) as string; } catch { return null; }
}

/** The value at `steps`; the last of equal keys counts, as for JSON.parse. */
export function jsonAt(document: string, steps: readonly Step[]): string | null {
  let start = skipSpace(document, 0);
  let end = document.length;
  for (const step of steps) {
    const found = typeof step === 'string' ? member(document, start, step) : element(document, start, step);
    if (!found) return null;
    [start, end] = found;
  }
  if (steps.length === 0) while (end > start && isSpace(document.charCodeAt(end - 1))) end--;
  const value = start === 0 && end === document.length ? document : document.slice(start, end);
  return value === 'null' || value === '' ? null : value;
}

function member(text: string, at: number, key: string): [number, number] | undefined {
  if (text.charCodeAt(at) !== 123) return undefined;
  let found: [number, number] | undefined;
  for (let i = skipSpace(text, at + 1); text.charCodeAt(i) === 34; ) {
    const keyEnd = skipString(text, i);
    if (keyEnd < 0) return found;
    const plain = keyEnd - i - 2 === key.length && text.startsWith(key, i + 1);
    const same = plain || (text.indexOf('\\', i) >= 0 && text.slice(i, keyEnd).includes('\\') && unquoted(text.slice(i, keyEnd)) === key);
    i = skipSpace(text, keyEnd);
    if (text.charCodeAt(i) !== 58) return found;
    const start = skipSpace(text, i + 1);
    const end = skipValue(text, start);
    if (end < 0) return found;
    if (same) found = [start, end];
    i = skipSpace(text, end);
    if (text.charCodeAt(i) !== 44) return found;
    i = skipSpace(text, i + 1);
  }
  return found;
}

function element(text: string, at: number, place: number): [number, number] | undefined {
  if (text.charCodeAt(at) !== 91) return undefined;
  let i = skipSpace(text, at + 1);
  if (text.charCodeAt(i) === 93) return undefined;
  for (let n = 0; ; n++) {
    const end = skipValue(text, i);
    if (end < 0) return undefined;
    if (n === place) return [i, end];
    i = skipSpace(text, end);
    if (text.charCodeAt(i) !== 44) return undefined;
    i = skipSpace(text, i + 1);
  }
}

export type JsonKind = 'number' | 'text' | 'bool' | 'other';
export function jsonKind(json: string): JsonKind {
  const c = json.charCodeAt(0);
  return c === 34 ? 'text' : c === 123 || c === 91 ? 'other' : c === 116 || c === 102 ? 'bool' : 'number';
}

export const jsonNumber = (json: string): number | null => {
  if (jsonKind(json) !== 'number') return null;
  const value = Number(json);
  return Number.isNaN(value) ? null : value;
};
export const jsonText = (json: string): string | null => (jsonKind(json) === 'text' ? unquoted(json) : null);
export const jsonBool = (json: string): boolean | null => (jsonKind(json) === 'bool' ? json === 'true' : null);

export const toJson = (value: number | string | boolean): string | null =>
  typeof value === 'number' ? (Number.isFinite(value) ? String(value) : null) : JSON.stringify(value);

/** `toString` of a JSON value: text as it is, numbers as JavaScript writes them, the rest as JSON. */
export function jsonToString(json: string): string | null {
  switch (jsonKind(json)) {
    case 'text': return jsonText(json);
    case 'number': { const value = jsonNumber(json); return value === null ? null : String(value); }
    default: return json;
  }
}
