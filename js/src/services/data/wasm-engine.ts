/**
 * The data engine over one instance of the Rust core. It moves bytes and maps errors; every number is computed inside.
 *
 * An exception that the core did not raise itself (a trap) poisons the engine: it is reported as INSTANCE_POISONED and the instance
 * is never called again; its tables are still read (move.ts), and the service goes on with a fresh engine.
 */
import { ERROR_CODES, ServiceError, type ErrorCode } from '../../errors.js';
import { springTrap } from '../../faults.js';
import { builtVariant, type Glue } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import { Threads, type ThreadSource } from '../../worker/threads.js';
import type { ColumnData, PackedStrings, TableData } from './columns.js';
import { COLUMN_TYPES } from './columns.js';
import type { AggregatePlan, ColumnSchema, DataEngine, JoinPlan, ReadOptions, SortKey, TableId, TableReader, TopPlan, TransformStep } from './engine.js';
import { dataError } from './errors.js';
import { applyStep } from './operations/index.js';
import { packStrings } from './strings.js';
import { CatalogReader, type TableHead } from './wasm/catalog.js';
import { createCore, Views, type CoreTables } from './wasm/core.js';
import { PlanWriter } from './wasm/plan-writer.js';
import { transformInside } from './wasm/transform.js';
import { utf8Encoder } from '../../utf8.js';

/** In the order of crates/data-processor's `Operation`; avg and mean are one. */
const OPERATIONS = ['count', 'sum', 'avg', 'min', 'max', 'median', 'quantile', 'stddev', 'variance', 'first', 'last', 'countDistinct', 'mode', 'list', 'correlation'];
const JOINS = ['inner', 'left', 'right', 'full', 'semi', 'anti'];
const FORMATS = ['csv', 'ndjson', 'json'];
const RAGGED = ['error', 'fill', 'skip'];
const NONE = 0xffffffff;
/** No table has more. */
const MOST_ROWS = 0xffffffff;
/** Bytes handed to a reader at a time: memory never shrinks, so a large input must not pass through it whole. */
const PUSHED_BYTES = 1 << 20;

const LAYOUTS = { f64: 0, i64: 1, i32: 2, bool: 3, strings: 4 };

export class WasmEngine implements DataEngine {
  readonly variant: Variant;
  readonly #memory: WebAssembly.Memory;
  readonly #views: Views;
  readonly #catalog: CatalogReader;
  readonly #plan = new PlanWriter();
  readonly #heads = new Map<TableId, TableHead>();
  #core: CoreTables | undefined;
  readonly #helpers: Threads | undefined;
  readonly #exports: Record<string, unknown>;
  #poisoned: ServiceError | undefined;

  /**
   * @param glue of a fresh instance, this engine's own
   * @param source of helper threads, for an instance of a threaded artifact
   */
  constructor(glue: Glue, source?: ThreadSource) {
    this.variant = builtVariant(glue);
    this.#exports = glue.exports;
    this.#memory = glue.memory;
    this.#views = new Views(glue.memory);
    try {
      this.#core = createCore(glue);
      this.#catalog = new CatalogReader(glue.memory, this.#core.catalogHead());
      if (source) this.#helpers = new Threads(source, glue);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  get threads(): number { return this.#helpers?.count ?? 1; }
  get threadsNote(): string | undefined { return this.#helpers?.note; }

  startThreads(): Promise<void> | undefined {
    return this.#helpers?.start((call) => { this.#run(call); });
  }

  // ── tables in and out ──

  open(table: TableData): TableId {
    return this.#made((core) => {
      core.begin(table.rows);
      for (const column of table.columns) this.#fill(core, column);
      return core.finish();
    });
  }

  withColumns(table: TableId, columns: readonly ColumnData[]): TableId {
    return this.#made((core) => {
      core.begin(this.rows(table));
      for (const column of columns) this.#fill(core, column);
      return core.withColumns(table);
    });
  }

  withShared(table: TableId, column: ColumnData, dictionary: { table: TableId; column: number }): TableId {
    return this.#made((core) => {
      core.begin(this.rows(table));
      this.#fill(core, column, dictionary);
      return core.withColumns(table);
    });
  }

  reader(format: 'csv' | 'ndjson' | 'json', options: ReadOptions): TableReader {
    const engine = this;
    const { schema = {}, delimiter = '', header = true, ragged = 'error', nulls = [], bytes = 0 } = options;
    const plan = this.#plan.clear();
    plan.list(Object.entries(schema), ([name, type]) => { plan.text(name).u32(COLUMN_TYPES.indexOf(type)); });
    plan.text(delimiter).bool(header).u32(RAGGED.indexOf(ragged));
    plan.list(nulls, (text) => { plan.text(text); }).f64(bytes);
    const reader = this.#run((core) => core.openReader(FORMATS.indexOf(format), this.#stage(core, plan.written)));
    return {
      push(bytes) {
        for (let at = 0; at < bytes.length; at += PUSHED_BYTES) {
          const piece = bytes.subarray(at, at + PUSHED_BYTES);
          engine.#run((core) => { core.readerPush(reader, engine.#stage(core, piece)); });
        }
      },
      finish: () => this.#made((core) => core.readerFinish(reader)),
      cancel: () => { if (!this.#poisoned && this.#core) this.#run((core) => { core.readerCancel(reader); }); },
      get rows() { return engine.#run((core) => core.readerRows(reader)); },
    };
  }

  rows(table: TableId): number { return this.#head(table).rows; }
  schema(table: TableId): ColumnSchema[] { return this.#head(table).columns; }
  export(table: TableId, column: number, bare?: boolean): ColumnData { return this.#catalog.column(table, column, bare); }
  marks(table: TableId): { column: string; dictionary: string | undefined }[] { return this.#catalog.marks(table); }

  free(table: TableId): void {
    this.#heads.delete(table);
    if (this.#core && !this.#poisoned) this.#run((core) => { core.free(table); });
  }

  // ── work ──

  filter(table: TableId, expression: string): TableId {
    return this.#planned(this.#plan.clear().expression(expression), (core, bytes) => core.filter(table, bytes));
  }

  aggregate(table: TableId, { groupBy, operations, where }: AggregatePlan): TableId {
    const plan = this.#plan.clear();
    plan.list(groupBy, (column) => { plan.u32(column); });
    plan.list(operations, ({ operation, column, alias, q = 0.5, population, with: other }) => {
      plan.u32(OPERATIONS.indexOf(operation === 'mean' ? 'avg' : operation)).u32(column < 0 ? NONE : column).text(alias).f64(q).bool(population).u32(other ?? NONE);
    });
    plan.expression(where ?? '');
    return this.#planned(plan, (core, bytes) => core.aggregate(table, bytes));
  }

  transform(table: TableId, step: TransformStep): TableId {
    const plan = this.#plan.clear();
    if (transformInside(step, plan)) {
      const made = this.#run((core) => core.transform(table, this.#stage(core, plan.written)));
      if (made > 0) return this.#remember(made - 1);
      if (made < 0) return this.#answer(table, this.#remember(-1 - made), step);
    }
    return this.withColumns(table, [applyStep(step, { rows: this.rows(table), schema: this.schema(table), column: (place) => this.export(table, place) })]);
  }

  /** Strings whose answer is the host's to give (the case of what is not ASCII). */
  #answer(table: TableId, questions: TableId, step: TransformStep): TableId {
    try {
      const asked = this.export(questions, 0);
      const answers = applyStep({ ...step, column: 0 }, { rows: asked.length, column: () => asked });
      return this.#made((core) => {
        core.begin(asked.length);
        this.#fill(core, answers);
        return core.transformAnswer(table);
      });
    } finally {
      this.free(questions);
    }
  }

  sort(table: TableId, keys: readonly SortKey[]): TableId {
    const plan = this.#plan.clear();
    plan.list(keys, ({ column, descending }) => { plan.u32(column).bool(descending); });
    return this.#planned(plan, (core, bytes) => core.sort(table, bytes));
  }

  top(table: TableId, { groupBy, keys, limit }: TopPlan): TableId {
    const plan = this.#plan.clear();
    plan.list(groupBy, (column) => { plan.u32(column); });
    plan.list(keys, ({ column, descending }) => { plan.u32(column).bool(descending); });
    plan.u32(Math.min(limit, MOST_ROWS));
    return this.#planned(plan, (core, bytes) => core.top(table, bytes));
  }

  join(left: TableId, right: TableId, { on, how, right: columns }: JoinPlan): TableId {
    const plan = this.#plan.clear().u32(JOINS.indexOf(how));
    plan.list(on, ([a, b]) => { plan.u32(a).u32(b); });
    plan.list(columns, ({ column, name }) => { plan.u32(column).text(name); });
    return this.#planned(plan, (core, bytes) => core.join(left, right, bytes));
  }

  slice(table: TableId, start: number, end: number): TableId {
    return this.#made((core) => core.slice(table, start, end));
  }

  select(table: TableId, columns: readonly { column: number; name: string }[]): TableId {
    const plan = this.#plan.clear();
    plan.list(columns, ({ column, name }) => { plan.u32(column).text(name); });
    return this.#planned(plan, (core, bytes) => core.select(table, bytes));
  }

  // ── memory ──

  memoryBytes(): number { return this.#core ? this.#memory.buffer.byteLength : 0; }

  tableBytes(tables: Iterable<TableId>): number { return this.#catalog.bytes(tables); }

  dispose(): void {
    const core = this.#core;
    this.#core = undefined;
    this.#helpers?.end(this.#poisoned ? undefined : core);
    // The memory goes with the instance: nothing in it is freed first, which a helper that ended in the allocator could hold up for ever.
    core?.__destroy_into_raw();
    this.#heads.clear();
  }

  // ── inside ──

  #head(table: TableId): TableHead {
    let head = this.#heads.get(table);
    if (!head) this.#heads.set(table, head = this.#catalog.describe(table));
    return head;
  }

  #remember(table: TableId): TableId {
    this.#heads.delete(table); // a number is used again
    return table;
  }

  #made(work: (core: CoreTables) => number): TableId { return this.#remember(this.#run(work)); }

  #planned(plan: PlanWriter, work: (core: CoreTables, bytes: number) => number): TableId {
    return this.#made((core) => work(core, this.#stage(core, plan.written)));
  }

  #stage(core: CoreTables, bytes: Uint8Array): number {
    const at = core.stage(bytes.length);
    this.#views.u8.set(bytes, at);
    return bytes.length;
  }

  /** @param shared the column whose dictionary this one has */
  #fill(core: CoreTables, { name, type, values, validity }: ColumnData, shared?: { table: TableId; column: number }): void {
    const title = utf8Encoder().encode(name);
    const texts = shared ? undefined : values.kind === 'strings' ? values.strings : values.kind === 'dictionary' ? values.dictionary : undefined;
    const packed: PackedStrings | undefined = texts && packStrings(texts);
    const layout = values.kind === 'dictionary' ? 4 + values.codes.BYTES_PER_ELEMENT - (values.codes.BYTES_PER_ELEMENT === 4 ? 1 : 0) : LAYOUTS[values.kind];
    const places = (shared ? core.codesColumn(layout, title.length, validity !== undefined, shared.table, shared.column) : core.column(COLUMN_TYPES.indexOf(type), layout, title.length, packed ? packed.offsets.length - 1 : 0, packed?.bytes.length ?? 0, validity !== undefined)) >>> 2;
    const [nameAt, valuesAt, validityAt, offsetsAt, bytesAt] = this.#views.u32.subarray(places, places + 5);
    const put = (at: number, from: ArrayBufferView): void => { this.#views.u8.set(new Uint8Array(from.buffer, from.byteOffset, from.byteLength), at); };
    put(nameAt, title);
    if (validity) put(validityAt, validity);
    if (packed) { put(offsetsAt, packed.offsets); put(bytesAt, packed.bytes); }
    switch (values.kind) {
      case 'strings': break;
      case 'dictionary': put(valuesAt, values.codes); break;
      case 'bool': put(valuesAt, values.bits); break;
      default: put(valuesAt, values.values);
    }
  }

  #run<T>(work: (core: CoreTables) => T): T {
    if (this.#poisoned) throw this.#poisoned;
    const core = this.#core;
    if (!core) throw dataError('DISPOSED', 'this engine was disposed of');
    springTrap('data', () => ({ object: core, exports: this.#exports }));
    try {
      return work(core);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Errors of the core pass with their code; everything else is a trap. */
  #translate(error: unknown): ServiceError {
    if (error instanceof ServiceError) return error;
    const { code, message } = error as { code?: ErrorCode; message?: string };
    if (code !== undefined && ERROR_CODES.includes(code)) return dataError(code, message ?? code);
    this.#poisoned = new ServiceError('INSTANCE_POISONED', `the WebAssembly instance of the data processor failed (${message ?? String(error)}) and is replaced: the call may be repeated`, { service: 'data', variant: this.variant, cause: error });
    this.#helpers?.end();
    return this.#poisoned;
  }
}

