/** Which backend keeps what a caller asked for. Nothing is touched until the backend is opened. */
import { ServiceError } from '../../errors.js';
import type { ServiceName } from '../../types.js';
import { host } from '../index.js';
import type { StorageBackend, StorageKind } from './backend.js';
import { collectionFileName } from './collection-name.js';
import { unsupported } from './errors.js';
import { FaultBackend } from './fault-backend.js';
import { IndexedDBBackend } from './indexeddb.js';
import { NodeDirectoryBackend } from './node-directory.js';
import { OPFSBackend } from './opfs.js';

export type { StorageBackend, StorageKind } from './backend.js';
export { watchPageLifecycle } from './page-lifecycle.js';

export interface StorageRequest {
  storage: StorageKind;
  /** Which collection: any non-empty string. Each gets a folder or database of its own. */
  name: string;
  /** Keeps the collections of different services apart. */
  service: ServiceName;
}

/**
 * The backend for a request; its `open` takes the lock.
 *
 * @throws ServiceError UNSUPPORTED, with the cure, where this host lacks the storage: it is never memory in silence.
 * @example storageBackend({ storage: { directory: './data' }, name: 'notes', service: 'vector' })
 */
export function storageBackend({ storage, name, service }: StorageRequest): StorageBackend {
  const file = collectionFileName(name);
  return new FaultBackend(choose(storage, name, file, service), service);
}

function choose(storage: StorageKind, name: string, file: string, service: ServiceName): StorageBackend {
  const onServer = host.runtime === 'node' || host.runtime === 'bun' || host.runtime === 'deno';
  if (storage === 'opfs' || storage === 'indexeddb') {
    if (onServer) throw unsupported(`'${storage}'`, 'it is a browser’s', 'Use storage: { directory }');
    if (host.runtime === 'workerd') throw unsupported(`'${storage}'`, 'edge isolates keep no files', "Use storage: 'memory' and keep the bytes of save() in the platform's own store");
    return storage === 'opfs' ? new OPFSBackend(['wasm-services', service, file], name) : new IndexedDBBackend(`wasm-services/${service}/${file}`, name);
  }
  if (typeof storage?.directory !== 'string' || storage.directory === '') {
    throw new ServiceError('INVALID_ARGUMENT', "storage is 'memory', 'opfs', 'indexeddb' or { directory: 'path' }", { service });
  }
  if (!onServer) throw unsupported('{ directory }', 'browsers and edge isolates have no directories', "Use storage: 'opfs' or 'indexeddb' in a browser, 'memory' with save() elsewhere");
  return new NodeDirectoryBackend(`${storage.directory.replace(/[\\/]+$/, '') || '/'}/${file}`);
}
