/** Text of a regular expression to its tree. */
import type { ErrorCode } from '../../../../errors.js';
import { dataError } from '../../errors.js';
import type { Node, Parsed } from './syntax.js';

const MOST_REPEATS = 1000;
const MOST_DEPTH = 100;
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12 };
const SETS = 'dDwWsS';
/** A code point as the host writes it, whatever it means there. */
const literal = (point: number): string => `\\u{${point.toString(16)}}`;

/** @throws ServiceError PARSE, UNSUPPORTED */
export function parseRegex(pattern: string, what: string): Parsed {
  return new Parser(pattern, what).parse();
}

class Parser {
  readonly #points: string[];
  readonly #names = new Map<string, number>();
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(private readonly pattern: string, private readonly what: string) {
    this.#points = Array.from(pattern);
  }

  parse(): Parsed {
    const tree = this.#choice();
    if (this.#at < this.#points.length) throw this.#fault('has a ) that opens nowhere');
    return { tree, groups: this.#groups, names: this.#names };
  }

  #fault(problem: string, code: ErrorCode = 'PARSE'): Error {
    const offset = this.#points.slice(0, this.#at).join('').length;
    return dataError(code, `${this.what}: the regular expression ${JSON.stringify(this.pattern.slice(0, 80))} ${problem} (at ${offset})`, { offset });
  }

  #unsupported(construct: string): Error {
    return this.#fault(`has ${construct}, which would take more than linear time: write it without, or split the work into several steps`, 'UNSUPPORTED');
  }

  #peek(text: string): boolean { return this.#points.slice(this.#at, this.#at + text.length).join('') === text; }
  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): Node {
    if (++this.#depth > MOST_DEPTH) throw this.#fault(`nests more than ${MOST_DEPTH} groups`);
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? items[0] : { kind: 'choice', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#points.length && !this.#peek('|') && !this.#peek(')')) items.push(this.#repeated());
    return items.length === 1 ? items[0] : { kind: 'sequence', items };
  }

  #repeated(): Node {
    const of = this.#atom();
    const bounds = this.#quantifier();
    if (!bounds) return of;
    if (of.kind === 'edge') throw this.#fault('repeats an anchor');
    const lazy = this.#take('?');
    const again = this.#points[this.#at];
    if (again === '*' || again === '+' || again === '?') throw this.#fault('has a quantifier after a quantifier');
    // What stands under a quantifier is one item: the host's text needs the group.
    return { kind: 'repeat', of: of.kind === 'char' || of.kind === 'group' ? of : { kind: 'group', of }, ...bounds, lazy };
  }

  #quantifier(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    const counted = this.#counted();
    if (!counted) return undefined;
    this.#at += counted.length;
    const { min, max } = counted;
    if (min > max) throw this.#fault(`repeats ${min} to ${max} times`);
    if (min > MOST_REPEATS || (max !== Infinity && max > MOST_REPEATS)) throw this.#fault(`repeats more than ${MOST_REPEATS} times`, 'UNSUPPORTED');
    return { min, max };
  }

  /** `{2}`, `{2,}` or `{2,5}` here. */
  #counted(): { min: number; max: number; length: number } | undefined {
    if (!this.#peek('{')) return undefined;
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#points.slice(this.#at, this.#at + 30).join(''));
    if (!match) return undefined;
    const min = Number(match[1]);
    return { min, max: match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]), length: match[0].length };
  }

  #atom(): Node {
    const char = this.#points[this.#at];
    if (char === '*' || char === '+' || char === '?' || this.#counted()) throw this.#fault('has a quantifier with nothing before it');
    switch (char) {
      case '(': return this.#group();
      case '[': return this.#class();
      case '\\': return this.#escape();
      case '.': this.#at++; return { kind: 'char', source: '.' };
      case '^': this.#at++; return { kind: 'edge', at: 'start' };
      case '$': this.#at++; return { kind: 'edge', at: 'end' };
      default: this.#at++; return this.#point(char.codePointAt(0)!);
    }
  }

  #point(point: number): Node { return { kind: 'char', source: literal(point), point }; }

  #group(): Node {
    if (['(?=', '(?!', '(?<=', '(?<!'].some((start) => this.#peek(start))) throw this.#unsupported('a look-around');
    this.#at++;
    let index: number | undefined;
    if (this.#take('?<')) {
      let name = '';
      while (this.#at < this.#points.length && !this.#peek('>')) name += this.#points[this.#at++];
      if (!this.#take('>') || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) throw this.#fault('has a group whose name is none');
      if (this.#names.has(name)) throw this.#fault(`has two groups named '${name}'`);
      this.#names.set(name, index = ++this.#groups);
    } else if (!this.#take('?:')) {
      if (this.#peek('?')) throw this.#fault('has a group of an unknown kind', 'UNSUPPORTED');
      index = ++this.#groups;
    }
    const of = this.#choice();
    if (!this.#take(')')) throw this.#fault('has a ( that does not close');
    return { kind: 'group', of, ...(index !== undefined && { index }) };
  }

  #escape(): Node {
    const next = this.#points[this.#at + 1];
    if (next === 'b' || next === 'B') { this.#at += 2; return { kind: 'edge', at: next === 'b' ? 'word' : 'inside' }; }
    if (next !== undefined && (next >= '1' && next <= '9' || next === 'k')) throw this.#unsupported('a back-reference');
    const one = this.#escaped();
    return typeof one === 'number' ? this.#point(one) : { kind: 'char', source: one };
  }

  /** After a backslash: a code point, or the text of a set. */
  #escaped(): number | string {
    this.#at++;
    const char = this.#points[this.#at++];
    if (char === undefined) throw this.#fault('ends in a backslash');
    if (SETS.includes(char)) return `\\${char}`;
    if (Object.hasOwn(CONTROLS, char)) return CONTROLS[char];
    switch (char) {
      case '0':
        if (/\d/.test(this.#points[this.#at] ?? '')) throw this.#fault('has an octal escape');
        return 0;
      case 'c': {
        const letter = this.#points[this.#at++] ?? '';
        if (!/^[A-Za-z]$/.test(letter)) throw this.#fault('has \\c without a letter');
        return letter.charCodeAt(0) & 31;
      }
      case 'x': return this.#hex(2);
      case 'u': return this.#unicode();
      case 'p': case 'P': return this.#property(char);
      default:
        if (/[A-Za-z0-9]/.test(char)) throw this.#fault(`has an unknown escape \\${char}`);
        return char.codePointAt(0)!;
    }
  }

  #hex(digits: number): number {
    const text = this.#points.slice(this.#at, this.#at + digits).join('');
    if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) throw this.#fault(`has an escape without its ${digits} hexadecimal digits`);
    this.#at += digits;
    return parseInt(text, 16);
  }

  #unicode(): number {
    if (this.#take('{')) {
      const end = this.#points.indexOf('}', this.#at), text = this.#points.slice(this.#at, Math.max(end, this.#at)).join('');
      const point = /^[0-9a-fA-F]+$/.test(text) ? parseInt(text, 16) : Infinity;
      if (end < 0 || point > 0x10ffff) throw this.#fault('has a \\u{} that is no code point');
      this.#at = end + 1;
      return point;
    }
    const unit = this.#hex(4);
    // The two halves of a pair are one code point.
    if ((unit & 0xfc00) === 0xd800 && this.#peek('\\u')) {
      const low = parseInt(this.#points.slice(this.#at + 2, this.#at + 6).join(''), 16);
      if ((low & 0xfc00) === 0xdc00) { this.#at += 6; return 0x10000 + ((unit & 0x3ff) << 10 | low & 0x3ff); }
    }
    return unit;
  }

  #property(letter: string): string {
    const end = this.#points.indexOf('}', this.#at), text = this.#points.slice(this.#at, end + 1).join('');
    const source = `\\${letter}${text}`;
    if (end < 0 || !/^\{[A-Za-z0-9_=]+\}$/.test(text) || !isPattern(source)) throw this.#fault(`has a \\${letter} without a property such as {L}`);
    this.#at = end + 1;
    return source;
  }

  #class(): Node {
    this.#at++;
    let source = this.#take('^') ? '[^' : '[';
    const item = (): number | string => {
      const char = this.#points[this.#at];
      if (char === undefined) throw this.#fault('has a [ that does not close');
      if (char === '\\') {
        const next = this.#points[this.#at + 1];
        if (next === 'b') { this.#at += 2; return 8; }
        return this.#escaped();
      }
      this.#at++;
      return char.codePointAt(0)!;
    };
    while (!this.#take(']')) {
      const from = item();
      const isRange = this.#peek('-') && this.#points[this.#at + 1] !== ']' && this.#at + 1 < this.#points.length;
      if (typeof from === 'string' || !isRange) { source += typeof from === 'string' ? from : literal(from); continue; }
      this.#at++;
      const to = item();
      // A set can not end a range: then the hyphen is itself.
      if (typeof to === 'string') { source += literal(from) + literal(45) + to; continue; }
      if (to < from) throw this.#fault('has a range in a class that runs backwards');
      source += `${literal(from)}-${literal(to)}`;
    }
    return { kind: 'char', source: `${source}]` };
  }
}

function isPattern(source: string): boolean {
  try { return new RegExp(source, 'u') instanceof RegExp; } catch { return false; }
}
