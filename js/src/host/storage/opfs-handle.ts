/** Synchronous access handles of the origin private file system, and the ways they fail. */
import { ServiceError } from '../../errors.js';
import { unsupported } from './errors.js';
import { retry } from './retry.js';

/** Of the File System standard; TypeScript's DOM library leaves it to the worker library. */
export interface SyncAccessHandle {
  read(buffer: Uint8Array, options?: { at: number }): number;
  write(buffer: Uint8Array, options?: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}
export type SyncFileHandle = FileSystemFileHandle & { createSyncAccessHandle?: () => Promise<SyncAccessHandle> };

/** @throws ServiceError UNSUPPORTED, with the cure, where synchronous handles are not to be had. */
export function requireOPFS(): void {
  if (!(globalThis.navigator as Navigator | undefined)?.storage?.getDirectory) throw unsupported("'opfs'", 'this host has no origin private file system (it needs https or localhost)', "Use storage: 'indexeddb', or files on a server");
  const prototype = (globalThis as { FileSystemFileHandle?: { prototype: SyncFileHandle } }).FileSystemFileHandle?.prototype;
  if (prototype?.createSyncAccessHandle) return;
  throw typeof document === 'undefined' ? unsupported("'opfs'", 'this browser has no synchronous file access in workers', "Use storage: 'indexeddb'")
    : unsupported("'opfs'", 'its synchronous files exist in dedicated workers only', "Use host: 'worker', the default on pages, or storage: 'indexeddb'");
}

export const noLocks = (): ServiceError => unsupported("'opfs'", 'this browser has no Web Locks, which keep two tabs apart', "Use storage: 'indexeddb'");

/** The folder below the origin's root, made where it is missing. */
export async function openFolder(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const part of path) directory = await directory.getDirectoryHandle(part, { create: true });
  return directory;
}

/** Undefined when the file is missing and not to be made. A dead worker's handles are given back late, hence the retries. */
export async function openHandle(directory: FileSystemDirectoryHandle, name: string, create: boolean): Promise<SyncAccessHandle | undefined> {
  let file: SyncFileHandle;
  try {
    file = await directory.getFileHandle(name, { create });
  } catch (error) {
    if (!create && (error as DOMException).name === 'NotFoundError') return undefined;
    throw error;
  }
  return retry(() => file.createSyncAccessHandle!(), (error) => (error as DOMException).name === 'NoModificationAllowedError');
}

/** A write that takes fewer bytes than it was given has met the quota; some browsers throw instead. */
export function writeAll(handle: SyncAccessHandle, bytes: Uint8Array, at: number, label: string): void {
  const written = handle.write(bytes, { at });
  if (written < bytes.length) throw new ServiceError('QUOTA', `${label}: only ${written} of ${bytes.length} bytes were written: remove data, or ask for more with navigator.storage.persist()`);
}
