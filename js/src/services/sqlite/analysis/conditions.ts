/** Reads WHERE, ON and HAVING: splits them at AND and OR and classes each comparison by what an index could do for it. */
import { holders, targets, type Block, type Branch, type Facts, type Reference, type Source, type Target, type Term, type TermKind } from './model.js';
import { render, type Token } from './tokenizer.js';

/** The statement's tokens, as the parser hands them out. */
export interface Reader {
  readonly tokens: readonly Token[];
  readonly close: Int32Array;
  readonly facts: Facts;
  /** Blocks of the subquery that opens at this parenthesis. */
  readonly subqueries: ReadonlyMap<number, Block[]>;
}

/** A bare column, or an expression that an index could hold. `list`: the members of a row value. */
interface Operand { reference?: Reference; expression?: { text: string; source: Source; columns: string[] }; collation?: string; list?: Operand[]; sources: Set<Source> }

/** Operators by key; NOT before one of them takes its use away. */
const COMPARES: Record<string, TermKind> = { '=': 'equal', '==': 'equal', IS: 'equal', IN: 'equal', '<': 'range', '>': 'range', '<=': 'range', '>=': 'range', BETWEEN: 'range', LIKE: 'like', GLOB: 'glob', ISNULL: 'equal' };

/** Reads the condition in tokens `from` to `to` into the sources of `block` (and those around it). */
export function readCondition(reader: Reader, from: number, to: number, block: Block, branch: Branch | undefined): void {
  [from, to] = unwrapped(reader, from, to);
  const alternatives = split(reader, from, to, 'OR');
  if (alternatives.length > 1) {
    const parts = alternatives.map(([a, b]) => { const own: Branch = { parent: branch }; readCondition(reader, a, b, block, own); return own; });
    recordAlternatives(reader.facts, parts, block);
    return;
  }
  const terms = split(reader, from, to, 'AND');
  if (terms.length > 1) for (const [a, b] of terms) readCondition(reader, a, b, block, branch);
  else readComparison(reader, from, to, block, branch);
}

/** Parts between AND or OR at the outermost level; BETWEEN … AND and CASE … END stay whole. */
function split(reader: Reader, from: number, to: number, by: 'AND' | 'OR'): [number, number][] {
  const parts: [number, number][] = [];
  let start = from, between = 0;
  for (const i of outer(reader, from, to)) {
    const { key } = reader.tokens[i]!;
    if (key === 'BETWEEN') between++;
    else if (key === 'AND' && between > 0) between--;
    else if (key === by) { parts.push([start, i]); start = i + 1; }
  }
  parts.push([start, to]);
  return parts.filter(([a, b]) => b > a);
}

/** Positions outside of parentheses and CASE. */
export function* outer(reader: Pick<Reader, 'tokens' | 'close'>, from: number, to: number): Generator<number> {
  let cases = 0;
  for (let i = from; i < to; i++) {
    const { key } = reader.tokens[i]!;
    if (key === 'CASE') cases++;
    else if (key === 'END' && cases > 0) cases--;
    else if (cases === 0) yield i;
    if (reader.close[i]! >= 0) i = Math.min(reader.close[i]!, to) - 1;
  }
}

/** Without parentheses around the whole; a subquery keeps its own. */
function unwrapped(reader: Reader, from: number, to: number): [number, number] {
  while (to - from > 2 && reader.tokens[from]!.key === '(' && reader.close[from] === to - 1 && !reader.subqueries.has(from)) { from++; to--; }
  return [from, to];
}

function readComparison(reader: Reader, from: number, to: number, block: Block, branch: Branch | undefined): void {
  const { tokens } = reader;
  const mentioned = sourcesIn(reader, from, to, block);
  if (mentioned.size > 1) block.links.push(mentioned);
  let at = -1, negated = false;
  for (const i of outer(reader, from, to)) {
    const { key } = tokens[i]!;
    if (key === 'NOT' && i > from) { negated = true; continue; }
    if (key in COMPARES || key === 'NOTNULL' || key === '<>' || key === '!=') { at = i; break; }
  }
  // NOT in front turns the whole around, and no index serves it.
  if (at < 0 || tokens[from]!.key === 'NOT') return;
  let kind: TermKind | undefined = COMPARES[tokens[at]!.key];
  const operator = tokens[at]!.key;
  let right = at + 1;
  if (operator === 'IS' && tokens[right]?.key === 'NOT') {
    if (tokens[right + 1]?.key === 'DISTINCT' && tokens[right + 2]?.key === 'FROM') right += 3;
    else kind = undefined;
  } else if (operator === 'IS' && tokens[right]?.key === 'DISTINCT') kind = undefined;
  const left = operand(reader, from, at - (negated ? 1 : 0), block);
  if (kind === 'like' || kind === 'glob') {
    recordLike(reader, left, tokens[right], operator);
    if (negated || /^[%_*?[]/.test(tokens[right]?.kind === 'string' ? tokens[right]!.value : '')) return;
  }
  if (kind === undefined || negated) return;
  if (operator === 'IN' && reader.subqueries.has(right)) {
    for (const inner of reader.subqueries.get(right)!) {
      const reference = inner.items[0]?.reference;
      if (reference) for (const target of targets(reference)) add(target.source, { key: { column: target.column }, kind, others: new Set() }, undefined);
    }
  }
  if (operator === 'BETWEEN') {
    const and = [...outer(reader, right, to)].find((i) => tokens[i]!.key === 'AND') ?? to;
    for (const [a, b] of [[right, and], [and + 1, to]] as const) addOperand(reader, operand(reader, a, b, block), kind, left.sources, branch);
    addOperand(reader, left, kind, sourcesIn(reader, right, to, block), branch);
    return;
  }
  const other: Operand = operator === 'IN' ? { sources: sourcesIn(reader, right, to, block) } : operand(reader, right, to, block);
  // COLLATE on either side is the comparison's.
  const collation = left.collation ?? other.collation;
  addOperand(reader, withCollation(left, collation), kind, other.sources, branch);
  if (kind === 'equal' || kind === 'range') addOperand(reader, withCollation(other, collation), kind, left.sources, branch);
}

const withCollation = (o: Operand, collation: string | undefined): Operand => (collation === undefined ? o : { ...o, collation });

function addOperand(reader: Reader, operand: Operand, kind: TermKind, others: ReadonlySet<Source>, branch: Branch | undefined): void {
  for (const member of operand.list ?? []) addOperand(reader, member, kind, others, branch);
  const collation = operand.collation !== undefined && { collation: operand.collation };
  if (operand.reference) {
    const own = holders(operand.reference);
    const outside = new Set([...others].filter((s) => !own.includes(s)));
    for (const { source, column } of targets(operand.reference)) add(source, { key: { column, ...collation }, kind, others: outside }, branch);
  } else if (operand.expression && !others.has(operand.expression.source)) {
    const { text, source, columns } = operand.expression;
    reader.facts.expressions.push({ target: source, columns, expression: text, kind });
    add(source, { key: { expression: text, ...collation }, kind, others }, branch);
  }
}

function add(source: Source, term: Term, branch: Branch | undefined): void {
  if (branch === undefined) { source.base.push(term); return; }
  const list = source.branches.get(branch);
  if (list) list.push(term);
  else source.branches.set(branch, [term]);
}

function operand(reader: Reader, from: number, to: number, block: Block): Operand {
  let collation: string | undefined;
  [from, to] = unwrapped(reader, from, to);
  while (to - from > 2 && reader.tokens[to - 2]!.key === 'COLLATE') { collation = reader.tokens[to - 1]!.value; [from, to] = unwrapped(reader, from, to - 2); }
  const sources = sourcesIn(reader, from, to, block);
  const extra = collation !== undefined && { collation };
  const reference = referenceAt(reader.tokens, from, to, block);
  if (reference) return { reference, sources, ...extra };
  const commas = [...outer(reader, from, to)].filter((i) => reader.tokens[i]!.key === ',');
  if (commas.length > 0) return { list: [from - 1, ...commas].map((c, i) => operand(reader, c + 1, commas[i] ?? to, block)), sources };
  const expression = indexable(reader, from, to, block);
  return { sources, ...extra, ...(expression && { expression }) };
}

const isName = (t: Token | undefined): boolean => t !== undefined && (t.kind === 'word' || t.kind === 'quoted');

/** The column that tokens `from` to `to` name, where they are nothing else: `a`, `t.a` or `main.t.a`. */
export function referenceAt(tokens: readonly Token[], from: number, to: number, block: Block): Reference | undefined {
  const length = to - from;
  if (![1, 3, 5].includes(length)) return undefined;
  for (let i = 0; i < length; i++) if (i % 2 === 0 ? !isName(tokens[from + i]) : tokens[from + i]!.key !== '.') return undefined;
  return { block, qualifier: length > 1 ? tokens[to - 3]!.value.toLowerCase() : undefined, name: tokens[to - 1]!.value };
}

/** Columns named between `from` and `to`, subqueries left out. `name` is the position of the column's own token. */
export function* referencesIn(reader: Reader, from: number, to: number, block: Block): Generator<{ reference: Reference; name: number }> {
  const { tokens } = reader;
  for (let i = from; i < to; i++) {
    if (reader.subqueries.has(i)) { i = reader.close[i]!; continue; }
    const token = tokens[i]!;
    if (token.key === 'AS' || token.key === 'COLLATE') { i++; continue; }
    if (!isName(token) || tokens[i + 1]?.key === '(') continue;
    let last = i;
    while (tokens[last + 1]?.key === '.' && isName(tokens[last + 2]) && last + 2 < to) last += 2;
    yield { reference: { block, qualifier: last > i ? tokens[last - 2]!.value.toLowerCase() : undefined, name: tokens[last]!.value }, name: last };
    i = last;
  }
}

/** The sources that an expression names. */
export function sourcesIn(reader: Reader, from: number, to: number, block: Block): Set<Source> {
  const found = new Set<Source>();
  for (const { reference } of referencesIn(reader, from, to, block)) for (const source of holders(reference)) found.add(source);
  return found;
}

/** SQLite refuses these in an index only when it computes them, which on an empty copy it never does. */
function isUnsteady(tokens: readonly Token[], i: number): boolean {
  const { kind, value } = tokens[i]!;
  if (kind === 'string') return /^\s*(?:now|localtime|utc)\s*$/i.test(value);
  return /^(?:date|time|datetime|julianday|unixepoch)$/i.test(value) && tokens[i + 1]?.key === '(' && tokens[i + 2]?.key === ')';
}

/** An expression over columns of one table, without parameters or subqueries: the engine decides whether an index takes it. */
export function indexable(reader: Reader, from: number, to: number, block: Block): { text: string; source: Source; columns: string[] } | undefined {
  const { tokens } = reader;
  if (to - from < 2) return undefined;
  for (let i = from; i < to; i++) if (reader.subqueries.has(i) || tokens[i]!.kind === 'parameter' || ['OVER', 'SELECT', 'FILTER'].includes(tokens[i]!.key) || isUnsteady(tokens, i)) return undefined;
  // A sign in front is how users turn an index off.
  if (['+', '-', '~', 'NOT'].includes(tokens[from]!.key)) return undefined;
  const found: Target[] = [];
  const dropped = new Set<number>();
  for (const { reference, name } of referencesIn(reader, from, to, block)) {
    const direct = holders(reference);
    const hit = targets(reference);
    if (direct.length !== 1 || direct[0]!.table === undefined || hit.length !== 1) {
      if (direct.length > 0) return undefined;
      continue;
    }
    found.push(hit[0]!);
    // Index expressions take no table names.
    for (let i = name - 1; i >= from && tokens[i]!.key === '.'; i -= 2) { dropped.add(i); dropped.add(i - 1); }
  }
  const source = found[0]?.source;
  if (source === undefined || found.some((t) => t.source !== source)) return undefined;
  return { text: render(tokens.slice(from, to).filter((_, i) => !dropped.has(from + i))), source, columns: [...new Set(found.map((t) => t.column))] };
}

function recordLike(reader: Reader, left: Operand, pattern: Token | undefined, operator: string): void {
  if (!left.reference || pattern === undefined) return;
  const position = reader.tokens.slice(0, reader.tokens.indexOf(pattern)).filter((t) => t.kind === 'parameter').length;
  for (const target of targets(left.reference)) {
    reader.facts.likes.push({ target, operator, pattern: { text: pattern.kind === 'string' ? pattern.value : undefined, parameter: pattern.kind === 'parameter' ? pattern.text : undefined, position } });
  }
}

function recordAlternatives(facts: Facts, parts: readonly Branch[], block: Block): void {
  for (let b: Block | undefined = block; b; b = b.parent) {
    for (const source of b.sources) {
      const perBranch = parts.map((p) => source.branches.get(p) ?? []);
      const columns = new Set(perBranch.flatMap((terms) => terms.flatMap((t) => t.key.column ?? [])));
      if (perBranch.filter((t) => t.length > 0).length > 1 && columns.size > 1) facts.alternatives.push({ source, columns: [...columns] });
    }
  }
}

