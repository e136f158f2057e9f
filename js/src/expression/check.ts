/** Names to columns, types to every node. crates/expression/src/check.rs is its twin. */
import type { ColumnSchema } from '../services/data/engine.js';
import { FUNCTIONS, FUNCTION_NAMES, children, functionOf, type FunctionName, type Node, type ParameterType, type Place, type Type } from './ir.js';
import { nearNames, unknownColumn } from './near.js';
import { TIME_UNITS, parseTime } from './time.js';
import { fault, type Ast, type Step } from './syntax.js';
import { likePattern } from './text.js';

/** A node, and what it is called in messages. */
interface Checked extends Place { node: Node }
type Concrete = 'number' | 'bool' | 'text' | 'timestamp';
const PLURAL: Record<string, string> = { number: 'numbers', bool: 'conditions', text: 'text', timestamp: 'timestamps' };

/** Without a schema the names are fields of row objects, whose types show in each row. */
export function check(tree: Ast, schema: readonly ColumnSchema[] | undefined): Node {
  return new Checker(schema).check(tree).node;
}

/** The same, and the places of all columns that are named: what a constant makes of one may leave nothing of it. */
export function checkNamed(tree: Ast, schema: readonly ColumnSchema[]): { node: Node; named: ReadonlySet<number> } {
  const checker = new Checker(schema);
  return { node: checker.check(tree).node, named: checker.named };
}

/** As the condition of a filter. */
export function asCondition(node: Node): Node {
  switch (node.type) {
    case 'bool': return node;
    case 'null': return nothing('bool');
    case 'json': case 'any': return { op: 'as', type: 'bool', of: node, place: { at: 0, what: node.op === 'field' ? `field '${node.name}'` : 'the expression' }, taker: 'a filter' };
    default: throw fault('INVALID_ARGUMENT', 0, `a filter takes a condition, and the expression is ${node.type}: compare it with something`);
  }
}

/** For an operand that will stand in several places: without it nested ones would be computed 2^depth times. */
const share = (operand: Checked): Checked =>
  (children(operand.node).length ? { ...operand, node: { op: 'shared', type: operand.node.type, of: operand.node } } : operand);

const nothing = (type: Type): Node => ({ op: 'const', type, value: null });
export const wholeName = (path: readonly [string, ...Step[]]): string => path[0] + path.slice(1).map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');

class Checker {
  readonly named = new Set<number>();
  readonly #places = new Map<string, number>();

  constructor(private readonly schema: readonly ColumnSchema[] | undefined) {
    schema?.forEach(({ name }, place) => this.#places.set(name, place));
  }

  check(tree: Ast): Checked {
    const { at } = tree;
    const made = (node: Node, what: string = node.type): Checked => ({ node, at, what });
    switch (tree.k) {
      case 'number': return made({ op: 'const', type: 'number', value: tree.value, ...(tree.exact !== undefined && { exact: tree.exact }) });
      case 'text': return made({ op: 'const', type: 'text', value: tree.value, written: true });
      case 'bool': return made({ op: 'const', type: 'bool', value: tree.value });
      case 'null': return made(nothing('null'));
      case 'time': return made({ op: 'const', type: 'timestamp', value: tree.value });
      case 'name': return this.#name(tree.path, at, tree.quoted);
      case 'not': return made({ op: 'not', type: 'bool', of: this.#to('bool', this.check(tree.of), 'NOT') });
      case 'neg': return made({ op: 'neg', type: 'number', of: this.#to('number', this.check(tree.of), '-') });
      case 'isNull': return made({ op: 'isNull', type: 'bool', of: this.check(tree.of).node });
      case 'and': case 'or': return made({ op: tree.k, type: 'bool', items: tree.items.map((item) => this.#to('bool', this.check(item), tree.k.toUpperCase())) });
      case 'join': return made({ op: 'join', type: 'text', items: tree.items.map((item) => this.#to('text', this.check(item), '||')) });
      case 'arith': return made({
        op: 'arith', type: 'number', first: this.#to('number', this.check(tree.first), tree.rest[0]?.op ?? '+'),
        rest: tree.rest.map(({ op, of }) => ({ op, of: this.#to('number', this.check(of), op) })),
      });
      case 'compare': return made(this.#compare(tree.op, this.check(tree.a), this.check(tree.b), at));
      case 'between': {
        const of = share(this.check(tree.of));
        return made({ op: 'and', type: 'bool', items: [this.#compare('>=', of, this.check(tree.low), at), this.#compare('<=', of, this.check(tree.high), at)] });
      }
      case 'in': return made(this.#in(this.check(tree.of), tree.list.map((item) => this.check(item)), at));
      case 'like': return made(this.#like(tree));
      case 'case': return made(this.#case(tree));
      case 'call': return made(this.#call(tree));
    }
  }

  #name(path: readonly [string, ...Step[]], at: number, quoted: boolean): Checked {
    const [first, ...steps] = path;
    const whole = wholeName(path);
    if (!this.schema) {
      return { at, what: `field '${whole}'`, node: steps.length ? { op: 'fieldPath', type: 'json', whole, name: first, steps } : { op: 'field', type: 'any', name: first } };
    }
    let place = this.#places.get(whole);
    if (place !== undefined) {
      const { type } = this.schema[place];
      this.named.add(place);
      return { at, what: `column '${whole}' (${type})`, node: { op: 'column', type: typeOf(type), place, column: type } };
    }
    place = this.#places.get(first);
    if (place === undefined) throw fault('INVALID_ARGUMENT', at, unknownColumn(whole, this.schema.map(({ name }) => name), quoted));
    const { type } = this.schema[place];
    if (type !== 'json') throw fault('INVALID_ARGUMENT', at, `there is no column '${whole}', and column '${first}' (${type}) has no parts: paths lead into json columns`);
    this.named.add(place);
    return { at, what: `'${whole}' (json)`, node: { op: 'path', type: 'json', place, steps } };
  }

  /** `operand` as a `type` that `taker` takes. */
  #to(type: Concrete, operand: Checked, taker: string): Node {
    const { node } = operand;
    if (node.type === type) return node;
    if (node.type === 'null') return nothing(type);
    if (node.type === 'any' || (node.type === 'json' && type !== 'timestamp')) return { op: 'as', type, of: node, place: { at: operand.at, what: operand.what }, taker };
    if (type === 'timestamp') {
      const time = this.#time(operand);
      if (time) return time;
    }
    const hint = taker === '+' && node.type === 'text' ? ': join text with ||'
      : taker === '||' && node.type === 'bool' ? ': write OR'
      : taker === '||' || type === 'text' ? ': convert it with toString'
      : type === 'timestamp' ? ': convert it with toTimestamp'
      : type === 'number' ? ': convert it with toNumber' : ': compare it with something';
    throw fault('INVALID_ARGUMENT', operand.at, `${taker} takes ${PLURAL[type]}, not ${operand.what}${hint}`);
  }

  /** Text that was written where a time is wanted. */
  #time({ node, at }: Checked): Node | undefined {
    if (node.op !== 'const' || !node.written) return undefined;
    const value = parseTime(node.value as string);
    if (value === undefined) throw fault('INVALID_ARGUMENT', at, `'${node.value as string}' is no time: write '2024-01-31T12:00:00Z' or '2024-01-31'`);
    return { op: 'const', type: 'timestamp', value };
  }

  #compare(cmp: '=' | '<>' | '<' | '<=' | '>' | '>=', a: Checked, b: Checked, at: number): Node {
    const made = (kind: Type, left: Node, right: Node): Node =>
      beside({ op: 'compare', type: 'bool', cmp, kind, a: left, b: right, at, places: [{ at: a.at, what: a.what }, { at: b.at, what: b.what }] });
    const [x, y] = [a.node, b.node];
    if (x.type === 'null' || y.type === 'null') return nothing('bool');
    if (x.type === 'any' || y.type === 'any') {
      const other = x.type === 'any' ? y : x;
      // Written text may meet a Date, and JSON any kind.
      if (other.type === 'any' || other.type === 'json' || (other.op === 'const' && other.written)) return made('any', x, y);
      const type = other.type as Concrete;
      return made(type, this.#to(type, a, cmp), this.#to(type, b, cmp));
    }
    if (x.type === y.type) return made(x.type, x, y);
    const typed = x.type === 'json' ? y : y.type === 'json' ? x : undefined;
    if (typed && typed.type !== 'timestamp') {
      const type = typed.type as Concrete;
      return made(type, this.#to(type, a, cmp), this.#to(type, b, cmp));
    }
    if (x.type === 'timestamp') { const time = this.#time(b); if (time) return made('timestamp', x, time); }
    if (y.type === 'timestamp') { const time = this.#time(a); if (time) return made('timestamp', time, y); }
    throw fault('INVALID_ARGUMENT', at, `${cmp} compares values of one type, not ${a.what} with ${b.what}${hintOf(x.type, y.type)}`);
  }

  #in(of: Checked, list: Checked[], at: number): Node {
    const { type } = of.node;
    const values = list.filter(({ node }) => node.type !== 'null');
    const nulls = values.length < list.length;
    const kind = type === 'json' || type === 'any' ? values[0]?.node.type : type;
    const constant = values.length > 0 && (kind === 'number' || kind === 'text' || kind === 'timestamp')
      && values.every(({ node }) => node.op === 'const' && (node.type === kind || (kind === 'timestamp' && node.written)));
    // A field of a row may hold a Date for written text, so it is compared with each.
    if (!constant || (type === 'any' && kind !== 'number')) {
      const shared = share(of);
      const items = list.map((item) => this.#compare('=', shared, item, at));
      const each: Node = { op: 'or', type: 'bool', items };
      return constant && kind === 'text' ? { op: 'in', type: 'bool', kind, of: shared.node, values: values.map(({ node }) => (node as Constant).value as string), nulls, each } : each;
    }
    const consts = values.map((item) => (kind === 'timestamp' ? this.#time(item) ?? item.node : item.node) as Node & { op: 'const' });
    const exact = kind === 'number' && consts.some((node) => node.exact !== undefined)
      ? consts.filter((node) => Number.isInteger(node.value)).map((node) => node.exact ?? BigInt(node.value as number)) : undefined;
    return { op: 'in', type: 'bool', kind: kind as 'number', of: this.#to(kind, of, 'IN'), values: consts.filter(isDouble).map((node) => node.value as number | string), ...(exact && { exact }), nulls };
  }

  #like(tree: Ast & { k: 'like' }): Node {
    const word = tree.fold ? 'ILIKE' : 'LIKE';
    const of = this.#to('text', this.check(tree.of), word);
    if (tree.pattern.k !== 'text') throw fault('INVALID_ARGUMENT', tree.pattern.at, `${word} takes a pattern in single quotes: contains, startsWith and endsWith compare with columns`);
    if (tree.escape && (tree.escape.k !== 'text' || [...tree.escape.value].length !== 1)) throw fault('INVALID_ARGUMENT', tree.escape.at, 'ESCAPE takes one character in single quotes');
    const pattern = likePattern(tree.pattern.value, (tree.escape as (Ast & { k: 'text' }) | undefined)?.value, tree.fold);
    if (!pattern) throw fault('INVALID_ARGUMENT', tree.pattern.at, 'the pattern ends with its escape character');
    return { op: 'like', type: 'bool', of, pattern };
  }

  #case(tree: Ast & { k: 'case' }): Node {
    const of = tree.of && share(this.check(tree.of));
    const whens = tree.whens.map(({ when }) => {
      const checked = this.check(when);
      return of ? this.#compare('=', of, checked, when.at) : this.#to('bool', checked, 'WHEN');
    });
    const results = tree.whens.map(({ then }) => this.check(then));
    if (tree.otherwise) results.push(this.check(tree.otherwise));
    const { type, nodes } = this.#common(results, 'CASE');
    const otherwise = tree.otherwise ? nodes.pop()! : nothing(type);
    return { op: 'case', type, whens: whens.map((when, i) => ({ when, then: nodes[i] })), otherwise };
  }

  /** All as one type. */
  #common(operands: readonly Checked[], taker: string): { type: Type; nodes: Node[] } {
    const typed = operands.filter(({ node }) => node.type !== 'null');
    if (typed.length === 0) return { type: 'null', nodes: operands.map(({ node }) => node) };
    const has = (type: Type): Checked | undefined => typed.find(({ node }) => node.type === type);
    const dynamic = has('any') ? 'any' : has('json') ? 'json' : undefined;
    const time = has('timestamp');
    const made = (type: Type, each: (operand: Checked) => Node): { type: Type; nodes: Node[] } =>
      ({ type, nodes: operands.map((operand) => (operand.node.type === 'null' ? nothing(type) : operand.node.type === type ? operand.node : each(operand))) });
    if (dynamic === 'json' && time) throw fault('INVALID_ARGUMENT', time.at, `${taker} takes values of one type, not ${has('json')!.what} and ${time.what}: convert with toTimestamp`);
    // Written text stays what it is: it may meet a Date.
    if (dynamic) return made(dynamic, ({ node }) => (dynamic === 'any' && node.op === 'const' && node.written ? node : { op: 'box', type: dynamic, of: node }));
    const first = time ?? typed[0];
    return made(first.node.type, (operand) => {
      const converted = time && this.#time(operand);
      if (converted) return converted;
      throw fault('INVALID_ARGUMENT', operand.at, `${taker} takes values of one type, not ${first.what} and ${operand.what}${hintOf(first.node.type, operand.node.type)}`);
    });
  }

  #call(tree: Ast & { k: 'call' }): Node {
    const fn = functionOf(tree.name);
    if (!fn) {
      const near = nearNames(tree.name, FUNCTION_NAMES);
      throw fault('INVALID_ARGUMENT', tree.at, `there is no function '${tree.name}': ${near.length ? `did you mean ${near.map((name) => `'${name}'`).join(', ')}?` : 'docs/expressions.md lists them'}`);
    }
    const { params, optional = 0, rest, same, result } = FUNCTIONS[fn];
    const given = tree.args.length;
    if (given < params.length - optional || (given > params.length && !rest)) {
      const count = rest ? `at least ${params.length}` : optional ? `${params.length - optional} or ${params.length}` : String(params.length);
      throw fault('INVALID_ARGUMENT', tree.at, `${fn} takes ${count} argument${count.endsWith('1') ? '' : 's'}, not ${given}`);
    }
    if (fn === 'dateTrunc') return this.#dateTrunc(tree);
    const args = tree.args.map((arg) => this.check(arg));
    const places = args.map(({ at, what }) => ({ at, what }));
    if (same) {
      if (fn === 'nullif') args[0] = share(args[0]);
      const { type, nodes } = this.#common(args, fn);
      if ((fn === 'least' || fn === 'greatest') && type === 'json') {
        const json = args.find(({ node }) => node.type === 'json')!;
        throw fault('INVALID_ARGUMENT', json.at, `${fn} takes numbers, text, timestamps or conditions, not ${json.what}: convert it with toNumber or toString`);
      }
      if (fn === 'nullif') return { op: 'case', type, whens: [{ when: this.#compare('=', args[0], args[1], tree.at), then: nothing(type) }], otherwise: nodes[0] };
      return { op: 'call', type, fn, args: nodes, at: tree.at, places };
    }
    return { op: 'call', type: result, fn, args: args.map((arg, i) => this.#argument(fn, params[Math.min(i, params.length - 1)], arg)), at: tree.at, places };
  }

  #argument(fn: FunctionName, param: ParameterType, arg: Checked): Node {
    if (param !== 'value') return this.#to(param as Concrete, arg, fn);
    if (fn === 'toTimestamp' && arg.node.type === 'bool') throw fault('INVALID_ARGUMENT', arg.at, `toTimestamp takes text or a number, not ${arg.what}`);
    return arg.node;
  }

  #dateTrunc(tree: Ast & { k: 'call' }): Node {
    const [unit, time] = tree.args;
    const word = unit.k === 'text' ? unit.value.toLowerCase() : '';
    if (!(TIME_UNITS as readonly string[]).includes(word)) throw fault('INVALID_ARGUMENT', unit.at, `dateTrunc takes one of ${TIME_UNITS.map((name) => `'${name}'`).join(', ')} first`);
    const args: Node[] = [{ op: 'const', type: 'text', value: word }, this.#to('timestamp', this.check(time), 'dateTrunc')];
    return { op: 'call', type: 'timestamp', fn: 'dateTrunc', args, at: tree.at, places: [] };
  }
}

type Constant = Node & { op: 'const' };
const isDouble = (node: Constant): boolean => node.exact === undefined || BigInt(node.value as number) === node.exact;

/**
 * Doubles compare exactly with a whole number that no double holds: as with its neighbour on one side. Columns of i64 and fields of
 * rows, which may hold bigints, keep the number itself.
 */
function beside(node: Node & { op: 'compare' }): Node {
  const [place, constant] = node.b.op === 'const' ? (['b', node.b] as const) : (['a', node.a] as const);
  const other = place === 'b' ? node.a : node.b;
  if (constant.op !== 'const' || constant.exact === undefined || other.op === 'const' || (other.op === 'column' && other.column === 'i64') || (other.op === 'as' && other.of.type === 'any') || other.type === 'any') return node;
  const value = constant.value as number;
  const plain: Constant = { op: 'const', type: 'number', value };
  if (isDouble(constant)) return { ...node, [place]: plain };
  if (node.cmp === '=' || node.cmp === '<>') return { ...node, [place]: { ...plain, value: NaN } };
  // Nothing lies between the double and the number: on which side equality falls is all there is to say.
  const constantIsBelow = BigInt(value) < constant.exact;
  const upwards = (node.cmp[0] === '>') === (place === 'b');
  const strict = upwards === constantIsBelow;
  return { ...node, cmp: (node.cmp[0] + (strict ? '' : '=')) as '<', [place]: plain };
}

function hintOf(a: Type, b: Type): string {
  const types = [a, b];
  if (types.includes('json')) return ': convert with toTimestamp';
  if (types.includes('timestamp')) return types.includes('number') ? ': convert with toTimestamp or toNumber' : types.includes('text') ? ': convert with toTimestamp' : '';
  return types.includes('text') ? (types.includes('number') ? ': convert with toNumber or toString' : ': convert with toString') : '';
}

function typeOf(type: ColumnSchema['type']): Type {
  return type === 'f64' || type === 'i32' || type === 'i64' ? 'number' : type === 'utf8' ? 'text' : type;
}

