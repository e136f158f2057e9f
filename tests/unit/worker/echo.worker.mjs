// A tiny service behind the real protocol, for the tests of the protocol.
import { host } from '../../../js/dist/host/index.js';
import { ServiceError } from '../../../js/dist/errors.js';
import { Moved } from '../../../js/dist/worker/protocol.js';
import { serve } from '../../../js/dist/worker/server.js';
import { takeFault } from '../../../js/dist/faults.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

serve('vector', host.parentPort(), async (config, context) => {
  if (config.fail) throw new ServiceError('CORRUPT', 'the stored file is damaged', { service: 'vector', detail: { at: 7 } });
  if (config.die) process.exit(3);
  let calls = 0;
  const said = (value) => { calls++; context.publish({ calls }); return value; };
  return {
    greeting: { pid: config.name },
    methods: {
      echo: async (_, value, ms = 0) => { if (ms) await sleep(ms); return said(value); },
      fail: () => { throw new ServiceError('NOT_FOUND', 'no such thing', { service: 'vector', detail: { id: 'x' } }); },
      crash: () => { setImmediate(() => { throw new Error('out of a timer'); }); return new Promise(() => undefined); },
      exit: () => process.exit(9),
      bytes: (_, n) => { const out = new Float32Array(n).fill(2); return new Moved(out, [out.buffer]); },
      count: async ({ signal, onProgress }, steps) => {
        for (let i = 0; i < steps; i++) {
          if (signal.aborted) throw signal.reason;
          onProgress?.(i, steps);
          await sleep(1);
        }
        return said(steps);
      },
      armed: () => takeFault('vector', 'trap') !== undefined,
      unclonable: () => ({ f() {} }),
      unclonableDetail: () => { throw new ServiceError('PARSE', 'bad', { detail: () => 1 }); },
    },
    dispose: () => sleep(config.slowDispose ?? 0),
  };
});
