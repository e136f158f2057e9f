/**
 * Finds the query blocks, sources and clauses of one statement. Not a grammar: the engine has compiled the statement already, so this reads
 * only what the advice needs and takes what it does not know for an expression. Reading too much into a statement costs a trial, no more.
 */
import { indexable, outer, readCondition, referenceAt, referencesIn, sourcesIn, type Reader } from './conditions.js';
import { holders, isRowid, targets, type Block, type Derived, type Facts, type Item, type OrderList, type OrderPart, type Source } from './model.js';
import type { Schema, TableInfo } from './schema.js';
import { closings, tokenize, type Token } from './tokenizer.js';

/** What all parsers of one statement (its views have their own text) share. */
export interface Shared { readonly schema: Schema; readonly sources: Source[]; readonly ctes: Set<string>; readonly facts: Facts; readonly views: Map<string, Derived> }
type Scope = ReadonlyMap<string, Derived>;

const CLAUSES = new Set(['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', 'RETURNING', 'SET', 'ON']);
const JOINS = new Set([',', 'JOIN', 'NATURAL', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS']);
const AGGREGATES = new Set(['COUNT', 'SUM', 'AVG', 'TOTAL', 'GROUP_CONCAT', 'STRING_AGG', 'JSON_GROUP_ARRAY', 'JSON_GROUP_OBJECT', 'MIN', 'MAX']);
const isName = (t: Token | undefined): boolean => t !== undefined && (t.kind === 'word' || t.kind === 'quoted' || t.kind === 'string');

export class Parser implements Reader {
  readonly tokens: readonly Token[];
  readonly close: Int32Array;
  readonly facts: Facts;
  readonly subqueries = new Map<number, Block[]>();

  constructor(sql: string, readonly shared: Shared) {
    this.tokens = tokenize(sql);
    this.close = closings(this.tokens);
    this.facts = shared.facts;
  }

  key(i: number): string { return this.tokens[i]?.key ?? ''; }

  /** A SELECT, VALUES or compound of them, with or without WITH. */
  query(from: number, to: number, parent: Block | undefined, scope: Scope, exists = false): Block[] {
    const env = this.with(from, to, parent, scope);
    const blocks: Block[] = [];
    let start = env.at;
    for (const i of [...outer(this, env.at, to)].filter((p) => ['UNION', 'INTERSECT', 'EXCEPT'].includes(this.key(p))).concat(to)) {
      if (this.key(start) === 'ALL') start++;
      blocks.push(this.select(start, i, parent, env.scope, exists));
      start = i + 1;
    }
    return blocks;
  }

  /** Registers common table expressions; `at` is where the statement itself begins. */
  with(from: number, to: number, parent: Block | undefined, scope: Scope): { at: number; scope: Map<string, Derived> } {
    const own = new Map(scope);
    if (this.key(from) !== 'WITH') return { at: from, scope: own };
    let i = from + 1;
    if (this.key(i) === 'RECURSIVE') i++;
    while (i < to && isName(this.tokens[i])) {
      const name = this.tokens[i++]!.value.toLowerCase();
      const derived: Derived = { blocks: [], columns: undefined };
      if (this.key(i) === '(') { derived.columns = this.names(i + 1, this.close[i]!); i = this.close[i]! + 1; }
      while (i < to && this.key(i) !== '(') i++;
      own.set(name, derived);
      this.shared.ctes.add(name);
      // Filled while it is read: a recursive one finds its own first part.
      this.into(derived, i + 1, Math.min(this.close[i] ?? to, to), parent, own);
      i = (this.close[i] ?? to) + 1;
      if (this.key(i) !== ',') break;
      i++;
    }
    return { at: i, scope: own };
  }

  private into(derived: Derived, from: number, to: number, parent: Block | undefined, scope: Scope): void {
    const env = this.with(from, to, parent, scope);
    let start = env.at;
    for (const i of [...outer(this, env.at, to)].filter((p) => ['UNION', 'INTERSECT', 'EXCEPT'].includes(this.key(p))).concat(to)) {
      if (this.key(start) === 'ALL') start++;
      derived.blocks.push(this.select(start, i, parent, env.scope));
      start = i + 1;
    }
  }

  private names(from: number, to: number): string[] {
    return this.tokens.slice(from, to).filter(isName).map((t) => t.value);
  }

  /** Positions of the clauses of one block, by keyword, and where each ends. */
  private clauses(from: number, to: number): Map<string, [number, number]> {
    const starts: [string, number][] = [];
    for (const i of outer(this, from, to)) {
      const key = this.key(i);
      if (!CLAUSES.has(key) || (key === 'ON' && this.key(i + 1) !== 'CONFLICT')) continue;
      if (key === 'FROM' && this.key(i - 1) === 'DISTINCT' && ['IS', 'NOT'].includes(this.key(i - 2))) continue;
      if ((key === 'GROUP' || key === 'ORDER') && this.key(i + 1) !== 'BY') continue;
      if (key === 'WINDOW' && this.key(i + 2) !== 'AS') continue;
      if (!starts.some(([k]) => k === key)) starts.push([key, i]);
    }
    return new Map(starts.map(([key, at], n) => [key, [at + (key === 'GROUP' || key === 'ORDER' ? 2 : 1), starts[n + 1]?.[1] ?? to]]));
  }

  private select(from: number, to: number, parent: Block | undefined, scope: Scope, exists = false): Block {
    const block: Block = { parent, sources: [], items: [], links: [], aggregate: false, grouped: false, limit: undefined };
    if (this.key(from) !== 'SELECT') {
      this.scan(from, to, block, scope);
      return block;
    }
    const clauses = this.clauses(from, to);
    const distinct = this.key(from + 1) === 'DISTINCT';
    const first = from + (distinct || this.key(from + 1) === 'ALL' ? 2 : 1);
    const last = this.clauseStart(clauses, to);
    const sources = clauses.get('FROM');
    const conditions = sources ? this.from(...sources, block, scope) : [];
    this.scan(first, last, block, scope);
    block.items = this.items(first, last, block, exists);
    this.rest(block, clauses, conditions, scope, parent);
    if (distinct) this.order('DISTINCT', first, last, block);
    this.aggregateOrder(first, last, block);
    return block;
  }

  /** Where the first clause's keyword stands. */
  private clauseStart(clauses: Map<string, [number, number]>, to: number): number {
    return Math.min(to, ...[...clauses].map(([key, [at]]) => at - (key === 'GROUP' || key === 'ORDER' ? 2 : 1)));
  }

  /** WHERE, ON, GROUP BY, HAVING, ORDER BY … of a block whose sources and select list are known. */
  rest(block: Block, clauses: Map<string, [number, number]>, conditions: [number, number][], scope: Scope, outermost: Block | undefined): void {
    for (const key of ['WHERE', 'HAVING']) { const range = clauses.get(key); if (range) conditions.push(range); }
    for (const [a, b] of conditions) this.scan(a, b, block, scope);
    for (const [a, b] of conditions) readCondition(this, a, b, block, undefined);
    for (const key of ['GROUP', 'ORDER', 'WINDOW', 'RETURNING']) { const range = clauses.get(key); if (range) this.scan(...range, block, scope); }
    const group = clauses.get('GROUP'), order = clauses.get('ORDER'), limit = clauses.get('LIMIT');
    block.grouped = group !== undefined;
    if (group) this.order('GROUP BY', ...group, block);
    if (order) {
      this.order('ORDER BY', ...order, block);
      if (outermost === undefined && this.key(order[0]).toLowerCase() === 'random' && this.key(order[0] + 1) === '(') this.facts.randomOrder = true;
    }
    if (limit) {
      this.scan(...limit, block, scope);
      const split = [...outer(this, ...limit)].find((i) => this.key(i) === 'OFFSET' || this.key(i) === ',');
      const number = (i: number): number | undefined => (this.tokens[i]?.kind === 'number' ? Number(this.tokens[i]!.text) : undefined);
      const comma = split !== undefined && this.key(split) === ',';
      block.limit = number(comma ? split + 1 : limit[0]);
      if (split !== undefined && outermost === undefined) this.facts.offset = number(comma ? limit[0] : split + 1) ?? 'unknown';
    }
  }

  /** Reads FROM; gives the ranges of its ON conditions. */
  from(from: number, to: number, block: Block, scope: Scope, start: Source['join'] = 'first'): [number, number][] {
    const conditions: [number, number][] = [];
    for (let i = from, first = true; i < to; first = false) {
      let join: Source['join'] = first ? start : 'join', natural = false;
      for (; i < to && (JOINS.has(this.key(i)) || this.key(i) === 'OUTER'); i++) {
        if (this.key(i) === ',') join = 'comma';
        else if (this.key(i) === 'CROSS') join = 'cross';
        else if (this.key(i) === 'NATURAL') natural = true;
      }
      const before = block.sources.length;
      i = this.source(i, to, block, scope, join, conditions);
      if (natural) this.shareColumns(block, before, undefined);
      if (this.key(i) === 'ON') {
        const end = [...outer(this, i + 1, to)].find((p) => JOINS.has(this.key(p))) ?? to;
        conditions.push([i + 1, end]);
        i = end;
      } else if (this.key(i) === 'USING' && this.key(i + 1) === '(') {
        this.shareColumns(block, before, this.names(i + 2, this.close[i + 1]!));
        i = this.close[i + 1]! + 1;
      }
      // Whatever this is, going on behind it keeps the loop finite.
      if (i < to && !JOINS.has(this.key(i))) i++;
    }
    return conditions;
  }

  /** One table, subquery or parenthesised join; gives the position behind it and its alias. */
  private source(i: number, to: number, block: Block, scope: Scope, join: Source['join'], conditions: [number, number][]): number {
    const base = { block, fixed: false, join, base: [], branches: new Map(), orders: [], read: new Set<string>(), star: false };
    let derived: Derived | undefined, table: TableInfo | undefined, name = '';
    if (this.key(i) === '(') {
      const end = Math.min(this.close[i]!, to);
      if (!['SELECT', 'WITH', 'VALUES'].includes(this.key(i + 1))) {
        conditions.push(...this.from(i + 1, end, block, scope, join));
        return end + 1;
      }
      derived = { blocks: [], columns: undefined };
      this.into(derived, i + 1, end, block.parent, scope);
      i = end + 1;
    } else {
      while (this.key(i + 1) === '.' && i + 2 < to) i += 2;
      name = this.tokens[i]?.value ?? '';
      derived = this.key(i - 1) === '.' ? undefined : scope.get(name.toLowerCase());
      if (!derived) ({ table, derived } = this.named(name));
      i++;
      if (this.key(i) === '(') {
        // A table-valued function: its arguments may name the sources before it.
        this.scan(i + 1, this.close[i]!, block, scope);
        const used = sourcesIn(this, i + 1, Math.min(this.close[i]!, to), block);
        i = this.close[i]! + 1;
        const alias = this.aliasAt(i, to);
        const source: Source = { ...base, alias: (alias.name ?? name).toLowerCase(), ...(table && { table }) };
        block.sources.push(source);
        this.shared.sources.push(source);
        if (used.size > 0) block.links.push(new Set([...used, source]));
        return alias.at;
      }
    }
    const alias = this.aliasAt(i, to);
    i = alias.at;
    const source: Source = { ...base, alias: (alias.name ?? name).toLowerCase(), ...(table && { table }), ...(derived && { derived }) };
    if (this.key(i) === 'INDEXED') { source.fixed = true; i += 3; } else if (this.key(i) === 'NOT' && this.key(i + 1) === 'INDEXED') { source.fixed = true; i += 2; }
    block.sources.push(source);
    this.shared.sources.push(source);
    return i;
  }

  aliasAt(i: number, to: number): { name: string | undefined; at: number } {
    if (this.key(i) === 'AS' && i + 1 < to) return { name: this.tokens[i + 1]!.value, at: i + 2 };
    const free = i < to && isName(this.tokens[i]) && !JOINS.has(this.key(i)) && !CLAUSES.has(this.key(i)) && !['USING', 'INDEXED', 'NOT', 'OUTER'].includes(this.key(i));
    return free ? { name: this.tokens[i]!.value, at: i + 1 } : { name: undefined, at: i };
  }

  /** A table, or a view read as the subquery that it is. */
  private named(name: string): { table?: TableInfo; derived?: Derived } {
    const table = this.shared.schema.table(name);
    if (table?.kind !== 'view') return table ? { table } : {};
    const known = this.shared.views.get(table.name);
    if (known) return { derived: known };
    const parser = new Parser(table.sql, this.shared);
    const at = parser.tokens.findIndex((t, i) => t.key === 'AS' && [...outer(parser, 0, i + 1)].at(-1) === i);
    const list = parser.tokens.slice(0, at).findIndex((t) => t.key === '(');
    const derived: Derived = { blocks: [], columns: list > 0 ? parser.names(list + 1, parser.close[list]!) : undefined, view: table.name };
    this.shared.views.set(table.name, derived);
    parser.into(derived, at + 1, parser.tokens.length, undefined, new Map());
    return { derived };
  }

  /** USING and NATURAL compare columns of one name. */
  private shareColumns(block: Block, before: number, names: readonly string[] | undefined): void {
    const right = block.sources[before];
    if (!right) return;
    for (const left of block.sources.slice(0, before)) {
      const shared = names ?? (right.table?.columns ?? []).map((c) => c.name).filter((c) => left.table?.column(c));
      for (const name of shared) {
        for (const [own, other] of [[left, right], [right, left]] as const) {
          for (const { source, column } of targets({ block, qualifier: own.alias, name })) {
            source.base.push({ key: { column }, kind: 'equal', others: new Set([other]) });
            source.read.add(column);
          }
        }
      }
      block.links.push(new Set([left, right]));
    }
  }

  /** Marks the columns read between `from` and `to`, and reads the subqueries there. */
  scan(from: number, to: number, block: Block, scope: Scope): void {
    for (let i = from; i < Math.min(to, this.tokens.length); i++) {
      if (this.key(i) === '(' && ['SELECT', 'WITH', 'VALUES'].includes(this.key(i + 1)) && !this.subqueries.has(i)) {
        const end = Math.min(this.close[i]!, to);
        this.subqueries.set(i, []);
        this.subqueries.set(i, this.query(i + 1, end, block, scope, this.key(i - 1) === 'EXISTS'));
        i = end;
      } else if (this.key(i) === 'OVER' || (this.key(i) === 'AS' && this.key(i + 1) === '(' && ['PARTITION', 'ORDER'].includes(this.key(i + 2)))) this.windowSort(i + 1, block);
      else if (AGGREGATES.has(this.tokens[i]!.value.toUpperCase()) && this.key(i + 1) === '(' && this.key(this.close[i + 1]! + 1) !== 'OVER') {
        const commas = [...outer(this, i + 2, this.close[i + 1]!)].some((p) => this.key(p) === ',');
        if (!(commas && ['MIN', 'MAX'].includes(this.tokens[i]!.value.toUpperCase()))) block.aggregate = true;
      }
    }
    for (const { reference } of referencesIn(this, from, to, block)) for (const { source, column } of targets(reference)) source.read.add(column);
  }

  /** PARTITION BY and ORDER BY of a window sort as one. */
  private windowSort(open: number, block: Block): void {
    if (this.key(open) !== '(') return;
    const inside = [...outer(this, open + 1, this.close[open]!)];
    const by = (word: string): number | undefined => inside.find((i) => this.key(i) === word && this.key(i + 1) === 'BY');
    const partition = by('PARTITION'), order = by('ORDER');
    const end = inside.find((i) => ['ROWS', 'RANGE', 'GROUPS'].includes(this.key(i))) ?? this.close[open]!;
    const parts = [...(partition === undefined ? [] : this.orderParts(partition + 2, order ?? end, block)), ...(order === undefined ? [] : this.orderParts(order + 2, end, block))];
    this.keepOrder('window', parts);
  }

  private items(from: number, to: number, block: Block, exists: boolean): Item[] {
    return this.listed(from, to).map(([a, b]): Item => {
      if (this.key(b - 1) === '*' && (b - a === 1 || this.key(b - 2) === '.')) {
        const qualifier = b - a > 2 ? this.tokens[b - 3]!.value.toLowerCase() : undefined;
        const star = block.sources.filter((s) => qualifier === undefined || s.alias === qualifier);
        if (!exists) for (const source of star) source.star = true;
        return { alias: undefined, star };
      }
      let alias: string | undefined, end = b;
      if (this.key(b - 2) === 'AS') { alias = this.tokens[b - 1]!.value; end = b - 2; }
      else if (b - a > 1 && isName(this.tokens[b - 1]) && this.key(b - 2) !== '.' && (this.key(b - 2) === ')' || this.tokens[b - 2]!.kind !== 'operator') && this.key(b - 1) !== 'END') { alias = this.tokens[b - 1]!.value; end = b - 1; }
      const reference = referenceAt(this.tokens, a, end, block);
      return { alias, ...(reference && { reference }) };
    });
  }

  /** Ranges between commas. */
  private listed(from: number, to: number): [number, number][] {
    const commas = [...outer(this, from, to)].filter((i) => this.key(i) === ',');
    return [from - 1, ...commas].map((c, i): [number, number] => [c + 1, commas[i] ?? to]).filter(([a, b]) => b > a);
  }

  private order(purpose: OrderList['purpose'], from: number, to: number, block: Block): void {
    this.keepOrder(purpose, this.orderParts(from, to, block));
  }

  /** An index serves a run of parts of one table, from the first on. */
  private keepOrder(purpose: OrderList['purpose'], parts: readonly ({ source: Source; part: OrderPart } | undefined)[]): void {
    const source = parts[0]?.source;
    if (!source) return;
    const end = parts.findIndex((p) => p?.source !== source);
    source.orders.push({ purpose, parts: parts.slice(0, end < 0 ? undefined : end).map((p) => p!.part) });
  }

  private orderParts(from: number, to: number, block: Block): ({ source: Source; part: OrderPart } | undefined)[] {
    return this.listed(from, to).map(([a, b]) => {
      let end = b, descending = false, collation: string | undefined;
      if (this.key(end - 2) === 'NULLS') end -= 2;
      if (this.key(end - 1) === 'DESC') { descending = true; end--; } else if (this.key(end - 1) === 'ASC') end--;
      if (this.key(end - 2) === 'COLLATE') { collation = this.tokens[end - 1]!.value; end -= 2; }
      const extra = { descending, ...(collation !== undefined && { collation }) };
      const only = end - a === 1 ? this.tokens[a]! : undefined;
      const item = only?.kind === 'number' ? block.items[Number(only.text) - 1] : only && isName(only) ? block.items.find((i) => i.alias?.toLowerCase() === only.value.toLowerCase()) : undefined;
      const reference = item ? item.reference : referenceAt(this.tokens, a, end, block);
      const target = reference && targets(reference)[0];
      if (target) return { source: target.source, part: { column: target.column, ...extra } };
      // The rowid ends every index by itself: what follows it sorts nothing.
      if (reference && holders(reference)[0]?.table && isRowid(holders(reference)[0]!.table!, reference.name)) return undefined;
      const expression = item ? undefined : indexable(this, a, end, block);
      return expression && { source: expression.source, part: { expression: expression.text, ...extra } };
    });
  }

  /** The one MIN or MAX of a select list is found at an end of an index. */
  private aggregateOrder(from: number, to: number, block: Block): void {
    for (let i = from; i < to; i++) {
      if (!['MIN', 'MAX'].includes(this.tokens[i]!.value.toUpperCase()) || this.key(i + 1) !== '(') continue;
      const reference = referenceAt(this.tokens, i + 2, this.close[i + 1]!, block);
      for (const { source, column } of reference ? targets(reference) : []) source.orders.push({ purpose: 'MIN or MAX', parts: [{ column, descending: false }] });
    }
  }

  /** Clauses of an UPDATE or DELETE, for statement.ts. */
  clausesOf(from: number, to: number): Map<string, [number, number]> { return this.clauses(from, to); }
}
