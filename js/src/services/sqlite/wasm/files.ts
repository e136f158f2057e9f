/** The caller's files under the module's virtual file system: addresses become views, and errors become SQLite's result codes. */
import { ServiceError } from '../../../errors.js';
import { SQLITE } from '../result-codes.js';
import type { SqlFiles } from '../storage/files.js';
import type { CoreFiles, Memory } from './core.js';

const CODES: Partial<Record<string, number>> = {
  QUOTA: SQLITE.FULL, READONLY: SQLITE.READONLY, BUSY: SQLITE.BUSY, OUT_OF_MEMORY: SQLITE.NOMEM, CORRUPT: SQLITE.CORRUPT,
};

/** The handle of a log that is not there. */
const NO_LOG = 0x7fff_ffff;

export class ForwardedFiles implements CoreFiles {
  readonly #files: SqlFiles;
  readonly #memory: () => Memory;
  /** Why the last call failed, in the storage's own words. */
  #failure: unknown;

  constructor(files: SqlFiles, memory: () => Memory) {
    this.#files = files;
    this.#memory = memory;
  }

  /** The failure behind a statement's, once. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #try(work: () => number | void): number {
    try {
      return work() ?? 0;
    } catch (error) {
      this.#failure = error;
      return -((error instanceof ServiceError ? CODES[error.code] : undefined) ?? SQLITE.IOERR);
    }
  }

  #view(address: number, length: number): Uint8Array {
    const memory = this.#memory();
    memory.refresh();
    return memory.u8.subarray(address >>> 0, (address >>> 0) + length);
  }

  open(name: string, create: boolean): number {
    return this.#try(() => {
      const handle = this.#files.open(name, create && !this.#files.readonly);
      if (handle >= 0) return handle;
      // A database in WAL mode that was closed cleanly has no log, and to read it SQLite needs one: an empty one that nobody made.
      return this.#files.readonly && name === 'db-wal' && create ? NO_LOG : -SQLITE.CANTOPEN;
    });
  }

  read(handle: number, address: number, length: number, at: number): number {
    return handle === NO_LOG ? 0 : this.#try(() => this.#files.read(handle, this.#view(address, length), at));
  }

  write(handle: number, address: number, length: number, at: number): number {
    return this.#try(() => this.#files.write(handle, this.#view(address, length), at));
  }

  truncate(handle: number, size: number): number { return this.#try(() => this.#files.truncate(handle, size)); }
  sync(handle: number): number { return this.#try(() => this.#files.sync(handle)); }
  size(handle: number): number { return handle === NO_LOG ? 0 : this.#try(() => this.#files.size(handle)); }
  close(handle: number): void { if (handle !== NO_LOG) this.#try(() => this.#files.close(handle)); }
  delete(name: string): number { return this.#try(() => this.#files.delete(name)); }
  exists(name: string): number { return this.#try(() => (this.#files.exists(name) ? 1 : 0)); }
}
