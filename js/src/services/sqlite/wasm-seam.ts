/** Where the service meets the WebAssembly engine (wasm-engine.ts): what it is made from. */
import type { Glue } from '../../loader/index.js';
import type { PackedRows, RowSet, SqlEngine } from './engine.js';
import { unsupported } from './errors.js';
import type { SqlFiles } from './storage/files.js';

export interface WasmEngineOptions {
  /** For the host VFS. Left out: files in the engine's own memory. */
  files?: SqlFiles;
  /** What to start from, by SQLite's names ('db', 'db-journal'): files out of a dead instance's memory. A hot journal is rolled back at open. */
  initial?: ReadonlyMap<string, Uint8Array>;
  readonly?: boolean;
}

export function createWasmEngine(_glue: Glue, _options: WasmEngineOptions): SqlEngine {
  throw unsupported('the WebAssembly engine of SQLite is not in this build');
}

/** Packed cells as rows. */
export function unpackCells(_message: Extract<PackedRows, { chunks: unknown }>): RowSet {
  throw unsupported('packed rows of the WebAssembly engine are not in this build');
}
