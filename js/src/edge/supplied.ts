/** Edge isolates compile no bytes; they run modules that were imported statically. This makes the option `wasm` of such modules. */
import { ServiceError } from '../errors.js';
import type { ServiceName, Variant, WasmOption } from '../types.js';

export function supplied(modules: Partial<Record<ServiceName, WebAssembly.Module>>): WasmOption {
  return (service: ServiceName, variant: Variant) => {
    const module = modules[service];
    if (module && variant === 'simd') return module;
    throw new ServiceError('VARIANT_UNAVAILABLE', `'${variant}' of ${service} is not among the modules imported for this host: pass one by the option \`wasm\``, { service, variant });
  };
}
