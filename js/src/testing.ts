/**
 * Entry 'wasm-services/testing': faults on purpose, in the artifacts that are shipped, for tests and the dashboard.
 *
 * ```ts
 * import { faults } from 'wasm-services/testing';
 * faults.trapNextCall('vector');
 * await vectors.search(query); // the instance traps, is replaced, and the answer is right
 * ```
 */
import { armFault, killWorkers, type LoadFault, type StorageFault } from './faults.js';
import type { ServiceName } from './types.js';

export const faults: {
  /** The service's next call into WebAssembly traps for real. */
  trapNextCall(service: ServiceName): void;
  /** Ends the service's workers at once, as a crashed tab or devtools would. */
  killWorker(service: ServiceName): void;
  /** The next load of an artifact gets an error status, an HTML page, half of the bytes, or no answer at all. */
  failNextLoad(service: ServiceName, how: LoadFault): void;
  /** `writes` more storage writes succeed; the one after fails: quota reached, an I/O error, or torn (half is written, then the error). */
  failStorageAfter(service: ServiceName, writes: number, how: StorageFault): void;
} = {
  trapNextCall: (service) => armFault(service, { kind: 'trap' }),
  killWorker: (service) => { killWorkers(service); },
  failNextLoad: (service, how) => armFault(service, { kind: 'load', how }),
  failStorageAfter: (service, writes, how) => armFault(service, { kind: 'storage', writes, how }),
};
