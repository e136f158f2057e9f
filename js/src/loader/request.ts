/** What a service asks the loader for, from its own wishes and its manager's: the same rule for every service that has threads. */
import type { ServiceContext } from '../context.js';
import { host } from '../host/index.js';
import type { Variant, WasmOption } from '../types.js';
import type { LoadBestOptions } from './best.js';
import type { LoadOptions } from './load.js';

/** Of a service's checked configuration. */
export interface Wishes {
  readonly implementation: 'auto' | Variant;
  readonly host: 'auto' | 'inline' | 'worker';
  readonly wasm?: WasmOption | undefined;
}

export type Place = 'inline' | 'worker';

const INLINE = "threads run behind a worker of ours, and this service runs inline, on one thread: take host: 'worker'";

/**
 * Threads need a worker of ours: inline, who pins them gets the same build for one thread, pinned. 'auto' leaves them out.
 * @param unasked why 'auto' does behind a worker too, of this service; undefined: there it takes them
 */
export function loadRequest(wishes: Pick<Wishes, 'implementation' | 'wasm'>, context: ServiceContext, place: Place, unasked: string | undefined): LoadBestOptions & LoadOptions {
  const { managerPin, requireWasm, integrity, sink } = context;
  const wasm = wishes.wasm ?? context.wasm;
  const possible = <P extends Variant | 'auto'>(pin: P): P | 'simd' => (place === 'inline' && pin === 'simd-threads' ? 'simd' : pin);
  const pin = pinOf(wishes, context);
  const without = place === 'inline' ? INLINE : unasked;
  return {
    sink, implementation: possible(wishes.implementation),
    ...(managerPin && { managerPin: possible(managerPin) }),
    ...((pin === undefined || pin === 'simd-threads') && without !== undefined && { avoid: { 'simd-threads': without } }),
    ...(requireWasm && { requireWasm }), ...(integrity && { integrity }), ...(wasm !== undefined && { wasm }),
  };
}

/** The pin that counts: the service's own before the manager's. */
export function pinOf({ implementation }: Pick<Wishes, 'implementation'>, { managerPin }: ServiceContext): Variant | undefined {
  return implementation === 'auto' ? managerPin : implementation;
}

/** Whether JavaScript may not take over. */
export function isPinned({ implementation }: Pick<Wishes, 'implementation'>, { requireWasm, managerPin }: ServiceContext, variant: Variant): boolean {
  return implementation !== 'auto' || requireWasm === true || managerPin === variant;
}

/** 'auto' puts a service into a worker on a page, in place elsewhere. */
export function planHost(wanted: 'auto' | Place | undefined): Place {
  if (wanted === 'inline' || wanted === 'worker') return wanted;
  return host.isPage && host.hasWorkers ? 'worker' : 'inline';
}

/** The service's own wish counts before the manager's. Threads live behind a worker, so asking for them asks for one. */
export function placeOf(wishes: Wishes, context: ServiceContext): Place {
  const wanted = wishes.host === 'auto' ? context.host ?? 'auto' : wishes.host;
  return wanted === 'auto' && pinOf(wishes, context) === 'simd-threads' ? 'worker' : planHost(wanted);
}
