/** Which place keeps the database that a caller asked for. */
import { ServiceError } from '../../errors.js';
import { host } from '../index.js';
import { collectionFileName } from './collection-name.js';
import { unsupported } from './errors.js';
import { openNodeFiles } from './sql-node-files.js';
import { openIndexedDBBlocks, type IndexedDBBlocks } from './sql-indexeddb.js';
import { openOpfsFiles } from './sql-opfs-files.js';
import type { BufferedFiles } from './sql-buffered.js';

export { BLOCK_BYTES, type SqlBlock, type SqlBlocks } from './sql-indexeddb.js';
export type { SqlFiles } from './sql-files.js';

export type SqlPlaceKind = 'opfs' | 'indexeddb' | { file: string };

export interface SqlPlaceRequest {
  storage: SqlPlaceKind;
  /** Which database of an 'opfs' or 'indexeddb' storage. */
  name: string;
  readonly: boolean;
  /** 'relaxed' lets IndexedDB report a commit that only the browser's buffers hold. */
  durability: 'strict' | 'relaxed';
}

/** What was opened: files, or blocks where the host has no synchronous ones. */
export type SqlPlace = { files: BufferedFiles } | { blocks: IndexedDBBlocks };

/**
 * Says how to open the place; nothing is touched before that. Its lock is taken at every call.
 *
 * @throws ServiceError UNSUPPORTED, with the cure, where this host lacks the storage; INVALID_ARGUMENT
 */
export function sqlPlace({ storage, name, readonly, durability }: SqlPlaceRequest): { kind: 'opfs' | 'indexeddb' | 'file'; label: string; open(onWanted: () => void): Promise<SqlPlace> } {
  const onServer = host.runtime === 'node' || host.runtime === 'bun' || host.runtime === 'deno';
  if (storage === 'opfs' || storage === 'indexeddb') {
    if (onServer) throw unsupported(`'${storage}'`, 'it is a browser’s', "Use storage: { file: 'app.db' }");
    if (host.runtime === 'workerd') throw unsupported(`'${storage}'`, 'edge isolates keep no files', "Use storage: 'memory' and keep the bytes of serialize() in the platform's own store");
    const file = collectionFileName(name);
    if (storage === 'opfs') {
      const label = `OPFS database "${name}"`;
      return { kind: storage, label, open: async (onWanted) => ({ files: await openOpfsFiles(['wasm-services', 'sqlite', file], label, readonly, onWanted) }) };
    }
    const label = `IndexedDB database "${name}"`;
    return { kind: storage, label, open: async (onWanted) => ({ blocks: await openIndexedDBBlocks(`wasm-services/sqlite/${file}`, label, { readonly, durability }, onWanted) }) };
  }
  const path = (storage as { file?: unknown } | null)?.file;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new ServiceError('INVALID_ARGUMENT', "storage is 'memory', 'opfs', 'indexeddb' or { file: 'path' }", { service: 'sqlite' });
  }
  if (path === ':memory:' || (path.startsWith('file:') && !path.startsWith('file://'))) {
    throw new ServiceError('INVALID_ARGUMENT', `{ file: '${path}' } is one of SQLite's own names, not a path: use storage: 'memory', or a path, or a file:// URL`, { service: 'sqlite' });
  }
  if (!onServer) throw unsupported('{ file }', 'browsers and edge isolates have no files of the operating system', "Use storage: 'opfs' or 'indexeddb' in a browser, 'memory' with serialize() and deserialize() elsewhere");
  return { kind: 'file', label: `file ${path}`, open: async () => ({ files: await openNodeFiles(path, readonly) }) };
}
