/** Where the panel's database lives: in memory, or kept by the browser in OPFS, else in IndexedDB. */
import { endManager, startManager } from '../managers.js';

const NAME = 'dashboard', REMEMBER = 'wasm-services-sql-storage';
const WORDS = { memory: 'In memory: a reload starts over', opfs: "Kept in this browser's private file system (OPFS)", indexeddb: 'Kept in IndexedDB' };

async function open(storage) {
  const manager = await startManager('sql', storage === 'memory' ? {} : { sqlite: { storage, name: NAME } });
  const close = () => endManager(manager).catch(() => {});
  try {
    const db = manager.getSQLiteUtils();
    await db.ready();
    return { db, storage, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The kept database's storage, when the last visit kept one. */
export const remembered = () => {
  const storage = localStorage.getItem(REMEMBER);
  return storage === 'opfs' || storage === 'indexeddb' ? storage : undefined;
};

export const remember = (storage) => (storage === 'memory' ? localStorage.removeItem(REMEMBER) : localStorage.setItem(REMEMBER, storage));

export const openMemory = () => open('memory');

/** OPFS where it works. Only a browser that lacks it falls to IndexedDB: another tab that holds the database is an error to show. */
export async function openDurable(storage = remembered()) {
  if (storage) return open(storage);
  try {
    return await open('opfs');
  } catch (error) {
    if (error.code !== 'UNSUPPORTED') throw error;
    return { ...await open('indexeddb'), why: error.message };
  }
}

export function storageText({ db, storage, why }) {
  const { journalMode } = db.info;
  return `${WORDS[storage]}${why ? ` (not in OPFS: ${why})` : ''}${journalMode ? ` · journal mode ${journalMode}` : ''}`;
}

export function engineText(info) {
  return `Answers: ${info.engine ?? 'SQLite'} ${info.version ?? ''} · ${info.variant}, ${info.host === 'worker' ? 'in a worker' : 'in this page'}`;
}
