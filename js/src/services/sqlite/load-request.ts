/** What the loader is asked for: the same on both sides of a worker. */
import type { ServiceContext } from '../../context.js';
import type { LoadBestOptions } from '../../loader/index.js';
import type { Variant } from '../../types.js';
import type { ResolvedConfig } from './config.js';

export function loadRequest(config: ResolvedConfig, context: ServiceContext): LoadBestOptions {
  const { managerPin, requireWasm, integrity, sink } = context;
  const wasm = config.wasm ?? context.wasm;
  return {
    sink, implementation: config.implementation, ...(managerPin && { managerPin }),
    ...(requireWasm && { requireWasm }), ...(integrity && { integrity }), ...(wasm !== undefined && { wasm }),
  };
}

/** Whether JavaScript may not take over. */
export function isPinned(config: ResolvedConfig, context: ServiceContext, variant: Variant): boolean {
  return config.implementation !== 'auto' || context.requireWasm === true || context.managerPin === variant;
}
