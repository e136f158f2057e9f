/** What may be told of an SQL text: which command on which tables, or the text without its literals. No value of its writer is in either. */

/** Comments, literals and names of a statement, in this order; what is none of them is one character. */
const TOKENS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[xX]?'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|[\p{L}_][\p{L}\p{N}_$]*|\d[\w.]*|\s+|[^]/gu;
const COMMANDS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'CREATE', 'DROP', 'ALTER', 'WITH', 'VALUES', 'BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'PRAGMA', 'ANALYZE', 'VACUUM', 'REINDEX', 'EXPLAIN']);
/** A table's name follows. */
const BEFORE_TABLE = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE']);
const BETWEEN = new Set(['IF', 'NOT', 'EXISTS', 'OR', 'IGNORE', 'REPLACE', 'ABORT', 'FAIL', 'ROLLBACK']);
const NAME = /^[\p{L}_]/u;
/** As the semantic conventions have it. */
const LONGEST = 255;

/** "SELECT orders customers": the command, then the tables in the order of their mention. */
export function sqlSummary(sql: string): string {
  const tables: string[] = [];
  let command = '';
  let expected = false;
  for (const [token] of sql.matchAll(TOKENS)) {
    if (/^\s|^--|^\/\*/.test(token)) continue;
    const word = NAME.test(token) ? token.toUpperCase() : '';
    if (!command && COMMANDS.has(word)) command = word;
    if (BEFORE_TABLE.has(word)) { expected = true; continue; }
    if (!expected || BETWEEN.has(word)) continue;
    // A name in quotes may be anything: only what looks like a name is told.
    const name = word ? token : /^["`[]/.test(token) ? token.slice(1, -1) : '';
    if (/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) && !COMMANDS.has(name.toUpperCase()) && !tables.includes(name)) tables.push(name);
    expected = false;
  }
  const words = [command || 'SQL', ...tables];
  while (words.join(' ').length > LONGEST) words.pop();
  return words.join(' ');
}

/** The text with `?` in the place of every literal; what stands in double quotes is one too, since SQLite takes it for a text where it is no name. */
export function sqlWithoutLiterals(sql: string): string {
  return sql.replaceAll(TOKENS, (token) => (/^(?:--|\/\*)/.test(token) ? ' ' : /^(?:[xX]?'|"|\d)/.test(token) ? '?' : token));
}
