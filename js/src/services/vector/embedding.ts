/** The caller's `embed` hook, called in batches and never trusted: what comes back is checked before it is used. */
import type { Call } from '../../calls/call.js';
import { ServiceError } from '../../errors.js';
import type { ResolvedConfig } from './config.js';
import { describe } from './errors.js';

/** Texts handed to `embed` at once: enough for a model to work in parallel, few enough that cancellation is prompt. */
const BATCH = 128;

export type Embed = NonNullable<ResolvedConfig['embed']>;

/**
 * One vector per text. `embed`'s signal fires when the call is cancelled, out of time, or `life` (the service) ends.
 * @throws ServiceError INVALID_ARGUMENT when the hook fails or returns something else than one vector per text.
 */
export async function embedAll(embed: Embed, texts: readonly string[], call: Call, life: AbortSignal): Promise<unknown[]> {
  const controller = new AbortController();
  const end = (): void => controller.abort(call.failure() ?? life.reason);
  life.addEventListener('abort', end);
  const stop = call.cancellable ? call.onEnd(end) : undefined;
  const over = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(call.failure() ?? life.reason));
    if (life.aborted) end();
  });
  over.catch(() => { /* heard through the race below, or of no interest any more */ });
  try {
    const vectors: unknown[] = [];
    for (let from = 0; from < texts.length; from += BATCH) {
      const batch = texts.slice(from, from + BATCH);
      vectors.push(...check(await Promise.race([start(embed, batch, controller.signal), over]), batch.length));
      call.progress(Math.min(texts.length - 1, from + batch.length), texts.length);
    }
    return vectors;
  } finally {
    stop?.();
    life.removeEventListener('abort', end);
  }
}

async function start(embed: Embed, texts: string[], signal: AbortSignal): Promise<unknown> {
  try {
    return await embed(texts, signal);
  } catch (cause) {
    throw new ServiceError('INVALID_ARGUMENT', `the \`embed\` function failed: ${cause instanceof Error ? cause.message : String(cause)}`, { service: 'vector', cause });
  }
}

function check(vectors: unknown, count: number): unknown[] {
  if (!Array.isArray(vectors) || vectors.length !== count) {
    throw new ServiceError('INVALID_ARGUMENT', `the \`embed\` function must return one vector per text, ${count} here; it returned ${describe(vectors)}`, { service: 'vector' });
  }
  return vectors;
}
