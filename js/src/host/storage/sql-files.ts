/**
 * The files of one database as SQLite's VFS needs them: random access and synchronous. The WebAssembly module calls these from inside a
 * statement, so nothing here may wait. One implementation per place that keeps files; tests/unit/sqlite/storage-suite.mjs runs the same tests on all.
 *
 * Names are SQLite's own parts: 'db', 'db-journal', 'db-wal'. Temporary files never come here (they stay in memory).
 * Every method throws ServiceError: QUOTA, READONLY, BUSY, STORAGE_IO, DISPOSED. The engine turns it into SQLite's error code and, when the
 * statement has failed, throws the original.
 */
export interface SqlFiles {
  /** For messages: 'file notes.db', 'OPFS database "notes"'. */
  readonly label: string;
  /** Whether SQLite may use write-ahead logging (by exclusive locking: no host of JavaScript shares memory maps). */
  readonly wal: boolean;
  /** Every write is READONLY, and `open` makes no file. */
  readonly readonly: boolean;
  /** Opens a file, making it where `create` says so; gives a small number that the other calls take, or -1 when it is not there. */
  open(name: string, create: boolean): number;
  /** Reads up to `into.length` bytes at `at`; gives how many there were. */
  read(handle: number, into: Uint8Array, at: number): number;
  /**
   * Writes all of `from` at `at`; a gap before it reads as zeros. May be kept back until the next `sync`, `read` or `size` of that file or any change of
   * another one, but never beyond SQLite's commit mark (a commit frame, the start of the journal): what survives a killed process keeps its order.
   */
  write(handle: number, from: Uint8Array, at: number): void;
  /** Cuts or, with zeros, extends. */
  truncate(handle: number, size: number): void;
  /** Everything written to this file, and its existence, outlive a power cut once this returns. */
  sync(handle: number): void;
  size(handle: number): number;
  close(handle: number): void;
  /** Removes a file, also one that is open (then its handle is closed), so that it stays removed after a power cut; a missing one is no error. */
  delete(name: string): void;
  exists(name: string): boolean;
}
