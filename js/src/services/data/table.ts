/** The handle of a resident table: checks, plans and asks the backend; holds nothing but the table's number, its schema and its row count. */
import { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import { isPromise } from '../../calls/maybe-promise.js';
import { writeArrow } from './arrow/write.js';
import type { DataBackend, TableState, TableStep } from './backend.js';
import type { TableData } from './columns.js';
import { writeCSV } from './csv-writer.js';
import type { ColumnSchema } from './engine.js';
import { freed, invalid, invalidField } from './errors.js';
import { suggest } from './near.js';
import { planAggregate } from './plan/aggregate.js';
import { planJoin } from './plan/join.js';
import { planOrder, sliceStep } from './plan/order.js';
import { planTop } from './plan/top.js';
import { planSelect, planTransform } from './plan/transform.js';
import { markTable } from './table-marks.js';
import { columnValues, rowsOf } from './to-values.js';
import type { AggregationOptions, CallOptions, ColumnType, CSVOptions, DataTable, DataTransformOptions, JoinHow, OrderBy, TopOptions } from './types.js';

/** What a table needs of the service that made it. */
export interface TableHome {
  readonly backend: DataBackend;
  /** One public call: reports it, types its errors. */
  call<T>(operation: string, prepare: () => MaybePromise<T>): Promise<T>;
  /** Hands out a table, and frees it some time after it was dropped. */
  adopt(state: TableState): ResidentTable;
  /** `table` was freed by hand. */
  forget(table: ResidentTable): void;
}

export class ResidentTable implements DataTable {
  readonly #home: TableHome;
  readonly #state: TableState;
  #schema: Record<string, ColumnType> | undefined;
  #freed = false;

  constructor(home: TableHome, state: TableState) {
    this.#home = home;
    this.#state = state;
    markTable(this);
  }

  get rowCount(): number { return this.#state.rows; }

  get schema(): Record<string, ColumnType> {
    if (this.#schema) return this.#schema;
    const schema: Record<string, ColumnType> = {};
    // Names are data: '__proto__' too.
    for (const { name, type } of this.#state.schema) Object.defineProperty(schema, name, { value: type, enumerable: true, configurable: true, writable: true });
    return (this.#schema = Object.freeze(schema));
  }

  transform(options: DataTransformOptions): Promise<DataTable> { return this.#derive('table.transform', options, (schema) => planTransform(schema, options)); }
  aggregate(options: AggregationOptions): Promise<DataTable> { return this.#derive('table.aggregate', options, (schema) => planAggregate(schema, options)); }

  filter(expression: string): Promise<DataTable> {
    return this.#derive('table.filter', undefined, (schema) => {
      if (typeof expression !== 'string') throw invalidField('the expression of filter', "a string such as \"price > 100\"", expression);
      return planTransform(schema, { transformations: [], where: expression });
    });
  }

  sort(by: OrderBy[]): Promise<DataTable> { return this.#derive('table.sort', undefined, (schema) => planOrder(schema, by, 'sort')); }

  top(options: TopOptions): Promise<DataTable> { return this.#derive('table.top', options, (schema) => planTop(schema, options)); }

  join(other: DataTable, options: { on: string | [string, string][]; how?: JoinHow }): Promise<DataTable> {
    return this.#derive('table.join', undefined, (schema) => {
      if (!(other instanceof ResidentTable)) throw invalidField('the other table of join', 'a DataTable', other);
      if (other.#home !== this.#home) throw invalid('join: the other table belongs to another data processor: load it into this one');
      const state = other.stateNow();
      return [planJoin(schema, state.schema, state.id, options)];
    });
  }

  slice(start: number, end?: number): Promise<DataTable> { return this.#derive('table.slice', undefined, () => [sliceStep(this.rowCount, start, end)]); }
  select(columns: string[]): Promise<DataTable> { return this.#derive('table.select', undefined, (schema) => [planSelect(schema, columns, 'select')]); }

  column(name: string): Promise<ArrayLike<unknown>> {
    return this.#read('table.column', (schema) => {
      const place = schema.findIndex((column) => column.name === name);
      if (typeof name !== 'string') throw invalidField('the column', 'its name', name);
      if (place < 0) throw invalid(`there is no column '${name}': ${suggest(String(name), schema.map((c) => c.name))}`, { field: name });
      return [place];
    }, ({ columns }) => columnValues(columns[0]));
  }

  toRows(): Promise<object[]> { return this.#read('table.toRows', () => undefined, rowsOf); }

  toColumns(): Promise<Record<string, ArrayLike<unknown>>> {
    return this.#read('table.toColumns', () => undefined, ({ columns }) => {
      const result: Record<string, ArrayLike<unknown>> = {};
      for (const column of columns) Object.defineProperty(result, column.name, { value: columnValues(column), enumerable: true, configurable: true, writable: true });
      return result;
    });
  }

  toArrow(options: { format?: 'stream' | 'file' } = {}): Promise<Uint8Array> {
    return this.#read('table.toArrow', () => {
      const { format = 'stream' } = options;
      if (format !== 'stream' && format !== 'file') throw invalidField('format', "'stream' or 'file'", format);
      return undefined;
    }, (table) => writeArrow(table, options));
  }

  toCSV(options: CSVOptions = {}): Promise<string> {
    return this.#read('table.toCSV', () => undefined, (table) => writeCSV(table, options));
  }

  compact(): Promise<void> {
    return this.#home.call('table.compact', () => {
      this.stateNow();
      return this.#home.backend.compact(Call.plain);
    });
  }

  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#home.forget(this);
    this.#home.backend.free(this.#state.id);
  }

  /** @throws ServiceError DISPOSED after free() */
  stateNow(): TableState {
    if (this.#freed) throw freed();
    return this.#state;
  }

  #derive(operation: string, options: CallOptions | undefined, plan: (schema: readonly ColumnSchema[]) => TableStep[]): Promise<DataTable> {
    return this.#home.call(operation, () => {
      const { id, schema } = this.stateNow();
      const call = Call.from('data', options);
      const state = this.#home.backend.run(id, plan(schema), call);
      return isPromise(state) ? state.then((made) => this.#home.adopt(made)) : this.#home.adopt(state);
    });
  }

  #read<T>(operation: string, places: (schema: readonly ColumnSchema[]) => number[] | undefined, build: (table: TableData) => T): Promise<T> {
    return this.#home.call(operation, () => {
      const { id, schema } = this.stateNow();
      const data = this.#home.backend.export(id, places(schema), Call.plain);
      return isPromise(data) ? data.then(build) : build(data);
    });
  }
}

