/**
 * Reads SQL as far as its tokens, as SQLite's own tokenizer does: where statements end, which parameters they have, which word they begin
 * with. It never judges grammar: that is SQLite's business. Engines that do not tell these things stand on it (engines/).
 */
import { sqliteServiceError, unsupported } from './errors.js';
import { SQLITE, fromSqlite } from './result-codes.js';

type Kind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'mark';
export interface Token { kind: Kind; text: string; start: number; end: number }

export interface SqlText {
  /** The statement alone, without the semicolon. */
  readonly sql: string;
  /** First word, in capitals. */
  readonly keyword: string;
  readonly tokens: readonly Token[];
  /** Index 0 is ?1; undefined for a parameter without a name. */
  readonly parameters: readonly (string | undefined)[];
}

const SPACE = /[\s\ufeff]/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]/;

/** Tokens from `at` on, without spaces and comments. */
export function* tokenize(sql: string, at = 0): Generator<Token> {
  const { length } = sql;
  while (at < length) {
    const start = at;
    const c = sql[at];
    if (SPACE.test(c)) { at++; continue; }
    if (c === '-' && sql[at + 1] === '-') {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? length : end + 1;
      continue;
    }
    if (c === '/' && sql[at + 1] === '*') {
      const end = sql.indexOf('*/', at + 2);
      at = end < 0 ? length : end + 2;
      continue;
    }
    let kind: Kind = 'mark';
    if (c === "'" || c === '"' || c === '`' || c === '[') {
      kind = c === "'" ? 'string' : 'quoted';
      at = endOfQuoted(sql, at, c === '[' ? ']' : c);
    } else if (WORD_START.test(c)) {
      kind = 'word';
      at = skip(sql, at + 1, WORD);
    } else if (c === '?') {
      kind = 'parameter';
      at = skip(sql, at + 1, /[0-9]/);
    } else if ((c === ':' || c === '@' || c === '$' || c === '#') && at + 1 < length && WORD.test(sql[at + 1])) {
      kind = 'parameter';
      at = skip(sql, at + 1, WORD);
    } else if (/[0-9]/.test(c)) {
      kind = 'number';
      at = skip(sql, at + 1, /[A-Za-z0-9_.]/);
    } else {
      at++;
    }
    yield { kind, text: sql.slice(start, at), start, end: at };
  }
}

function skip(sql: string, at: number, while_: RegExp): number {
  while (at < sql.length && while_.test(sql[at])) at++;
  return at;
}

/** A doubled quote stands for itself, but not in [brackets]. */
function endOfQuoted(sql: string, at: number, quote: string): number {
  for (let i = at + 1; ; i++) {
    i = sql.indexOf(quote, i);
    if (i < 0) return sql.length;
    if (quote === ']' || sql[i + 1] !== quote) return i + 1;
    i++;
  }
}

/** The statements of a script, each without its semicolon. */
export function splitStatements(sql: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < sql.length;) {
    const { start, end, next } = nextStatement(sql, at);
    if (start < end) parts.push(sql.slice(start, end));
    at = next;
  }
  return parts;
}

/** From the first token to the semicolon that ends the statement; the body of a trigger has semicolons of its own. */
function nextStatement(sql: string, at: number): { start: number; end: number; next: number; tokens: Token[] } {
  const tokens: Token[] = [];
  let inTrigger = false;
  for (const token of tokenize(sql, at)) {
    if (token.text === ';') {
      const n = tokens.length;
      const ends = !inTrigger || (n >= 2 && isWord(tokens[n - 1], 'END') && tokens[n - 2].text === ';');
      if (ends) return { start: tokens[0]?.start ?? token.start, end: n === 0 ? token.start : tokens[n - 1].end, next: token.end, tokens };
    }
    tokens.push(token);
    if (tokens.length <= 3 && isWord(token, 'TRIGGER') && isWord(tokens[0], 'CREATE')) inTrigger = true;
  }
  return { start: tokens[0]?.start ?? sql.length, end: tokens.at(-1)?.end ?? sql.length, next: sql.length, tokens };
}

export const isWord = (token: Token | undefined, word: string): boolean => token?.kind === 'word' && token.text.toUpperCase() === word;

/**
 * The one statement of `sql`.
 *
 * @throws ServiceError INVALID_ARGUMENT for none and for several.
 */
export function readStatement(sql: string): SqlText {
  if (typeof sql !== 'string') throw sqliteServiceError('INVALID_ARGUMENT', `sql must be a string; it was a ${typeof sql}`, { detail: { field: 'sql' } });
  const nul = sql.indexOf('\0');
  if (nul >= 0) throw sqliteServiceError('INVALID_ARGUMENT', `the SQL has a NUL at ${nul}, where SQLite would stop reading: bind such text as a parameter`, { detail: { field: 'sql', offset: nul } });
  let first: SqlText | undefined;
  for (let at = 0; at < sql.length;) {
    const { start, end, next, tokens } = nextStatement(sql, at);
    at = next;
    if (tokens.length === 0) continue;
    if (first) throw sqliteServiceError('INVALID_ARGUMENT', 'the SQL holds several statements, and this call takes one: use executeBatch, executeTransaction or migrate', { detail: { field: 'sql', offset: start } });
    first = { sql: sql.slice(start, end), keyword: tokens[0].text.toUpperCase(), tokens, parameters: parametersOf(tokens) };
  }
  if (!first) throw sqliteServiceError('INVALID_ARGUMENT', 'the SQL holds no statement', { detail: { field: 'sql' } });
  return first;
}

/** Numbered as SQLite numbers them: `?` takes the next number, `?7` its own, a name the number of its first mention. */
function parametersOf(tokens: readonly Token[]): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  const numbers = new Map<string, number>();
  for (const { kind, text } of tokens) {
    if (kind !== 'parameter') continue;
    if (text === '?') names.push(undefined);
    else if (text[0] === '?') {
      const number = Number(text.slice(1));
      if (number < 1 || number > 32766) throw fromSqlite({ code: SQLITE.ERROR, message: 'variable number must be between ?1 and ?32766' });
      while (names.length < number) names.push(undefined);
      names[number - 1] ??= text;
    } else if (!numbers.has(text)) {
      numbers.set(text, names.length);
      names.push(text);
    }
  }
  return names;
}

/** Pragmas that can damage a database, reach other files, or switch protections off. */
const UNSAFE_PRAGMAS = new Set(['writable_schema', 'trusted_schema', 'cell_size_check', 'temp_store_directory', 'data_store_directory', 'activate_extensions', 'key', 'rekey', 'hexkey', 'hexrekey']);

/**
 * What the authorizer refuses where an engine has one.
 * @throws ServiceError UNSUPPORTED.
 */
export function refuseUnsafe({ keyword, tokens }: SqlText): void {
  const words = keyword === 'EXPLAIN' ? tokens.slice(isWord(tokens[1], 'QUERY') ? 3 : 1) : tokens;
  const first = words[0]?.text.toUpperCase() ?? '';
  if (first === 'ATTACH' || first === 'DETACH') throw unsupported(`${first} is refused: a database here is one file; open another service for another database`);
  if (first === 'VACUUM' && words.some((token) => isWord(token, 'INTO'))) throw unsupported('VACUUM INTO is refused: serialize() gives the bytes of a copy');
  if (first === 'PRAGMA') {
    const name = nameOf(words[2]?.text === '.' ? words[3] : words[1]);
    if (UNSAFE_PRAGMAS.has(name)) throw unsupported(`PRAGMA ${name} is refused: it can damage the database or switch its protections off`);
  }
  words.forEach((token, i) => {
    if (words[i + 1]?.text === '(' && nameOf(token) === 'load_extension') throw unsupported('load_extension is refused: no native code is loaded into this database');
  });
}

/** A name without its quotes, in lower case. */
export function nameOf(token: Token | undefined): string {
  if (!token) return '';
  const { kind, text } = token;
  const bare = kind === 'quoted' || kind === 'string' ? text.slice(1, -1) : text;
  return bare.toLowerCase();
}
