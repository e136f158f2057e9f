/**
 * What a place that keeps bytes owes the layers above it: a handful of named files, an exclusive lock and a true "it is
 * durable now". Implementations: node-directory.ts, opfs.ts, indexeddb.ts. Which one a host offers: index.ts.
 *
 * Every method rejects with a ServiceError: QUOTA (no space), READONLY, BUSY (another opener), STORAGE_IO (the medium
 * failed), UNSUPPORTED (the host lacks it), DISPOSED (closed). Calls are made one after the other by one owner.
 */

/** The storage a caller may ask for; 'memory' never reaches this layer. */
export type StorageKind = 'opfs' | 'indexeddb' | { directory: string };

export interface StorageBackend {
  readonly kind: 'directory' | 'opfs' | 'indexeddb' | 'memory';
  /** For messages: the directory, or 'OPFS collection "x"'. */
  readonly label: string;

  /** Takes the exclusive lock and prepares the place (missing directories are made). BUSY names the holder. */
  open(): Promise<void>;
  /** The whole file, or undefined when there is none. What was appended but not synced may or may not be there. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Adds bytes at the end, making the file if need be. Durable only after `sync`. The bytes may be reused after it resolves. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Everything appended to this file so far, and the file's existence, outlive a power cut once this resolves. */
  sync(name: string): Promise<void>;
  /** Cuts the file to `size` bytes, which is at most its size. Durable after the next `sync`. */
  truncate(name: string, size: number): Promise<void>;
  /** Replaces a small file (up to 4000 bytes) as a whole, durably: after a crash it reads as the old or the new content, never a mixture. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; a missing one is no error. */
  remove(name: string): Promise<void>;
  /** Names of all files. */
  list(): Promise<string[]>;
  /** Lets go of handles and of the lock. Safe to call twice. */
  close(): Promise<void>;
}
