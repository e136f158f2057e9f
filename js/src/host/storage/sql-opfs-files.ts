/**
 * A database in the browser's origin private file system. SQLite opens files inside a statement, where nothing may wait, so the handles of all
 * three are opened beforehand and kept: a file that SQLite deleted is an empty one. The main file is a plain SQLite database.
 *
 * Needs a dedicated worker and Web Locks; no cross-origin isolation. Several tabs pass the database around (hand-over.ts).
 */
import { ServiceError } from '../../errors.js';
import { fromDOMError, fromDOMErrorNow } from './errors.js';
import { takeSharedLock, type SharedLock } from './hand-over.js';
import { noLocks, openFolder, openHandle, requireOPFS, writeAll, type SyncAccessHandle } from './opfs-handle.js';
import { BufferedFiles, type RawFile, type RawFolder } from './sql-buffered.js';

const NAMES = ['db', 'db-journal', 'db-wal'];

class OpfsFile implements RawFile {
  readonly #handle: SyncAccessHandle;
  readonly #label: string;
  /** One object for all calls. */
  readonly #position = { at: 0 };

  constructor(handle: SyncAccessHandle, label: string) {
    this.#handle = handle;
    this.#label = label;
  }

  size(): number { return this.#handle.getSize(); }

  read(into: Uint8Array, at: number): number {
    this.#position.at = at;
    return this.#handle.read(into, this.#position);
  }

  write(from: Uint8Array, at: number): void { writeAll(this.#handle, from, at, this.#label); }
  truncate(size: number): void { this.#handle.truncate(size); }
  sync(): void { this.#handle.flush(); }
  /** The handle stays for the next opening. */
  close(): void {}
}

class OpfsFolder implements RawFolder {
  readonly label: string;
  readonly readonly: boolean;
  readonly #handles: ReadonlyMap<string, SyncAccessHandle>;
  readonly #lock: SharedLock;
  /** Files that SQLite made and has not written to yet. */
  readonly #made = new Set<string>();

  constructor(label: string, readonly: boolean, handles: ReadonlyMap<string, SyncAccessHandle>, lock: SharedLock) {
    this.label = label;
    this.readonly = readonly;
    this.#handles = handles;
    this.#lock = lock;
  }

  open(name: string, create: boolean): RawFile | undefined {
    const handle = this.#handles.get(name);
    if (!handle || (!create && !this.exists(name))) return undefined;
    this.#made.add(name);
    return new OpfsFile(handle, this.label);
  }

  delete(name: string): void {
    this.#made.delete(name);
    const handle = this.#handles.get(name);
    if (!handle || handle.getSize() === 0) return;
    handle.truncate(0);
    handle.flush();
  }

  exists(name: string): boolean {
    return this.#made.has(name) || (this.#handles.get(name)?.getSize() ?? 0) > 0;
  }

  failure(error: unknown): ServiceError { return fromDOMErrorNow(error, this.label); }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#lock.release();
  }
}

/**
 * Takes the database's lock, asking the tab that holds it, and opens its files.
 *
 * @param path folder names below the origin's root, the last one the database's own
 * @param onWanted another tab or worker asks for the database: close it soon
 * @throws ServiceError UNSUPPORTED, BUSY, NOT_FOUND (read-only and not there), QUOTA, STORAGE_IO
 */
export async function openOpfsFiles(path: readonly string[], label: string, readonly: boolean, onWanted: () => void): Promise<BufferedFiles> {
  requireOPFS();
  // Making the folder needs no lock; its failure is told once the lock is there to be given back.
  const folder = openFolder(path);
  folder.catch(() => undefined);
  const lock = await takeSharedLock(`wasm-services:opfs:${path.join('/')}`, label, onWanted);
  if (!lock) throw noLocks();
  const handles = new Map<string, SyncAccessHandle>();
  try {
    const directory = await folder;
    const opened = await Promise.allSettled(NAMES.map(async (name) => {
      const handle = await openHandle(directory, name, !readonly);
      if (handle) handles.set(name, handle);
    }));
    for (const outcome of opened) if (outcome.status === 'rejected') throw outcome.reason;
    if (readonly && !handles.get('db')?.getSize()) throw new ServiceError('NOT_FOUND', `${label} does not exist: open it without \`readonly\` to make it`);
    return new BufferedFiles(new OpfsFolder(label, readonly, handles, lock));
  } catch (error) {
    for (const handle of handles.values()) handle.close();
    lock.release();
    throw await fromDOMError(error, label);
  }
}
