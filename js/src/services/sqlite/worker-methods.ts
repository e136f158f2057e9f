/** What the page says to the SQLite worker and back: plain data, rows packed. */
import type { Selection } from '../../loader/index.js';
import type { ServiceInfo } from '../../types.js';
import type { Answer, BatchRequest, QueryRequest, Scope } from './backend.js';
import type { ResolvedConfig } from './config.js';
import type { Notice } from './connection.js';
import type { PackedRows } from './engine.js';
import type { MirrorNews } from './mirror.js';
import type { SerializedError } from '../../worker/errors.js';
import type { OptimizationResult, QueryAnalysis, QueryPlan, RunResult, SQLFunction, SQLParams, SQLValue } from './types.js';

/** The configuration without what can not cross, or has been dealt with on this side. */
export type PlainConfig = Omit<ResolvedConfig, 'wasm' | 'sqljs'> & { sqljs: string | undefined };

export interface SqliteWorkerConfig {
  config: PlainConfig;
  /** Chosen on the page, which also compiled the module. */
  selection: Selection;
  module?: WebAssembly.Module;
  /** JavaScript may not take over. */
  pinned: boolean;
  /** Where threads share memory: a slot holds the number of a call that was cancelled (CANCEL_SLOTS). A busy worker reads no message. */
  cancelled?: Int32Array;
  /** Of a database in memory: its file when the worker before this one died. */
  initial?: Uint8Array;
}

/** Calls are told apart by their number; the slot is that number modulo this. */
export const CANCEL_SLOTS = 64;

/** Published whenever it changed, before the reply to the call that changed it; commits, where somebody listens; and what they wrote to a database in memory. */
export type SqliteNews = { kind: 'state'; info: ServiceInfo; memoryBytes: number } | { kind: 'commit'; notice: Notice } | MirrorNews;

/** How a call is told apart from others, and when it must end. */
export interface CallMessage {
  /** 0: it can not be cancelled. */
  token: number;
  timeoutMs: number | undefined;
}

export type PackedAnswer = Omit<Answer, 'rows'> & { rows: PackedRows };
export type PackedOutcome = { answer: PackedAnswer } | { error: SerializedError };

export interface SqliteMethods {
  ready(): void;
  query(scope: Scope, request: QueryRequest, call: CallMessage): PackedAnswer;
  batch(scope: Scope, request: BatchRequest, call: CallMessage): PackedOutcome[];
  many(scope: Scope, sql: string, rows: SQLValue[][], transaction: boolean, call: CallMessage): number;
  run(scope: Scope, sql: string, params: SQLParams | undefined, call: CallMessage): RunResult;
  get(scope: Scope, sql: string, params: SQLParams | undefined, bigint: boolean, call: CallMessage): Record<string, SQLValue> | undefined;
  exec(scope: Scope, sql: string, call: CallMessage): void;
  prepare(sql: string): void;
  open(sql: string, params: SQLParams | undefined, call: CallMessage): number;
  next(cursor: number, rows: number, call: CallMessage): PackedRows | undefined;
  close(cursor: number): void;
  begin(scope: Scope, call: CallMessage): Scope;
  end(scope: Scope, commit: boolean): void;
  createFunction(name: string, fn: Exclude<SQLFunction, (...args: never[]) => unknown>, options: { deterministic: boolean; arity: number }): void;
  startSession(tables: string[] | undefined): void;
  endSession(): Uint8Array;
  applyChangeset(bytes: Uint8Array, onConflict: 'abort' | 'replace' | 'omit'): void;
  plan(sql: string, params: SQLParams | undefined): QueryPlan[];
  analyze(sql: string, params: SQLParams | undefined): QueryAnalysis;
  optimize(): OptimizationResult;
  serialize(): Uint8Array;
  deserialize(bytes: Uint8Array): void;
  watch(commits: boolean, changes: boolean): void;
  selfCheck(): void;
  suspend(): void;
  resume(): void;
}
