/**
 * Splits SQL into tokens as SQLite's own tokenizer does: strings, quoted identifiers, comments, numbers, parameters and operators.
 *
 * It never fails: what SQLite would refuse (an open quote, `1abc`) becomes one token of kind 'illegal', and the engine, which is always asked
 * first, says what is wrong with it.
 */

/**
 * - `word`: a bare identifier or a keyword; `quoted`: "x", [x] or `x`
 * - `string` 'x', `blob` x'00', `number`, `parameter` (?, ?1, :a, @a, $a), `operator` (punctuation included), `illegal`
 */
export type TokenKind = 'word' | 'quoted' | 'string' | 'blob' | 'number' | 'parameter' | 'operator' | 'illegal';

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Identifiers and strings: what is meant, quotes resolved. Else as written. */
  readonly value: string;
  /** Words in upper case, operators as written; '' for the rest, so that a quoted "select" is never taken for the keyword. */
  readonly key: string;
  /** Offset in UTF-16 units. */
  readonly at: number;
}

const OPERATORS = ['->>', '->', '||', '<<', '>>', '<=', '>=', '<>', '!=', '=='];
const isSpace = (c: string): boolean => c === ' ' || c === '\t' || c === '\n' || c === '\r' || c === '\f' || c === '\ufeff';
const isDigit = (c: string | undefined): boolean => c !== undefined && c >= '0' && c <= '9';
const isStart = (c: string | undefined): boolean => c !== undefined && (/[A-Za-z_]/.test(c) || c > '\u007f');
const isPart = (c: string | undefined): boolean => isStart(c) || isDigit(c) || c === '$';
const NUMBER = /0[xX][0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?/y;
const BLOB = /[xX]'(?:[0-9A-Fa-f]{2})*'/y;
/** Names of parameters may hold :: and end in (…), as Tcl writes variables. */
const NAMED = /[:@$](?:[A-Za-z0-9_$\u0080-\uffff]|::)+(?:\([^\s)]*\))?/y;

/**
 * The tokens of `sql`, comments and white space left out.
 *
 * @example
 * tokenize("SELECT a -- all\nFROM [my table]").map((t) => t.value); // ['SELECT', 'a', 'FROM', 'my table']
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, end: number, value?: string): void => {
    const text = sql.slice(at, end);
    tokens.push({ kind, text, value: value ?? text, key: kind === 'word' ? text.toUpperCase() : kind === 'operator' ? text : '', at });
    at = end;
  };
  const match = (pattern: RegExp): number | undefined => {
    pattern.lastIndex = at;
    return pattern.test(sql) ? pattern.lastIndex : undefined;
  };
  while (at < sql.length) {
    const c = sql[at]!, next = sql[at + 1];
    if (isSpace(c)) { at++; continue; }
    if (c === '-' && next === '-') {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end + 1;
    } else if (c === '/' && next === '*') {
      const end = sql.indexOf('*/', at + 2);
      at = end < 0 ? sql.length : end + 2;
    } else if (c === "'" || c === '"' || c === '`') {
      const end = endOfQuoted(sql, at, c);
      if (end === undefined) push('illegal', sql.length);
      else push(c === "'" ? 'string' : 'quoted', end, sql.slice(at + 1, end - 1).replaceAll(c + c, c));
    } else if (c === '[') {
      const end = sql.indexOf(']', at);
      if (end < 0) push('illegal', sql.length);
      else push('quoted', end + 1, sql.slice(at + 1, end));
    } else if ((c === 'x' || c === 'X') && next === "'") {
      const end = match(BLOB);
      if (end === undefined) push('illegal', endOfQuoted(sql, at + 1, "'") ?? sql.length);
      else push('blob', end);
    } else if (isStart(c)) {
      let end = at + 1;
      while (isPart(sql[end])) end++;
      push('word', end);
    } else if (isDigit(c) || (c === '.' && isDigit(next))) {
      let end = match(NUMBER)!;
      const whole = !isPart(sql[end]);
      while (isPart(sql[end])) end++;
      push(whole ? 'number' : 'illegal', end);
    } else if (c === '?') {
      let end = at + 1;
      while (isDigit(sql[end])) end++;
      push('parameter', end);
    } else if (c === ':' || c === '@' || c === '$') {
      const end = match(NAMED);
      if (end === undefined) push('illegal', at + 1);
      else push('parameter', end);
    } else {
      const operator = OPERATORS.find((o) => sql.startsWith(o, at)) ?? c;
      push('(),;.+-*/%&|~<>='.includes(c) || operator.length > 1 ? 'operator' : 'illegal', at + operator.length);
    }
  }
  return tokens;
}

/** Where the quoted text that begins at `at` ends (after its closing quote); a doubled quote stands for one. */
function endOfQuoted(sql: string, at: number, quote: string): number | undefined {
  for (let i = at + 1; ;) {
    const end = sql.indexOf(quote, i);
    if (end < 0) return undefined;
    if (sql[end + 1] !== quote) return end + 1;
    i = end + 2;
  }
}

/** For each `(` the position of its `)`, or the end where it is never closed; -1 for every other token. */
export function closings(tokens: readonly Token[]): Int32Array {
  const close = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.key === '(') open.push(i);
    else if (tokens[i]!.key === ')') { const start = open.pop(); if (start !== undefined) close[start] = i; }
  }
  for (const start of open) close[start] = tokens.length;
  return close;
}

/** Tokens as SQL again, spaced as people write it. */
export function render(tokens: readonly Token[]): string {
  let text = '';
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const tight = i === 0 || before!.key === '(' || token.key === ')' || token.key === ',' || (token.key === '(' && before!.kind === 'word' && !/^(?:AND|OR|NOT|IN|LIKE|WHEN|THEN|ELSE|AS)$/.test(before!.key));
    text += tight ? token.text : ` ${token.text}`;
  });
  return text;
}

const KEYWORDS = new Set(('ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN BY CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT '
  + 'CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH DISTINCT DO DROP EACH ELSE END '
  + 'ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX INDEXED '
  + 'INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF OFFSET ON OR ORDER '
  + 'OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE RECURSIVE REFERENCES REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW '
  + 'ROWS SAVEPOINT SELECT SET TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION TRIGGER TRUE FALSE UNBOUNDED UNION UNIQUE UPDATE USING VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHOUT').split(' '));

/** The name as SQL, quoted only where it must be. */
export function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`;
}
