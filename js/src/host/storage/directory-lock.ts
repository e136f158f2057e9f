/**
 * An exclusive lock among processes and threads, kept as a file: node:fs has no flock. The file says who holds it; it
 * outlives a killed holder, so whoever finds it must tell a live holder from a dead one:
 *
 * - Linux: process, thread and start time are looked up in /proc (a killed worker of a living process counts as dead, a reused pid does not count as alive).
 * - elsewhere: the process must exist, and while it does the holder renews the file's date twice a second; a date that stands still for four seconds is a dead thread's.
 * - another machine (shared folder): can not be known, so it counts as alive; the message says which file to delete.
 */
import { ServiceError } from '../../errors.js';
import { retry } from './retry.js';

const HEARTBEAT_MS = 500;
const DEAD_AFTER_MS = 8 * HEARTBEAT_MS;

interface Holder {
  token: string;
  pid: number;
  /** Linux: kernel id of the thread, and start times of process and thread in ticks since boot. */
  tid?: number | undefined;
  started?: string | undefined;
  host: string;
  boot?: string | undefined;
  since: string;
}

const fs = () => globalThis.process.getBuiltinModule('node:fs')!;

function readText(path: string): string | undefined {
  try {
    return fs().readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Start time of a living process or thread: field 22 of its stat line, counted behind the name, which may hold spaces. A zombie is dead. */
function startTicks(path: string): string | undefined {
  const stat = readText(`${path}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && /[ZX]/i.test(fields[0]) ? undefined : fields?.[19];
}

function self(): Holder {
  const holder: Holder = {
    token: globalThis.crypto.randomUUID(), pid: globalThis.process.pid,
    host: globalThis.process.getBuiltinModule('node:os')!.hostname(), since: new Date().toISOString(),
  };
  try {
    // The link reads '<pid>/task/<tid>' for the thread that asks; only a synchronous call asks from this thread.
    const tid = Number(/\/task\/(\d+)$/.exec(fs().readlinkSync('/proc/thread-self'))?.[1]);
    const started = startTicks(`/proc/${holder.pid}/task/${tid}`);
    if (started !== undefined) return { ...holder, tid, started, boot: bootId() };
  } catch {
    // No /proc: the heartbeat decides.
  }
  return holder;
}

/** Changes with every boot, and with every container that has processes of its own. */
function bootId(): string {
  return `${readText('/proc/sys/kernel/random/boot_id')?.trim()} ${fs().readlinkSync('/proc/self/ns/pid')}`;
}

function processExists(pid: number): boolean {
  try {
    globalThis.process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

/** 'unknown': only the heartbeat can tell. */
function stateOf(holder: Holder, me: Holder): 'alive' | 'dead' | 'unknown' {
  if (holder.boot !== undefined && me.boot !== undefined) {
    if (holder.boot === me.boot) return startTicks(`/proc/${holder.pid}/task/${holder.tid}`) === holder.started ? 'alive' : 'dead';
    // Same machine name, other boot: it was restarted. Another pid namespace of this boot, or another machine: not visible from here.
    return holder.host === me.host && holder.boot.split(' ')[0] !== me.boot.split(' ')[0] ? 'dead' : 'alive';
  }
  if (holder.host !== me.host) return 'alive';
  return processExists(holder.pid) ? 'unknown' : 'dead';
}

function parse(text: string | undefined): Holder | undefined {
  try {
    const value = JSON.parse(text ?? '') as Holder;
    return typeof value.token === 'string' && typeof value.pid === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Looks twice at the file's date; an unreadable file is one that is being written, or whose writer died at that. */
async function beats(path: string): Promise<boolean> {
  const look = (): number | undefined => { try { return fs().statSync(path).mtimeMs; } catch { return undefined; } };
  const first = look();
  for (let waited = 0; waited < DEAD_AFTER_MS; waited += HEARTBEAT_MS / 2) {
    await sleep(HEARTBEAT_MS / 2);
    if (look() !== first) return true;
  }
  return false;
}

/** A terminated thread of this process may take a moment to end (Bun): worth waiting for, unlike another process. */
function isDying(path: string, me: Holder): boolean {
  const holder = parse(readText(path));
  return holder !== undefined && holder.pid === me.pid && holder.tid !== me.tid && holder.boot === me.boot;
}

function create(path: string, me: Holder): boolean {
  try {
    fs().writeFileSync(path, JSON.stringify(me), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

export interface DirectoryLock {
  /** Whether the file still names this holder: false when someone deleted or took it. */
  held(): boolean;
  /** Renews the file's date: for holders that keep their thread busy longer than timers should wait. */
  beat(): void;
  release(): void;
}

/**
 * Takes the lock, clearing away that of a dead holder.
 *
 * @param what is locked, for messages
 * @throws ServiceError BUSY, naming the holder and the file; errors of node:fs as they are.
 */
export async function lockDirectory(path: string, what = 'this collection'): Promise<DirectoryLock> {
  const me = self();
  await retry(async () => {
    if (create(path, me)) return;
    await clearDead(path, me, what);
    if (!create(path, me)) throw busy(path, what, parse(readText(path)));
  }, () => isDying(path, me));
  const beat = (): void => {
    try { fs().utimesSync(path, new Date(), new Date()); } catch { /* `held` reports a lost lock */ }
  };
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  heartbeat.unref?.();
  const held = (): boolean => parse(readText(path))?.token === me.token;
  return {
    held,
    beat,
    release() {
      clearInterval(heartbeat);
      if (held()) fs().rmSync(path, { force: true });
    },
  };
}

/**
 * Removes the lock of a dead holder, or throws BUSY. Two openers must not both do it (the slower one would remove the
 * quicker one's new lock), so it happens under a second, short-lived lock and after a second look.
 */
async function clearDead(path: string, me: Holder, what: string): Promise<void> {
  const dead = await readDead(path, me, what);
  if (dead === undefined) return;
  const gate = `${path}.takeover`;
  if (!create(gate, me)) {
    const other = parse(readText(gate));
    if (other ? stateOf(other, me) !== 'dead' : await beats(gate)) throw busy(path, what, parse(readText(path)));
    fs().rmSync(gate, { force: true });
    if (!create(gate, me)) throw busy(path, what, parse(readText(path)));
  }
  try {
    // Under the gate nobody else removes it: still the same text means still the same dead holder.
    if (readText(path) === dead) fs().rmSync(path, { force: true });
  } finally {
    fs().rmSync(gate, { force: true });
  }
}

/** The text of a dead holder's lock, or undefined when there is none any more. BUSY when the holder lives. */
async function readDead(path: string, me: Holder, what: string): Promise<string | undefined> {
  const text = readText(path);
  if (text === undefined) return undefined;
  const holder = parse(text);
  const state = holder ? stateOf(holder, me) : 'unknown';
  if (state === 'alive' || (state === 'unknown' && await beats(path))) throw busy(path, what, parse(readText(path)) ?? holder);
  return text;
}

function busy(path: string, what: string, holder: Holder | undefined): ServiceError {
  const who = holder ? `process ${holder.pid}${holder.tid !== undefined && holder.tid !== holder.pid ? ` (thread ${holder.tid})` : ''} on ${holder.host} since ${holder.since}` : 'another opener';
  return new ServiceError('BUSY', `${what} is open in ${who}: close it there or use another name. If that process is certainly gone, delete ${path}`, { detail: holder ? { pid: holder.pid, host: holder.host, since: holder.since } : undefined });
}
