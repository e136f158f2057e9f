/** Exclusivity among the tabs and workers of an origin. */
import { ServiceError } from '../../errors.js';

/** How long a lock is waited for: a page that is being reloaded lets go within this time. */
const PATIENCE_MS = 2000;

/**
 * Takes a Web Lock and keeps it until the returned function is called or this context dies. Undefined where the browser has
 * no Web Locks (plain http). BUSY, with the holder's client id, when another context keeps it.
 */
export async function holdWebLock(name: string, label: string): Promise<(() => void) | undefined> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await requestWebLock(name, label, patience.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The same with the caller's own patience. */
export async function requestWebLock(name: string, label: string, patience: AbortSignal): Promise<(() => void) | undefined> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return undefined;
  try {
    return await new Promise<() => void>((granted, refused) => {
      const held = () => new Promise<void>((release) => { granted(release); });
      locks.request(name, { signal: patience }, held).catch(refused);
    });
  } catch (error) {
    if ((error as DOMException).name !== 'AbortError') throw error;
    const holder = (await locks.query()).held?.find((lock) => lock.name === name)?.clientId;
    throw new ServiceError('BUSY', `${label} is open in another tab or worker${holder ? ` (client ${holder})` : ''}: close it there or use another name`, { cause: error, detail: { holder } });
  }
}
