/** What the loader is asked for, and what is known before anything is loaded: the same on both sides of a worker. */
import type { ServiceContext } from '../../context.js';
import { host } from '../../host/index.js';
import type { LoadBestOptions } from '../../loader/index.js';
import { planVariant } from '../../loader/plan.js';
import { COMPUTE } from '../../loader/compute.gen.js';
import { loadRequest as requestOf, pinOf, type Place } from '../../loader/request.js';
import type { ServiceInfo } from '../../types.js';
import { threadsOf } from '../../worker/thread-count.js';
import type { ResolvedConfig } from './config.js';

const ONE_THREAD = 'there is one thread here: the configuration or the machine has no more';

/** What the loader is asked for. Behind a worker 'auto' takes threads: calls that do not pay for them are one thread's (dispatch.ts). */
export const loadRequest = (config: ResolvedConfig, context: ServiceContext, place: Place): LoadBestOptions => (
  requestOf(config, context, place, config.threads < 2 ? ONE_THREAD : undefined));

/** Whether JavaScript may answer what does not pay: not where WebAssembly was asked for by name. */
export const dispatches = (config: ResolvedConfig, context: ServiceContext): boolean => pinOf(config, context) === undefined;

/** Said in `info.reason`. */
export const FOR_JS_REASON = 'calls for which the way there and back does not pay (small ones, most f64 transforms of 2^k values, plain expressions) are answered by JavaScript';

/** Whether the choice is ours, and there are threads to choose. */
export function splits(config: ResolvedConfig, context: ServiceContext): boolean {
  const open = config.host === 'auto' && (context.host ?? 'auto') === 'auto' && pinOf(config, context) === undefined;
  if (!open || config.threads < 2 || host.isPage || (host.runtime !== 'node' && host.runtime !== 'bun')) return false;
  return planVariant(COMPUTE, loadRequest(config, context, 'worker')).variant === 'simd-threads';
}

/** 'split': in place, and long calls in a worker (split.ts). */
export type Where = Place | 'split';

/** What a service says of itself before its first call. */
export function plannedInfo(config: ResolvedConfig, context: ServiceContext, where: Where): ServiceInfo {
  const place = where === 'worker' ? 'worker' : 'inline';
  const { variant, reason, rejected } = planVariant(COMPUTE, loadRequest(config, context, place));
  const info: ServiceInfo = {
    service: 'compute', variant, loaded: false, host: place, threads: threadsOf(variant, config.threads),
    reason: place === 'inline' && variant !== 'js' && dispatches(config, context) ? `${reason}; ${FOR_JS_REASON}` : reason, rejected,
  };
  if (where !== 'split' || variant !== 'simd') return info;
  const threads = threadsOf(planVariant(COMPUTE, loadRequest(config, context, 'worker')).variant, config.threads);
  return { ...info, threads, reason: `${info.reason}; long calls go to a worker with ${threads} threads`, rejected: rejected.filter(({ variant }) => variant !== 'simd-threads') };
}
