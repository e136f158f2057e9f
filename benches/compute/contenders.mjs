/** This package as contenders, made once for the whole run, and the peers that could be loaded. */
import { fftJs, mlMatrix, tfjs } from './peers.mjs';

export const OURS = 'wasm-services', PINNED = 'wasm-services, simd', FALLBACK = 'wasm-services, js', CAREFUL = 'careful JS', NUMPY = 'numpy, one thread';

let made;
async function engine(api, config) {
  const service = api.createComputeEngine({ host: 'inline', ...config });
  await service.ready();
  return service;
}
export async function everyone(api) {
  if (made) return made;
  const services = { [OURS]: await engine(api, {}), [PINNED]: await engine(api, { implementation: 'simd' }), [FALLBACK]: await engine(api, { implementation: 'js' }) };
  const peers = {}, lacks = {};
  for (const [name, make] of Object.entries({ 'ml-matrix': mlMatrix, 'tfjs-wasm': tfjs, 'fft.js': () => fftJs(4) })) {
    try { peers[name] = await make(); } catch (error) { lacks[name] = String(error?.message ?? error).slice(0, 160); }
  }
  return made = { services, peers, lacks, versions: [`${OURS} ${services[OURS].info.variant}`, ...Object.values(peers).map((p) => `${p.name} ${p.version}`), ...Object.entries(lacks).map(([name, why]) => `${name} absent: ${why}`)] };
}
/** A variant that may not be there: the service, or the reason. */
export async function variant(api, implementation, config = {}) {
  try {
    const service = await engine(api, { implementation, ...config });
    if (service.info.variant !== implementation) { await service.dispose(); return { why: `it started as '${service.info.variant}'` }; }
    return { service };
  } catch (error) { return { why: error.message.includes('not shipped') ? 'it is not built yet' : `${error.code ?? error.name}: ${error.message}`.slice(0, 160) }; }
}
export async function endEveryone() {
  for (const service of Object.values(made?.services ?? {})) await service.dispose();
  made = undefined;
}

/**
 * Ours by each of `names`: `call(service)` is what is timed, `proof` what it is judged by.
 * The pinned one takes part where the dispatcher gives the call to JavaScript: its lines say what the kernels do.
 */
export const ours = ({ services }, call, proof, { names = [OURS, FALLBACK], slow = [] } = {}) => names.map((name) => ({ name, run: () => call(services[name]), proof, slow: slow.includes(name) }));
/** A peer, or who says why it is not there. */
export const peer = ({ peers, lacks }, name, contender) => (peers[name] ? contender(peers[name]) : { name, lacks: lacks[name] });
