// A service that does nothing but live: the manager knows services by name only, so this is all it needs.
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const disposedError = () => Object.assign(new Error('disposed'), { code: 'DISPOSED' });

/** A registry with one service, and a log of what happened to it. `settle(name)` is awaited inside ready and dispose. */
export function fakeRegistry({ settle = async () => undefined, failReady, failDispose } = {}) {
  const log = { made: [], disposed: 0, alive: 0 };
  const create = (config, context) => {
    log.made.push({ config, context });
    log.alive++;
    let ended;
    const service = {
      info: { service: 'vector', variant: 'js', loaded: true, host: 'inline', threads: 1, reason: 'fake', rejected: [] },
      async ready() {
        await settle('ready');
        if (ended) throw disposedError();
        if (failReady) throw failReady();
      },
      dispose() {
        return (ended ??= (async () => {
          await settle('dispose');
          log.alive--;
          log.disposed++;
          context.sink.event({ type: 'dispose', service: 'vector', message: 'gone' });
          if (failDispose) throw failDispose();
        })());
      },
      work(error) { context.sink.call({ service: 'vector', operation: 'work', durationMs: 1, variant: 'js', ...(error && { error }) }); },
    };
    context.attach('vector', { memoryBytes: () => 1234 });
    return service;
  };
  return { registry: { vector: { create, config: 'vectorSearch' } }, log };
}
