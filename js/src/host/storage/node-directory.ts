/** A collection in a folder of the file system, for Node, Bun and Deno: plain files, fsync, and a lock file. */
import type { FileHandle } from 'node:fs/promises';
import { ServiceError } from '../../errors.js';
import type { StorageBackend } from './backend.js';
import { lockDirectory, type DirectoryLock } from './directory-lock.js';
import { fromNodeError } from './errors.js';

/** One read call takes at most 2 GiB. */
const READ_BYTES = 64 << 20;
const LOCK = 'lock';
const TEMPORARY = '.new';

export class NodeDirectoryBackend implements StorageBackend {
  readonly kind = 'directory';
  readonly label: string;
  readonly #path: string;
  #lock: DirectoryLock | undefined;
  readonly #handles = new Map<string, { handle: FileHandle; size: number }>();
  /** Files whose directory entry is not synced yet. */
  readonly #fresh = new Set<string>();

  /** `path` is the collection's own folder; it and its parents are made when it is opened. */
  constructor(path: string) {
    this.#path = path;
    this.label = `directory ${path}`;
  }

  get #fs() { return globalThis.process.getBuiltinModule('node:fs/promises')!; }
  #file(name: string): string { return `${this.#path}/${name}`; }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#lock) throw new ServiceError('DISPOSED', `${this.label} is closed: open the collection again`);
    if (!this.#lock.held()) throw new ServiceError('BUSY', `${this.label}: the lock file was taken away or replaced, another process may be writing: open the collection again`);
    try {
      return await work();
    } catch (error) {
      throw fromNodeError(error, this.label);
    }
  }

  async open(): Promise<void> {
    try {
      await this.#fs.mkdir(this.#path, { recursive: true });
      this.#lock = await lockDirectory(this.#file(LOCK));
    } catch (error) {
      throw fromNodeError(error, this.label);
    }
  }

  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#guard(async () => {
      let handle: FileHandle;
      try {
        handle = await this.#fs.open(this.#file(name), 'r');
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined;
        throw error;
      }
      try {
        const bytes = allocate((await handle.stat()).size, this.label);
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await handle.read(bytes, at, Math.min(READ_BYTES, bytes.length - at), at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return bytes.subarray(0, at);
      } finally {
        await handle.close();
      }
    });
  }

  /** Handles stay open from the first write to `remove` or `close`. */
  async #writable(name: string): Promise<{ handle: FileHandle; size: number }> {
    let entry = this.#handles.get(name);
    if (!entry) {
      const flags = this.#fsConstants.O_RDWR | this.#fsConstants.O_CREAT;
      const handle = await this.#fs.open(this.#file(name), flags, 0o644);
      const { size } = await handle.stat();
      entry = { handle, size };
      this.#handles.set(name, entry);
      if (size === 0) this.#fresh.add(name);
    }
    return entry;
  }

  get #fsConstants() { return globalThis.process.getBuiltinModule('node:fs')!.constants; }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.#guard(async () => {
      const entry = await this.#writable(name);
      await writeAll(entry.handle, bytes, entry.size);
      entry.size += bytes.length;
    });
  }

  sync(name: string): Promise<void> {
    return this.#guard(async () => {
      const { handle } = await this.#writable(name);
      // fdatasync also writes the size, which is all the metadata that reading back needs.
      await handle.datasync();
      if (this.#fresh.has(name)) {
        await this.#syncDirectory();
        this.#fresh.delete(name);
      }
    });
  }

  truncate(name: string, size: number): Promise<void> {
    return this.#guard(async () => {
      const entry = await this.#writable(name);
      await entry.handle.truncate(size);
      entry.size = size;
    });
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return this.#guard(async () => {
      const temporary = this.#file(name + TEMPORARY);
      const handle = await this.#fs.open(temporary, 'w', 0o644);
      try {
        await writeAll(handle, bytes, 0);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.#fs.rename(temporary, this.#file(name));
      await this.#syncDirectory();
    });
  }

  /** Makes new names durable. Windows can not open a directory and does not need it. */
  async #syncDirectory(): Promise<void> {
    if (globalThis.process.platform === 'win32') return;
    const directory = await this.#fs.open(this.#path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  remove(name: string): Promise<void> {
    return this.#guard(async () => {
      await this.#handles.get(name)?.handle.close();
      this.#handles.delete(name);
      this.#fresh.delete(name);
      await this.#fs.rm(this.#file(name), { force: true });
    });
  }

  list(): Promise<string[]> {
    return this.#guard(async () => {
      const names = await this.#fs.readdir(this.#path);
      return names.filter((name) => name !== LOCK && !name.startsWith(`${LOCK}.`) && !name.endsWith(TEMPORARY));
    });
  }

  async close(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    for (const { handle } of this.#handles.values()) await handle.close().catch(() => undefined);
    this.#handles.clear();
    lock?.release();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

function allocate(size: number, label: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new ServiceError('OUT_OF_MEMORY', `${label}: no room for a file of ${size} bytes: free memory`, { cause });
  }
}
