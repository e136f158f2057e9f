/** Text to text, lengths and parts. Places and lengths count UTF-16 units, as String.prototype does. */
import { invalid } from '../errors.js';
import { filledText, flag, oneOf, optional, text, whole } from './args.js';
import { compileRegex } from './regex/index.js';
import { slugify } from './slugify.js';
import type { Operation } from './types.js';

const MOST = 2 ** 31 - 1;

const mapping = (cell: (value: string) => string, method?: string): Operation => ({
  args: {}, takes: ['utf8'], gives: () => 'utf8', cell: () => cell, ...(method !== undefined && { code: (value: string) => `${value}.${method}()` }),
});

export function capitalize(value: string): string {
  const first = value.codePointAt(0);
  if (first === undefined) return value;
  const letter = String.fromCodePoint(first);
  return letter.toUpperCase() + value.slice(letter.length).toLowerCase();
}

const replace: Operation = {
  args: { pattern: filledText, with: text, regex: optional(flag, false), flags: optional(text) },
  takes: ['utf8'],
  gives: () => 'utf8',
  check({ pattern, regex, flags }, _input, what) {
    if (regex) compileRegex(pattern as string, flags as string | undefined, what);
    else if (flags !== undefined) throw invalid(`${what}: flags go with regex: true`);
  },
  cell({ pattern, with: by, regex, flags }) {
    const [from, to] = [pattern as string, by as string];
    if (regex) return compileRegex(from, flags as string | undefined, 'replace').replacer(to);
    // A function, so that no $ of the replacement means anything.
    return (value: string) => (value.includes(from) ? value.replaceAll(from, () => to) : value);
  },
};

const split: Operation = {
  args: { separator: text, index: optional(whole(-MOST, MOST)) },
  takes: ['utf8'],
  gives: (_input, { index }) => (index === undefined ? 'json' : 'utf8'),
  cell({ separator, index }) {
    const by = separator as string;
    // An empty separator parts characters, and no surrogate pair.
    const parts = by === '' ? (value: string): string[] => Array.from(value) : (value: string): string[] => value.split(by);
    if (index === undefined) return (value: string) => JSON.stringify(parts(value));
    return (value: string) => parts(value).at(index as number) ?? null;
  },
};

const substring: Operation = {
  args: { start: whole(-MOST, MOST), end: optional(whole(-MOST, MOST)) },
  takes: ['utf8'],
  gives: () => 'utf8',
  cell({ start, end }) {
    const [from, to] = [start as number, end as number | undefined];
    return (value: string) => value.slice(from, to);
  },
};

const length: Operation = {
  args: {},
  takes: ['utf8'],
  gives: () => 'i32',
  cell: () => (value: string) => value.length,
};

const pad: Operation = {
  args: { length: whole(0, 1e6), with: optional(filledText, ' '), side: optional(oneOf('start', 'end', 'both'), 'start') },
  takes: ['utf8'],
  gives: () => 'utf8',
  cell({ length: most, with: filler, side }) {
    const [to, by] = [most as number, filler as string];
    if (side === 'start') return (value: string) => value.padStart(to, by);
    if (side === 'end') return (value: string) => value.padEnd(to, by);
    // The odd one goes to the end.
    return (value: string) => value.padStart(value.length + Math.floor(Math.max(0, to - value.length) / 2), by).padEnd(to, by);
  },
};

export const TEXT_OPERATIONS = {
  uppercase: mapping((value) => value.toUpperCase(), 'toUpperCase'),
  lowercase: mapping((value) => value.toLowerCase(), 'toLowerCase'),
  trim: mapping((value) => value.trim(), 'trim'),
  capitalize: mapping(capitalize),
  slugify: mapping(slugify),
  replace, split, substring, length, pad,
} satisfies Record<string, Operation>;
