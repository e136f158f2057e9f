/** Where the service meets storage/: what it asks for, and what it gets. */
import { unsupported } from './errors.js';
import type { SqlFiles } from './storage/files.js';
import type { SQLiteConfig } from './types.js';

export interface StorageRequest extends Pick<SQLiteConfig, 'storage' | 'name' | 'readonly' | 'enableWAL' | 'synchronous'> {
  /** Another tab asks for the database: end what is in hand, close the engine, `suspend()`. */
  onWanted?: () => void;
}

export interface OpenedStorage {
  readonly kind: 'memory' | 'file' | 'opfs' | 'indexeddb';
  readonly label: string;
  /** For the engine's VFS; another object after each `resume`. */
  readonly files: SqlFiles | undefined;
  /** Loaded into the engine's memory; the blocks that a transaction changed are committed before it is acknowledged. */
  readonly blocks: unknown;
  readonly journalMode: 'wal' | 'delete';
  readonly synchronous: 'off' | 'normal' | 'full';
  readonly suspended: boolean;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/** @throws ServiceError UNSUPPORTED: never memory in silence. */
export async function openStorage({ storage = 'memory', synchronous = 'full' }: StorageRequest): Promise<OpenedStorage> {
  if (storage !== 'memory') throw unsupported(`storage ${typeof storage === 'string' ? `'${storage}'` : '{ file }'} is not in this release with the WebAssembly engine: take storage: 'memory' with serialize() and deserialize(), or implementation: 'js' for a file on Node and Bun`);
  return { kind: 'memory', label: 'memory', files: undefined, blocks: undefined, journalMode: 'delete', synchronous, suspended: false, suspend: nothing, resume: nothing, close: nothing };
}
