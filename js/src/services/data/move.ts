/**
 * Tables on their way from one engine to another: after a trap, and to give memory back. What tables share, whole columns and the
 * dictionaries of texts, is copied once and shared again.
 */
import type { ColumnData } from './columns.js';
import type { DataEngine, TableId } from './engine.js';

interface Source { rows: number; columns: { name: string; mark: unknown; place: number; dictionary: unknown }[] }
/** Every distinct column of so many rows, as one table of the new engine. */
interface Pool { table: TableId; places: Map<unknown, number> }

/** Gives the tables' new numbers and how many of them could not be read. The old engine's tables stay. */
export function moveTables(old: DataEngine, next: DataEngine, tables: ReadonlyMap<number, TableId>): { tables: Map<number, TableId>; lost: number } {
  const moved = new Map<number, TableId>();
  const pools = new Map<number, Pool>();
  const dictionaries = new Map<unknown, { rows: number; place: number }>();
  let lost = 0;

  /** The place of a column in its pool. */
  const bring = (pool: Pool, rows: number, from: TableId, { mark, place, dictionary }: Source['columns'][number]): number => {
    const known = pool.places.get(mark);
    if (known !== undefined) return known;
    const shared = dictionary === undefined ? undefined : dictionaries.get(dictionary);
    const at = pool.places.size;
    const column: ColumnData = { ...old.export(from, place, shared !== undefined), name: String(at) };
    const wider = shared ? next.withShared(pool.table, column, { table: pools.get(shared.rows)!.table, column: shared.place }) : next.withColumns(pool.table, [column]);
    next.free(pool.table);
    pool.table = wider;
    pool.places.set(mark, at);
    if (dictionary !== undefined && !shared) dictionaries.set(dictionary, { rows, place: at });
    return at;
  };

  for (const [number, id] of tables) {
    try {
      const { rows, columns } = sourceOf(old, id);
      let pool = pools.get(rows);
      if (!pool) pools.set(rows, (pool = { table: next.open({ rows, columns: [] }), places: new Map() }));
      const places = columns.map((column) => ({ column: bring(pool, rows, id, column), name: column.name }));
      moved.set(number, next.select(pool.table, places));
    } catch { lost++; }
  }
  for (const { table } of pools.values()) next.free(table);
  return { tables: moved, lost };
}

function sourceOf(engine: DataEngine, table: TableId): Source {
  const marks = engine.marks(table);
  return { rows: engine.rows(table), columns: engine.schema(table).map(({ name }, place) => ({ name, place, mark: marks[place].column, dictionary: marks[place].dictionary })) };
}
