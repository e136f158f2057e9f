/** Reads one statement against the schema. */
import type { Block, Facts, Source, Statement, Verb } from './model.js';
import { Parser, type Shared } from './parser.js';
import type { Schema } from './schema.js';

export type { Statement } from './model.js';

/**
 * What the statement compares, sorts and reads. Never fails on what it does not know; it then finds less.
 *
 * @param sql one statement that the engine has compiled
 */
export function parseStatement(sql: string, schema: Schema): Statement {
  const facts: Facts = { expressions: [], likes: [], alternatives: [], offset: undefined, randomOrder: false };
  const shared: Shared = { schema, sources: [], ctes: new Set(), facts, views: new Map() };
  const parser = new Parser(sql, shared);
  const end = parser.tokens.findLastIndex((t) => t.key !== ';') + 1;
  const { at, scope } = parser.with(0, end, undefined, new Map());
  const verb = ({ SELECT: 'SELECT', VALUES: 'SELECT', INSERT: 'INSERT', REPLACE: 'INSERT', UPDATE: 'UPDATE', DELETE: 'DELETE' } as Record<string, Verb>)[parser.key(at)] ?? 'OTHER';
  let blocks: Block[] = [], written: Statement['written'], hasWhere = false;

  const target = (i: number): { name: string; at: number } => {
    let last = i;
    while (parser.key(last + 1) === '.') last += 2;
    return { name: parser.tokens[last]?.value ?? '', at: last + 1 };
  };
  if (verb === 'SELECT') blocks = parser.query(at, end, undefined, scope);
  else if (verb === 'INSERT') {
    const into = parser.tokens.findIndex((t, i) => i >= at && t.key === 'INTO');
    const { name } = target(into + 1);
    written = schema.table(name);
    let i = into + 1;
    while (i < end && !['SELECT', 'WITH', 'VALUES', 'DEFAULT'].includes(parser.key(i))) i = parser.close[i]! >= 0 ? parser.close[i]! + 1 : i + 1;
    if (parser.key(i) === 'SELECT' || parser.key(i) === 'WITH') {
      const stop = parser.tokens.findIndex((t, p) => p > i && ((t.key === 'ON' && parser.key(p + 1) === 'CONFLICT') || t.key === 'RETURNING'));
      blocks = parser.query(i, stop < 0 ? end : stop, undefined, scope);
    }
  } else if (verb === 'UPDATE' || verb === 'DELETE') {
    let i = at + 1;
    if (parser.key(i) === 'OR') i += 2;
    if (parser.key(i) === 'FROM') i++;
    const { name, at: behind } = target(i);
    written = schema.table(name);
    const alias = parser.aliasAt(behind, end);
    const block: Block = { parent: undefined, sources: [], items: [], links: [], aggregate: false, grouped: false, limit: undefined };
    const source: Source = {
      alias: (alias.name ?? name).toLowerCase(), block, ...(written?.kind === 'table' && { table: written }), join: 'first',
      fixed: ['INDEXED', 'NOT'].includes(parser.key(alias.at)), base: [], branches: new Map(), orders: [], read: new Set(),
      // Changing a row reads all of it: no index covers that.
      star: true,
    };
    block.sources.push(source);
    shared.sources.push(source);
    blocks = [block];
    const clauses = parser.clausesOf(alias.at, end);
    hasWhere = clauses.has('WHERE');
    const from = clauses.get('FROM'), set = clauses.get('SET');
    const conditions = from ? parser.from(...from, block, scope, 'comma') : [];
    if (set) parser.scan(...set, block, scope);
    parser.rest(block, clauses, conditions, scope, undefined);
  }
  return { verb, schema, blocks, sources: shared.sources, ctes: shared.ctes, written, hasWhere, facts };
}
