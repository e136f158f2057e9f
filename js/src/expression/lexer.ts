/** Text to tokens, one at a time. crates/expression/src/lexer.rs is its twin. */
import { fault } from './syntax.js';

export type Token =
  | { t: 'end'; at: number; end: number }
  | { t: 'number'; at: number; end: number; value: number; exact?: bigint }
  | { t: 'text'; at: number; end: number; value: string }
  /** `quoted` names are never keywords or functions. */
  | { t: 'name'; at: number; end: number; value: string; quoted: boolean }
  | { t: 'op'; at: number; end: number; value: string };

const OPS3 = ['===', '!=='];
const OPS2 = ['==', '!=', '<>', '<=', '>=', '&&', '||'];
const OPS1 = '=<>+-*/%()[],.?:!';

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isNameStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 36 || (c >= 128 && !isSpace(c));
const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || c === 0xfeff;

/** The token that begins at or after `from`. */
export function nextToken(text: string, from: number): Token {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  if (at >= text.length) return { t: 'end', at: text.length, end: text.length };
  const c = text.charCodeAt(at);
  if (isDigit(c) || (c === 46 && isDigit(text.charCodeAt(at + 1)))) return number(text, at);
  if (c === 39) {
    const { value, end } = quoted(text, at, "'", 'text');
    return { t: 'text', at, end, value };
  }
  if (c === 34 || c === 96) {
    const { value, end } = quoted(text, at, text[at], 'name');
    return { t: 'name', at, end, value, quoted: true };
  }
  if (isNameStart(c)) {
    const end = nameEnd(text, at);
    return { t: 'name', at, end, value: text.slice(at, end), quoted: false };
  }
  if (OPS3.includes(text.slice(at, at + 3))) throw fault('PARSE', at, `there is no '${text.slice(at, at + 3)}': write ${c === 33 ? '<>' : '='}`);
  const two = text.slice(at, at + 2);
  if (OPS2.includes(two)) return { t: 'op', at, end: at + 2, value: two };
  if (OPS1.includes(text[at])) return { t: 'op', at, end: at + 1, value: text[at] };
  throw fault('PARSE', at, `'${text[at]}' has no meaning here`);
}

function nameEnd(text: string, from: number): number {
  let end = from;
  for (let c; end < text.length && (isNameStart(c = text.charCodeAt(end)) || isDigit(c)); ) end++;
  return end;
}

function quoted(text: string, at: number, quote: string, what: string): { value: string; end: number } {
  let value = '';
  for (let from = at + 1; ;) {
    const end = text.indexOf(quote, from);
    if (end < 0) throw fault('PARSE', at, `the ${what} that begins here has no closing ${quote}`);
    value += text.slice(from, end);
    if (text[end + 1] !== quote) return { value, end: end + 1 };
    value += quote;
    from = end + 2;
  }
}

function number(text: string, at: number): Token {
  let end = at;
  const digits = (): void => { while (isDigit(text.charCodeAt(end))) end++; };
  digits();
  let whole = true;
  // `a[0].b`, `1.` and `1..2`: a dot belongs to a number where a digit or nothing of a name follows.
  if (text[end] === '.' && !isNameStart(text.charCodeAt(end + 1)) && text[end + 1] !== '.') { whole = false; end++; digits(); }
  if (text[end] === 'e' || text[end] === 'E') {
    const sign = text[end + 1] === '+' || text[end + 1] === '-' ? 1 : 0;
    if (isDigit(text.charCodeAt(end + 1 + sign))) { whole = false; end += 1 + sign; digits(); }
  }
  if (end < text.length && isNameStart(text.charCodeAt(end))) throw fault('PARSE', at, `'${text.slice(at, nameEnd(text, end))}' is neither a number nor a name: quote a name that begins with a digit`);
  const value = Number(text.slice(at, end));
  const token: Token = { t: 'number', at, end, value };
  // Beyond 19 digits no i64 column can hold it, and the double decides.
  if (whole && value >= 2 ** 53 && value <= 2 ** 63) {
    const exact = BigInt(text.slice(at, end));
    if (exact > 2n ** 53n) token.exact = exact;
  }
  return token;
}
