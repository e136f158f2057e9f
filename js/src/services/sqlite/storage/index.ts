/** Opens the storage that a configuration names, lets it go while another tab needs it, and says what it can promise. */
import { ServiceError } from '../../../errors.js';
import { sqlPlace, type SqlBlocks, type SqlPlace } from '../../../host/storage/sql.js';
import type { SQLiteConfig } from '../types.js';
import type { SqlFiles } from './files.js';

export { BLOCK_BYTES, type SqlBlock, type SqlBlocks } from '../../../host/storage/sql.js';
export type { SqlFiles } from './files.js';

export interface StorageRequest extends Pick<SQLiteConfig, 'storage' | 'name' | 'readonly' | 'enableWAL' | 'synchronous'> {
  /**
   * Another tab or worker asks for the database: finish what is in hand (a transaction to its end), close the engine and `suspend()`. Called once per
   * `open` or `resume`, from a timer, never inside a call. Not called for files: their second opener is BUSY.
   */
  onWanted?: () => void;
}

export interface OpenedStorage {
  readonly kind: 'memory' | 'file' | 'opfs' | 'indexeddb';
  /** For messages: 'file notes.db', 'OPFS database "notes"', 'memory'. */
  readonly label: string;
  /** Of 'file' and 'opfs', for the engine's VFS; another object after each `resume`. DISPOSED while suspended. */
  readonly files: SqlFiles | undefined;
  /** Of 'indexeddb': load it into the engine's memory, then commit the blocks that every transaction changed before it is acknowledged. */
  readonly blocks: SqlBlocks | undefined;
  /** For PRAGMA journal_mode; in memory and IndexedDB the journal serves rollback and traps and is never stored. */
  readonly journalMode: 'wal' | 'delete';
  /** For PRAGMA synchronous. Without meaning in memory. */
  readonly synchronous: 'off' | 'normal' | 'full';
  readonly suspended: boolean;
  /** Lets files and lock go, for another tab or because the page goes to sleep. Close the engine before. Without effect when suspended or closed. */
  suspend(): Promise<void>;
  /** Gets them back, asking whoever has them: BUSY when it does not let go. Open the engine anew after it: the content may have changed. */
  resume(): Promise<void>;
  /** Final. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens a storage and takes its lock.
 *
 * ```ts
 * const storage = await openSqlStorage({ storage: { file: 'app.db' } });
 * const engine = createWasmEngine(glue, { files: storage.files });
 * ```
 * @throws ServiceError UNSUPPORTED (not on this host; the message names one that is), BUSY, NOT_FOUND (read-only and not there), READONLY, QUOTA,
 *   INVALID_ARGUMENT, STORAGE_IO
 */
export async function openSqlStorage(request: StorageRequest): Promise<OpenedStorage> {
  const { storage = 'memory', name = 'default', readonly = false, enableWAL = true, synchronous, onWanted } = request;
  if (storage === 'memory') return new MemoryStorage(synchronous);
  const hasFiles = storage !== 'indexeddb';
  const journalMode = hasFiles && enableWAL ? 'wal' : 'delete';
  const resolved = synchronous ?? (journalMode === 'wal' ? 'normal' : 'full');
  const { kind, label, open } = sqlPlace({ storage, name, readonly, durability: resolved === 'full' ? 'strict' : 'relaxed' });
  const opened = new PlacedStorage(kind, label, journalMode, resolved, () => open(() => onWanted?.()));
  await opened.resume();
  return opened;
}

class MemoryStorage implements OpenedStorage {
  readonly kind = 'memory';
  readonly label = 'memory';
  readonly files = undefined;
  readonly blocks = undefined;
  readonly journalMode = 'delete';
  readonly synchronous: 'off' | 'normal' | 'full';
  readonly suspended = false;

  constructor(synchronous: 'off' | 'normal' | 'full' = 'full') { this.synchronous = synchronous; }
  async suspend(): Promise<void> {}
  async resume(): Promise<void> {}
  async close(): Promise<void> {}
}

class PlacedStorage implements OpenedStorage {
  readonly kind: 'file' | 'opfs' | 'indexeddb';
  readonly label: string;
  readonly journalMode: 'wal' | 'delete';
  readonly synchronous: 'off' | 'normal' | 'full';
  readonly #open: () => Promise<SqlPlace>;
  #place: SqlPlace | undefined;
  #closed = false;
  /** Openings and closings wait for each other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(kind: 'file' | 'opfs' | 'indexeddb', label: string, journalMode: 'wal' | 'delete', synchronous: 'off' | 'normal' | 'full', open: () => Promise<SqlPlace>) {
    this.kind = kind;
    this.label = label;
    this.journalMode = journalMode;
    this.synchronous = synchronous;
    this.#open = open;
  }

  get suspended(): boolean { return this.#place === undefined; }

  get files(): SqlFiles | undefined {
    const place = this.#here();
    return 'files' in place ? place.files : undefined;
  }

  get blocks(): SqlBlocks | undefined {
    const place = this.#here();
    return 'blocks' in place ? place.blocks : undefined;
  }

  #here(): SqlPlace {
    if (!this.#place) throw this.#gone();
    return this.#place;
  }

  #gone(): ServiceError {
    return new ServiceError('DISPOSED', `${this.label} is ${this.#closed ? 'closed: open it again' : 'lent to another tab: resume() gets it back'}`, { service: 'sqlite' });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#closed) throw this.#gone();
      this.#place ??= await this.#open();
    });
  }

  suspend(): Promise<void> {
    return this.#inTurn(async () => {
      const place = this.#place;
      this.#place = undefined;
      if (!place) return;
      if ('files' in place) place.files.dispose(); else await place.blocks.close();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.suspend();
  }
}
