/**
 * What would be chosen, from what is known without loading anything.
 *
 * It is asked with the module's table, which so comes along with a service's entry: webpack (5.113) never loads a chunk that it made of .wasm URLs alone, which is
 * what becomes of tables that only code fetched later imports.
 */
import { capabilitiesNow, detectForLoading, isWasmDisabled } from '../capabilities/detect.js';
import type { ServiceError } from '../errors.js';
import type { ServiceName, Variant } from '../types.js';
import type { Shipped } from './artifact.js';
import type { LoadOptions } from './load.js';
import { selectVariant, type Selection, type SelectionRequest } from './select.js';
import { VARIANTS } from './variants.gen.js';

/** Variants shipped for a service, 'js' included. */
export const availableVariants = (service: ServiceName): Variant[] => [...VARIANTS[service] ?? [], 'js'] as Variant[];

export interface ChooseOptions {
  implementation?: 'auto' | Variant;
  managerPin?: Variant;
  requireWasm?: boolean;
  avoid?: SelectionRequest['avoid'];
  /** Variants that were given up, with the reason: passed over like one whose load fails. */
  failed?: SelectionRequest['failed'];
}

export function requestFor(service: ServiceName, options: ChooseOptions & Pick<LoadOptions, 'wasm'>): SelectionRequest {
  const { implementation, managerPin, requireWasm, avoid } = options;
  return {
    service, disabled: isWasmDisabled(), supplied: options.wasm !== undefined,
    ...(implementation && implementation !== 'auto' && { pin: implementation }),
    ...(managerPin && { managerPin }), ...(requireWasm && { requireWasm }), ...(avoid && { avoid }),
  };
}

/**
 * The plan before anything is loaded, from what is known without waiting: for `info` with `loaded: false`. Never throws: a pin
 * that can not run is the plan all the same, with the reason why loading will fail.
 */
export function planVariant({ module, artifacts }: Shipped, options: ChooseOptions & Pick<LoadOptions, 'wasm'> = {}): Selection {
  try {
    return selectVariant([...Object.keys(artifacts), 'js'] as Variant[], capabilitiesNow(), requestFor(module as ServiceName, options));
  } catch (error) {
    const { message, variant = 'js', detail } = error as ServiceError;
    return { variant, reason: message, rejected: (detail as Pick<Selection, 'rejected'>).rejected };
  }
}

/** Throws VARIANT_UNAVAILABLE when the pins and `requireWasm` can not be met here, before anything is loaded. */
export async function assertSelectable(service: ServiceName, options: ChooseOptions & Pick<LoadOptions, 'wasm'>): Promise<void> {
  selectVariant(availableVariants(service), await detectForLoading(), requestFor(service, options));
}
