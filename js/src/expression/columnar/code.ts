/**
 * Expressions of numbers alone as one loop of JavaScript source, where the host allows that: no block of values between the operators, which is
 * several times faster than the kernels. What can be null, or is no number or condition, has no form here and stays with the kernels.
 */
import { canMakeCode } from '../../make-code.js';
import type { Node } from '../ir.js';
import { round } from '../values.js';

/** Values of the rows from `start` to `end` into `into`, from its first place on; conditions as 1 and 0. Columns by their place. */
export type Loop = (columns: readonly ArrayLike<number>[], into: Float64Array, start: number, end: number) => void;

/** Larger ones would take longer to compile than they save. */
const MAX_NODES = 200;
const KEPT = 64;

const made = new Map<string, Loop>();

/** Undefined where there is no such form, or a content security policy forbids it. */
export function loopOf(node: Node): Loop | undefined {
  if (node.type !== 'number' && node.type !== 'bool') return undefined;
  const writer = new Writer();
  const value = writer.write(node);
  if (value === undefined || writer.nodes > MAX_NODES || !canMakeCode()) return undefined;
  const columns = [...writer.places].map((place) => `const c${place} = columns[${place}];`).join(' ');
  const body = `"use strict"; ${columns} for (let i = start, to = 0; i < end; i++, to++) { ${writer.lines.join(' ')} into[to] = ${node.type === 'bool' ? `${value} ? 1 : 0` : value}; }`;
  const known = made.get(body);
  if (known) return known;
  if (made.size >= KEPT) made.delete(made.keys().next().value!);
  const loop = new Function('round', `return function (columns, into, start, end) { ${body} }`)(round) as Loop;
  made.set(body, loop);
  return loop;
}

const SIMPLE: Readonly<Record<string, string>> = { abs: 'abs', floor: 'floor', ceil: 'ceil', sqrt: 'sqrt', ln: 'log', log10: 'log10', exp: 'exp', sign: 'sign' };

class Writer {
  readonly lines: string[] = [];
  readonly places = new Set<number>();
  nodes = 0;
  readonly #shared = new Map<Node, string>();

  /** Source of the value, undefined where it has none. */
  write(node: Node): string | undefined {
    if (++this.nodes > MAX_NODES) return undefined;
    switch (node.op) {
      case 'const': return this.#const(node);
      case 'column': {
        if (node.column !== 'f64' && node.column !== 'i32') return undefined;
        this.places.add(node.place);
        return `c${node.place}[i]`;
      }
      case 'shared': return this.#once(node);
      case 'neg': return this.#filled`(-${this.write(node.of)})`;
      case 'not': return this.#filled`(!${this.write(node.of)})`;
      case 'and': case 'or': return this.#joined(node.items, node.op === 'and' ? ' && ' : ' || ');
      case 'arith': return this.#arithmetic(node);
      case 'compare': return this.#compare(node);
      case 'case': return this.#case(node);
      case 'in': return this.#in(node);
      case 'call': return this.#call(node);
      default: return undefined;
    }
  }

  /** A template of parts that must all be there. */
  #filled(texts: TemplateStringsArray, ...parts: (string | undefined)[]): string | undefined {
    return parts.includes(undefined) ? undefined : String.raw({ raw: texts }, ...parts);
  }

  #joined(items: readonly Node[], by: string): string | undefined {
    const parts = items.map((item) => this.write(item));
    return parts.includes(undefined) ? undefined : `(${parts.join(by)})`;
  }

  #const({ value, exact }: Node & { op: 'const' }): string | undefined {
    if (typeof value === 'boolean') return String(value);
    if (typeof value !== 'number' || exact !== undefined) return undefined;
    if (!Number.isFinite(value)) return value > 0 ? '(1 / 0)' : undefined;
    return Object.is(value, -0) || value < 0 ? `(-${-value})` : String(value);
  }

  #once(node: Node & { op: 'shared' }): string | undefined {
    const known = this.#shared.get(node);
    if (known !== undefined) return known;
    const value = this.write(node.of);
    if (value === undefined) return undefined;
    const name = `v${this.#shared.size}`;
    this.lines.push(`const ${name} = ${value};`);
    this.#shared.set(node, name);
    return name;
  }

  #arithmetic({ first, rest }: Node & { op: 'arith' }): string | undefined {
    let made = this.write(first);
    for (const { op, of } of rest) made = this.#filled`(${made} ${op} ${this.write(of)})`;
    return made;
  }

  #compare({ cmp, kind, a, b }: Node & { op: 'compare' }): string | undefined {
    if (kind !== 'number' && kind !== 'bool') return undefined;
    const sign = cmp === '=' ? '===' : cmp === '<>' ? '!==' : cmp;
    return this.#filled`(${this.write(a)} ${sign} ${this.write(b)})`;
  }

  #case({ whens, otherwise }: Node & { op: 'case' }): string | undefined {
    return whens.reduceRight<string | undefined>((rest, { when, then }) => this.#filled`(${this.write(when)} ? ${this.write(then)} : ${rest})`, this.write(otherwise));
  }

  #in({ kind, of, values, exact, nulls, each }: Node & { op: 'in' }): string | undefined {
    if (kind !== 'number' || nulls || exact !== undefined || each !== undefined || !values.every((value) => Number.isFinite(value))) return undefined;
    const value = this.write(of);
    if (value === undefined) return undefined;
    return `(${values.map((one) => `${value} === ${(one as number) < 0 ? `(${one})` : one}`).join(' || ') || 'false'})`;
  }

  #call({ fn, args }: Node & { op: 'call' }): string | undefined {
    if (args.some(({ type }) => type !== 'number')) return undefined;
    const simple = SIMPLE[fn];
    if (simple !== undefined) return this.#filled`Math.${simple}(${this.write(args[0])})`;
    switch (fn) {
      case 'pow': return this.#filled`((${this.write(args[0])}) ** (${this.write(args[1])}))`;
      case 'round': return args.length === 1 ? this.#filled`Math.round(${this.write(args[0])})` : this.#filled`round(${this.write(args[0])}, ${this.write(args[1])})`;
      case 'least': case 'greatest': { const all = this.#joined(args, ', '); return all === undefined ? undefined : `Math.${fn === 'least' ? 'min' : 'max'}${all}`; }
      case 'coalesce': return this.write(args[0]);
      default: return undefined;
    }
  }
}
