/**
 * A database as a plain file for Node, Bun and Deno, in the format and with the names of the `sqlite3` program: PATH, PATH-journal, PATH-wal.
 * PATH-lock keeps our own processes and threads apart; other programs are not kept out (these hosts have no byte-range locks).
 */
import { ServiceError } from '../../errors.js';
import { lockDirectory, type DirectoryLock } from './directory-lock.js';
import { fromNodeError } from './errors.js';
import { BufferedFiles, type RawFile, type RawFolder } from './sql-buffered.js';

/** How long the lock file is believed without another look. */
const TRUST_MS = 250;

const fs = () => globalThis.process.getBuiltinModule('node:fs')!;
const paths = () => globalThis.process.getBuiltinModule('node:path')!;

class NodeFile implements RawFile {
  readonly #fs = fs();
  readonly #fd: number;
  readonly #readonly: boolean;
  /** Makes the file's name durable with its first sync. */
  #syncName: (() => void) | undefined;

  constructor(fd: number, readonly: boolean, syncName: (() => void) | undefined) {
    this.#fd = fd;
    this.#readonly = readonly;
    this.#syncName = syncName;
  }

  size(): number { return this.#fs.fstatSync(this.#fd).size; }

  read(into: Uint8Array, at: number): number {
    let done = 0;
    while (done < into.length) {
      const count = this.#fs.readSync(this.#fd, into, done, into.length - done, at + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(from: Uint8Array, at: number): void {
    for (let done = 0; done < from.length;) done += this.#fs.writeSync(this.#fd, from, done, from.length - done, at + done);
  }

  truncate(size: number): void { this.#fs.ftruncateSync(this.#fd, size); }

  sync(): void {
    if (this.#readonly) return;
    // fdatasync also writes the size, which is all the metadata that reading back needs.
    this.#fs.fdatasyncSync(this.#fd);
    this.#syncName?.();
    this.#syncName = undefined;
  }

  close(): void { this.#fs.closeSync(this.#fd); }
}

class NodeFolder implements RawFolder {
  readonly label: string;
  readonly readonly: boolean;
  readonly #path: string;
  /** Undefined: read-only where no lock file can be made. */
  readonly #lock: DirectoryLock | undefined;
  #trusted = 0;

  constructor(path: string, label: string, readonly: boolean, lock: DirectoryLock | undefined) {
    this.#path = path;
    this.label = label;
    this.readonly = readonly;
    this.#lock = lock;
    this.#trusted = performance.now();
  }

  #file(name: string): string { return this.#path + name.slice('db'.length); }

  open(name: string, create: boolean): RawFile | undefined {
    const path = this.#file(name);
    const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs().constants;
    try {
      return new NodeFile(fs().openSync(path, this.readonly ? O_RDONLY : O_RDWR), this.readonly, undefined);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      if (!create) return undefined;
    }
    return new NodeFile(fs().openSync(path, O_RDWR | O_CREAT | O_EXCL, this.#mode()), false, () => this.#syncFolder());
  }

  /** Journals get the permissions of the database, as SQLite gives them. */
  #mode(): number {
    return (fs().statSync(this.#path, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777;
  }

  delete(name: string): void {
    try {
      fs().unlinkSync(this.#file(name));
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return;
      throw error;
    }
    this.#syncFolder();
  }

  exists(name: string): boolean { return fs().existsSync(this.#file(name)); }

  /** Windows can not open a directory and does not need it. */
  #syncFolder(): void {
    if (globalThis.process.platform === 'win32') return;
    const folder = fs().openSync(paths().dirname(this.#path), 'r');
    try {
      fs().fsyncSync(folder);
    } finally {
      fs().closeSync(folder);
    }
  }

  check(): void {
    const now = performance.now();
    if (!this.#lock || now - this.#trusted < TRUST_MS) return;
    if (!this.#lock.held()) throw new ServiceError('BUSY', `${this.label}: the lock file was taken away or replaced, another process may be writing: open the database again`);
    // A long statement keeps timers waiting.
    this.#lock.beat();
    this.#trusted = now;
  }

  failure(error: unknown): ServiceError { return fromNodeError(error, this.label); }

  close(): void { this.#lock?.release(); }
}

/** One path for one file, however it is named: the lock must be found by every opener. */
function canonical(path: string): string {
  try {
    return fs().realpathSync(path);
  } catch {
    return paths().join(fs().realpathSync(paths().dirname(path)), paths().basename(path));
  }
}

/** A path, or a `file:` URL. */
function pathOf(file: string): string {
  return paths().resolve(file.startsWith('file://') ? globalThis.process.getBuiltinModule('node:url')!.fileURLToPath(file) : file);
}

/**
 * Opens (and, unless `readonly`, makes with its folders) the database file and takes its lock.
 *
 * @throws ServiceError BUSY (open in another process or thread of ours), NOT_FOUND (read-only and not there), READONLY, INVALID_ARGUMENT, STORAGE_IO
 */
export async function openNodeFiles(file: string, readonly: boolean): Promise<BufferedFiles> {
  const label = `file ${file}`;
  let lock: DirectoryLock | undefined;
  try {
    const asked = pathOf(file);
    if (!readonly) fs().mkdirSync(paths().dirname(asked), { recursive: true });
    const found = fs().statSync(asked, { throwIfNoEntry: false });
    if (found && !found.isFile()) throw new ServiceError('INVALID_ARGUMENT', `${label} is not a file: choose another path`);
    if (!found && readonly) throw new ServiceError('NOT_FOUND', `${label} does not exist: open it without \`readonly\` to make it`);
    const path = canonical(asked);
    lock = await takeLock(path, label, readonly);
    // Refused here, not in the first statement, where there are no permissions.
    fs().accessSync(found ? path : paths().dirname(path), fs().constants.R_OK | (readonly ? 0 : fs().constants.W_OK));
    return new BufferedFiles(new NodeFolder(path, label, readonly, lock));
  } catch (error) {
    lock?.release();
    throw fromNodeError(error, label);
  }
}

async function takeLock(path: string, label: string, readonly: boolean): Promise<DirectoryLock | undefined> {
  try {
    return await lockDirectory(`${path}-lock`, label);
  } catch (error) {
    // A reader of a place where it may not write: nobody with the same rights writes there.
    if (readonly && !(error instanceof ServiceError) && ['EROFS', 'EACCES', 'EPERM'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}
