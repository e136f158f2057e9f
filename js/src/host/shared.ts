/** What every host does alike, asked of the globals when it is called and never before. */
import { ServiceError } from '../errors.js';

/** Kept: on some hosts the global is a getter that costs as much as the clock. */
let clock: { now(): number } | undefined;

export function now(): number {
  return (clock ??= typeof performance === 'object' ? performance : Date).now();
}

/** Cleared at once: observers and developer tools have it by then, and the host's list does not grow. */
export function measure(name: string, start: number, duration: number): void {
  if (typeof performance !== 'object' || typeof performance.measure !== 'function') return;
  performance.measure(name, { start, duration });
  performance.clearMeasures?.(name);
}

/** A MessageChannel turn is a macrotask without the 4 ms that nested timers are held back by. */
export function yieldByMessage(): Promise<void> {
  if (typeof MessageChannel !== 'function') return new Promise((resolve) => setTimeout(resolve, 0));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(undefined);
  });
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function sha384(bytes: Uint8Array<ArrayBuffer>): Promise<string> | undefined {
  if (typeof crypto !== 'object' || !crypto.subtle) return undefined;
  return crypto.subtle.digest('SHA-384', bytes).then((digest) => base64(new Uint8Array(digest)));
}

/** Hosts that load no installed packages by name. */
export function noPackages(id: string): never {
  throw new ServiceError('UNSUPPORTED', `this host can not load the package '${id}' by its name: hand it over in the configuration`);
}
