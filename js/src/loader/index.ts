/**
 * The loader's front, over what this package ships: each module's table is imported by who uses it, so that no other's comes along.
 *
 * ```ts
 * const choice = await loadBest(VECTOR, { implementation: 'auto' });
 * choice.loaded ? wasmEngine(choice.loaded.createInstance()) : jsEngine();
 * ```
 */
import { capabilitiesNow, detectForLoading } from '../capabilities/detect.js';
import type { ServiceError } from '../errors.js';
import type { ServiceName, Variant } from '../types.js';
import type { Shipped } from './artifact.js';
import { loadBestFrom, requestFor, type ChooseOptions, type LoadBestOptions, type LoadChoice } from './best.js';
import { ModuleLoader, type LoadedModule, type LoadOptions } from './load.js';
import { selectVariant, type Selection } from './select.js';
import { VARIANTS } from './variants.gen.js';

export type { Artifact, Glue, Shipped } from './artifact.js';
export { builtVariant } from './load.js';
export type { ChooseOptions, LoadBestOptions, LoadChoice } from './best.js';
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

/** Variants shipped for a service, 'js' included. */
export const availableVariants = (service: ServiceName): Variant[] => [...VARIANTS[service] ?? [], 'js'] as Variant[];

/** One named variant; see {@link ModuleLoader.load} for its errors. */
export const loadModule = (shipped: Shipped, variant: Variant, options?: LoadOptions): Promise<LoadedModule> => loaderOf(shipped).load(nameOf(shipped), variant, options);

/** Chooses and loads; see {@link loadBestFrom}. */
export const loadBest = (shipped: Shipped, options?: LoadBestOptions): Promise<LoadChoice> => loadBestFrom(loaderOf(shipped), nameOf(shipped), options);

/**
 * The plan before anything is loaded, from what is known without waiting: for `info` with `loaded: false`. Never throws: a pin
 * that can not run is the plan all the same, with the reason why loading will fail.
 */
export function planVariant(service: ServiceName, options: ChooseOptions & Pick<LoadOptions, 'wasm'> = {}): Selection {
  try {
    return selectVariant(availableVariants(service), capabilitiesNow(), requestFor(service, options));
  } catch (error) {
    const { message, variant = 'js', detail } = error as ServiceError;
    return { variant, reason: message, rejected: (detail as Pick<Selection, 'rejected'>).rejected };
  }
}

/** Throws VARIANT_UNAVAILABLE when the pins and `requireWasm` can not be met here, before anything is loaded. */
export async function assertSelectable(service: ServiceName, options: ChooseOptions & Pick<LoadOptions, 'wasm'>): Promise<void> {
  selectVariant(availableVariants(service), await detectForLoading(), requestFor(service, options));
}
