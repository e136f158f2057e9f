/** Kernels of conditions. */
import { fault, type CompareOp } from '../syntax.js';
import type { Node } from '../ir.js';
import { jsonKind, jsonNumber, jsonText } from '../json.js';
import { compareText, contains, endsWith, like, startsWith } from '../text.js';
import type { Binder } from './bind.js';
import { BoolKernel, WORDS, anyNullable, bitOf, clearBit, fillBits, joinValidity, mapped, maskBits, readValidity, type Kernel } from './block.js';
import { SWAPPED, atLeastF64, atLeastI32, atMostF64, bound, comparePairs, equalF64, equalI32, ordered } from './compare.js';
import { compareHalves, halvesOf, orderOfHalves, orderWithDouble, wholeBound } from './i64.js';

export function bindBool(binder: Binder, node: Node): BoolKernel {
  const made = new BoolKernel(false);
  switch (node.op) {
    case 'const': {
      if (node.value === null) { made.nullable = true; made.valid.fill(0); } else if (node.value) made.bits.fill(255);
      return made;
    }
    case 'column': {
      const column = binder.table.column(node.place);
      const { bits } = column.values as { bits: Uint8Array };
      made.nullable = column.validity !== undefined;
      made.run = (start, rows) => {
        made.bits.set(bits.subarray(start >> 3, (start + rows + 7) >> 3));
        readValidity(made, column.validity, start, rows);
        maskBits(made);
      };
      return made;
    }
    case 'compare': return bindCompare(binder, node, made);
    case 'and': case 'or': return bindJunction(binder, node, made);
    case 'not': {
      const of = binder.bool(node.of);
      return mapped(made, [of], () => { for (let w = 0; w < WORDS; w++) made.words[w] = ~of.words[w]; });
    }
    case 'isNull': {
      const of = binder.any(node.of);
      if (!of.nullable) return made;
      made.run = (start, rows) => {
        of.run(start, rows);
        for (let w = 0; w < WORDS; w++) made.words[w] = ~of.validWords[w];
      };
      return made;
    }
    case 'in': return bindIn(binder, node, made);
    case 'like': {
      const of = binder.text(node.of);
      return mapped(made, [of], (rows) => fillBits(made.bits, rows, (i) => like(node.pattern, of.values[of.base + i] ?? '')));
    }
    default: throw fault('INVALID_ARGUMENT', 0, `${node.op} is no condition`);
  }
}

export function bindBoolCall(binder: Binder, { fn, args }: Node & { op: 'call' }): BoolKernel {
  const made = new BoolKernel(false);
  if (fn === 'least' || fn === 'greatest') {
    const all = args.map((arg) => binder.bool(arg));
    return mapped(made, all, () => {
      made.words.set(all[0].words);
      for (const { words } of all.slice(1)) for (let w = 0; w < WORDS; w++) made.words[w] = fn === 'least' ? made.words[w] & words[w] : made.words[w] | words[w];
    });
  }
  const [text, needle] = [binder.text(args[0]), binder.text(args[1])];
  const holds = fn === 'startsWith' ? startsWith : fn === 'endsWith' ? endsWith : contains;
  return mapped(made, [text, needle], (rows) => fillBits(made.bits, rows, (i) => holds(text.values[text.base + i] ?? '', needle.values[needle.base + i] ?? '')));
}

function bindJunction(binder: Binder, node: Node & { op: 'and' | 'or' }, made: BoolKernel): BoolKernel {
  const items = node.items.map((item) => binder.bool(item));
  const and = node.op === 'and';
  made.nullable = anyNullable(items);
  const { words, validWords } = made;
  made.run = (start, rows) => {
    const used = (rows + 31) >> 5;
    items[0].run(start, rows);
    words.set(items[0].words);
    if (made.nullable) joinValidity(made, [items[0]]);
    for (let k = 1; k < items.length; k++) {
      if (settled(made, and, used)) return;
      const item = items[k];
      item.run(start, rows);
      const { words: more, validWords: moreValid } = item;
      if (!made.nullable) {
        if (and) for (let w = 0; w < WORDS; w++) words[w] &= more[w];
        else for (let w = 0; w < WORDS; w++) words[w] |= more[w];
        continue;
      }
      for (let w = 0; w < WORDS; w++) {
        const [a, b, va, vb] = [words[w], more[w], validWords[w], item.nullable ? moreValid[w] : -1];
        // Bits of nulls are 0: `va & ~a` is what is false.
        validWords[w] = and ? (va & vb) | (va & ~a) | (vb & ~b) : (va & vb) | a | b;
        words[w] = and ? a & b : a | b;
      }
    }
  };
  return made;
}

/** Whether no further item can change a row of the block. */
function settled(made: BoolKernel, and: boolean, used: number): boolean {
  const { words, validWords, nullable } = made;
  for (let w = 0; w < used; w++) if (words[w] !== (and ? 0 : -1) || (nullable && validWords[w] !== -1)) return false;
  return true;
}

function bindCompare(binder: Binder, node: Node & { op: 'compare' }, made: BoolKernel): BoolKernel {
  const { cmp } = node;
  switch (node.kind) {
    case 'number': case 'timestamp': return bindNumbers(binder, node, made);
    case 'bool': {
      const [a, b] = [binder.bool(node.a), binder.bool(node.b)];
      return mapped(made, [a, b], (rows) => fillBits(made.bits, rows, (i) => ordered(cmp, +bitOf(a.bits, i) - +bitOf(b.bits, i))));
    }
    case 'text': {
      const [a, b] = [binder.text(node.a), binder.text(node.b)];
      const holds = cmp === '=' ? (x: string, y: string) => x === y : cmp === '<>' ? (x: string, y: string) => x !== y : (x: string, y: string) => ordered(cmp, compareText(x, y));
      return mapped(made, [a, b], (rows) => fillBits(made.bits, rows, (i) => holds(a.values[a.base + i] ?? '', b.values[b.base + i] ?? '')));
    }
    default: {
      const [a, b] = [binder.text(node.a), binder.text(node.b)];
      made.nullable = true;
      made.run = (start, rows) => {
        a.run(start, rows);
        b.run(start, rows);
        joinValidity(made, [a, b]);
        fillBits(made.bits, rows, (i) => {
          const holds = bitOf(made.valid, i) ? compareJson(cmp, a.values[a.base + i], b.values[b.base + i]) : null;
          if (holds === null) clearBit(made.valid, i);
          return holds === true;
        });
      };
      return made;
    }
  }
}

/** Null where the two are of different kinds, or arrays or objects. */
export function compareJson(cmp: CompareOp, a: string, b: string): boolean | null {
  const kind = jsonKind(a);
  if (kind !== jsonKind(b)) return null;
  switch (kind) {
    case 'number': {
      const [x, y] = [jsonNumber(a), jsonNumber(b)];
      return x === null || y === null ? null : ordered(cmp, x < y ? -1 : x > y ? 1 : 0);
    }
    case 'text': {
      const [x, y] = [jsonText(a), jsonText(b)];
      return x === null || y === null ? null : ordered(cmp, compareText(x, y));
    }
    case 'bool': return ordered(cmp, +(a === 'true') - +(b === 'true'));
    case 'other': return null;
  }
}

function bindNumbers(binder: Binder, node: Node & { op: 'compare' }, made: BoolKernel): BoolKernel {
  const [a, b] = [binder.fold(node.a), binder.fold(node.b)];
  if (a.op === 'const' && b.op !== 'const') return bindNumbers(binder, { ...node, cmp: SWAPPED[node.cmp], a: b, b: a }, made);
  const { cmp } = node;
  if (isWhole(a)) {
    if (b.op === 'const' && b.value !== null) return bindWholeConstant(binder, cmp, a, b, made);
    const halves = wholeHalves(binder, a);
    if (isWhole(b)) {
      const others = wholeHalves(binder, b);
      return bindOrders(cmp, validityOf(binder, a), validityOf(binder, b), (start) => (i) => orderOfHalves(halves, others, start + i), made);
    }
    const right = binder.number(b);
    return bindOrders(cmp, validityOf(binder, a), right, (start) => (i) => orderWithDouble(halves, start + i, right.values[right.base + i]), made);
  }
  if (isWhole(b)) return bindNumbers(binder, { ...node, cmp: SWAPPED[cmp], a: b, b: a }, made);
  const left = binder.number(a);
  if (b.op === 'const' && b.value !== null) {
    const c = b.value as number;
    return mapped(made, [left], (rows) => {
      if (left.values instanceof Int32Array) compareI32(made, cmp, left.values, left.base, rows, c);
      else compareF64(made, cmp, left.values, left.base, rows, c);
    });
  }
  const right = binder.number(b);
  return mapped(made, [left, right], (rows) => comparePairs(made.bits, cmp, left.values, left.base, right.values, right.base, rows));
}

const isWhole = (node: Node): node is Node & { op: 'column' } => node.op === 'column' && (node.column === 'i64' || node.column === 'timestamp');
const invert = ({ words }: BoolKernel): void => { for (let w = 0; w < WORDS; w++) words[w] = ~words[w]; };

function compareF64(made: BoolKernel, cmp: CompareOp, values: Float64Array, base: number, rows: number, c: number): void {
  if (cmp === '=' || cmp === '<>') {
    equalF64(made.bits, values, base, rows, c);
    if (cmp === '<>') invert(made);
    return;
  }
  const { from, limit } = bound(cmp, c);
  (from ? atLeastF64 : atMostF64)(made.bits, values, base, rows, limit);
}

function compareI32(made: BoolKernel, cmp: CompareOp, values: Int32Array, base: number, rows: number, c: number): void {
  const whole = wholeBound(cmp, c, undefined);
  if (typeof whole === 'boolean') { made.words.fill(whole ? -1 : 0); return; }
  const k = Number(whole.value);
  if (whole.op === '=') {
    if (k === (k | 0)) equalI32(made.bits, values, base, rows, k); else made.words.fill(0);
  } else if (k > 2 ** 31 - 1) made.words.fill(0);
  else atLeastI32(made.bits, values, base, rows, Math.max(k, -(2 ** 31)));
  if (whole.negate) invert(made);
}

function bindWholeConstant(binder: Binder, cmp: CompareOp, a: Node & { op: 'column' }, b: Node & { op: 'const' }, made: BoolKernel): BoolKernel {
  const column = binder.table.column(a.place);
  const halves = halvesOf((column.values as { values: BigInt64Array }).values);
  const whole = wholeBound(cmp, b.value as number, b.exact);
  made.nullable = column.validity !== undefined;
  made.run = (start, rows) => {
    if (typeof whole === 'boolean') made.words.fill(whole ? -1 : 0);
    else {
      compareHalves(made.bits, whole.op, halves, start, rows, whole.value);
      if (whole.negate) invert(made);
    }
    readValidity(made, column.validity, start, rows);
    maskBits(made);
  };
  return made;
}

const wholeHalves = (binder: Binder, node: Node & { op: 'column' }): Int32Array => halvesOf((binder.table.column(node.place).values as { values: BigInt64Array }).values);

/** The validity of a column alone. */
function validityOf(binder: Binder, node: Node & { op: 'column' }): Kernel {
  const { validity } = binder.table.column(node.place);
  const made = new BoolKernel(validity !== undefined);
  made.run = (start, rows) => readValidity(made, validity, start, rows);
  return made;
}

/** A 64-bit column against another one or against computed doubles. */
function bindOrders(cmp: CompareOp, left: Kernel, right: Kernel, orders: (start: number) => (i: number) => number, made: BoolKernel): BoolKernel {
  made.nullable = left.nullable || right.nullable;
  made.run = (start, rows) => {
    left.run(start, rows);
    right.run(start, rows);
    joinValidity(made, [left, right]);
    const at = orders(start);
    // NaN differs from everything and is neither above nor below.
    fillBits(made.bits, rows, (i) => { const o = at(i); return Number.isNaN(o) ? cmp === '<>' : ordered(cmp, o); });
    maskBits(made);
  };
  return made;
}

function bindIn(binder: Binder, node: Node & { op: 'in' }, made: BoolKernel): BoolKernel {
  const found = node.kind === 'text' ? inTexts(binder, node, made) : inNumbers(binder, node, made);
  if (!node.nulls) return found;
  // What is not found may equal the null of the list.
  const known = new BoolKernel(true);
  known.run = (start, rows) => {
    found.run(start, rows);
    known.words.set(found.words);
    known.validWords.set(found.words);
  };
  return known;
}

function inTexts(binder: Binder, node: Node & { op: 'in' }, made: BoolKernel): BoolKernel {
  const of = binder.text(node.of);
  const values = new Set(node.values as string[]);
  return mapped(made, [of], (rows) => fillBits(made.bits, rows, (i) => values.has(of.values[of.base + i])));
}

function inNumbers(binder: Binder, node: Node & { op: 'in' }, made: BoolKernel): BoolKernel {
  const { of } = node;
  if (isWhole(of)) {
    const column = binder.table.column(of.place);
    const { values } = column.values as { values: BigInt64Array };
    const wanted = new Set(node.exact ?? (node.values as number[]).filter((value) => Number.isInteger(value)).map((value) => BigInt(value)));
    const doubles = new Set([...wanted].map(Number));
    const left = binder.number(of);
    // Few values are among the doubles, and only these need a bigint.
    made.nullable = left.nullable;
    made.run = (start, rows) => {
      left.run(start, rows);
      fillBits(made.bits, rows, (i) => doubles.has(left.values[i]) && wanted.has(values[start + i]));
      joinValidity(made, [left]);
      maskBits(made);
    };
    return made;
  }
  const left = binder.number(of);
  const values = new Set(node.values as number[]);
  return mapped(made, [left], (rows) => fillBits(made.bits, rows, (i) => values.has(left.values[left.base + i])));
}
