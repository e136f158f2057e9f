/**
 * The condition of a row as JavaScript source, where the host allows that: fields are read by name at places of their own, which is
 * several times faster than by functions that all expressions share. What has no form here calls its function.
 */
import { canMakeCode } from '../../make-code.js';
import type { Node } from '../ir.js';
import { compareText } from '../text.js';
import { compareValues, isInherited, plain, plainJson } from './values.js';

export type Get = (row: object) => unknown;
type Condition = (row: object) => boolean;

/** Larger ones would take longer to compile than they save. */
const MAX_NODES = 200;

/** `bind` and `convert` are those of bind.ts. */
export function conditionCode(node: Node, bind: (node: Node) => Get, convert: (node: Node & { op: 'as' }) => (value: unknown) => unknown): Condition | undefined {
  if (!canMakeCode()) return undefined;
  const writer = new Writer(bind, convert);
  const result = writer.write(node);
  if (writer.nodes > MAX_NODES) return undefined;
  const make = new Function('h', `"use strict"; return function (r) { ${writer.lines.join('\n')}\nreturn ${result} === true; };`) as (helpers: readonly unknown[]) => Condition;
  return make(writer.helpers);
}

class Writer {
  readonly lines: string[] = [];
  readonly helpers: unknown[] = [];
  nodes = 0;
  #names = 0;

  constructor(private readonly bind: (node: Node) => Get, private readonly convert: (node: Node & { op: 'as' }) => (value: unknown) => unknown) {}

  #helper(helper: unknown): string { return `h[${this.helpers.push(helper) - 1}]`; }

  #let(value: string): string {
    const name = `v${this.#names++}`;
    this.lines.push(`let ${name} = ${value};`);
    return name;
  }

  /** The name of a variable that holds the node's value, null where it has none. */
  write(node: Node): string {
    if (++this.nodes > MAX_NODES) return 'null';
    switch (node.op) {
      case 'const': return this.#const(node);
      case 'as': return this.#as(node);
      case 'compare': return this.#compare(node);
      case 'and': case 'or': return this.#junction(node.items, node.op === 'or');
      case 'not': { const of = this.write(node.of); return this.#let(`${of} === null ? null : !${of}`); }
      case 'isNull': {
        const of = node.of.op === 'field' ? this.#plain(this.#raw(node.of)) : this.write(node.of);
        return this.#let(`${of} === null`);
      }
      case 'field': return this.#plain(this.#raw(node));
      case 'fieldPath': return this.#path(node);
      case 'neg': { const of = this.write(node.of); return this.#let(`${of} === null ? null : -Number(${of})`); }
      case 'arith': return this.#arithmetic(node);
      case 'in': return this.#in(node);
      default: return this.#let(`${this.#helper(this.bind(node))}(r)`);
    }
  }

  #const({ value }: Node & { op: 'const' }): string {
    if (value === null || typeof value === 'boolean') return String(value);
    if (typeof value === 'string') return JSON.stringify(value);
    return Number.isFinite(value) && !Object.is(value, -0) ? (value < 0 ? `(${value})` : String(value)) : this.#helper(value);
  }

  /** A field as it stands. */
  #raw(node: Node & { op: 'field' }): string {
    return this.#let(isInherited(node.name) ? `${this.#helper(this.bind(node))}(r)` : `r[${JSON.stringify(node.name)}]`);
  }

  #plain(raw: string): string {
    this.lines.push(`if (typeof ${raw} !== "number" && typeof ${raw} !== "string") ${raw} = ${this.#helper(plain)}(${raw});`);
    return raw;
  }

  #as(node: Node & { op: 'as' }): string {
    const name = node.of.op === 'field' ? this.#raw(node.of) : this.write(node.of);
    const kind = { number: 'number', text: 'string', bool: 'boolean', timestamp: '' }[node.type];
    const convert = this.convert(node);
    const value = this.#let(name);
    this.lines.push(`if (typeof ${value} !== "${kind}") ${value} = ${this.#helper((given: unknown) => convert(plain(given)))}(${value});`);
    return value;
  }

  #path(node: Node & { op: 'fieldPath' }): string {
    const { whole, name, steps } = node;
    if (steps.length > 8 || [whole, name, ...steps].some((step) => typeof step === 'string' && isInherited(step))) return this.#let(`${this.#helper(this.bind(node))}(r)`);
    const value = this.#let(`r[${JSON.stringify(whole)}]`);
    const readable = this.#helper(plainJson);
    const walk = steps.map((step) => {
      const fits = typeof step === 'number' ? `Array.isArray(${value})` : `!Array.isArray(${value})`;
      return `if (${value} !== null && typeof ${value} === "object" && ${fits}) { ${value} = ${value}[${JSON.stringify(step)}]; if (typeof ${value} !== "string") ${value} = ${readable}(${value}); } else ${value} = null;`;
    });
    // The field of that whole name comes first.
    this.lines.push(`if (${value} === undefined || (${value} = ${this.#helper(plain)}(${value})) === null) { ${value} = ${this.#helper(plain)}(r[${JSON.stringify(name)}]); ${walk.join(' ')} }`);
    return value;
  }

  #compare(node: Node & { op: 'compare' }): string {
    const { cmp, kind, a, b, places, at } = node;
    const wide = [a, b].some((of) => of.op === 'const' && of.exact !== undefined);
    if (kind === 'any' && a.op === 'field' && b.op === 'const' && b.written) {
      const raw = this.#raw(a);
      const written = JSON.stringify(b.value);
      const other = (value: unknown): boolean | null => compareValues(cmp, plain(value), b.value, false, places, [false, true], at);
      return this.#let(`typeof ${raw} === "string" ? ${this.#texts(cmp, raw, written)} : ${this.#helper(other)}(${raw})`);
    }
    if (wide || !['number', 'bool', 'timestamp', 'text'].includes(kind)) return this.#let(`${this.#helper(this.bind(node))}(r)`);
    const left = this.write(a);
    const right = this.write(b);
    const op = cmp === '=' ? '==' : cmp === '<>' ? '!=' : cmp;
    const holds = kind === 'text' ? this.#texts(cmp, left, right) : `${left} ${op} ${right}`;
    return this.#let(`${left} === null || ${right} === null ? null : ${holds}`);
  }

  #texts(cmp: string, a: string, b: string): string {
    if (cmp === '=' || cmp === '<>') return `${a} ${cmp === '=' ? '===' : '!=='} ${b}`;
    return `${this.#helper(compareText)}(${a}, ${b}) ${cmp} 0`;
  }

  #junction(items: readonly Node[], decisive: boolean): string {
    const value = this.#let(String(!decisive));
    const block = `b${this.#names++}`;
    this.lines.push(`${block}: {`);
    for (const item of items) {
      const of = this.write(item);
      this.lines.push(`if (${of} === ${decisive}) { ${value} = ${decisive}; break ${block}; } if (${of} === null) ${value} = null;`);
    }
    this.lines.push('}');
    return value;
  }

  #arithmetic(node: Node & { op: 'arith' }): string {
    const value = this.#let('null');
    const block = `b${this.#names++}`;
    this.lines.push(`${block}: {`);
    const first = this.write(node.first);
    const sum = this.#let(`Number(${first})`);
    this.lines.push(`if (${first} === null) break ${block};`);
    for (const { op, of } of node.rest) {
      const more = this.write(of);
      this.lines.push(`if (${more} === null) break ${block}; ${sum} = ${sum} ${op} Number(${more});`);
    }
    this.lines.push(`${value} = ${sum}; }`);
    return value;
  }

  #in(node: Node & { op: 'in' }): string {
    // Bigints are looked up among the exact numbers, by the function.
    if (node.of.type === 'any' || node.kind === 'number') {
      const value = node.of.op === 'as' && node.of.of.op === 'field' ? this.#raw(node.of.of) : undefined;
      if (value === undefined) return this.#let(`${this.#helper(this.bind(node))}(r)`);
      return this.#let(`typeof ${value} === "number" ? ${this.#helper(new Set<unknown>(node.values))}.has(${value}) || ${node.nulls ? 'null' : 'false'} : ${this.#helper(this.bind(node))}(r)`);
    }
    const of = this.write(node.of);
    return this.#let(`${of} === null ? null : ${this.#helper(new Set<unknown>(node.values))}.has(${of}) || ${node.nulls ? 'null' : 'false'}`);
  }
}
