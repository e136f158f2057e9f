/**
 * The data processor in JavaScript: the answer where WebAssembly can not run, the same to the last row. Typed arrays, dictionaries for
 * strings, a loop per kind of number; its parts are in js/.
 */
import type { ColumnData, ColumnValues, TableData } from './columns.js';
import type { AggregatePlan, ColumnSchema, DataEngine, JoinPlan, ReadOptions, SortKey, TableId, TableReader, TopPlan, TransformStep } from './engine.js';
import { freed } from './errors.js';
import { aggregate, finish } from './js/aggregate/index.js';
import { rowsOfBits } from './js/bits.js';
import { join, takeRows } from './js/join.js';
import { inMemory } from './js/memory.js';
import { sortRows } from './js/sort.js';
import { HeldColumn, type JsTable, tableBytes, type TableView, viewOf } from './js/table.js';
import { slice } from './js/take.js';
import { topRows } from './js/top.js';

/** What reads text, filters and transforms: each in a room of its own, above columns alone. */
export interface EngineParts {
  compileExpression: (text: string, schema: ColumnSchema[]) => { filter(table: TableView, rows: number): Uint8Array };
  createTextReader: (format: 'csv' | 'ndjson' | 'json', options: ReadOptions) => { push(bytes: Uint8Array): void; finish(): TableData; cancel(): void; readonly rows: number };
  applyStep: (step: TransformStep, table: TableView & { schema: readonly ColumnSchema[] }) => ColumnData;
}

export function createJsEngine(parts: EngineParts): DataEngine {
  return new JsEngine(parts);
}

class JsEngine implements DataEngine {
  readonly variant = 'js';
  readonly #parts: EngineParts;
  #tables = new Map<TableId, JsTable>();
  #next = 1;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  #keep(table: JsTable): TableId {
    this.#tables.set(this.#next, table);
    return this.#next++;
  }

  #table(id: TableId): JsTable {
    const table = this.#tables.get(id);
    if (!table) throw freed();
    return table;
  }

  open({ rows, columns }: TableData): TableId {
    return this.#keep({ rows, names: columns.map(({ name }) => name), columns: columns.map((data) => new HeldColumn({ data })) });
  }

  reader(format: 'csv' | 'ndjson' | 'json', options: ReadOptions): TableReader {
    const reader = this.#parts.createTextReader(format, options);
    return {
      push: (bytes) => inMemory(() => reader.push(bytes)),
      finish: () => inMemory(() => this.open(reader.finish())),
      cancel: () => reader.cancel(),
      get rows() { return reader.rows; },
    };
  }

  rows(table: TableId): number { return this.#table(table).rows; }

  schema(table: TableId): ColumnSchema[] { return schemaOf(this.#table(table)); }

  filter(table: TableId, expression: string): TableId {
    return inMemory(() => this.#keep(this.#where(this.#table(table), expression)));
  }

  #where(table: JsTable, expression: string): JsTable {
    return takeRows(table, this.#rowsWhere(table, expression));
  }

  #rowsWhere(table: JsTable, expression: string): Int32Array {
    return rowsOfBits(this.#parts.compileExpression(expression, schemaOf(table)).filter(viewOf(table), table.rows), table.rows);
  }

  aggregate(table: TableId, { groupBy, operations, where }: AggregatePlan): TableId {
    return inMemory(() => {
      const all = this.#table(table);
      const some = where === undefined ? all : this.#taken(all, this.#rowsWhere(all, where), groupBy, operations);
      const columns = finish(aggregate((place) => some.columns[place].column, some.rows, groupBy, operations));
      const names = [...groupBy.map((place) => all.names[place]), ...operations.map(({ alias }) => alias)];
      return this.#keep({ rows: columns[0]?.length ?? 0, names, columns: columns.map((column) => new HeldColumn({ column })) });
    });
  }

  /** Rows that take part, of those columns alone that are looked at. */
  #taken(table: JsTable, rows: Int32Array, groupBy: readonly number[], operations: AggregatePlan['operations']): JsTable {
    const used = new Set([...groupBy, ...operations.flatMap(({ column, with: other }) => (other === undefined ? [column] : [column, other]))]);
    const { columns } = takeRows({ ...table, columns: table.columns.filter((_, place) => used.has(place)) }, rows);
    const kept = columns[Symbol.iterator]();
    return { rows: rows.length, names: table.names, columns: table.columns.map((column, place) => (used.has(place) ? (kept.next().value as HeldColumn) : column)) };
  }

  transform(table: TableId, step: TransformStep): TableId {
    return inMemory(() => {
      const from = this.#table(table);
      return this.#keep(withColumn(from, { ...this.#parts.applyStep(step, { ...viewOf(from), schema: schemaOf(from) }), name: step.as }));
    });
  }

  sort(table: TableId, keys: readonly SortKey[]): TableId {
    return inMemory(() => {
      const from = this.#table(table);
      return this.#keep(takeRows(from, sortRows((place) => from.columns[place].column, from.rows, keys)));
    });
  }

  top(table: TableId, plan: TopPlan): TableId {
    return inMemory(() => {
      const from = this.#table(table);
      return this.#keep(takeRows(from, topRows((place) => from.columns[place].column, from.rows, plan)));
    });
  }

  join(left: TableId, right: TableId, plan: JoinPlan): TableId {
    return inMemory(() => this.#keep(join(this.#table(left), this.#table(right), plan)));
  }

  slice(table: TableId, start: number, end: number): TableId {
    const { rows, names, columns } = this.#table(table);
    if (start === 0 && end === rows) return this.#keep({ rows, names, columns });
    return this.#keep({ rows: end - start, names, columns: columns.map((held) => new HeldColumn({ column: slice(held.column, start, end) })) });
  }

  select(table: TableId, columns: readonly { column: number; name: string }[]): TableId {
    const from = this.#table(table);
    return this.#keep({ rows: from.rows, names: columns.map(({ name }) => name), columns: columns.map(({ column }) => from.columns[column]) });
  }

  withColumns(table: TableId, columns: readonly ColumnData[]): TableId {
    return this.#keep(columns.reduce(withColumn, this.#table(table)));
  }

  withShared(table: TableId, column: ColumnData, from: { table: TableId; column: number }): TableId {
    const { dictionary } = this.#table(from.table).columns[from.column].data('').values as ColumnValues & { kind: 'dictionary' };
    return this.withColumns(table, [{ ...column, values: { ...(column.values as ColumnValues & { kind: 'dictionary' }), dictionary } }]);
  }

  marks(table: TableId): { column: unknown; dictionary: unknown }[] {
    return this.#table(table).columns.map((column) => {
      const { values } = column.data('');
      return { column, dictionary: values.kind === 'dictionary' ? values.dictionary : undefined };
    });
  }

  export(table: TableId, column: number): ColumnData {
    const { names, columns } = this.#table(table);
    return inMemory(() => columns[column].copy(names[column]));
  }

  free(table: TableId): void { this.#tables.delete(table); }

  memoryBytes(): number { return tableBytes(this.#tables.values()); }

  tableBytes(tables: Iterable<TableId>): number { return tableBytes(Array.from(tables, (table) => this.#table(table))); }

  dispose(): void { this.#tables.clear(); }
}

function schemaOf({ names, columns }: JsTable): ColumnSchema[] {
  return columns.map(({ type }, place) => ({ name: names[place], type }));
}

/** Adds a column, or replaces the one of its name in its place. */
function withColumn({ rows, names, columns }: JsTable, data: ColumnData): JsTable {
  const held = new HeldColumn({ data });
  const place = names.indexOf(data.name);
  if (place < 0) return { rows, names: [...names, data.name], columns: [...columns, held] };
  return { rows, names, columns: columns.map((old, i) => (i === place ? held : old)) };
}
