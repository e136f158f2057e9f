/** What the analysis knows of a statement: its query blocks, their sources, and which columns are compared, sorted and read. Names resolve here. */
import type { Schema, TableInfo } from './schema.js';

/** What an index may be made of: a column or an expression over columns of one table. */
export interface KeyPart {
  /** As the schema spells it. */
  readonly column?: string;
  /** SQL without table names. */
  readonly expression?: string;
  readonly collation?: string;
}
export interface OrderPart extends KeyPart { readonly descending: boolean }

/** equal: `=`, IS, IN, IS NULL; range: `<` … BETWEEN; prefix: LIKE or GLOB without a leading wildcard. */
export type TermKind = 'equal' | 'range' | 'like' | 'glob';

export interface Term {
  readonly key: KeyPart;
  readonly kind: TermKind;
  /** The sources on its other side; empty when it compares with a constant. */
  readonly others: ReadonlySet<Source>;
}

export interface OrderList {
  readonly purpose: 'ORDER BY' | 'GROUP BY' | 'DISTINCT' | 'MIN or MAX' | 'window';
  readonly parts: readonly OrderPart[];
}

/** One branch of an OR; what stands in it holds together. */
export interface Branch { readonly parent: Branch | undefined }

/** One occurrence of a table, or of a subquery, CTE or view (`derived`), in FROM. */
export interface Source {
  /** Lower case; the name where no alias is given; '' for a subquery without one. */
  readonly alias: string;
  readonly block: Block;
  readonly table?: TableInfo;
  readonly derived?: Derived;
  /** INDEXED BY or NOT INDEXED: the user has decided. */
  fixed: boolean;
  /** `,` or CROSS JOIN put it there, or nothing did (the first). */
  readonly join: 'first' | 'comma' | 'cross' | 'join';
  /** ANDed terms. */
  readonly base: Term[];
  readonly branches: Map<Branch, Term[]>;
  readonly orders: OrderList[];
  /** Columns read, as the schema spells them. */
  readonly read: Set<string>;
  /** `*` reads every column. */
  star: boolean;
}

export interface Derived { readonly blocks: Block[]; columns: readonly string[] | undefined; readonly view?: string }

/** One item of a select list. */
export interface Item {
  readonly alias: string | undefined;
  /** The item is nothing but this column. */
  readonly reference?: Reference;
  /** `*` or `t.*`. */
  readonly star?: readonly Source[];
}

/** One SELECT (of a compound, a subquery …), or the UPDATE or DELETE itself. */
export interface Block {
  readonly parent: Block | undefined;
  readonly sources: Source[];
  items: Item[];
  /** Sources that one condition names together. */
  readonly links: ReadonlySet<Source>[];
  aggregate: boolean;
  grouped: boolean;
  limit: number | undefined;
}

export interface Reference { readonly block: Block; readonly qualifier: string | undefined; readonly name: string }

/** A column of a table that stands in the database. */
export interface Target { readonly source: Source; readonly column: string }

/** Things worth telling that no plan shows. */
export interface Facts {
  readonly expressions: { readonly target: Source; readonly columns: readonly string[]; readonly expression: string; readonly kind: TermKind }[];
  readonly likes: { readonly target: Target; readonly operator: string; readonly pattern: { readonly text: string | undefined; readonly parameter: string | undefined; readonly position: number } }[];
  readonly alternatives: { readonly source: Source; readonly columns: readonly string[] }[];
  offset: number | 'unknown' | undefined;
  randomOrder: boolean;
}

/** Kind of statement, in upper case; REPLACE is INSERT. */
export type Verb = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'OTHER';

export interface Statement {
  readonly verb: Verb;
  readonly schema: Schema;
  /** The outermost blocks (several in a compound SELECT). */
  readonly blocks: readonly Block[];
  /** Every source of every block, views looked through. */
  readonly sources: readonly Source[];
  /** Lower-case names. */
  readonly ctes: ReadonlySet<string>;
  /** Table that an INSERT, UPDATE or DELETE names. */
  readonly written: TableInfo | undefined;
  readonly hasWhere: boolean;
  readonly facts: Facts;
}

const ROWID = new Set(['rowid', 'oid', '_rowid_']);
/** No schema nests so deep; a view that names itself would. */
const MAX_DEPTH = 20;

/** Whether `name` is the rowid of the table, under whatever name. */
export function isRowid(table: TableInfo, name: string): boolean {
  const lower = name.toLowerCase();
  return table.rowidColumn?.toLowerCase() === lower || (!table.withoutRowid && ROWID.has(lower) && table.column(name) === undefined);
}

function has(source: Source, name: string): boolean {
  if (source.table) return source.table.column(name) !== undefined || isRowid(source.table, name);
  return source.derived !== undefined && outputs(source.derived, name).length > 0;
}

/** The sources that a column may belong to: of the innermost block that has any. */
export function holders(reference: Reference): Source[] {
  for (let block: Block | undefined = reference.block; block; block = block.parent) {
    // A table-valued function's columns are not known: it is taken at its word.
    const found = block.sources.filter((s) => (reference.qualifier === undefined ? has(s, reference.name) : s.alias === reference.qualifier && (has(s, reference.name) || (!s.table && !s.derived))));
    if (found.length > 0) return found;
  }
  return [];
}

/** The columns of real tables behind a reference, subqueries, CTEs and views looked through. Not the rowid: it needs no index. */
export function targets(reference: Reference, depth = 0): Target[] {
  if (depth > MAX_DEPTH) return [];
  const found = holders(reference);
  if (found.length === 0) return aliased(reference, depth);
  return found.flatMap((source) => behind(source, reference.name, depth));
}

function behind(source: Source, name: string, depth: number): Target[] {
  if (source.table) {
    const column = source.table.column(name);
    return column === undefined || isRowid(source.table, name) ? [] : [{ source, column: column.name }];
  }
  return source.derived === undefined ? [] : outputs(source.derived, name).flatMap((hit) => (hit.reference ? targets(hit.reference, depth + 1) : hit.star ? behind(hit.star, name, depth + 1) : []));
}

/** SQLite lets conditions name the select list's aliases. */
function aliased(reference: Reference, depth: number): Target[] {
  if (reference.qualifier !== undefined) return [];
  const item = reference.block.items.find((i) => i.alias?.toLowerCase() === reference.name.toLowerCase());
  return item?.reference && item.reference.name.toLowerCase() !== reference.name.toLowerCase() ? targets(item.reference, depth + 1) : [];
}

/** What a subquery's output column is, in each of its blocks. An empty hit: an expression. */
function outputs(derived: Derived, name: string): { reference?: Reference; star?: Source }[] {
  const lower = name.toLowerCase();
  const position = derived.columns?.findIndex((c) => c.toLowerCase() === lower) ?? derived.blocks[0]?.items.findIndex((i) => nameOf(i) === lower) ?? -1;
  if (position >= 0) return derived.blocks.map(({ items }) => (items[position]?.reference ? { reference: items[position].reference } : {}));
  if (derived.columns !== undefined) return [];
  return derived.blocks.flatMap(({ items }) => items.flatMap((i) => i.star ?? [])).filter((source) => has(source, name)).map((star) => ({ star }));
}

const nameOf = (item: Item): string | undefined => (item.alias ?? item.reference?.name)?.toLowerCase();

/** Terms that hold together with one branch of an OR, those of the branches around it included. */
export function termsOf(source: Source, branch: Branch | undefined): Term[] {
  const terms = [...source.base];
  for (let b = branch; b; b = b.parent) terms.push(...source.branches.get(b) ?? []);
  return terms;
}

/** Equal names make equal keys. */
export const keyName = (part: KeyPart): string => `${part.column?.toLowerCase() ?? `(${part.expression})`}${part.collation ? ` ${part.collation.toUpperCase()}` : ''}`;
