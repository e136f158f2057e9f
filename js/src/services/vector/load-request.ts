/** What the loader is asked for: the same on both sides of a worker. */
import type { ServiceContext } from '../../context.js';
import type { LoadBestOptions } from '../../loader/index.js';
import { loadRequest as requestOf, type Place } from '../../loader/request.js';
import type { ResolvedConfig } from './config.js';

/** Why 'auto' leaves threads out. */
const UNASKED = "one query uses one thread, and this build pays for batches and for building graphs: ask for it by implementation: 'simd-threads'";

export const loadRequest = (config: ResolvedConfig, context: ServiceContext, place: Place): LoadBestOptions => requestOf(config, context, place, UNASKED);
