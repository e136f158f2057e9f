/**
 * Which artifact to load: one pure ladder, simd-threads -> relaxed-simd -> simd -> js. It returns the choice and, for every
 * better variant that was passed over, the reason in words. Where it runs (page, Safari, edge) comes in by `capabilities`.
 */
import { ServiceError } from '../errors.js';
import type { ServiceName, Variant } from '../types.js';
import type { WASMCapabilities } from '../capabilities/types.js';

/** Best first. */
export const LADDER: readonly Variant[] = ['simd-threads', 'relaxed-simd', 'simd', 'js'];

export interface SelectionRequest {
  service?: ServiceName;
  /** The service's own pin: binds always. */
  pin?: Variant;
  /** The manager's pin: binds where the variant is shipped, is noted as passed over elsewhere. */
  managerPin?: Variant;
  /** DISABLE_WASM=true: pins 'js' over every other pin. */
  disabled?: boolean;
  /** 'js' is then an error. */
  requireWasm?: boolean;
  /** The caller supplies the WebAssembly: then a host that refuses to compile bytes (workerd) may still run a compiled Module. */
  supplied?: boolean;
  /** Variants whose load failed a moment ago, with the message: passed over, not tried again. */
  failed?: Partial<Record<Variant, string>>;
  /** The service's own veto (threads that do not pay, threads asked for inline): passed over, and named so, unless pinned. */
  avoid?: Partial<Record<Variant, string>>;
}

export interface Selection {
  variant: Variant;
  reason: string;
  rejected: { variant: Variant; reason: string }[];
}

const NEEDS: Record<Exclude<Variant, 'js'>, (keyof WASMCapabilities)[]> = {
  simd: ['hasSIMD'],
  'relaxed-simd': ['hasSIMD', 'hasRelaxedSIMD'],
  'simd-threads': ['hasSIMD', 'hasThreads'],
};

const LACKS: Partial<Record<keyof WASMCapabilities, string>> = {
  isSupported: 'no WebAssembly', hasSIMD: 'no SIMD', hasRelaxedSIMD: 'no relaxed SIMD', hasThreads: 'no threads',
};

/** Why this host can not run a variant; undefined when it can. */
function hostRefuses(variant: Variant, capabilities: WASMCapabilities, supplied: boolean): string | undefined {
  if (variant === 'js') return undefined;
  const onlyBytes = (name: keyof WASMCapabilities): boolean => supplied && name !== 'hasThreads' && capabilities.missing[name]?.reason === 'embedder';
  const lacking = (['isSupported', ...NEEDS[variant]] as const).find((name) => capabilities[name] === false && !onlyBytes(name));
  if (lacking === undefined) return undefined;
  const why = capabilities.missing[lacking];
  return why ? `${LACKS[lacking]} here (${why.reason}): ${why.fix}` : `${LACKS[lacking]} here`;
}

const WHY_CHOSEN: Record<Variant, string> = {
  'simd-threads': 'SIMD and shared-memory threads run here',
  'relaxed-simd': 'relaxed SIMD runs here and is the best build shipped for this host',
  simd: 'SIMD runs here and is the best build shipped for this host',
  js: 'the JavaScript implementation answers',
};

/**
 * Picks a variant. Throws `VARIANT_UNAVAILABLE` when a pinned variant can not run (it never slides down in silence) and when
 * `requireWasm` is set and only 'js' is left.
 *
 * @param available variants shipped for the service, 'js' included
 */
export function selectVariant(available: readonly Variant[], capabilities: WASMCapabilities, request: SelectionRequest = {}): Selection {
  const of = request.service ? ` of ${request.service}` : '';
  const rejected: Selection['rejected'] = [];
  const unavailable = (message: string, variant?: Variant): ServiceError => new ServiceError('VARIANT_UNAVAILABLE', message, {
    ...(request.service && { service: request.service }), ...(variant && { variant }), detail: { rejected },
  });
  const refusal = (variant: Variant): string | undefined => {
    if (!available.includes(variant)) return `not shipped${of ? ` for ${request.service}` : ''}`;
    return hostRefuses(variant, capabilities, request.supplied === true) ?? (request.failed?.[variant] && `its load failed: ${request.failed[variant]}`);
  };

  const noteAvoided = (pin: Variant): void => {
    for (const variant of LADDER.slice(0, LADDER.indexOf(pin))) {
      const reason = request.avoid?.[variant];
      if (reason !== undefined && available.includes(variant)) rejected.push({ variant, reason });
    }
  };

  if (request.disabled) {
    if (request.requireWasm) throw unavailable('DISABLE_WASM=true and requireWasm contradict each other: drop one of them');
    for (const variant of LADDER) {
      if (variant !== 'js' && available.includes(variant)) rejected.push({ variant, reason: 'switched off by DISABLE_WASM=true' });
    }
    return { variant: 'js', reason: 'the environment variable DISABLE_WASM=true pins JavaScript', rejected };
  }

  if (request.pin) {
    const why = refusal(request.pin);
    if (why) {
      rejected.push({ variant: request.pin, reason: why });
      throw unavailable(`the variant '${request.pin}'${of} was asked for and can not run: ${why}. Take implementation: 'auto' or another variant`, request.pin);
    }
    if (request.pin === 'js' && request.requireWasm) throw unavailable("implementation: 'js' and requireWasm contradict each other: drop one of them", 'js');
    noteAvoided(request.pin);
    return { variant: request.pin, reason: `pinned by the service's implementation option`, rejected };
  }

  if (request.managerPin) {
    const { managerPin } = request;
    if (available.includes(managerPin)) {
      const why = refusal(managerPin);
      if (why) {
        rejected.push({ variant: managerPin, reason: why });
        throw unavailable(`the variant '${managerPin}'${of} was asked for and can not run: ${why}. Take implementation: 'auto' or another variant`, managerPin);
      }
      if (managerPin === 'js' && request.requireWasm) throw unavailable("implementation: 'js' and requireWasm contradict each other: drop one of them", 'js');
      noteAvoided(managerPin);
      return { variant: managerPin, reason: "pinned by the manager's implementation option", rejected };
    }
    rejected.push({ variant: managerPin, reason: `pinned by the manager, but not shipped${of ? ` for ${request.service}` : ''}` });
  }

  for (const variant of LADDER) {
    if (variant === 'js') break;
    if (!available.includes(variant)) continue; // what was never built is no news to the caller
    const why = refusal(variant) ?? request.avoid?.[variant];
    if (!why) {
      // What the host could run and did not get is why: it may come another time.
      const lost = rejected.find((better) => request.failed?.[better.variant] !== undefined);
      return { variant, reason: lost ? `${variant} answers in the place of ${lost.variant}: ${lost.reason}` : WHY_CHOSEN[variant], rejected };
    }
    rejected.push({ variant, reason: why });
  }
  if (request.requireWasm) {
    const why = rejected.length ? rejected.map((r) => `${r.variant}: ${r.reason}`).join('; ') : 'no WebAssembly build is shipped';
    throw unavailable(`requireWasm is set and no WebAssembly variant${of} can run (${why})`);
  }
  const last = rejected.at(-1);
  return { variant: 'js', reason: last ? `${WHY_CHOSEN.js}: ${last.reason}` : `${WHY_CHOSEN.js}: no WebAssembly build is shipped`, rejected };
}
