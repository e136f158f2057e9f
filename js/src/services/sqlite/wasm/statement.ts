/** A statement of the WebAssembly engine. */
import type { Cursor, EngineStatement, PackedChunk, RowOptions, RowSet, StatementAccess } from '../engine.js';
import { sqliteServiceError } from '../errors.js';
import { ColumnBuilder, RowBuilders } from '../rows/build.js';
import { CELL_BYTES, decodeText, type Chunk } from '../rows/cells.js';
import { PackedRowSet } from '../rows/packed.js';
import type { RunResult, SQLParams, SQLValue } from '../types.js';
import type { ParameterNames } from '../values.js';
import type { WasmEngine } from '../wasm-engine.js';
import { FACTS, FLAG, type CoreDatabase } from './core.js';

/** Rows and bytes packed by one call: small enough to stay in the processor's cache until they are decoded. */
const ROWS = 4096, BYTES = 192 << 10;
/** Bytes of parameters staged at once by `runMany`. */
const STAGE_BYTES = 128 << 10;
/** Beyond this the room for rows is given back after use. */
const KEEP_BYTES = 4 << 20;

export class WasmStatement implements EngineStatement {
  readonly sql: string;
  readonly readonly: boolean;
  readonly #engine: WasmEngine;
  #id: number;
  #recordings: number;
  readonly #names: ParameterNames;
  readonly #flags: number;
  #builders: RowBuilders;
  #access: StatementAccess | undefined;
  #finalized = false;
  /** A cursor reads it. */
  #open = false;

  constructor(engine: WasmEngine, sql: string, id: number) {
    this.sql = sql;
    this.#engine = engine;
    this.#id = id;
    this.#recordings = engine.recordings;
    const [names, flags, columns] = engine.guard((core) => [core.parameterNames(id), core.statementFlags(id), core.columnNames(id)] as const);
    this.#names = names.map((name) => (name === '' ? undefined : name));
    this.#flags = flags;
    this.#builders = new RowBuilders(columns);
    this.readonly = (this.#flags & FLAG.readonly) !== 0;
  }

  get columns(): readonly string[] { return this.#builders.columns; }
  get parameterCount(): number { return this.#names.length; }

  get access(): StatementAccess {
    if (this.#access) return this.#access;
    const [reads, writes] = this.#engine.guard((core) => [core.tablesRead(this.#id), core.tablesWritten(this.#id)] as const);
    const plain = reads.length > 0 ? this.#engine.tables.names() : new Set<string>();
    return (this.#access = {
      reads: reads.every((name) => plain.has(name)) ? new Set(reads) : undefined, writes: new Set(writes),
      schema: (this.#flags & FLAG.schema) !== 0, deterministic: (this.#flags & FLAG.volatile) === 0,
    });
  }

  /** Stages parameters and gives the connection. */
  #begin(params: SQLParams | undefined): CoreDatabase {
    const engine = this.#engine;
    const { core, host, staging } = engine;
    if (this.#finalized) throw sqliteServiceError('INVALID_ARGUMENT', 'this statement was finalized: prepare it again');
    if (this.#open) throw sqliteServiceError('BUSY', 'this statement is still being read by an iterator or a stream: end that first');
    host.reset();
    if (this.#recordings !== engine.recordings) this.#compileAgain();
    staging.stage(params, this.#names);
    return core;
  }

  #compileAgain(): void {
    const engine = this.#engine;
    this.#recordings = engine.recordings;
    if ((this.#flags & FLAG.change) === 0) return;
    const id = engine.compile(this.sql);
    engine.core.finalize(this.#id);
    this.#id = id;
  }

  #recompiled(): void {
    if (this.#engine.fact('recompiled') === 0) return;
    this.#builders = new RowBuilders(this.#engine.guard((core) => core.columnNames(this.#id)));
    this.#access = undefined;
  }

  run(params: SQLParams | undefined): RunResult {
    const engine = this.#engine;
    const core = this.#begin(params);
    let status: number;
    try { status = core.run(this.#id, this.#names.length); } catch (error) { throw engine.explain(error); }
    const { memory, facts } = engine;
    memory.refresh();
    if (status < 0) throw engine.failure(this.sql);
    const { f64 } = memory;
    if (f64[facts + FACTS.recompiled] !== 0) this.#recompiled();
    return { changes: f64[facts + FACTS.changes], lastInsertRowid: this.#rowid() };
  }

  #rowid(): number | bigint {
    const { memory, facts } = this.#engine;
    const at = 2 * (facts + FACTS.rowid);
    const high = memory.i32[at + 1];
    return high >= -0x200000 && high < 0x200000 ? high * 0x1_0000_0000 + memory.u32[at] : memory.i64[facts + FACTS.rowid];
  }

  get(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue> | undefined {
    const out: Record<string, SQLValue>[] = [];
    const core = this.#begin(params);
    const count = this.#first(core, 1);
    if (count > 0) this.#builders.objects(this.#chunk(core, count), out, options, 0);
    if (this.#engine.fact('done') === 0) core.stop(this.#id);
    return out[0];
  }

  #first(core: CoreDatabase, rows: number): number {
    let count: number;
    try { count = core.query(this.#id, this.#names.length, rows, BYTES); } catch (error) { throw this.#engine.explain(error); }
    return this.#filled(count);
  }

  #more(core: CoreDatabase, rows: number): number {
    let count: number;
    try { count = core.more(this.#id, rows, BYTES); } catch (error) { throw this.#engine.explain(error); }
    return this.#filled(count);
  }

  #filled(count: number): number {
    this.#engine.memory.refresh();
    if (count < 0) throw this.#engine.failure(this.sql);
    this.#recompiled();
    return count;
  }

  /** What the last call packed, in place. */
  #chunk(core: CoreDatabase, count: number): Chunk {
    const { memory } = this.#engine;
    const at = core.packedTable() >>> 2;
    const { u32, u8, f64, i64 } = memory;
    const text = u32[at + 2];
    return { count, base: u32[at] >>> 4, f64, u32, i64, text: decodeText(u8, text, text + u32[at + 3]), bytes: u8, blobs: u32[at + 4] };
  }

  /** A copy of what the last call packed. */
  #copy(core: CoreDatabase, count: number): PackedChunk {
    const { u32, u8 } = this.#engine.memory;
    const at = core.packedTable() >>> 2;
    const part = (from: number, length: number): ArrayBuffer => u8.slice(from, from + length).buffer as ArrayBuffer;
    return { count, cells: part(u32[at], u32[at + 1] * CELL_BYTES), text: part(u32[at + 2], u32[at + 3]), blobs: part(u32[at + 4], u32[at + 5]) };
  }

  /** All rows, a chunk at a time. */
  #each(params: SQLParams | undefined, take: (core: CoreDatabase, count: number) => void): void {
    const core = this.#begin(params);
    let count = this.#first(core, ROWS);
    for (;;) {
      try {
        if (count > 0) take(core, count);
      } catch (error) {
        core.stop(this.#id);
        throw error;
      }
      if (this.#engine.fact('done') !== 0) break;
      count = this.#more(core, ROWS);
    }
    this.#release(core);
  }

  /** A large row leaves large rooms behind. */
  #release(core: CoreDatabase): void {
    const { u32 } = this.#engine.memory;
    const at = core.packedTable() >>> 2;
    if (u32[at + 3] + u32[at + 5] > KEEP_BYTES) core.shrinkRows();
  }

  objects(params: SQLParams | undefined, options: RowOptions): Record<string, SQLValue>[] {
    const out: Record<string, SQLValue>[] = [];
    this.#each(params, (core, count) => this.#builders.objects(this.#chunk(core, count), out, options, out.length));
    return out;
  }

  arrays(params: SQLParams | undefined, options: RowOptions): SQLValue[][] {
    const out: SQLValue[][] = [];
    this.#each(params, (core, count) => this.#builders.arrays(this.#chunk(core, count), out, options, out.length));
    return out;
  }

  columnData(params: SQLParams | undefined, options: RowOptions): { count: number; data: Record<string, ArrayLike<SQLValue>> } {
    let builder: ColumnBuilder | undefined;
    let rows = 0;
    this.#each(params, (core, count) => {
      // The names are known for certain once the first rows came.
      builder ??= new ColumnBuilder(this.columns, options);
      builder.add(this.#chunk(core, count));
      rows += count;
    });
    return { count: rows, data: (builder ?? new ColumnBuilder(this.columns, options)).finish() };
  }

  all(params: SQLParams | undefined): RowSet {
    const chunks: PackedChunk[] = [];
    this.#each(params, (core, count) => { chunks.push(this.#copy(core, count)); });
    return new PackedRowSet(this.#builders, chunks);
  }

  open(params: SQLParams | undefined): Cursor {
    const core = this.#begin(params);
    this.#open = true;
    let ended = false;
    const close = (): void => {
      if (ended) return;
      ended = true;
      this.#open = false;
      if (!this.#finalized) this.#engine.core.stop(this.#id);
    };
    // The parameters are staged now, and must be bound before anything else is staged.
    let first: number;
    try { first = this.#first(core, 1); } catch (error) { this.#open = false; throw error; }
    let ahead: PackedChunk | undefined = first > 0 ? this.#copy(core, first) : undefined;
    let done = this.#engine.fact('done') !== 0;
    if (done) this.#open = false;
    return {
      next: (rows) => {
        if (ended) return undefined;
        const chunks: PackedChunk[] = [];
        if (ahead) { chunks.push(ahead); ahead = undefined; }
        let count = chunks.length;
        try {
          while (!done && count < rows) {
            const got = this.#more(this.#engine.core, Math.min(ROWS, rows - count));
            if (got > 0) chunks.push(this.#copy(this.#engine.core, got));
            count += got;
            done = this.#engine.fact('done') !== 0;
          }
        } catch (error) {
          ended = true;
          this.#open = false;
          throw error;
        }
        if (done) this.#open = false;
        if (count === 0) { close(); return undefined; }
        return new PackedRowSet(this.#builders, chunks);
      },
      close,
    };
  }

  runMany(rows: readonly SQLValue[][], from: number, to: number): number {
    const { core, host, staging, memory } = this.#engine;
    if (this.#finalized) throw sqliteServiceError('INVALID_ARGUMENT', 'this statement was finalized: prepare it again');
    host.reset();
    if (this.#recordings !== this.#engine.recordings) this.#compileAgain();
    const names = this.#names;
    let changes = 0;
    for (let row = from; row < to;) {
      const count = staging.stageRows(rows, row, to, names, STAGE_BYTES);
      let status: number;
      try { status = core.runMany(this.#id, names.length, count); } catch (error) { throw this.#engine.explain(error); }
      memory.refresh();
      if (status < 0) throw this.#engine.failure(this.sql, row + this.#engine.fact('row'));
      changes += this.#engine.fact('changes');
      row += count;
    }
    return changes;
  }

  finalize(): void {
    if (this.#finalized) return;
    this.#finalized = true;
    this.#open = false;
    try { this.#engine.core.finalize(this.#id); } catch { /* closed or poisoned: it is gone already */ }
  }
}
