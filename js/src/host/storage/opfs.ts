/**
 * A collection in the browser's origin private file system, by synchronous access handles. Those exist in dedicated workers
 * only; a page reaches them through a worker of this package. Exclusivity is a Web Lock, which the browser frees when its owner dies.
 */
import { ServiceError } from '../../errors.js';
import type { StorageBackend } from './backend.js';
import { fromDOMError } from './errors.js';
import { noLocks, openFolder, openHandle, requireOPFS, writeAll, type SyncAccessHandle } from './opfs-handle.js';
import { encodeSlot, newestSlot, slotOffset } from './slots.js';
import { holdWebLock } from './web-lock.js';

/** Files written by `replace` bear this ending and hold two slots. */
const SLOTS = '.slots';

export class OPFSBackend implements StorageBackend {
  readonly kind = 'opfs';
  readonly label: string;
  readonly #path: string[];
  #directory: FileSystemDirectoryHandle | undefined;
  #unlock: (() => void) | undefined;
  readonly #handles = new Map<string, SyncAccessHandle>();

  /** Folder names below the origin's root, the last one the collection's own. */
  constructor(path: string[], name: string) {
    this.#path = path;
    this.label = `OPFS collection "${name}"`;
  }

  async open(): Promise<void> {
    requireOPFS();
    this.#unlock = await holdWebLock(`wasm-services:opfs:${this.#path.join('/')}`, this.label);
    if (!this.#unlock) throw noLocks();
    try {
      this.#directory = await openFolder(this.#path);
    } catch (error) {
      await this.close();
      throw await fromDOMError(error, this.label);
    }
  }

  async #guard<T>(work: (directory: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
    if (!this.#directory) throw new ServiceError('DISPOSED', `${this.label} is closed: open the collection again`);
    try {
      return await work(this.#directory);
    } catch (error) {
      throw await fromDOMError(error, this.label);
    }
  }

  /** Handles stay open until `remove` or `close`. */
  async #handle(directory: FileSystemDirectoryHandle, name: string, create: boolean): Promise<SyncAccessHandle | undefined> {
    const open = this.#handles.get(name);
    if (open) return open;
    const handle = await openHandle(directory, name, create);
    if (handle) this.#handles.set(name, handle);
    return handle;
  }

  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#guard(async (directory) => {
      const handle = await this.#handle(directory, name, false);
      if (handle) return readAll(handle, this.label);
      const slots = await this.#handle(directory, name + SLOTS, false);
      return slots && newestSlot(readAll(slots, this.label))?.bytes;
    });
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.#guard(async (directory) => {
      const handle = (await this.#handle(directory, name, true))!;
      writeAll(handle, bytes, handle.getSize(), this.label);
    });
  }

  sync(name: string): Promise<void> {
    return this.#guard(async (directory) => { (await this.#handle(directory, name, true))!.flush(); });
  }

  truncate(name: string, size: number): Promise<void> {
    return this.#guard(async (directory) => { (await this.#handle(directory, name, true))!.truncate(size); });
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return this.#guard(async (directory) => {
      const handle = (await this.#handle(directory, name + SLOTS, true))!;
      const turn = (newestSlot(readAll(handle, this.label))?.turn ?? 0) + 1;
      writeAll(handle, encodeSlot({ turn, bytes: bytes.slice() }), slotOffset(turn), this.label);
      handle.flush();
    });
  }

  remove(name: string): Promise<void> {
    return this.#guard(async (directory) => {
      for (const file of [name, name + SLOTS]) {
        this.#handles.get(file)?.close();
        this.#handles.delete(file);
        try {
          await directory.removeEntry(file);
        } catch (error) {
          if ((error as DOMException).name !== 'NotFoundError') throw error;
        }
      }
    });
  }

  list(): Promise<string[]> {
    return this.#guard(async (directory) => {
      const names: string[] = [];
      const keys = (directory as unknown as { keys(): AsyncIterable<string> }).keys();
      for await (const name of keys) names.push(name.endsWith(SLOTS) ? name.slice(0, -SLOTS.length) : name);
      return names;
    });
  }

  async close(): Promise<void> {
    this.#directory = undefined;
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
    this.#unlock?.();
    this.#unlock = undefined;
  }
}

function readAll(handle: SyncAccessHandle, label: string): Uint8Array<ArrayBuffer> {
  const size = handle.getSize();
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(size);
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `${label}: no room for a file of ${size} bytes: free memory`, { cause });
  }
  return bytes.subarray(0, handle.read(bytes, { at: 0 }));
}
