/**
 * A checked expression and a table to kernels. What depends on no column is computed once; what depends on one dictionary column alone
 * is computed once for each of its entries and looked up by code.
 */
import type { ColumnData } from '../../services/data/columns.js';
import { children, type Node } from '../ir.js';
import { BLOCK, BoolKernel, NumberKernel, TextKernel, bitOf, clearBit, fillBits, joinValidity, type ExpressionTable, type Kernel } from './block.js';
import { bindBool, bindBoolCall } from './bools.js';
import { bindLookup, liftable } from './lift.js';
import { bindNumber } from './numbers.js';
import { bindText } from './texts.js';
import { jsonBool } from '../json.js';

export class Binder {
  readonly #kernels = new WeakMap<Node, Kernel>();
  readonly #columns = new WeakMap<Node, ReadonlySet<number>>();

  /** `evaluate` computes a node over another table (run.ts, which makes binders). */
  constructor(readonly table: ExpressionTable, private readonly folding: boolean, readonly evaluate: (node: Node, table: ExpressionTable, folding: boolean) => ColumnData) {}

  columnsOf(node: Node): ReadonlySet<number> {
    let found = this.#columns.get(node);
    if (!found) this.#columns.set(node, found = node.op === 'column' || node.op === 'path' ? new Set([node.place]) : new Set(children(node).flatMap((child) => [...this.columnsOf(child)])));
    return found;
  }

  number(given: Node): NumberKernel {
    const node = this.fold(given);
    if (node.op === 'shared') return this.#shared(node, (of) => this.number(of));
    const data = liftable(this, node);
    if (data) return bindLookup(this, node, data) as NumberKernel;
    if (node.op === 'case' || (node.op === 'call' && node.fn === 'coalesce')) return this.#choose(node, new NumberKernel(true), (of) => this.number(of));
    return bindNumber(this, node);
  }

  bool(given: Node): BoolKernel {
    const node = this.fold(given);
    if (node.op === 'shared') return this.#shared(node, (of) => this.bool(of));
    const data = liftable(this, node);
    if (data) return bindLookup(this, node, data) as BoolKernel;
    if (node.op === 'case' || (node.op === 'call' && node.fn === 'coalesce')) return this.#choose(node, new BoolKernel(true), (of) => this.bool(of));
    if (node.op === 'as') {
      // JSON to a condition.
      const of = this.text(node.of);
      const made = new BoolKernel(true);
      made.run = (start, rows) => {
        of.run(start, rows);
        joinValidity(made, [of]);
        for (let i = 0; i < rows; i++) if (bitOf(made.valid, i) && jsonBool(of.values[of.base + i]) === null) clearBit(made.valid, i);
        fillBits(made.bits, rows, (i) => bitOf(made.valid, i) && jsonBool(of.values[of.base + i]) === true);
      };
      return made;
    }
    return node.op === 'call' ? bindBoolCall(this, node) : bindBool(this, node);
  }

  /** Of text and JSON. */
  text(given: Node): TextKernel {
    const node = this.fold(given);
    if (node.op === 'shared') return this.#shared(node, (of) => this.text(of));
    const data = liftable(this, node);
    if (data) return bindLookup(this, node, data) as TextKernel;
    if (node.op === 'case' || (node.op === 'call' && node.fn === 'coalesce')) return this.#choose(node, new TextKernel(true), (of) => this.text(of));
    return bindText(this, node);
  }

  /** One kernel for all places, which computes a block once. */
  #shared<K extends Kernel>(node: Node & { op: 'shared' }, bind: (of: Node) => K): K {
    let made = this.#kernels.get(node) as K | undefined;
    if (made) return made;
    made = bind(node.of);
    const { run } = made;
    let last = -1;
    made.run = (start, rows) => {
      if (start === last) return;
      run(start, rows);
      last = start;
    };
    this.#kernels.set(node, made);
    return made;
  }

  any(node: Node): Kernel {
    switch (node.type) {
      case 'number': case 'timestamp': return this.number(node);
      case 'bool': return this.bool(node);
      default: return this.text(node);
    }
  }

  /** What depends on no column, as its value. */
  fold(node: Node): Node {
    if (!this.folding || node.op === 'const' || this.columnsOf(node).size > 0) return node;
    const { values, validity } = this.evaluate(node, { rows: 1, column: this.table.column }, false);
    const value = validity && !bitOf(validity, 0) ? null
      : values.kind === 'bool' ? bitOf(values.bits, 0) : values.kind === 'strings' ? (values.strings as readonly string[])[0] : Number((values as { values: ArrayLike<number | bigint> }).values[0]);
    return { op: 'const', type: node.type, value };
  }

  /** CASE and coalesce: every branch is computed for the block, and each row takes one. Nothing can fail, so nothing is lost by that. */
  #choose<K extends Kernel>(node: Node & { op: 'case' | 'call' }, made: K, bind: (of: Node) => K): K {
    const branches = (node.op === 'case' ? [...node.whens.map(({ then }) => then), node.otherwise] : node.args).map((branch) => bind(branch));
    const whens = node.op === 'case' ? node.whens.map(({ when }) => this.bool(when)) : [];
    const coalesce = node.op === 'call';
    const chosen = new Uint16Array(BLOCK);
    const none = branches.length;
    made.run = (start, rows) => {
      for (const kernel of branches) kernel.run(start, rows);
      for (const kernel of whens) kernel.run(start, rows);
      if (coalesce) {
        chosen.fill(none, 0, rows);
        for (let b = none - 1; b >= 0; b--) {
          const { nullable, valid } = branches[b];
          for (let i = 0; i < rows; i++) if (!nullable || bitOf(valid, i)) chosen[i] = b;
        }
      } else {
        chosen.fill(none - 1, 0, rows);
        for (let b = whens.length - 1; b >= 0; b--) {
          const { bits } = whens[b];
          for (let i = 0; i < rows; i++) if (bitOf(bits, i)) chosen[i] = b;
        }
      }
      made.valid.fill(255);
      for (let i = 0; i < rows; i++) {
        const branch = branches[chosen[i]];
        if (branch === undefined || (branch.nullable && !bitOf(branch.valid, i))) clearBit(made.valid, i);
      }
      if (made instanceof BoolKernel) {
        const from = branches as unknown as BoolKernel[];
        fillBits(made.bits, rows, (i) => bitOf(made.valid, i) && bitOf(from[chosen[i]].bits, i));
      } else {
        const from = branches as unknown as TextKernel[];
        const into = (made as unknown as TextKernel).values as string[];
        for (let i = 0; i < rows; i++) if (bitOf(made.valid, i)) into[i] = from[chosen[i]].values[from[chosen[i]].base + i];
      }
    };
    return made;
  }
}
