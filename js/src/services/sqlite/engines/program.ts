/**
 * Which tables a statement touches, read off its program (EXPLAIN), for engines without an authorizer. EXPLAIN lists triggers and
 * foreign-key actions too, and views are resolved by then. What is not understood counts as "not known", which is always safe.
 */
import type { StatementAccess } from '../engine.js';

export interface Instruction { opcode: string; p1: number; p2: number; p3: number; p4: string }

/** What lies at a root page, by database (0 main, 1 temp) and page. */
export type Roots = (database: number, page: number) => string | undefined;

export const UNKNOWN_ACCESS: StatementAccess = { reads: undefined, writes: undefined, schema: true, deterministic: false };
export const NO_ACCESS: StatementAccess = { reads: new Set(), writes: new Set(), schema: false, deterministic: true };

const CHANGES_SCHEMA = new Set(['ParseSchema', 'CreateBtree', 'Destroy', 'DropTable', 'DropIndex', 'DropTrigger', 'SetCookie', 'VCreate', 'VDestroy', 'VRename', 'Vacuum', 'IncrVacuum', 'JournalMode', 'SqlExec', 'LoadAnalysis', 'Expire']);
/** Their answer depends on more than their arguments. Date functions do when an argument is 'now', which the program does not tell. */
const UNSTEADY = /^(?:random|randomblob|changes|total_changes|last_insert_rowid|sqlite_.*|current_.*|date|time|datetime|julianday|unixepoch|strftime|timediff|fts\d?_.*)\(/i;

export function accessOf(program: readonly Instruction[], roots: Roots, steadyFunctions: (name: string) => boolean): StatementAccess & { readonly: boolean } {
  const reads = new Set<string>();
  const writes = new Set<string>();
  let readsKnown = true;
  let writesKnown = true;
  let schema = false;
  let deterministic = true;
  let readonly = true;
  const note = (into: Set<string>, database: number, page: number): boolean => {
    const name = roots(database, page);
    if (name !== undefined) into.add(name);
    return name !== undefined;
  };
  for (const { opcode, p1, p2, p3, p4 } of program) {
    switch (opcode) {
      // p5 says where p2 is a register instead of a page: then the page was made in this very program.
      case 'OpenRead': case 'ReopenIdx': if (!note(reads, p3, p2)) readsKnown = false; break;
      case 'OpenWrite': if (!note(writes, p3, p2)) writesKnown = false; break;
      case 'Clear': if (!note(writes, p2, p1)) writesKnown = false; break;
      case 'Transaction': if (p2 !== 0) readonly = false; break;
      case 'VOpen': case 'VFilter': readsKnown = false; break;
      case 'VUpdate': case 'VBegin': writesKnown = false; break;
      case 'Function': case 'PureFunc': case 'AggStep': case 'AggStep0': case 'AggStep1': case 'AggFinal': case 'AggValue': case 'AggInverse':
        if (UNSTEADY.test(p4) || !steadyFunctions(/^[^(]*/.exec(p4)![0].toLowerCase())) deterministic = false;
        break;
      default:
        if (CHANGES_SCHEMA.has(opcode)) { schema = true; readonly = false; }
    }
  }
  // What is written is read as well, by constraints and by what an UPDATE finds.
  for (const table of writes) reads.add(table);
  if (writes.has('sqlite_schema') || writes.has('sqlite_stat1')) schema = true;
  if (!readonly && writes.size === 0 && !schema) writesKnown = false;
  return { reads: readsKnown ? reads : undefined, writes: readonly ? new Set() : writesKnown ? writes : undefined, schema, deterministic, readonly };
}
