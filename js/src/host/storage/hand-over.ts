/**
 * A Web Lock that several tabs pass around: who wants it says so on a BroadcastChannel, the holder finishes what it has in hand
 * and lets go. Where the holder does not answer (busy in one long call, or asleep) the lock is BUSY after five seconds.
 */
import { requestWebLock } from './web-lock.js';

/** How often the wish is repeated: the holder may have changed. */
const ASK_MS = 150;
/** Without an answer from the holder. */
const PATIENCE_MS = 5000;
/** With answers, while it finishes. */
const LONGEST_MS = 30_000;
/** A holder keeps the lock this long at least, so that two busy tabs do not spend their time on passing it. */
const TENURE_MS = 50;

type Message = 'want' | 'coming';

export interface SharedLock {
  release(): void;
}

/**
 * Takes the lock, asking its holder for it.
 *
 * @param onWanted called once, when another context has asked for the lock: release it as soon as what is in hand is done
 * @returns undefined where the browser has no Web Locks
 * @throws ServiceError BUSY when the holder does not let go
 */
export async function takeSharedLock(name: string, label: string, onWanted: () => void): Promise<SharedLock | undefined> {
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : undefined;
  const patience = new AbortController();
  let held = false;
  let told = false;
  let since = 0;
  let tenure: ReturnType<typeof setTimeout> | undefined;

  const asked = performance.now();
  const giveUp = (): void => patience.abort();
  let timer = setTimeout(giveUp, PATIENCE_MS);
  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data === 'coming' && !held && performance.now() - asked < LONGEST_MS) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, PATIENCE_MS);
      }
      if (data !== 'want' || !held) return;
      channel.postMessage('coming' satisfies Message);
      if (told) return;
      told = true;
      tenure = setTimeout(onWanted, Math.max(0, since + TENURE_MS - performance.now()));
    };
  }
  const ask = (): void => channel?.postMessage('want' satisfies Message);
  ask();
  const asking = setInterval(ask, ASK_MS);
  try {
    const unlock = await requestWebLock(name, label, patience.signal);
    if (!unlock) {
      channel?.close();
      return undefined;
    }
    held = true;
    since = performance.now();
    return {
      release() {
        held = false;
        clearTimeout(tenure);
        channel?.close();
        unlock();
      },
    };
  } catch (error) {
    channel?.close();
    throw error;
  } finally {
    clearTimeout(timer);
    clearInterval(asking);
  }
}
