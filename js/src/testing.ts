/**
 * Entry 'wasm-services/testing': faults on purpose, in the artifacts that are shipped, for tests and the dashboard.
 *
 * ```ts
 * import { faults } from 'wasm-services/testing';
 * faults.trapNextCall('vector');
 * await vectors.search(query); // the instance traps, is replaced, and the answer is right
 * ```
 */
import { ServiceError } from './errors.js';
import { armFault, killWorkers, patchOf, setPatch, type LoadFault, type StorageFault, type ThreadFault, type TrapFault } from './faults.js';
import { withTrapdoor } from './testing/trapdoor.js';
import type { ServiceName } from './types.js';

export type { LoadFault, StorageFault, ThreadFault, TrapFault } from './faults.js';

export const faults: {
  /**
   * The service's next call into WebAssembly traps for real: out of bounds ('bounds', default) in the artifact as it is shipped; by
   * 'unreachable' (what a panic and a failed allocation end in), a division by zero ('divide'), a read beyond the memory ('memory') or a
   * stack that overflows ('stack') in a copy of it, which `patch` must have asked for before the service was loaded.
   * @throws ServiceError INVALID_ARGUMENT where it was not
   */
  trapNextCall(service: ServiceName, how?: TrapFault): void;
  /**
   * From now on the service's files are loaded as patched copies: the same bytes, and a trapdoor at the beginning of every exported
   * function. Undo it with the function that it returns.
   */
  patch(service: ServiceName): () => void;
  /** The next pool of helper threads: none of them ever says that it runs ('silent'), or each traps for real once it does ('trap'). */
  failNextThreads(service: ServiceName, how: ThreadFault): void;
  /** Ends the service's workers at once, as a crashed tab or devtools would. */
  killWorker(service: ServiceName): void;
  /** The next load of an artifact gets an error status, an HTML page, half of the bytes, or no answer at all. */
  failNextLoad(service: ServiceName, how: LoadFault): void;
  /** `writes` more storage writes succeed; the one after fails: quota reached, an I/O error, or torn (half is written, then the error). */
  failStorageAfter(service: ServiceName, writes: number, how: StorageFault): void;
} = {
  trapNextCall: (service, how = 'bounds') => {
    if (how !== 'bounds' && !patchOf(service)) throw new ServiceError('INVALID_ARGUMENT', `a trap by '${how}' needs a patched copy: call faults.patch('${service}') before the service is loaded`, { service });
    armFault(service, { kind: 'trap', how });
  },
  patch: (service) => {
    setPatch(service, withTrapdoor);
    return () => { setPatch(service, undefined); };
  },
  failNextThreads: (service, how) => armFault(service, { kind: 'thread', how }),
  killWorker: (service) => { killWorkers(service); },
  failNextLoad: (service, how) => armFault(service, { kind: 'load', how }),
  failStorageAfter: (service, writes, how) => armFault(service, { kind: 'storage', writes, how }),
};
