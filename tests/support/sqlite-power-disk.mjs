/**
 * A disk in memory under the package's own SqlFiles, that knows what was synced and can lose power at any operation. What was written since the
 * last sync of a file is then there or not, sector by sector of 512 bytes, in any order; sectors are never torn (SQLite asks no less of a disk).
 */
const SECTOR = 512;

export class PowerLost extends Error {
  name = 'PowerLost';
}

class DiskFile {
  bytes = new Uint8Array(0);
  size = 0;
  /** What certainly survives; undefined: not even the name. */
  durable;
  /** sector -> its contents, one per change since the last sync. */
  changed = new Map();
  sizes = [];

  #reserve(size) {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(Math.ceil(size / SECTOR) * SECTOR, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
  }

  #record(from, to) {
    for (let sector = Math.floor(from / SECTOR); sector * SECTOR < to; sector++) {
      const copy = this.bytes.slice(sector * SECTOR, (sector + 1) * SECTOR);
      const versions = this.changed.get(sector);
      if (versions) versions.push(copy); else this.changed.set(sector, [copy]);
    }
    this.sizes.push(this.size);
  }

  write(from, at) {
    this.#reserve(at + from.length);
    this.bytes.set(from, at);
    const gap = Math.min(this.size, at);
    this.size = Math.max(this.size, at + from.length);
    this.#record(gap, at + from.length);
  }

  truncate(size) {
    this.#reserve(size);
    const old = this.size;
    this.size = size;
    this.bytes.fill(0, size, Math.max(old, size));
    this.#record(Math.min(old, size), Math.max(old, size));
  }

  sync() {
    this.durable = this.bytes.slice(0, this.size);
    this.changed.clear();
    this.sizes = [];
  }

  /** One of the contents that the medium may have after the cut, or undefined: no such file. */
  survivor(random) {
    const kind = random();
    if (kind < 0.2) return this.durable;
    if (kind < 0.4) return this.bytes.slice(0, this.size);
    if (this.durable === undefined && random() < 0.3) return undefined;
    const sizes = [this.durable?.length ?? 0, ...this.sizes];
    const size = sizes[Math.floor(random() * sizes.length)];
    const out = new Uint8Array(Math.max(...sizes, this.size) + SECTOR);
    out.set(this.durable ?? []);
    for (const [sector, versions] of this.changed) {
      const pick = Math.floor(random() * (versions.length + 1));
      if (pick > 0) out.set(versions[pick - 1], sector * SECTOR);
    }
    return out.slice(0, size);
  }
}

/** Survives its openers, as a disk survives processes. */
export class PowerDisk {
  files = new Map();
  operations = 0;
  /** The operation with this number is cut short. */
  cutAt = Infinity;
  /** false: a disk that lies about syncs, for the control run. */
  honest = true;
  lost = false;

  step(effect) {
    if (this.lost) throw new PowerLost('there is no power');
    if (++this.operations < this.cutAt) { effect(true); return; }
    this.lost = true;
    effect(false);
    throw new PowerLost(`power lost at operation ${this.operations}`);
  }

  /** Power comes back; `random` says what the medium kept. */
  losePower(random) {
    for (const [name, file] of this.files) this.#restore(name, file.survivor(random));
    this.#restart();
  }

  /** A killed process: the operating system has every write. */
  killProcess() {
    for (const [name, file] of this.files) this.#restore(name, file.bytes.slice(0, file.size));
    this.#restart();
  }

  #restore(name, bytes) {
    if (bytes === undefined) { this.files.delete(name); return; }
    const file = new DiskFile();
    file.bytes = bytes.slice();
    file.size = bytes.length;
    file.durable = bytes;
    this.files.set(name, file);
  }

  #restart() {
    this.operations = 0;
    this.cutAt = Infinity;
    this.lost = false;
  }
}

/** The disk as one database's folder (RawFolder of host/storage/sql-buffered.ts). */
export class PowerFolder {
  label = 'memory disk';
  readonly;
  #disk;
  #ServiceError;

  constructor(disk, ServiceError, readonly = false) {
    this.#disk = disk;
    this.#ServiceError = ServiceError;
    this.readonly = readonly;
  }

  open(name, create) {
    const disk = this.#disk;
    let file = disk.files.get(name);
    if (!file) {
      if (!create) return undefined;
      disk.step(() => disk.files.set(name, (file = new DiskFile())));
    }
    return {
      size: () => file.size,
      read(into, at) {
        if (disk.lost) throw new PowerLost('there is no power');
        const count = Math.max(0, Math.min(into.length, file.size - at));
        into.set(file.bytes.subarray(at, at + count));
        return count;
      },
      write: (from, at) => disk.step(() => file.write(from, at)),
      truncate: (size) => disk.step(() => file.truncate(size)),
      sync: () => disk.step((whole) => { if (whole && disk.honest) file.sync(); }),
      close() {},
    };
  }

  delete(name) {
    // Half of the cuts here come after it was done.
    this.#disk.step((whole) => { if (whole || this.#disk.operations % 2 === 0) this.#disk.files.delete(name); });
  }

  exists(name) { return this.#disk.files.has(name); }
  failure(error) { return error instanceof this.#ServiceError ? error : new this.#ServiceError('STORAGE_IO', `${this.label}: ${error.message}`, { cause: error }); }
  close() {}
}
