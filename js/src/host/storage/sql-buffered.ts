/**
 * SqlFiles over plain random access: what every place that keeps files does alike. SQLite writes a frame's header and its page, or a
 * journal record's three parts, one by one; here neighbours become one write.
 *
 * At most one run of bytes is kept back at a time, for all files together, so the medium sees the writes in SQLite's order and a killed process
 * leaves what SQLite expects. It is handed on before anything else changes, and at once when it ends with a commit mark.
 */
import { ServiceError } from '../../errors.js';
import { takeStorageFault } from '../../faults.js';
import type { SqlFiles } from './sql-files.js';

/** Beyond this a run is written in parts; a write as large as half of it goes straight through. */
const RUN_BYTES = 256 << 10;
/** Where SQLite's frames in a write-ahead log say how many pages the database has after a commit (0: no commit). */
const FRAME_HEADER_BYTES = 24;

/** One open file. Sizes are kept by the layer above. */
export interface RawFile {
  size(): number;
  read(into: Uint8Array, at: number): number;
  /** Writes all of it, or throws. */
  write(from: Uint8Array, at: number): void;
  truncate(size: number): void;
  sync(): void;
  close(): void;
}

/** Where the files of one database lie. Whatever it throws is turned into a ServiceError by `failure`. */
export interface RawFolder {
  readonly label: string;
  readonly readonly: boolean;
  open(name: string, create: boolean): RawFile | undefined;
  delete(name: string): void;
  exists(name: string): boolean;
  /** Called before each access: throws when the place is not ours any more. */
  check?(): void;
  failure(error: unknown): ServiceError;
  close(): void;
}

interface OpenFile {
  name: string;
  raw: RawFile;
  size: number;
  /** Where the last write ended. */
  end: number;
}

export class BufferedFiles implements SqlFiles {
  readonly wal = true;
  readonly readonly: boolean;
  readonly label: string;
  readonly #folder: RawFolder;
  readonly #files: (OpenFile | undefined)[] = [];
  /** The run that is kept back: `#length` bytes of `#file` from `#start`. */
  readonly #run = new Uint8Array(RUN_BYTES);
  #file: OpenFile | undefined;
  #start = 0;
  #length = 0;
  /** The page to come belongs to a commit frame. */
  #commit = false;
  /** Set for good: a write was lost that SQLite counts on, and the files as they are must be recovered by opening them anew. */
  #failed: ServiceError | undefined;
  #closed = false;

  constructor(folder: RawFolder) {
    this.#folder = folder;
    this.label = folder.label;
    this.readonly = folder.readonly;
  }

  open(name: string, create: boolean): number {
    return this.#guard(() => {
      const raw = this.#folder.open(name, create && !this.readonly);
      if (!raw) return -1;
      const file = { name, raw, size: raw.size(), end: -1 };
      const free = this.#files.indexOf(undefined);
      if (free < 0) return this.#files.push(file) - 1;
      this.#files[free] = file;
      return free;
    });
  }

  read(handle: number, into: Uint8Array, at: number): number {
    const file = this.#of(handle);
    if (this.#length > 0 && this.#file === file && at < this.#start + this.#length && at + into.length > this.#start) this.#guard(() => this.#flush(file));
    if (at >= file.size) return 0;
    return this.#guard(() => file.raw.read(into, at));
  }

  write(handle: number, from: Uint8Array, at: number): void {
    const file = this.#writable(handle);
    const fault = takeStorageFault('sqlite');
    if (fault) this.#playFault(fault, file, from, at);
    const end = at + from.length;
    const follows = at === file.end;
    file.end = end;
    if (this.#length > 0 && (this.#file !== file || at !== this.#start + this.#length || this.#length + from.length > RUN_BYTES)) this.#guard(() => this.#flush(file));
    // Nothing kept back begins beyond what the medium has, so a read before it needs no look at it.
    if (from.length >= RUN_BYTES / 2 || at > file.size || this.#marksJournal(file, at)) {
      this.#guard(() => { this.#flush(file); file.raw.write(from, at); });
      if (end > file.size) file.size = end;
      return;
    }
    if (this.#length === 0) { this.#file = file; this.#start = at; }
    this.#run.set(from, this.#length);
    this.#length += from.length;
    if (end > file.size) file.size = end;
    if (file.name === 'db-wal' && this.#endsCommit(from, follows)) this.#guard(() => this.#flush(file));
  }

  /**
   * A header that does not follow the write before it may be one that SQLite corrects after its page, so it is a commit by itself; or the first of its
   * transaction (behind a log that was there at opening, or behind such a correction), so its page is awaited, too.
   */
  #endsCommit(from: Uint8Array, follows: boolean): boolean {
    const marked = from.length === FRAME_HEADER_BYTES ? (from[4] | from[5] | from[6] | from[7]) !== 0 : undefined;
    const ends = marked === undefined ? this.#commit : marked && !follows;
    this.#commit = marked === true;
    return ends;
  }

  /** The journal's first bytes say whether the transaction may be rolled back: their change is a commit. */
  #marksJournal(file: OpenFile, at: number): boolean {
    return at === 0 && file.name === 'db-journal';
  }

  truncate(handle: number, size: number): void {
    const file = this.#writable(handle);
    this.#guard(() => {
      this.#flush(file);
      file.raw.truncate(size);
      file.size = size;
    });
  }

  sync(handle: number): void {
    const file = this.#of(handle);
    if (this.readonly) return;
    this.#guard(() => {
      if (this.#file === file) this.#flush(file);
      file.raw.sync();
    });
  }

  size(handle: number): number {
    // What is kept back is counted, so it can stay where it is.
    return this.#of(handle).size;
  }

  close(handle: number): void {
    const file = this.#lookUp(handle);
    this.#files[handle] = undefined;
    try {
      if (this.#file === file) this.#guard(() => this.#flush(file));
    } finally {
      file.raw.close();
    }
  }

  delete(name: string): void {
    if (this.readonly) throw this.#refusal();
    this.#guard(() => {
      if (this.#file?.name === name) this.#length = 0;
      this.#flush(undefined);
      this.#files.forEach((file, handle) => {
        if (file?.name !== name) return;
        file.raw.close();
        this.#files[handle] = undefined;
      });
      this.#folder.delete(name);
    });
  }

  exists(name: string): boolean {
    return this.#guard(() => this.#folder.exists(name));
  }

  /** Writes what is kept back and closes every file. Safe to call twice. */
  dispose(): void {
    if (this.#closed) return;
    try {
      if (!this.#failed) this.#guard(() => this.#flush(undefined));
    } finally {
      this.#closed = true;
      for (const file of this.#files) if (file) try { file.raw.close(); } catch { /* nothing is kept back any more */ }
      this.#files.length = 0;
      this.#folder.close();
    }
  }

  #of(handle: number): OpenFile {
    if (this.#failed) throw this.#failed;
    return this.#lookUp(handle);
  }

  #lookUp(handle: number): OpenFile {
    const file = this.#files[handle];
    if (!file) throw this.#closed ? this.#disposed() : new ServiceError('STORAGE_IO', `${this.label}: no open file has the handle ${handle}`);
    return file;
  }

  #writable(handle: number): OpenFile {
    if (this.readonly) throw this.#refusal();
    return this.#of(handle);
  }

  #guard<T>(work: () => T): T {
    if (this.#closed) throw this.#disposed();
    if (this.#failed) throw this.#failed;
    try {
      this.#folder.check?.();
      return work();
    } catch (error) {
      throw this.#folder.failure(error);
    }
  }

  /**
   * Hands on what is kept back. When that fails in a call on the same file, SQLite undoes the transaction it belongs to, and the bytes can go.
   * In a call on another file SQLite already counts on them: the end, until the files are opened anew (and rolled back or recovered from the log).
   */
  #flush(caller: OpenFile | undefined): void {
    const file = this.#file;
    const length = this.#length;
    this.#file = undefined;
    this.#length = 0;
    if (!file || length === 0) return;
    try {
      file.raw.write(length === RUN_BYTES ? this.#run : this.#run.subarray(0, length), this.#start);
    } catch (error) {
      const failure = this.#folder.failure(error);
      if (caller !== file) this.#failed = failure;
      else file.size = file.raw.size();
      throw failure;
    }
  }

  #playFault(how: 'quota' | 'io' | 'torn', file: OpenFile, from: Uint8Array, at: number): never {
    if (how === 'torn') this.#guard(() => { this.#flush(file); file.raw.write(from.subarray(0, from.length >>> 1), at); file.size = Math.max(file.size, at + (from.length >>> 1)); });
    throw new ServiceError(how === 'quota' ? 'QUOTA' : 'STORAGE_IO', `${this.label}: a write failed on purpose (${how}): repeat the call`, { service: 'sqlite' });
  }

  #refusal(): ServiceError {
    return new ServiceError('READONLY', `${this.label} was opened read-only: open it without \`readonly\``);
  }

  #disposed(): ServiceError {
    return new ServiceError('DISPOSED', `${this.label} is closed: open it again`);
  }
}
