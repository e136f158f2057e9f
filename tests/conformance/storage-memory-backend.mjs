// The reference StorageBackend: a disk in memory that knows what was synced and what was not, and can lose power at any operation.

const EMPTY = new Uint8Array(0);

/** Survives its backends, as a disk survives processes. */
export class MemoryDisk {
  /** name -> { durable: bytes or undefined, current: bytes or undefined } */
  files = new Map();
  holder = undefined;

  file(name) {
    let file = this.files.get(name);
    if (!file) this.files.set(name, (file = { durable: undefined, current: undefined }));
    return file;
  }

  /**
   * Power is lost: of everything not synced, any part may be there. `random` decides, file by file: nothing of it, all of it, a torn
   * prefix, or the full length with some 512-byte sectors still zero (a file system that wrote the size first).
   */
  losePower(random) {
    this.holder = undefined;
    for (const file of this.files.values()) {
      const { durable, current } = file;
      file.current = file.durable = survivor(durable, current, random);
    }
  }

  /** The process is killed: the operating system still has everything that was written, and may still lose it with the power. */
  killProcess() {
    this.holder = undefined;
  }
}

function survivor(durable, current, random) {
  if (durable === current) return current;
  const kind = Math.floor(random() * 4);
  if (kind === 0 || current === undefined) return random() < 0.5 ? durable : current;
  if (kind === 1) return current;
  const kept = durable ? Math.min(durable.length, current.length) : 0;
  if (kind === 2) return current.slice(0, kept + Math.floor(random() * (current.length - kept + 1)));
  const torn = current.slice();
  for (let sector = Math.floor(kept / 512) * 512; sector < torn.length; sector += 512) {
    if (random() < 0.5) torn.fill(0, Math.max(sector, kept), sector + 512);
  }
  return torn;
}

class StorageFailure extends Error {
  name = 'ServiceError';
  constructor(code, message) { super(message); this.code = code; }
}

export class MemoryBackend {
  kind = 'memory';
  label = 'memory disk';
  #disk;
  #open = false;
  #operations = 0;
  #plan;

  /**
   * `plan(operation, name)` may return 'crash-before', 'crash-after' (no later operation happens), 'quota' or 'io' (this one fails;
   * half of an append is written first), 'io-after' (it fails having done all it should), or undefined.
   */
  constructor(disk, plan = () => undefined) {
    this.#disk = disk;
    this.#plan = plan;
  }

  #crashed = false;

  #step(operation, name, effect) {
    if (!this.#open) throw new StorageFailure('DISPOSED', 'closed');
    if (this.#crashed) return new Promise(() => {});
    const what = this.#plan(++this.#operations, operation, name);
    if (what === 'crash-before' || what === 'crash-after') {
      if (what === 'crash-after') effect(1);
      this.#crashed = true;
      this.onCrash?.();
      return new Promise(() => {});
    }
    if (what) {
      effect(what === 'io-after' ? 1 : 0.5);
      throw new StorageFailure(what === 'quota' ? 'QUOTA' : 'STORAGE_IO', `planned ${what} at ${operation} ${name}`);
    }
    return effect(1);
  }

  async open() {
    if (this.#disk.holder) throw new StorageFailure('BUSY', 'the memory disk is open elsewhere: close it there');
    this.#disk.holder = this;
    this.#open = true;
  }

  async read(name) {
    if (!this.#open) throw new StorageFailure('DISPOSED', 'closed');
    return this.#disk.files.get(name)?.current?.slice();
  }

  async append(name, bytes) {
    const copy = bytes.slice();
    return this.#step('append', name, (share) => {
      const file = this.#disk.file(name);
      const old = file.current ?? EMPTY;
      const part = copy.subarray(0, Math.floor(copy.length * share));
      const joined = new Uint8Array(old.length + part.length);
      joined.set(old);
      joined.set(part, old.length);
      file.current = joined;
    });
  }

  async sync(name) {
    return this.#step('sync', name, (share) => {
      const file = this.#disk.file(name);
      if (share === 1) file.durable = file.current;
    });
  }

  async truncate(name, size) {
    return this.#step('truncate', name, (share) => {
      const file = this.#disk.file(name);
      if (share === 1) file.current = (file.current ?? EMPTY).slice(0, size);
    });
  }

  async replace(name, bytes) {
    const copy = bytes.slice();
    return this.#step('replace', name, (share) => {
      const file = this.#disk.file(name);
      if (share === 1) file.durable = file.current = copy;
    });
  }

  async remove(name) {
    return this.#step('remove', name, (share) => {
      if (share === 1) this.#disk.file(name).current = undefined;
    });
  }

  async list() {
    return [...this.#disk.files].filter(([, file]) => file.current !== undefined).map(([name]) => name);
  }

  async close() {
    if (this.#disk.holder === this) this.#disk.holder = undefined;
    this.#open = false;
  }
}
