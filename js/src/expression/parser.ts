/** Tokens to a tree by operator precedence. crates/expression/src/parser.rs is its twin. */
import { nextToken, type Token } from './lexer.js';
import { parseTime } from './time.js';
import { MAX_DEPTH, MAX_LENGTH, fault, type ArithmeticOp, type Ast, type CompareOp, type Step } from './syntax.js';

const RESERVED = new Set(['and', 'or', 'not', 'in', 'between', 'like', 'ilike', 'escape', 'is', 'null', 'true', 'false', 'case', 'when', 'then', 'else', 'end']);
const LEVEL = { or: 1, and: 2, not: 3, compare: 4, join: 5, add: 6, multiply: 7, unary: 8 };
const COMPARE: Record<string, CompareOp> = { '=': '=', '==': '=', '!=': '<>', '<>': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

/** @throws ServiceError PARSE with the offset. */
export function parse(text: string): Ast {
  if (text.length > MAX_LENGTH) throw fault('PARSE', MAX_LENGTH, `an expression has at most ${MAX_LENGTH} characters`);
  return new Parser(text).whole();
}

class Parser {
  #token: Token;
  #depth = 0;

  constructor(private readonly text: string) { this.#token = nextToken(text, 0); }

  whole(): Ast {
    if (this.#token.t === 'end') throw fault('PARSE', 0, 'the expression is empty');
    const tree = this.#any();
    if ((this.#token as Token).t !== 'end') throw this.#unexpected('an operator or the end');
    return tree;
  }

  #next(): Token {
    const token = this.#token;
    this.#token = nextToken(this.text, token.end);
    return token;
  }

  #isOp(value: string): boolean { return this.#token.t === 'op' && this.#token.value === value; }

  /** The keyword that stands here, in lower case. */
  #word(): string | undefined {
    const token = this.#token;
    if (token.t !== 'name' || token.quoted || token.value.length > 9) return undefined;
    const word = token.value.toLowerCase();
    return RESERVED.has(word) ? word : undefined;
  }

  #expectOp(value: string): void {
    if (!this.#isOp(value)) throw this.#unexpected(`'${value}'`);
    this.#next();
  }

  #expectWord(word: string): void {
    if (this.#word() !== word) throw this.#unexpected(word.toUpperCase());
    this.#next();
  }

  #unexpected(wanted: string): Error {
    const token = this.#token;
    return fault('PARSE', token.at, `${wanted} is expected, not ${token.t === 'end' ? 'the end' : `'${this.text.slice(token.at, token.end)}'`}`);
  }

  /** Any expression: `a ? b : c` binds weakest. */
  #any(): Ast {
    let left = this.#level(LEVEL.or);
    if (!this.#isOp('?')) return left;
    const at = this.#token.at;
    const whens: { when: Ast; then: Ast }[] = [];
    while (this.#isOp('?')) {
      this.#next();
      this.#deeper();
      const then = this.#any();
      this.#depth--;
      this.#expectOp(':');
      whens.push({ when: left, then });
      left = this.#level(LEVEL.or);
    }
    return { k: 'case', at, whens, otherwise: left };
  }

  #deeper(): void {
    if (++this.#depth > MAX_DEPTH) throw fault('PARSE', this.#token.at, `expressions nest at most ${MAX_DEPTH} deep`);
  }

  /** What binds at least as strongly as `min`. */
  #level(min: number): Ast {
    this.#deeper();
    let left = this.#prefix();
    for (let more: Ast | undefined; (more = this.#infix(left, min)); ) left = more;
    this.#depth--;
    return left;
  }

  #infix(left: Ast, min: number): Ast | undefined {
    const token = this.#token;
    if (token.t === 'op') {
      switch (token.value) {
        case '&&': return min <= LEVEL.and ? this.#chain('and', left, LEVEL.and) : undefined;
        case '||': return min <= LEVEL.join ? this.#chain('join', left, LEVEL.join) : undefined;
        case '+': case '-': return min <= LEVEL.add ? this.#arithmetic(left, LEVEL.add, '+-') : undefined;
        case '*': case '/': case '%': return min <= LEVEL.multiply ? this.#arithmetic(left, LEVEL.multiply, '*/%') : undefined;
      }
      const op = Object.hasOwn(COMPARE, token.value) ? COMPARE[token.value] : undefined;
      if (!op || min > LEVEL.compare) return undefined;
      this.#next();
      return this.#single({ k: 'compare', at: token.at, op, a: left, b: this.#level(LEVEL.join) });
    }
    switch (this.#word()) {
      case 'or': return min <= LEVEL.or ? this.#chain('or', left, LEVEL.or) : undefined;
      case 'and': return min <= LEVEL.and ? this.#chain('and', left, LEVEL.and) : undefined;
      case 'not': case 'in': case 'between': case 'like': case 'ilike': case 'is': return min <= LEVEL.compare ? this.#single(this.#predicate(left)) : undefined;
    }
    return undefined;
  }

  /** `a < b < c` is not what it looks like, so it is no expression. */
  #single(tree: Ast): Ast {
    const word = this.#word();
    if ((this.#token.t === 'op' && Object.hasOwn(COMPARE, this.#token.value)) || (word && ['not', 'in', 'between', 'like', 'ilike', 'is'].includes(word)))
      throw fault('PARSE', this.#token.at, 'comparisons do not chain: join them with AND, or put one in parentheses');
    return tree;
  }

  #chain(k: 'and' | 'or' | 'join', left: Ast, level: number): Ast {
    const at = this.#token.at;
    const items = [left];
    while (k === 'join' ? this.#isOp('||') : this.#word() === k || (k === 'and' && this.#isOp('&&'))) {
      this.#next();
      items.push(this.#level(level + 1));
    }
    return { k, at, items };
  }

  #arithmetic(first: Ast, level: number, ops: string): Ast {
    const at = this.#token.at;
    const rest: { op: ArithmeticOp; at: number; of: Ast }[] = [];
    for (let token = this.#token; token.t === 'op' && token.value.length === 1 && ops.includes(token.value); token = this.#token) {
      this.#next();
      rest.push({ op: token.value as ArithmeticOp, at: token.at, of: this.#level(level + 1) });
    }
    return { k: 'arith', at, first, rest };
  }

  #predicate(of: Ast): Ast {
    const at = this.#token.at;
    const not = this.#word() === 'not';
    if (not) this.#next();
    const word = this.#word();
    let tree: Ast;
    if (word === 'in') {
      this.#next();
      this.#expectOp('(');
      tree = { k: 'in', at, of, list: this.#list() };
    } else if (word === 'between') {
      this.#next();
      const low = this.#level(LEVEL.join);
      this.#expectWord('and');
      tree = { k: 'between', at, of, low, high: this.#level(LEVEL.join) };
    } else if (word === 'like' || word === 'ilike') {
      this.#next();
      tree = { k: 'like', at, of, pattern: this.#level(LEVEL.join), fold: word === 'ilike' };
      if (this.#word() === 'escape') {
        this.#next();
        tree.escape = this.#level(LEVEL.join);
      }
    } else if (word === 'is' && !not) {
      this.#next();
      const isNot = this.#word() === 'not';
      if (isNot) this.#next();
      this.#expectWord('null');
      tree = { k: 'isNull', at, of };
      return isNot ? { k: 'not', at, of: tree } : tree;
    } else throw this.#unexpected('IN, BETWEEN or LIKE');
    return not ? { k: 'not', at, of: tree } : tree;
  }

  /** What stands between parentheses, at least one; the opening one was read. */
  #list(): Ast[] {
    const list = [this.#any()];
    while (this.#isOp(',')) {
      this.#next();
      list.push(this.#any());
    }
    this.#expectOp(')');
    return list;
  }

  #prefix(): Ast {
    const token = this.#token;
    const { at } = token;
    switch (token.t) {
      case 'number': {
        this.#next();
        return { k: 'number', at, value: token.value, ...(token.exact !== undefined && { exact: token.exact }) };
      }
      case 'text': this.#next(); return { k: 'text', at, value: token.value };
      case 'op': return this.#prefixOp(token.value, at);
      case 'name': return this.#named();
      default: throw this.#unexpected('a value');
    }
  }

  #prefixOp(op: string, at: number): Ast {
    if (op === '(') {
      this.#next();
      const tree = this.#any();
      this.#expectOp(')');
      return tree;
    }
    if (op === '-' || op === '+') {
      this.#next();
      const of = this.#level(LEVEL.unary);
      if (of.k === 'number') return op === '+' ? of : { k: 'number', at, value: -of.value, ...(of.exact !== undefined && { exact: -of.exact }) };
      // `+x` is x, of numbers alone.
      return op === '-' ? { k: 'neg', at, of } : { k: 'arith', at, first: of, rest: [] };
    }
    if (op === '!') {
      this.#next();
      return { k: 'not', at, of: this.#level(LEVEL.unary) };
    }
    throw this.#unexpected('a value');
  }

  #named(): Ast {
    const word = this.#word();
    const token = this.#next() as Token & { t: 'name' };
    const { at } = token;
    switch (word) {
      case 'true': case 'false': return { k: 'bool', at, value: word === 'true' };
      case 'null': return { k: 'null', at };
      case 'not': return { k: 'not', at, of: this.#level(LEVEL.not) };
      case 'case': return this.#case(at);
      case undefined: break;
      default: throw fault('PARSE', at, `a value is expected, not '${token.value}': quote a column of that name: "${token.value}"`);
    }
    if (!token.quoted && this.#isOp('(')) {
      this.#next();
      if (this.#isOp(')')) { this.#next(); return { k: 'call', at, name: token.value, args: [] }; }
      return { k: 'call', at, name: token.value, args: this.#list() };
    }
    if (!token.quoted && this.#token.t === 'text' && token.value.toLowerCase() === 'timestamp') {
      const literal = this.#next() as Token & { t: 'text' };
      const value = parseTime(literal.value);
      if (value === undefined) throw fault('PARSE', literal.at, `'${literal.value}' is no time: write TIMESTAMP '2024-01-31T12:00:00Z' or '2024-01-31'`);
      return { k: 'time', at, value };
    }
    return { k: 'name', at, path: [token.value, ...this.#steps()], quoted: token.quoted };
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#isOp('.')) {
        this.#next();
        const key = this.#token;
        if (key.t !== 'name') throw this.#unexpected('a name');
        this.#next();
        steps.push(key.value);
      } else if (this.#isOp('[')) {
        this.#next();
        const key = this.#token;
        if (key.t === 'text' || (key.t === 'number' && Number.isInteger(key.value) && key.value < 2 ** 32)) steps.push(key.value);
        else throw this.#unexpected("a whole number or a 'key'");
        this.#next();
        this.#expectOp(']');
      } else return steps;
    }
  }

  #case(at: number): Ast {
    const tree: Ast & { k: 'case' } = { k: 'case', at, whens: [] };
    if (this.#word() !== 'when') tree.of = this.#any();
    do {
      this.#expectWord('when');
      const when = this.#any();
      this.#expectWord('then');
      tree.whens.push({ when, then: this.#any() });
    } while (this.#word() === 'when');
    if (this.#word() === 'else') {
      this.#next();
      tree.otherwise = this.#any();
    }
    this.#expectWord('end');
    return tree;
  }
}
