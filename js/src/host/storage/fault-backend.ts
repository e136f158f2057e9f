/** Plays the storage faults of 'wasm-services/testing' on a real backend, so that what is tested is what is shipped. */
import { ServiceError } from '../../errors.js';
import { takeStorageFault } from '../../faults.js';
import type { ServiceName } from '../../types.js';
import type { StorageBackend } from './backend.js';

/** Passes everything through; an armed fault makes a write fail: at once, or ('torn') after half of its bytes. */
export class FaultBackend implements StorageBackend {
  readonly #inner: StorageBackend;
  readonly #service: ServiceName;

  constructor(inner: StorageBackend, service: ServiceName) {
    this.#inner = inner;
    this.#service = service;
  }

  get kind() { return this.#inner.kind; }
  get label() { return this.#inner.label; }
  open(): Promise<void> { return this.#inner.open(); }
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> { return this.#inner.read(name); }
  sync(name: string): Promise<void> { return this.#inner.sync(name); }
  truncate(name: string, size: number): Promise<void> { return this.#inner.truncate(name, size); }
  remove(name: string): Promise<void> { return this.#inner.remove(name); }
  list(): Promise<string[]> { return this.#inner.list(); }
  close(): Promise<void> { return this.#inner.close(); }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const fault = takeStorageFault(this.#service);
    if (fault === 'torn') await this.#inner.append(name, bytes.subarray(0, bytes.length >>> 1));
    if (fault) throw this.#error(fault);
    await this.#inner.append(name, bytes);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const fault = takeStorageFault(this.#service);
    if (fault) throw this.#error(fault);
    await this.#inner.replace(name, bytes);
  }

  #error(fault: 'quota' | 'io' | 'torn'): ServiceError {
    return new ServiceError(fault === 'quota' ? 'QUOTA' : 'STORAGE_IO', `${this.label}: a write failed on purpose (${fault}): repeat the call`, { service: this.#service });
  }
}
