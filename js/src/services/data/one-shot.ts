/** One-shot calls on rows and columns, answered where that is cheapest (dispatch.ts); fetched by the first of them. */
import { Call } from '../../calls/call.js';
import type { MaybePromise } from '../../calls/maybe-promise.js';
import { standaloneContext } from '../../context.js';
import type { Variant } from '../../types.js';
import type { DataBackend } from './backend.js';
import type { ResolvedConfig } from './config.js';
import { type Both, hostModel } from './cost-model.js';
import { DeferredData } from './deferred.js';
import { Dispatcher } from './dispatch.js';
import { aggregateOnce, type OneShotData, type OneShotPlace, transformOnce } from './once.js';
import { groupingProbe } from './probe.js';
import type { AggregationOptions, DataTransformOptions, ProcessingResult } from './types.js';

export class OneShot {
  readonly #place: OneShotPlace;
  /** Tables of typed arrays beside those of WebAssembly, for one call each. */
  #local: DataBackend | undefined;

  /** @param calibrated is told how this host was measured */
  constructor(config: ResolvedConfig, backend: DataBackend, pin: Variant | undefined, calibrated: (scale: Readonly<Both>) => void) {
    this.#place = {
      backend, dispatcher: new Dispatcher(backend, pin, hostModel(), groupingProbe(backend), calibrated),
      local: () => this.#local ??= new DeferredData({ ...config, implementation: 'js' }, standaloneContext(), 'inline'),
    };
  }

  transform(data: OneShotData, options: DataTransformOptions): MaybePromise<ProcessingResult> { return transformOnce(this.#place, data, options, Call.from('data', options)); }
  aggregate(data: OneShotData, options: AggregationOptions): MaybePromise<ProcessingResult> { return aggregateOnce(this.#place, data, options, Call.from('data', options)); }
  async dispose(): Promise<void> { await this.#local?.dispose(); }
}
