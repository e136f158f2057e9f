/** Choosing and loading in one: when a load fails it goes down the ladder, in one place and by one rule. */
import { detectForLoading } from '../capabilities/detect.js';
import { ServiceError } from '../errors.js';
import type { ServiceName, ServiceSink, Variant } from '../types.js';
import type { Glue } from './artifact.js';
import type { LoadedModule, LoadOptions, ModuleLoader } from './load.js';
import { requestFor, type ChooseOptions } from './plan.js';
import { selectVariant, type Selection } from './select.js';

/** A variant, why it and not a better one, and its module; without `loaded` JavaScript answers. */
export interface LoadChoice extends Selection {
  loaded?: LoadedModule;
}

export interface LoadBestOptions extends ChooseOptions, LoadOptions {
  sink?: ServiceSink;
  /**
   * Default true: an instance is made at once, so that a file of another release is found here and not in the first call; the
   * first `createInstance` hands it out. False for a page that only compiles, and posts the Module to its worker.
   */
  prove?: boolean;
}

/**
 * Chooses and loads. A load that fails is one 'fallback' event and the next variant of the ladder, down to 'js', unless the
 * variant is pinned or `requireWasm` forbids it: then the error is the caller's. INTEGRITY is always the caller's: a file that
 * was tampered with must be heard of, not worked around; and so are a wrong argument and a cancelled signal.
 */
export async function loadBestFrom(loader: ModuleLoader, service: ServiceName, options: LoadBestOptions = {}): Promise<LoadChoice> {
  const { sink, prove = true } = options;
  const capabilities = await detectForLoading();
  const request = requestFor(service, options);
  const failed: Partial<Record<Variant, string>> = { ...options.failed };
  let lastError: unknown;
  for (;;) {
    let selection: Selection;
    try {
      selection = selectVariant(loader.available(service), capabilities, { ...request, failed });
    } catch (error) {
      if (lastError === undefined) throw error;
      if (request.pin || request.managerPin) throw lastError; // of a pinned variant, why the load failed says more than "unavailable"
      throw new ServiceError('VARIANT_UNAVAILABLE', (error as Error).message, { service, cause: lastError, detail: { failed } });
    }
    if (selection.variant === 'js') return selection;
    try {
      const onHint = options.onHint ?? ((message: string, data: Record<string, unknown>) => sink?.event({ type: 'load', service, message, data: { hint: true, ...data } }));
      const loaded = await loader.load(service, selection.variant, { ...options, onHint, compileOnly: !prove });
      const choice = { ...selection, loaded: prove ? withSpare(loaded) : loaded };
      sink?.event({ type: 'load', service, message: `${service}: ${selection.variant} loaded`, data: { variant: selection.variant } });
      return choice;
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code === 'INTEGRITY' || error.code === 'ABORTED' || error.code === 'INVALID_ARGUMENT') throw error;
      lastError = error;
      failed[selection.variant] = `${error.code}: ${error.message}`;
      const pinned = request.pin !== undefined || request.managerPin === selection.variant;
      if (!pinned) sink?.event({ type: 'fallback', service, message: `${service}: '${selection.variant}' could not be loaded and is passed over: ${error.message}`, data: { variant: selection.variant, code: error.code, detail: error.detail } });
    }
  }
}

/** Makes the first instance now, and hands it out first. */
function withSpare(loaded: LoadedModule): LoadedModule {
  let spare: Glue | undefined = loaded.createInstance();
  return {
    ...loaded,
    createInstance(mostBytes) {
      const ready = spare ?? loaded.createInstance(mostBytes);
      spare = undefined;
      return ready;
    },
  };
}
