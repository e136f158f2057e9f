/**
 * The loader's front, over what this package ships. Who only plans imports plan.ts and request.ts, which load nothing: each module's table is imported by who uses it, so that no other's comes along.
 *
 * ```ts
 * const choice = await loadBest(VECTOR, { implementation: 'auto' });
 * choice.loaded ? wasmEngine(choice.loaded.createInstance()) : jsEngine();
 * ```
 */
import type { ServiceName, Variant } from '../types.js';
import type { Shipped } from './artifact.js';
import { loadBestFrom, type LoadBestOptions, type LoadChoice } from './best.js';
import { ModuleLoader, type LoadedModule, type LoadOptions } from './load.js';

export type { Artifact, Glue, Shipped } from './artifact.js';
export { builtVariant } from './load.js';
export type { LoadBestOptions, LoadChoice } from './best.js';
export { assertSelectable, availableVariants, planVariant, type ChooseOptions } from './plan.js';
export type { LoadedModule, LoadOptions } from './load.js';
export { isPinned, loadRequest, pinOf, placeOf, planHost, type Place } from './request.js';
export { LADDER, selectVariant, type Selection, type SelectionRequest } from './select.js';

/** One for each table: it keeps what was compiled. */
const loaders = new Map<Shipped, ModuleLoader>();

function loaderOf(shipped: Shipped): ModuleLoader {
  let loader = loaders.get(shipped);
  if (!loader) loaders.set(shipped, loader = new ModuleLoader({ [shipped.module]: shipped.artifacts }));
  return loader;
}

/** Messages and events name a module as they name a service. */
const nameOf = ({ module }: Shipped): ServiceName => module as ServiceName;

/** One named variant; see {@link ModuleLoader.load} for its errors. */
export const loadModule = (shipped: Shipped, variant: Variant, options?: LoadOptions): Promise<LoadedModule> => loaderOf(shipped).load(nameOf(shipped), variant, options);

/** Chooses and loads; see {@link loadBestFrom}. */
export const loadBest = (shipped: Shipped, options?: LoadBestOptions): Promise<LoadChoice> => loadBestFrom(loaderOf(shipped), nameOf(shipped), options);
